"""The board's identities on a thousand random registers: every figure is its list, every sum is its parts."""

import random
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from desktop.core.workload_records import NO_UNIT, Board, Figure, Mark
from desktop.models.board_sql import (
    AGED,
    AGES,
    COLUMNS,
    DATED,
    INDEXES,
    MEASURES,
    MONDAY,
    Sight,
    dated_of,
    days_of,
    tally_of,
)
from desktop.models.tables import LIST_INDEXES
from protocol.directory import Unit
from tests.workload_world import (
    ADMINISTRATION,
    OF_ALL,
    OF_OPEN,
    SINCE,
    TODAY,
    UNITS,
    MemoryStore,
    agent,
    arrived,
    meant,
    various,
    workload,
)

DATA_SETS = 1_000


@pytest.fixture(scope="module")
def store():
    opened = MemoryStore()
    opened.refer(
        *(
            Unit(code=code, administration=ADMINISTRATION, name_fr=code, name_ar=code)
            for code in UNITS
            if code
        ),
        Unit(code="ONEE-VIDE", administration=ADMINISTRATION, name_fr="Vide", name_ar="فارغة"),
        agent("u-a", "ONEE-RAB"),
        agent("u-b", absent_from=TODAY, deputy="u-a"),
        agent("u-idle", "ONEE-SAL"),
    )
    yield opened
    opened.cache.close()


def figures(board: Board) -> list[Figure]:
    """Every figure of a board, wherever it stands."""
    of_lines = [figure for line in (*board.units, *board.agents) for figure in line.figures]
    of_days = [figure for day in board.days for figure in (day.arrived, day.answered)]
    return [*board.totals, *board.ages, *board.monday, *of_lines, *of_days]


def count(board_figures: tuple[Figure, ...], measure: str) -> int:
    return next(figure.count for figure in board_figures if figure.mark.measure == measure)


def check(store: MemoryStore, documents, *, every: bool = True) -> None:
    """All identities on this register; the lists behind noughts only if `every`."""
    store.fill(documents)
    desk = workload(store)
    board = desk.board()
    lists: dict[Mark, set[int]] = {}
    for figure in figures(board):
        if figure.count or every:
            lists[figure.mark] = set(desk.listing(figure.mark).order)
        assert figure.count == len(lists.get(figure.mark, ())), figure
        assert (figure.oldest is not None) == (figure.count > 0 and figure.mark.measure in AGED), figure
    for place, measure in enumerate(COLUMNS):
        total = board.totals[place].count
        assert total == len(meant(measure, documents)), measure
        assert total == sum(line.figures[place].count for line in board.units), measure
        assert total == sum(line.figures[place].count for line in board.agents), measure
    opened = count(board.totals, "open")
    assert opened == sum(figure.count for figure in board.ages)
    assert opened == count(board.totals, "overdue") + count(board.totals, "due_15") + len(
        desk.listing(Mark("due_later")).order
    )
    for part, all_ in (("due_5", "due_15"), ("due_15", "open"), ("late_without_interim", "overdue")):
        assert lists.get(Mark(part), set()) <= lists.get(Mark(all_), set())
    for measure in ("arrived", "answered"):
        assert count(board.totals, measure) == sum(getattr(day, measure).count for day in board.days)
    for figure in board.monday:
        assert figure.count == len(meant(figure.mark.measure, documents)), figure


