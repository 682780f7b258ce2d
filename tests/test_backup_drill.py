"""The drill: backup, more work at two desks, the server destroyed, restored, both desks back (PROTOCOL 4)."""

import shutil
import subprocess
import sys
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from desktop.core.desk import Desk
from protocol import history
from protocol.acts import Answer, Assign, Note, Open
from protocol.complaint import Channel, Complaint, Nature, Reply
from server import blobs, database, tables
from server.config import load
from tests.test_desk_over_http import ADMINISTRATION, PASSWORD, ROOT, UNIT, Pc, Server

LETTER = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
WORDS = "تم إصلاح القناة. Le branchement a été réparé le jour même."


def answer(*files) -> Answer:
    """An answer that leaves on paper, so that it gets an outgoing number."""
    return Answer(reply=Reply(nature=Nature.FAVOURABLE, text=WORDS, attachments=files), channel=Channel.MAIL)


class House:
    """A server whose witness lies on another disk, two PCs, and a folder of backups."""

    def __init__(self, root) -> None:
        self.root = root
        self.witness = root / "other-disk"
        (root / "data").mkdir()
        (root / "data" / "chekaya.toml").write_text(f'witness = "{self.witness}"\n')
        self.server = Server(root / "data")
        self.server.command(
            "account", "add", "tahiri", "--data", str(root / "data"),
            "--name-fr", "Nabil Tahiri", "--name-ar", "نبيل الطاهري",
            "--grant", f"agent:{ADMINISTRATION}:{UNIT}", typed=f"{PASSWORD}\n{PASSWORD}\n",
        )  # fmt: skip
        self.pcs = {login: Pc(root / login) for login in ("bennis", "tahiri")}
        self.address = ""

    def command(self, *arguments: object) -> str:
        """Run `chekaya-server …`; gives what it printed."""
        words = [sys.executable, "-m", "server", *map(str, arguments)]
        done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def desk(self, login: str) -> Desk:
        """Sign in and be in step."""
        session = self.pcs[login].session()
        session.sign_in(self.address, login, PASSWORD)
        desk = self.pcs[login].work(session)
        self.pcs[login].until(lambda: desk.status().last_sync is not None and desk.status().waiting == 0)
        return desk

    def does(self, login: str, complaint: str, *acts) -> list[str]:
        """Acts of somebody, in order; gives their ids."""
        desk = self.pcs[login].desk
        return [desk.ask(complaint, act, seen=desk.case(complaint).confirmed_ver) for act in acts]

    def settled(self, login: str) -> None:
        """Everything of this desk was acknowledged."""
        self.pcs[login].until(lambda: self.pcs[login].desk.status().waiting == 0)

    def close(self) -> None:
        """Stop everything."""
        for pc in self.pcs.values():
            pc.close()
        self.server.kill()

    def register(self):
        """The register, opened beside the server."""
        return database.connect(load(self.server.data))


@pytest.fixture(scope="module")
def drill(tmp_path_factory):
    """The whole story once; what it leaves is looked at by each test."""
    house = House(tmp_path_factory.mktemp("drill"))
    server, told = house.server, SimpleNamespace(house=house)
    try:
        told.first, told.second, told.third = (server.register(n) for n in (1, 2, 3))
        house.address = server.start()
        me = house.desk("bennis").profile.id
        other = house.desk("tahiri").profile.id
        house.does("bennis", told.first, Assign(assignee=me), Open())
        house.does("bennis", told.second, Assign(assignee=other))
        house.settled("bennis")
        house.pcs["tahiri"].until(
            lambda: house.pcs["tahiri"].desk.case(told.second).document.assignee == other
        )
        (house.root / "backups").mkdir()
        house.command("backup", house.root / "backups", "--data", server.data)
        _work_after_the_backup(house, told)
        _destroy_and_restore(house, told)
        yield told
    finally:
        house.close()


