"""The board's measures as SQL over the list table: one condition gives the count and the list behind it.

Everything is counted in one pass over a covering index per question, by unit and agent; the rows behind a
figure are selected by the very text that counted them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import msgspec

from desktop.models.board_columns import Stage
from desktop.models.queue_sql import order_by
from protocol.deadlines import FIRST_ALERT_DAYS, LAST_ALERT_DAYS

SPAN_DAYS = 14
"""Civil days of arrivals and answers on the board, today included."""


_OPEN: dict[str, str] = {
    "open": "true",
    "new": f"stage = {Stage.NEW}",
    "due_5": "due between :today and :in_5",
    "due_15": "due between :today and :in_15",
    "overdue": "due < :today",
    "waiting": f"stage >= {Stage.WITH_CITIZEN}",
    "unassigned": "assignee = ''",
    "returned": "returns > 0",
    "reopened": "reopenings > 0",
    "transferred": "hops > 0",
    "interim": "interim = 1",
    "late_without_interim": "due < :today and interim = 0",
    "age_0_15": "received_on >= :ago_15",
    "age_16_30": "received_on >= :ago_30 and received_on < :ago_15",
    "age_31_45": "received_on >= :ago_45 and received_on < :ago_30",
    "age_46_60": "received_on >= :ago_60 and received_on < :ago_45",
    "age_over_60": "received_on < :ago_60",
    "due_later": "due > :in_15",
    "due_week": "due between :today and :sunday",
    "expired_complements": f"stage = {Stage.WITH_CITIZEN} and complement_limit <> ''"
    " and complement_limit < :today",
    "silent_elements": f"stage = {Stage.WITH_SERVICE} and elements_due <> '' and elements_due < :today",
}
"""Of complaints whose sixty days still run."""

_EVER: dict[str, str] = {
    "arrived": "arrived_on between :first and :today",
    "arrived_since": "arrived_on between :since and :today",
    "answered": "answered_on between :first and :today",
}
"""Of complaints in whatever state, in the days of the board; a mark's `day` chooses one of them."""

_DAYS = {"arrived": "arrived_on", "arrived_since": "arrived_on", "answered": "answered_on"}

DATED = tuple(_EVER)
MEASURES = (*_OPEN, *_EVER)
"""The code of every measure; its name is translated under `board.<code>`."""

AGES = ("age_0_15", "age_16_30", "age_31_45", "age_46_60", "age_over_60")
MONDAY = ("arrived_since", "due_week", "expired_complements", "silent_elements")
AGED = frozenset(
    {"open", "new", "overdue", "waiting", "unassigned", "expired_complements", "silent_elements"}
)
"""Measures whose oldest complaint is told; each costs the pass as much as its count does."""

COLUMNS = (
    "open", "new", "due_5", "due_15", "overdue", "waiting", "unassigned", "returned", "reopened",
    "transferred", "interim", "late_without_interim", "arrived", "answered",
)  # fmt: skip
"""The measures of totals and of every line, in their order."""

_COUNTED = tuple(name for name in _OPEN if name in {*COLUMNS, *AGES, *MONDAY})
_AGED = tuple(name for name in _COUNTED if name in AGED)

INDEXES = {
    "board_open": "(administration, unit, assignee, due, stage, received_on, returns, reopenings, hops,"
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
    """Counts of one unit and one agent by measure, and the day (ISO) the oldest of some was received."""

    unit: str
    assignee: str
    counts: dict[str, int]
    oldest: dict[str, str]


def tally_of(sight: Sight) -> str:
    """SQL that counts every open measure by unit and agent, in one pass over its index."""
    counted = ", ".join(f"count(*) filter (where {_OPEN[name]})" for name in _COUNTED)
    oldest = ", ".join(f"min(received_on) filter (where {_OPEN[name]})" for name in _AGED)
    return (
        f"select unit, assignee, {counted}, {oldest} from complaint"  # noqa: S608
        f" where {sight.where} and open = 1 group by unit, assignee"
    )


def dated_of(sight: Sight, measure: str) -> str:
    """SQL that counts one dated measure by unit and agent: unit, agent, count."""
    return (
        f"select unit, assignee, count(*) from complaint"  # noqa: S608
        f" where {sight.where} and {_dated(measure)} group by unit, assignee"
    )


def days_of(sight: Sight, measure: str) -> str:
    """SQL that counts one dated measure by civil day: day, count."""
    day = _DAYS[measure]
    return (
        f"select {day}, count(*) from complaint"  # noqa: S608
        f" where {sight.where} and {_dated(measure)} group by {day}"
    )


def read_tallies(
    rows: Sequence[Sequence[Any]], dated: dict[str, Sequence[Sequence[Any]]]
) -> tuple[Tally, ...]:
    """The rows of `tally_of`, and those of `dated_of` by measure, together."""
    end = 2 + len(_COUNTED)
    tallies = {
        (row[0], row[1]): Tally(
            row[0],
            row[1],
            dict(zip(_COUNTED, row[2:end], strict=True)),
            {name: day for name, day in zip(_AGED, row[end:], strict=True) if day},
        )
        for row in rows
    }
    for measure, counted in dated.items():
        for unit, assignee, count in counted:
            tally = tallies.setdefault((unit, assignee), Tally(unit, assignee, {}, {}))
            tally.counts[measure] = count
    return tuple(tallies.values())


def order_of(sight: Sight, measure: str, sort: str, *, agent: bool, day: bool, most: bool = False) -> str:
    """SQL of the row numbers behind a figure, in order, as one JSON array; raises KeyError.

    `agent` and `day` say whether the mark names one: its value is then `:agent`, `:day`. With `most` only the
    first `:most` are read.
    """
    where = f"open = 1 and {_OPEN[measure]}" if measure in _OPEN else _dated(measure)
    if agent:
        where += " and assignee = :agent"
    if day and measure in _DAYS:
        where += f" and {_DAYS[measure]} = :day"
    return (
        "select json_group_array(n) from (select n from complaint"  # noqa: S608
        f" where {sight.where} and {where} order by {order_by(sort)}{' limit :most' if most else ''})"
    )


def _dated(measure: str) -> str:
    """The condition of a dated measure; what was never answered is in no index of answers."""
    return _EVER[measure] + (" and answered_on <> ''" if _DAYS[measure] == "answered_on" else "")
