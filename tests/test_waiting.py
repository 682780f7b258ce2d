"""What is waiting and why: each act's reason over the real store, every problem under its own name."""

from dataclasses import replace
from datetime import timedelta

import pytest

from desktop.core.records import Change, ConnectionStatus
from desktop.core.translation import Translation
from desktop.core.waiting import WaitingAct, WaitingList, Why
from desktop.models.replica import StoreReplica
from desktop.models.store import Store
from desktop.ui import connection_presenter, sync_panel_presenter
from protocol.acts import Note
from protocol.refusals import Held
from protocol.settings import Actor
from protocol.wire import Result
from sync.blobs import Transfer
from tests.profiles import KEY, ME, NOW, asked, document, page

ONLINE = ConnectionStatus(state="online", last_sync=NOW)
OFFLINE = ConnectionStatus(state="offline", code="no_network", since=NOW)


class Room:
    """A store with three complaints, and the list of what waits in it."""

    def __init__(self, folder) -> None:
        self.store = Store.open(folder, KEY, actor=ME)
        self.replica = StoreReplica(self.store)
        self.replica.apply(page(document("c1"), document("c2"), document("c3")))
        self.status = ONLINE
        self.changes: list[Change] = []
        self.list = WaitingList(
            self.store,
            clock=lambda: NOW,
            status=lambda: self.status,
            cancel=lambda _: None,
            publish=self.changes.append,
        )

    def file(self, name: str = "plan.pdf"):
        return self.store.files.attach(name, "application/pdf", b"x" * 1000)

    def note(self, act: str, complaint: str, *files, **more) -> None:
        self.store.record(asked(act, complaint, Note(text="x", attachments=files)), **more)

    def why(self) -> dict[str, Why]:
        return {act.id: act.why for act in self.list.now().acts}


@pytest.fixture
def room(tmp_path):
    made = Room(tmp_path)
    yield made
    made.store.close()


def test_each_act_says_the_first_thing_it_waits_for(room):
    room.note("file", "c1", room.file())
    room.note("behind", "c1")
    room.note("undo", "c2", not_before=NOW + timedelta(seconds=6))
    room.note("leaves", "c3")
    assert room.why() == {
        "file": Why.FILE,
        "behind": Why.BEHIND,
        "undo": Why.RECALLABLE,
        "leaves": Why.LEAVING,
    }
    first = room.list.now().acts[0]
    assert (first.number, first.object, first.kind) == ("2026-ONEE-c1", "Coupure d'eau", "note")
    assert (first.file, first.share, first.tries, first.at) == ("plan.pdf", None, 0, NOW)


def test_off_line_the_connection_comes_first_even_before_the_undo(room):
    room.status = OFFLINE
    room.note("file", "c1", room.file())
    room.note("undo", "c2", not_before=NOW + timedelta(seconds=6))
    assert room.why() == {"file": Why.CONNECTION, "undo": Why.CONNECTION}


def test_what_the_server_held_says_so_until_it_leaves_again(room):
    room.note("a1", "c1")
    room.note("a2", "c2")
    room.replica.take(NOW, 9)
    held = (Held.PREV_UNKNOWN, Held.BLOB_MISSING)
    results = [Result(id=f"a{n}", status="held", code=code) for n, code in enumerate(held, start=1)]
    room.replica.settle(results, "e", NOW)
    assert room.why() == {"a1": Why.HELD, "a2": Why.HELD_FILE}
    assert [act.tries for act in room.list.now().acts] == [1, 1]
    room.replica.take(NOW, 9)
    assert room.why() == {"a1": Why.LEAVING, "a2": Why.LEAVING}


def test_acts_of_another_account_say_whose_turn_it_is(room):
    room.note("a1", "c1")
    room.store.become(Actor(id="u-else", grants=ME.grants))
    assert room.why() == {"a1": Why.OTHER_ACCOUNT}


def test_a_moment_set_by_a_clock_since_mended_holds_nothing(room):
    room.note("a1", "c1", not_before=NOW + timedelta(days=400))
    assert room.why() == {"a1": Why.LEAVING}


