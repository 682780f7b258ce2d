"""Pairs of docs/PAIRS.md on two real desks that were offline together and a real server: no text is lost."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from desktop.core.desk import Desk
from desktop.core.session import Session
from protocol import acts
from protocol.acts import Act
from protocol.complaint import Inadmissibility, Nature, Place, Reply
from protocol.deadlines import civil_date
from protocol.settings import CITIZEN
from server import complaints
from tests import pair_table
from tests.chaos.house import House
from tests.pair_cases import told_by, words
from tests.server_world import PASSWORD, ask
from tests.test_pairs import every
from tests.test_session import LIGHT

LONG_S = 30.0
FIRST, SECOND = "aziza", "brahim"
SOON = civil_date(datetime.now(UTC)) + timedelta(days=20)


def reply(who: str) -> Reply:
    return Reply(
        nature=Nature.INADMISSIBLE, text=f"réponse de {who}", reasons_of_law="l", reasons_of_fact="f"
    )


def moved(who: str, house: str) -> Act:
    reason = f"mots de {who}"
    return acts.Transfer(administration=house, from_administration="EAU", from_unit="EAU-1", reason=reason)


def given(who: str, assignee: str) -> Act:
    return acts.Assign(assignee=assignee, note=f"mots de {who}")


A, B = "mots de a", "mots de b"
DECISIONS = [acts.DeclareInadmissible(ground=Inadmissibility.BEFORE_COURT, reply=reply(who)) for who in "ab"]
PAIRS: dict[str, tuple[Act, Act, str]] = {
    "two notes": (acts.Note(text=A), acts.Note(text=B), "applied"),
    "a transfer, then a note": (moved("a", "ELEC"), acts.Note(text=B), "out_of_scope"),
    "two transfers": (moved("a", "ELEC"), moved("b", "CN"), "already_moved"),
    "two assignments": (given("a", "@aziza"), given("b", "@brahim"), "assignee_changed"),
    "two decisions": (*DECISIONS, "already_answered"),
    "a message of the citizen, then a decision": (acts.Write(text=A), DECISIONS[1], "stale_thread"),
    "two themes": (
        acts.Correct(reason=A, place=Place(region="04")),
        acts.Correct(reason=B, place=Place(region="05")),
        "changed_meanwhile",
    ),
    "two withdrawals": (acts.Withdraw(reason=A), acts.Withdraw(reason=B), "applied as a note"),
    "a withdrawal, then an assignment": (
        acts.Withdraw(reason=A),
        given("b", "@brahim"),
        "illegal_transition",
    ),
    "two interim replies": (
        acts.SendInterim(text=A, expected=SOON),
        acts.SendInterim(text=B, expected=SOON + timedelta(days=5)),
        "changed_meanwhile",
    ),
    "two parents": (
        acts.ProposeJoin(parent="01a00000-0000-7000-8000-000000000001", reason=A),
        acts.ProposeJoin(parent="01a00000-0000-7000-8000-000000000002", reason=B),
        "changed_meanwhile",
    ),
}


class Pc:
    """One person's PC."""

    def __init__(self, root, house: House, login: str) -> None:
        self.session = Session(root / login, clock=lambda: datetime.now(UTC), strength=LIGHT)
        self.house, self.login = house, login
        self.heard = threading.Condition()
        self.desk: Desk | None = None

    def open(self, *, offline: bool = False) -> Desk:
        enter = self.session.unlock if offline else self.session.sign_in
        enter(self.house.url, self.login, PASSWORD)
        now = lambda: datetime.now(UTC)  # noqa: E731
        self.desk = Desk(self.session, clock=now, grace=timedelta(0), jitter=lambda: 0.02)
        self.desk.listen(self._hear)
        return self.desk

    def until(self, holds) -> None:
        with self.heard:
            assert self.heard.wait_for(holds, LONG_S)

    def close(self) -> None:
        if self.desk is not None:
            self.desk.close()
            self.desk = None

    def _hear(self, _: object) -> None:
        with self.heard:
            self.heard.notify_all()


@pytest.fixture
def house(tmp_path):
    made = House(tmp_path / "server")
    yield made
    made.close()


@pytest.fixture
def pcs(tmp_path, house):
    made = [Pc(tmp_path, house, login) for login in (FIRST, SECOND)]
    yield made
    for pc in made:
        pc.close()


def meant_for(act: Act, people: dict[str, str]) -> Act:
    """The assignee by his identifier."""
    if isinstance(act, acts.Assign):
        return acts.Assign(assignee=people[act.assignee.removeprefix("@")], note=act.note)
    return act


def test_what_the_page_says_happens_and_both_texts_are_found(house, pcs) -> None:
    house.start()
    assert house.wait(threading.Event())
    first, second = pcs
    for pc in pcs:
        pc.open()
        pc.until(lambda pc=pc: pc.desk.status().last_sync is not None)
    people = {pc.login: pc.desk.profile.id for pc in pcs}
    mine = house.registered[::2]
    places = dict(zip(PAIRS, mine, strict=False))

    house.kill()
    for pc in pcs:
        pc.close()
        pc.open(offline=True)
    for name, (one, other, _) in PAIRS.items():
        if isinstance(one, acts.Write):
            with house.world.register.transaction() as connection:
                said = ask(complaints.load(connection, places[name]), one, at=datetime.now(UTC))
                complaints.execute(connection, said, CITIZEN, "", datetime.now(UTC))
        else:
            first.desk.ask(places[name], meant_for(one, people), seen=1)
        second.desk.ask(places[name], meant_for(other, people), seen=1)
    for pc in pcs:
        pc.close()

    house.start()
    assert house.wait(threading.Event())
    for pc in pcs:
        pc.open()
        pc.until(lambda pc=pc: pc.desk.status().waiting == 0)
    assert first.desk.returned() == ()
    tray = {one.complaint: one for one in second.desk.returned()}
    for name, (one, other, outcome) in PAIRS.items():
        assert outcome in {met.outcome for met in every()[one.kind, other.kind]}, name
        there = told_by(house.world.load(places[name]))
        assert words(one) <= there, name
        if outcome.startswith("applied"):
            assert places[name] not in tray and words(other) <= there, name
        else:
            returned = tray.pop(places[name])
            assert (returned.code, returned.act) == (outcome, meant_for(other, people)), name
    assert not tray
    assert set(pair_table.CODES) >= {outcome for *_, outcome in PAIRS.values()}