@settings(max_examples=DATA_SETS, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(count_=st.integers(0, 12), seed=st.integers(0, 2**32))
def test_figures_are_their_lists_and_sums_their_parts(store, count_: int, seed: int) -> None:
    check(store, various(count_, seed), every=seed % 10 == 0)


def test_the_identities_hold_on_a_large_register(store) -> None:
    check(store, various(600, 7))


@pytest.mark.parametrize("measure", MEASURES)
def test_a_measure_means_what_its_name_says(store, measure: str) -> None:
    documents = various(1_500, 3)
    store.fill(documents)
    desk = workload(store)
    listed = desk.complaints(desk.listing(Mark(measure)))
    wanted = meant(measure, documents)
    assert wanted and set(listed) == {one.id for one in wanted} and len(listed) == len(wanted)
    due = {one.id: one.due for one in wanted}
    assert [due[id_] for id_ in listed] == sorted(due.values())


def test_every_measure_has_a_meaning_and_every_column_a_measure() -> None:
    assert set(MEASURES) == OF_OPEN.keys() | OF_ALL.keys()
    assert {*COLUMNS, *AGES, *MONDAY} <= set(MEASURES)


def test_a_mark_narrowed_to_unit_agent_and_day_narrows_the_list(store) -> None:
    documents = various(600, 5)
    store.fill(documents)
    desk = workload(store)
    draw = random.Random(5)
    for _ in range(60):
        measure, unit, who = draw.choice(MEASURES), draw.choice(UNITS), draw.choice(("u-a", "u-gone", ""))
        listed = desk.complaints(desk.listing(Mark(measure, unit or NO_UNIT, who)))
        wanted = {one.id for one in meant(measure, documents) if (one.unit, one.assignee) == (unit, who)}
        assert set(listed) == wanted
    for back in range(14):
        day = TODAY - timedelta(days=back)
        listed = desk.complaints(desk.listing(Mark("arrived", "", None, day)))
        assert set(listed) == {one.id for one in meant("arrived", documents) if arrived(one) == day}


@pytest.mark.parametrize("sort", ["due", "-due", "received", "assignee"])
def test_the_first_rows_of_a_figure_begin_its_list(store, sort: str) -> None:
    store.fill(various(300, 2))
    desk = workload(store)
    for mark in (
        Mark("overdue"),
        Mark("open", NO_UNIT),
        Mark("new", "", "u-a"),
        Mark("arrived", "", None, TODAY),
    ):
        whole = desk.listing(mark, sort).order
        assert desk.first(mark, 8, sort) == tuple(whole[:8])


def test_the_oldest_of_a_figure_is_the_age_of_its_oldest_complaint(store) -> None:
    documents = various(1_500, 9)
    store.fill(documents)
    board = workload(store).board()
    told = [one for one in (*board.totals, *board.monday) if one.mark.measure in AGED]
    assert {one.mark.measure for one in told} == AGED
    for figure in told:
        wanted = meant(figure.mark.measure, documents)
        assert figure.oldest == max((TODAY - one.received_on).days for one in wanted)


def test_the_board_of_one_unit_is_that_units_line(store) -> None:
    store.fill(various(300, 11))
    desk = workload(store)
    whole = desk.board()
    for line in whole.units:
        own = desk.board(line.code)
        assert [one.count for one in own.totals] == [one.count for one in line.figures]
        assert [one.code for one in own.units] == [line.code]
        assert all(figure.mark.unit == line.code for figure in own.totals)
        for figure in own.agents[0].figures:
            assert figure.count == len(desk.listing(figure.mark).order)


def test_a_board_is_read_from_covering_indexes_alone(store) -> None:
    store.fill(various(300, 1))

    def as_after_a_first_sync(connection) -> None:
        for name, columns in {**LIST_INDEXES, **INDEXES}.items():
            connection.exec_driver_sql(f"create index if not exists {name} on complaint {columns}")
        connection.exec_driver_sql("analyze complaint")

    store.cache.write(as_after_a_first_sync)
    for units in ((), ("ONEE-RAB",)):
        sight = Sight(ADMINISTRATION, units, TODAY, SINCE)
        asked = [
            tally_of(sight),
            *(asked(sight, measure) for asked in (days_of, dated_of) for measure in DATED),
        ]
        for statement in asked:
            with store.cache.reading() as connection:
                plan = connection.exec_driver_sql(f"explain query plan {statement}", sight.values()).all()
            assert any("COVERING INDEX board_" in row[3] for row in plan), plan