def test_transfers_are_told_named_and_gone_when_they_end(room):
    file = room.file("facture.pdf")
    room.note("a1", "c1", file)
    room.list.name("down", "photo.jpg")
    room.list.moved(Transfer(sha256=file.sha256, done=400, size=1000, up=True))
    room.list.moved(Transfer(sha256="down", done=5, size=0, up=False))
    now = room.list.now()
    assert [(one.name, one.done, one.size, one.up) for one in now.moving] == [
        ("facture.pdf", 400, 1000, True),
        ("photo.jpg", 5, 0, False),
    ]
    assert now.acts[0].share == 0.4
    room.list.moved(Transfer(sha256=file.sha256, done=0, size=0, up=True, ended=True))
    room.list.moved(Transfer(sha256="never begun", done=0, size=0, up=False, ended=True))
    now = room.list.now()
    assert [one.sha256 for one in now.moving] == ["down"] and now.acts[0].share == 0.4
    assert room.changes == [Change(connection=True)] * 3


def test_what_came_back_is_counted(room):
    room.note("a1", "c1")
    room.replica.settle([Result(id="a1", status="rejected", code="stale_thread")], "e", NOW)
    assert room.list.now().returned == 1 and not room.list.now().acts


PROBLEMS = {
    "no_network": "offline",
    "server_down": "offline",
    "proxy_refused": "offline",
    "maintenance": "offline",
    "too_many": "offline",
    "server_fault": "offline",
    "certificate_refused": "fault",
    "not_our_server": "fault",
    "garbled": "fault",
    "not_allowed": "fault",
}
ACT = WaitingAct("a1", "c1", "2026-1", "Eau", "note", NOW, 0, Why.CONNECTION)


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_every_problem_has_its_own_name_sentence_and_reason(language):
    say = Translation(language)
    pills, lines, titles = set(), set(), set()
    for code, state in PROBLEMS.items():
        status = replace(OFFLINE, state=state, code=code, until=NOW + timedelta(minutes=40))
        pills.add(connection_presenter.pill(status, say, NOW).text)
        lines.add(connection_presenter.sentences(status, say, NOW)[0])
        titles.add(sync_panel_presenter._problem(status, say, NOW)[0])
        assert sync_panel_presenter.why(ACT, status, say, NOW).endswith(".")
    assert len(pills) == len(lines) == len(titles) == len(PROBLEMS)


def test_maintenance_says_until_when_everywhere():
    say, until = Translation("fr"), NOW + timedelta(minutes=40)
    status = replace(OFFLINE, code="maintenance", until=until, next_try=until)
    moment = say.time(until)
    assert connection_presenter.pill(status, say, NOW).text == f"Maintenance jusqu’à {moment}"
    line = connection_presenter.sentences(replace(status, waiting=2), say, NOW)
    assert moment in line[0] and line[1] == "2 opérations à envoyer"
    assert sync_panel_presenter._problem(status, say, NOW)[0].endswith(moment)
    assert sync_panel_presenter.why(ACT, status, say, NOW) == (
        f"Partira à la fin de la maintenance, vers {moment}."
    )


def test_a_file_on_its_way_is_part_of_the_reason():
    say = Translation("fr")
    act = replace(ACT, file="plan.pdf", share=0.4)
    told = sync_panel_presenter.why(act, OFFLINE, say, NOW)
    assert "retour du réseau" in told and "plan.pdf" in told and "40" in told
    waits = sync_panel_presenter.why(replace(act, why=Why.FILE, share=None), ONLINE, say, NOW)
    assert "plan.pdf" in waits and "%" not in waits


def test_the_countdown_ages_and_never_goes_below_now():
    say, status = Translation("fr"), replace(OFFLINE, next_try=NOW + timedelta(seconds=12))
    values = [
        dict(sync_panel_presenter.facts(status, say, NOW + timedelta(seconds=s)))["Prochain essai"]
        for s in (0, 11, 12, 99)
    ]
    assert values == ["dans 12 secondes", "dans 1 seconde", "en cours", "en cours"]


@pytest.mark.parametrize("language", ["fr", "ar"])
@pytest.mark.parametrize("why", list(Why))
def test_every_reason_has_a_sentence(why, language):
    for state in ("connecting", "offline", "fault", "sign_in", "update"):
        status = ConnectionStatus(state=state)
        act = replace(ACT, why=why, until=NOW + timedelta(seconds=3), file="plan.pdf")
        assert sync_panel_presenter.why(act, status, Translation(language), NOW)
