"""Workload: who sees which board, handing over several at once, desks that tell of unsent acts."""

from datetime import date, timedelta

import pytest

from desktop.core import board_lines
from desktop.core.standing import Standing, Watching
from desktop.core.workload import BoardNotGiven
from desktop.core.workload_records import NO_UNIT, Mark
from desktop.models.store import Store
from protocol.acts import Assign
from protocol.deadlines import Calendar
from protocol.directory import Colleague, Unit
from protocol.settings import Grant, Role
from protocol.wire import DeskHeard, DesksHeard
from sync.errors import NotAllowed, Offline
from sync.outcome import Outcome
from tests import desk_world
from tests.desk_world import NOW as THEN
from tests.profiles import KEY, asked, document
from tests.profiles import ME as ACTOR
from tests.profiles import NOW as SHORTLY
from tests.workload_world import (
    ADMINISTRATION,
    NOW,
    SINCE,
    SUPERVISOR,
    TODAY,
    MemoryStore,
    agent,
    giveable,
    workload,
)

OMAR, KARIMA = "u-senhaji", "u-alaoui"


@pytest.fixture
def memory():
    store = MemoryStore()
    yield store
    store.cache.close()


@pytest.fixture
def office(tmp_path):
    made = desk_world.Office(tmp_path)
    yield made
    made.close()


def holding(*roles: str, unit: str = "", administration: str = ADMINISTRATION):
    """The supervisor's profile with other grants."""
    grants = tuple(Grant(role=role, administration=administration, unit=unit) for role in roles)
    return SUPERVISOR.__class__(
        id="u-me", login="me", name_fr="Salma", name_ar="سلمى", language="fr", grants=grants,
        main_administration=ADMINISTRATION,
    )  # fmt: skip


# --- who sees what


@pytest.mark.parametrize(
    ("roles", "sees", "hands"),
    [
        ((Role.SUPERVISOR,), True, True),
        ((Role.VALIDATOR,), True, False),
        ((Role.COORDINATION,), True, False),
        ((Role.AGENT, Role.REGISTRY_CLERK, Role.SIGNATORY), False, False),
        ((), False, False),
    ],
)
def test_a_board_is_for_those_who_answer_for_others(memory, roles, sees, hands):
    desk = workload(memory, holding(*roles))
    assert (desk.may_see, desk.may_hand_over) == (sees, hands)
    if not sees:
        with pytest.raises(BoardNotGiven):
            desk.board()
        with pytest.raises(BoardNotGiven):
            desk.listing(Mark("open"))


def test_the_head_of_one_unit_sees_that_unit_and_no_other(memory):
    memory.fill([document("c1", unit="ONEE-RAB"), document("c2", unit="ONEE-SAL"), document("c3", unit="")])
    desk = workload(memory, holding(Role.SUPERVISOR, unit="ONEE-RAB"))
    assert desk.board().totals[0].count == 1
    assert desk.complaints(desk.listing(Mark("open"))) == ("c1",)
    for other in ("ONEE-SAL", NO_UNIT):
        with pytest.raises(BoardNotGiven):
            desk.board(other)
        with pytest.raises(BoardNotGiven):
            desk.listing(Mark("open", other))


def test_an_unknown_measure_or_sort_is_an_error(memory):
    desk = workload(memory)
    for mark, sort in ((Mark("nonsense"), "due"), (Mark("open"), "nonsense")):
        with pytest.raises(KeyError):
            desk.listing(mark, sort)


# --- lines


