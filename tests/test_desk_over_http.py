"""The desk against a real server process over HTTP: signing in, working through a cut, coming back."""

import os
import re
import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from desktop.core.desk import Desk
from desktop.core.session import Session
from protocol.acts import Assign, Note, Open
from protocol.complaint import Complaint, Person, Status
from protocol.deadlines import civil_date, due_date
from server import complaints, database
from server.config import load
from sync.errors import WrongCredentials
from tests.test_session import LIGHT

ROOT = Path(__file__).parents[1]
LONG_S = 30.0
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
PASSWORD = "Bab-el-Had 1912"
ADMINISTRATION, UNIT = "ONEE-EAU", "ONEE-EAU-CENTRAL"


class Server:
    """A server process on a data folder; `kill` ends it hard, `start` brings it back on the same port."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.port = 0
        self.command("init", "--data", str(data))
        self.command(
            "account", "add", "bennis", "--data", str(data),
            "--name-fr", "Leïla Bennis", "--name-ar", "ليلى بنيس",
            "--grant", f"agent:{ADMINISTRATION}:{UNIT}", "--grant", f"supervisor:{ADMINISTRATION}:{UNIT}",
            typed=f"{PASSWORD}\n{PASSWORD}\n",
        )  # fmt: skip
        self.process: subprocess.Popen[str] | None = None

    def command(self, *arguments: str, typed: str = "") -> None:
        command = [sys.executable, "-m", "server", *arguments]
        subprocess.run(command, cwd=ROOT, input=typed, text=True, check=True, capture_output=True)

    def register(self, n: int) -> str:
        """A complaint comes in; gives its id."""
        now = datetime.now(UTC) - timedelta(days=n)
        draft = Complaint(
            id=f"019a9{n:03x}-0000-7000-8000-0000000000c1", ver=1, type="complaint", status=Status.RECEIVED,
            channel="portal", language="ar", received_at=now, received_on=civil_date(now), entered_at=now,
            due=due_date(now), administration=ADMINISTRATION, unit=UNIT, person=Person(name="فاطمة الإدريسي"),
            object="انقطاع الماء", text="انقطاع الماء منذ أسبوع",
        )  # fmt: skip
        opened = database.connect(load(self.data))
        try:
            with opened.transaction() as connection:
                complaints.register(connection, draft, by="citizen", now=now)
        finally:
            opened.close()
        return draft.id

    def document(self, complaint: str) -> Complaint:
        """What the register holds."""
        opened = database.connect(load(self.data))
        try:
            with opened.reading() as connection:
                return complaints.load(connection, complaint)
        finally:
            opened.close()

    def start(self) -> str:
        """Serve; gives the address."""
        command = [
            sys.executable,
            "-m",
            "server",
            "serve",
            "--data",
            str(self.data),
            "--port",
            str(self.port),
        ]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=os.environ)
        assert self.process.stdout is not None
        for line in self.process.stdout:
            found = re.search(r"ready on (http://\S+:(\d+))", line)
            if found:
                self.port = int(found[2])
                return found[1]
        raise AssertionError("the server did not start")

    def kill(self) -> None:
        """End it hard."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(LONG_S)
            assert self.process.stdout is not None
            self.process.stdout.close()
            self.process = None