def _work_after_the_backup(house: House, told: SimpleNamespace) -> None:
    """Acts acknowledged after the backup, a complaint that came after it, and acts never sent."""
    server = house.server
    told.file = house.pcs["bennis"].desk.attach("lettre.pdf", LETTER)
    told.acked = house.does("bennis", told.first, answer(told.file))
    told.acked += house.does("tahiri", told.second, Open(), answer())
    told.acked += house.does("tahiri", told.third, Note(text="ملاحظة بعد النسخة"))
    house.settled("bennis")
    house.settled("tahiri")
    told.numbers = {one: outgoing(server.document(one)) for one in (told.first, told.second)}
    told.late = server.register(4)
    told.late_number = server.document(told.late).number
    house.pcs["tahiri"].until(lambda: house.pcs["tahiri"].desk.listing("unassigned").total == 2)
    told.orphan = house.does("tahiri", told.late, Note(text="Vu, à rappeler demain."))
    house.settled("tahiri")
    server.kill()
    told.unsent = house.does("bennis", told.third, Note(text="كتبت والخادم متوقف"))
    told.unsent += house.does("tahiri", told.first, Note(text="Écrit serveur arrêté."))


def _destroy_and_restore(house: House, told: SimpleNamespace) -> None:
    """Everything of the server is gone but the backup and the witness."""
    shutil.rmtree(house.server.data)
    (path,) = (house.root / "backups").iterdir()
    told.said = house.command("restore", path, "--data", house.server.data)
    house.server.start()
    for login, pc in house.pcs.items():
        pc.until(lambda pc=pc: pc.desk.status().state == "sign_in")
        pc.close()
        house.desk(login)
    for login in house.pcs:
        house.settled(login)


def outgoing(document: Complaint) -> str:
    """The number of the answer that is ready to leave."""
    ready = history.made_ready(document)
    return ready.number if ready is not None else ""


def everything(house: House) -> list[Complaint]:
    """Every document of the register."""
    register = house.register()
    with register.reading() as connection:
        ids = connection.execute(select(tables.complaint.c.id)).scalars().all()
    register.close()
    return [house.server.document(one) for one in ids]


def test_every_act_is_there_once(drill):
    counted = [event.act for document in everything(drill.house) for event in document.events]
    for act in drill.acked + drill.unsent:
        assert counted.count(act) == 1


def test_answers_keep_the_numbers_they_were_acknowledged_with(drill):
    assert all(drill.numbers.values())
    for complaint, number in drill.numbers.items():
        assert outgoing(drill.house.server.document(complaint)) == number


def test_no_number_is_given_twice(drill):
    house = drill.house
    fresh = house.server.register(9)
    house.pcs["bennis"].until(lambda: house.pcs["bennis"].desk.listing("unassigned").total >= 1)
    desk = house.pcs["bennis"].desk
    house.pcs["bennis"].until(
        lambda: fresh in {one.row.id for one in desk.rows(desk.listing("unassigned").order)}
    )
    house.does("bennis", fresh, Assign(assignee=desk.profile.id), Open(), answer())
    house.settled("bennis")
    documents = everything(house)
    registered = [document.number for document in documents] + [drill.late_number]
    sent = [number for number in map(outgoing, documents) if number]
    assert len(set(registered)) == len(registered)
    assert len(sent) == len(set(sent)) == 3
    register = house.register()
    with register.reading() as connection:
        gaps = connection.execute(select(tables.cancelled_number)).all()
    register.close()
    cancelled = {(gap.kind, n) for gap in gaps for n in range(gap.first, gap.last + 1)}
    assert ("registration", int(drill.late_number[-6:])) in cancelled
    assert not {("outgoing", int(number[-6:])) for number in sent} & cancelled


def test_the_history_that_came_back_is_whole(drill):
    assert "0 faults" in drill.said
    assert ", 0 faults" in drill.house.command("verify", "--data", drill.house.server.data)


def test_a_file_sent_after_the_backup_is_sent_again(drill):
    config = load(drill.house.server.data)
    assert blobs.read(config, drill.file.sha256) == LETTER


def test_words_on_a_complaint_the_restore_lost_lie_in_the_tray(drill):
    (returned,) = drill.house.pcs["tahiri"].desk.returned()
    assert [returned.id] == drill.orphan
    assert returned.act.text == "Vu, à rappeler demain."
    assert drill.house.pcs["bennis"].desk.returned() == ()