def test_lines_come_by_name_and_tell_absences(memory):
    memory.refer(
        Unit(code="Z", administration=ADMINISTRATION, name_fr="Accueil", name_ar="الاستقبال"),
        Unit(code="A", administration=ADMINISTRATION, name_fr="réseau", name_ar="الشبكة"),
        Unit(code="X", administration="CNSS", name_fr="Ailleurs", name_ar="أخرى"),
        agent("u-1"),
        agent("u-0", absent_from=TODAY - timedelta(days=3), absent_until=TODAY, deputy="u-1"),
        agent("u-2", absent_from=TODAY - timedelta(days=9), absent_until=TODAY - timedelta(days=1)),
        agent("u-3", absent_from=TODAY + timedelta(days=3), deputy="u-1"),
        agent("u-4", absent_from=TODAY + timedelta(days=60)),
        agent("u-5", absent_from=TODAY),
        Colleague(
            id="u-far", name_fr="Loin", name_ar="بعيد", grants=(Grant(role="agent", administration="CNSS"),)
        ),
    )
    memory.fill([document("c1", unit="", assignee="u-left"), document("c2", unit="A")])
    board = workload(memory).board()
    assert [line.code for line in board.units] == ["Z", "A", NO_UNIT]
    lines = {line.code: line for line in board.agents}
    assert [*lines] == ["u-0", "u-1", "u-2", "u-3", "u-4", "u-5", "u-me", "u-left", ""]
    told = {code: (one.absent, one.absent_until, one.deputy, one.absent_from) for code, one in lines.items()}
    assert told["u-0"] == (True, TODAY, "u-1", None)
    assert told["u-2"] == told["u-4"] == told["u-1"] == (False, None, "", None)
    assert told["u-3"] == (False, None, "u-1", TODAY + timedelta(days=3))
    assert told["u-5"] == (True, None, "", None)
    assert lines["u-left"].figures[0].count == 1 and lines[""].figures[0].count == 1
    assert lines[""].name_fr == "" and board.units[-1].name_ar == ""


@pytest.mark.parametrize(
    ("today", "holidays", "since"),
    [
        (date(2026, 6, 8), (), date(2026, 6, 5)),
        (date(2026, 6, 14), (), date(2026, 6, 5)),
        (date(2026, 6, 15), (), date(2026, 6, 12)),
        (date(2026, 6, 8), (date(2026, 6, 5), date(2026, 6, 4)), date(2026, 6, 3)),
        (date(2026, 6, 8), tuple(date(2026, 5, day) for day in range(20, 32)) + tuple(
            date(2026, 6, day) for day in range(1, 8)), date(2026, 6, 5)),
    ],
)  # fmt: skip
def test_arrivals_count_since_the_last_day_worked_of_the_week_before(today, holidays, since):
    calendar = Calendar(holidays=frozenset(holidays))
    assert board_lines.worked_day_before_this_week(today, calendar) == since


def test_a_board_says_of_when_it_is_and_since_when_it_counts(memory):
    board = workload(memory).board()
    assert (board.as_of, board.arrived_since, board.synced_at) == (NOW, SINCE, None)
    assert board.days[0].day == TODAY - timedelta(days=13) and board.days[-1].day == TODAY


# --- desks with unsent acts


def test_desks_are_kept_with_their_date_and_named(memory):
    memory.refer(agent("u-1"))
    desk = workload(memory)
    assert (desk.board().desks, desk.board().desks_at) == ((), None)
    day = timedelta(days=1)
    heard = DesksHeard(
        desks=(
            DeskHeard(account="u-1", unsent=0, heard=NOW - 2 * day),
            DeskHeard(account="u-1", unsent=2, oldest=NOW - 3 * day, heard=NOW - day),
            DeskHeard(account="u-left", unsent=1, oldest=NOW - 5 * day, heard=NOW - 4 * day),
        )
    )
    desk.keep_desks(heard, NOW - day)
    board = desk.board()
    assert [(one.account, one.name_fr, one.unsent) for one in board.desks] == [
        ("u-left", "", 1),
        ("u-1", "Nom u-1", 2),
        ("u-1", "Nom u-1", 0),
    ]
    assert board.desks_at == board.synced_at == NOW - day