class Pc:
    """One PC; changes of the open desk wake `until`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.told = threading.Condition()
        self.desk: Desk | None = None

    def session(self) -> Session:
        return Session(self.root, clock=lambda: datetime.now(UTC), strength=LIGHT)

    def work(self, session: Session) -> Desk:
        self.desk = Desk(session, clock=lambda: datetime.now(UTC), grace=timedelta(0), jitter=lambda: 0.05)
        self.desk.listen(self._heard)
        return self.desk

    def _heard(self, _: object) -> None:
        with self.told:
            self.told.notify_all()

    def until(self, holds) -> None:
        with self.told:
            assert self.told.wait_for(holds, LONG_S)

    def close(self) -> None:
        if self.desk is not None:
            self.desk.close()
            self.desk = None


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    made = Server(tmp_path_factory.mktemp("server"))
    yield made
    made.kill()


@pytest.fixture
def person(tmp_path):
    made = Pc(tmp_path)
    yield made
    made.close()


def test_work_goes_on_through_a_killed_server_and_is_applied_once(server, person):
    complaint = server.register(1)
    address = server.start()
    session = person.session()
    with pytest.raises(WrongCredentials):
        session.sign_in(address, "bennis", "faux")
    session.sign_in(address, "bennis", PASSWORD)
    desk = person.work(session)
    person.until(lambda: desk.status().last_sync is not None)
    assert desk.rows(desk.listing("unassigned").order)[0].row.id == complaint
    assert any(unit.code == UNIT for unit in desk.units(ADMINISTRATION))

    desk.ask(complaint, Assign(assignee=desk.profile.id), seen=desk.case(complaint).confirmed_ver)
    person.until(lambda: desk.status().waiting == 0)
    assert server.document(complaint).assignee == desk.profile.id

    server.kill()
    person.until(lambda: desk.status().state == "offline")
    desk.ask(complaint, Open(), seen=desk.case(complaint).confirmed_ver)
    act = desk.ask(complaint, Note(text="كتبت دون شبكة"), seen=desk.case(complaint).confirmed_ver)
    person.close()

    session = person.session()
    session.unlock(address, "bennis", PASSWORD)
    desk = person.work(session)
    assert desk.case(complaint).document.status == Status.IN_PROGRESS
    assert desk.status().waiting == 2
    later = server.register(2)
    server.start()
    desk.sync_now()
    person.until(lambda: desk.status().waiting == 0)
    person.until(lambda: desk.listing("unassigned").total == 1)
    assert desk.rows(desk.listing("unassigned").order)[0].row.id == later
    assert [event.act for event in server.document(complaint).events].count(act) == 1
    assert desk.returned() == ()


def test_a_complaint_that_comes_in_is_seen_without_asking(server, person):
    address = f"http://127.0.0.1:{server.port}" if server.process else server.start()
    session = person.session()
    session.sign_in(address, "bennis", PASSWORD)
    desk = person.work(session)
    person.until(lambda: desk.status().last_sync is not None)
    before = desk.listing("unit").total
    server.register(3)
    person.until(lambda: desk.listing("unit").total == before + 1)


def test_a_file_attached_without_a_network_arrives_with_its_act(server, person, tmp_path_factory):
    complaint = server.register(4)
    address = f"http://127.0.0.1:{server.port}" if server.process else server.start()
    session = person.session()
    session.sign_in(address, "bennis", PASSWORD)
    desk = person.work(session)
    person.until(lambda: complaint in {row.row.id for row in desk.rows(desk.listing("unassigned").order)})
    server.kill()
    person.until(lambda: desk.status().state == "offline")
    file = desk.attach("relevé du compteur.pdf", PDF)
    desk.ask(complaint, Note(text="", attachments=(file,)), seen=1)
    person.close()

    session = person.session()
    session.unlock(address, "bennis", PASSWORD)
    desk = person.work(session)
    assert desk.attachment(file.sha256) == PDF
    server.start()
    desk.sync_now()
    person.until(lambda: desk.status().waiting == 0)
    noted = server.document(complaint).events[-1]
    assert noted.attachments == (file,)
    assert desk.returned() == ()

    other = Pc(tmp_path_factory.mktemp("other"))
    try:
        session = other.session()
        session.sign_in(address, "bennis", PASSWORD)
        desk = other.work(session)
        other.until(lambda: desk.status().last_sync is not None)
        assert desk.attachment(file.sha256) == PDF
    finally:
        other.close()


def test_a_lost_pc_deletes_its_keys_while_it_waits_for_news(server, person):
    complaint = server.register(5)
    address = f"http://127.0.0.1:{server.port}" if server.process else server.start()
    session = person.session()
    account = session.sign_in(address, "bennis", PASSWORD)
    struck = threading.Event()
    session.on_revoked(struck.set)
    desk = person.work(session)
    person.until(lambda: complaint in {row.row.id for row in desk.rows(desk.listing("unassigned").order)})
    server.command("device", "revoke", session.device(), "--data", str(server.data))
    assert struck.wait(LONG_S)
    assert not (account.folder / "key.json").exists()
    person.close()
    left = {path.name for path in account.folder.iterdir()}
    assert "work.db" in left and not any(name.startswith(("cache", "key", "wipe")) for name in left)
