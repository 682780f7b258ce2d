"""The board's measures as SQL over the list table: one condition gives the count and the list behind it.

Everything is counted in one pass over a covering index per question, grouped by unit and agent; the rows
behind a figure are selected by the very text that counted them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import msgspec

from desktop.models.queue_sql import WAITING, order_by
from protocol.complaint import Status
from protocol.deadlines import FIRST_ALERT_DAYS, LAST_ALERT_DAYS

SPAN_DAYS = 14
"""Civil days of arrivals and answers on the board, today included."""


def _among(statuses: Sequence[Status]) -> str:
    return "status in (" + ", ".join(f"'{status}'" for status in statuses) + ")"


_ROW: dict[str, str] = {
    "new": _among((Status.RECEIVED, Status.ASSIGNED, Status.REOPENED)),
    "due_5": "due between :today and :in_5",
    "due_15": "due between :today and :in_15",
    "overdue": "due < :today",
    "waiting": _among(WAITING),
    "returned": "returns > 0",
    "reopened": "reopenings > 0",
    "transferred": "hops > 0",
    "interim": "interim = 1",
    "late_without_interim": "due < :today and interim = 0",
    "due_later": "due > :in_15",
    "due_week": "due between :today and :sunday",
    "expired_complements": "status = 'awaiting_citizen' and complement_limit <> ''"
    " and complement_limit < :today",
    "silent_elements": "status = 'awaiting_elements' and elements_due <> '' and elements_due < :today",
}
_GROUP: dict[str, str] = {
    "open": "true",
    "unassigned": "assignee = ''",
    "age_0_15": "received_on >= :ago_15",
    "age_16_30": "received_on >= :ago_30 and received_on < :ago_15",
    "age_31_45": "received_on >= :ago_45 and received_on < :ago_30",
    "age_46_60": "received_on >= :ago_60 and received_on < :ago_45",
    "age_over_60": "received_on < :ago_60",
}
_OPEN = {**_GROUP, **_ROW}
"""Of complaints whose sixty days still run. Those of `_GROUP` ask only for what the pass groups by (unit,
agent, day of reception), so that they are judged once a group; `_ROW` is judged once a complaint.
"""

_EVER: dict[str, str] = {
    "arrived": "arrived_on between :first and :today",
    "arrived_since": "arrived_on between :since and :today",
    "answered": "answered_on between :first and :today",
}
"""Of complaints in whatever state, in the days of the board; a mark's `day` chooses one of them."""

_DAYS = {"arrived": "arrived_on", "arrived_since": "arrived_on", "answered": "answered_on"}

MEASURES = (*_OPEN, *_EVER)
"""The code of every measure; its name is translated under `board.<code>`."""

AGES = ("age_0_15", "age_16_30", "age_31_45", "age_46_60", "age_over_60")
MONDAY = ("arrived_since", "due_week", "expired_complements", "silent_elements")
COLUMNS = (
    "open", "new", "due_5", "due_15", "overdue", "waiting", "unassigned", "returned", "reopened",
    "transferred", "interim", "late_without_interim", "arrived", "answered",
)  # fmt: skip
"""The measures of totals and of every line, in their order."""

INDEXES = {
    "board_open": "(administration, unit, assignee, received_on, due, status, returns, reopenings, hops,"
    " interim, complement_limit, elements_due) where open = 1",
    "board_arrived": "(administration, arrived_on, unit, assignee, received_on)",
    "board_answered": "(administration, answered_on, unit, assignee, received_on) where answered_on <> ''",
}
"""Covering: a board of 100,000 complaints is read from these alone."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What a board is about: an administration, some of its units (none named: all), a civil date.

    `since` is the first day of "arrived since", a working day of the week before.
    """

    administration: str
    units: tuple[str, ...]
    today: date
    since: date

    def values(self) -> dict[str, Any]:
        """The values of the names in the conditions."""
        return {
            "administration": self.administration,
            "units": msgspec.json.encode(self.units).decode(),
            "first": (self.today - timedelta(days=SPAN_DAYS - 1)).isoformat(),
            "since": self.since.isoformat(),
            "sunday": (self.today + timedelta(days=6 - self.today.weekday())).isoformat(),
            "today": self.today.isoformat(),
            "in_5": (self.today + timedelta(days=LAST_ALERT_DAYS)).isoformat(),
            "in_15": (self.today + timedelta(days=FIRST_ALERT_DAYS)).isoformat(),
            **{f"ago_{n}": (self.today - timedelta(days=n)).isoformat() for n in (15, 30, 45, 60)},
        }

    @property
    def where(self) -> str:
        """The condition of all complaints of this board."""
        within = " and unit in (select value from json_each(:units))" if self.units else ""
        return f"administration = :administration{within}"


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of one unit and one agent, by measure: how many, and the day the oldest was received."""

    unit: str
    assignee: str
    counts: dict[str, tuple[int, str | None]]


@dataclass(frozen=True, slots=True)
class DayTally:
    """Arrivals or answers of one civil day (ISO) of one unit and one agent."""

    measure: str
    day: str
    unit: str
    assignee: str
    count: int
    oldest: str


def tally_of(sight: Sight) -> str:
    """SQL that counts every open measure by unit and agent, in one pass over its index."""
    counted = ", ".join(f"count(*) filter (where {where}) as {name}" for name, where in _ROW.items())
    of_group = [
        f"coalesce(sum(here) filter (where {where}), 0), min(received_on) filter (where {where})"
        for where in _GROUP.values()
    ]
    of_rows = [f"sum({name}), min(received_on) filter (where {name} > 0)" for name in _ROW]
    return (
        f"select unit, assignee, {', '.join((*of_group, *of_rows))} from ("  # noqa: S608
        f"select unit, assignee, received_on, count(*) as here, {counted} from complaint"
        f" where {sight.where} and open = 1 group by unit, assignee, received_on"
        ") group by unit, assignee"
    )


def read_tallies(rows: Sequence[Sequence[Any]]) -> Iterator[Tally]:
    """The rows of `tally_of`."""
    for unit, assignee, *counted in rows:
        pairs = zip(counted[::2], counted[1::2], strict=True)
        yield Tally(unit, assignee, dict(zip(_OPEN, pairs, strict=True)))


def days_of(sight: Sight, measure: str) -> str:
    """SQL of one dated measure by day, unit and agent: day, unit, agent, count, oldest reception."""
    day = _DAYS[measure]
    return (
        f"select {day}, unit, assignee, count(*), min(received_on) from complaint"  # noqa: S608
        f" where {sight.where} and {_EVER[measure]}{_given(day)} group by {day}, unit, assignee"
    )


def order_of(sight: Sight, measure: str, sort: str, *, agent: bool, day: bool) -> str:
    """SQL of the row numbers behind a figure, in order, as one JSON array; raises KeyError.

    `agent` and `day` say whether the mark names one: its value is then `:agent`, `:day`.
    """
    where = f"open = 1 and {_OPEN[measure]}" if measure in _OPEN else _EVER[measure]
    if agent:
        where += " and assignee = :agent"
    if measure in _DAYS:
        where += _given(_DAYS[measure]) + (f" and {_DAYS[measure]} = :day" if day else "")
    return (
        "select json_group_array(n) from (select n from complaint"  # noqa: S608
        f" where {sight.where} and {where} order by {order_by(sort)})"
    )


def _given(day: str) -> str:
    return " and answered_on <> ''" if day == "answered_on" else ""