class Kept:
    """A board that remembers what it was given."""

    leads = True

    def __init__(self) -> None:
        self.desks: list[DesksHeard] = []
        self.prepared = 0

    def prepare(self) -> None:
        self.prepared += 1

    def keep_desks(self, heard: DesksHeard, at: object) -> None:
        self.desks.append(heard)


class Turns:
    """An engine whose cycles are given."""

    skew_ms = 7

    def __init__(self) -> None:
        self.more = False

    def cycle(self) -> Outcome:
        return Outcome(more=self.more)

    def wait(self, seconds: int) -> bool:
        return seconds > 1


def test_a_supervisors_desk_asks_for_the_others_now_and_then():
    clock, board, engine, told = desk_world.Clock(), Kept(), Turns(), []
    answers = [DesksHeard(), Offline("cut"), NotAllowed("no longer")]

    def ask() -> DesksHeard:
        answer = answers[len(told)] if len(told) < len(answers) else DesksHeard()
        told.append(answer)
        if isinstance(answer, Exception):
            raise answer
        return answer

    watching = Watching(engine, board, ask, clock=clock, publish=lambda _: None)
    engine.more = True
    watching.cycle()
    assert told == []
    engine.more = False
    for _ in range(3):
        watching.cycle()
    assert len(told) == board.prepared == len(board.desks) == 1
    clock.pass_(minutes=6)
    watching.cycle()
    clock.pass_(days=-900)
    watching.cycle()
    clock.pass_(minutes=1)
    watching.cycle()
    assert len(told) == 3 and len(board.desks) == 1
    board.leads = False
    clock.pass_(minutes=60)
    watching.cycle()
    assert len(told) == 3
    assert (watching.skew_ms, watching.wait(5)) == (7, True)


def test_only_acts_past_their_grace_are_told(tmp_path):
    store = Store.open(tmp_path, KEY, actor=ACTOR)
    moment = [SHORTLY]
    standing = Standing(store, lambda: moment[0])
    assert standing() == "0"
    store.record(asked("a1", "c1"))
    assert standing() == "0"
    moment[0] += timedelta(minutes=2)
    assert standing() == f"1;{SHORTLY.isoformat()}"
    store.close()
    assert standing() == ""


def test_a_pull_carries_the_standing_and_the_board_shows_the_others(office):
    office.house.desks = DesksHeard(desks=(DeskHeard(account=OMAR, unsent=3, oldest=THEN, heard=THEN),))
    desk = office.open()
    office.until(lambda: desk.workload.board().desks != ())
    (silent,) = desk.workload.board().desks
    assert (silent.account, silent.name_fr, silent.unsent) == (OMAR, "Omar Senhaji", 3)
    assert desk.workload.board().desks_at == THEN
    assert desk.workload.board().synced_at is not None
    desk.sync_now()
    office.until(lambda: "0" in office.house.standings.values())


# --- what was typed here counts


def test_my_own_unsent_acts_are_counted(office):
    desk = office.open(grace=8)
    board = desk.workload.board()
    (first, *_) = giveable(desk, 1)
    had = {line.code: line.figures[0].count for line in board.agents}
    case = desk.case(first)
    target = OMAR if case.document.assignee != OMAR else KARIMA
    desk.ask(first, Assign(assignee=target, previous=case.document.assignee), seen=case.confirmed_ver)
    has = {line.code: line.figures[0].count for line in desk.workload.board().agents}
    assert has[target] == had.get(target, 0) + 1
    assert has.get(case.document.assignee, 0) == had[case.document.assignee] - 1
    assert desk.workload.board().totals[0].count == board.totals[0].count


def test_the_lists_of_a_real_desk_are_its_figures(office):
    desk = office.open()
    board = desk.workload.board()
    figures = [*board.totals, *board.ages, *board.monday]
    figures += [figure for line in (*board.units, *board.agents) for figure in line.figures]
    assert board.totals[0].count > 5
    for figure in figures:
        assert desk.workload.listing(figure.mark).total == figure.count
    assert desk.workload.may_see and desk.workload.may_hand_over
