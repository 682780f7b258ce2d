"""Legal time: civil dates in Africa/Casablanca, the sixty days, what is urgent, working days.

Zone rules come from the pinned PyPI `tzdata` alone: system copies differ and Windows has none.
"""

import zoneinfo
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from enum import StrEnum
from pathlib import Path

import msgspec
import tzdata  # type: ignore[import-untyped]

zoneinfo.reset_tzpath(to=())
zoneinfo.ZoneInfo.clear_cache()

_ZONES = Path(tzdata.__file__).parent / "zoneinfo"
"""Read as a file: through importlib.resources the same bytes cost a desk 20 ms of its start."""

with (_ZONES / "Africa" / "Casablanca").open("rb") as _rules:
    CASABLANCA = zoneinfo.ZoneInfo.from_file(_rules, key="Africa/Casablanca")
"""The zone in which every civil date of the platform is read."""

TZDATA_VERSION: str = tzdata.IANA_VERSION
"""Version of the zone rules in use, for the log of both sides."""

ANSWER_DAYS = 60
"""Calendar days to answer, deposit day not counted (Decree 2-17-265, DOMAIN §2)."""

FIRST_ALERT_DAYS = 15
LAST_ALERT_DAYS = 5

MAX_SKEW = timedelta(minutes=5)
"""Beyond this difference between a desk's clock and the server's, the desk says so."""


class Urgency(StrEnum):
    """How near a due date is; `overdue` is a flag, never a state."""

    NORMAL = "normal"
    APPROACHING = "approaching"
    SOON = "soon"
    OVERDUE = "overdue"


class Calendar(msgspec.Struct, frozen=True, kw_only=True):
    """Days off as editable data; `weekend` holds weekday numbers, Monday being 0."""

    weekend: frozenset[int] = frozenset({5, 6})
    holidays: frozenset[date] = frozenset()

    def is_working(self, day: date) -> bool:
        """Whether administrations work on `day`."""
        return day.weekday() not in self.weekend and day not in self.holidays


WEEKENDS_ONLY = Calendar()
"""The calendar before anybody entered a holiday."""


def civil_date(at: datetime) -> date:
    """The civil date in Casablanca of the aware moment `at`; raises ValueError for a naive one."""
    if at.tzinfo is None:
        raise ValueError("a moment without time zone has no civil date")
    return at.astimezone(CASABLANCA).date()


def due_date(received_at: datetime, days: int = ANSWER_DAYS, *, rolled_by: Calendar | None = None) -> date:
    """The last day to answer what was received at `received_at` (aware): civil date + `days`.

    With `rolled_by`, a due date on a day off moves to the next working day (a setting, off by default).
    """
    due = civil_date(received_at) + timedelta(days=days)
    return due if rolled_by is None else next_working_day(due, rolled_by)


def days_left(due: date, today: date) -> int:
    """Calendar days until `due`: 0 on the last day, negative when overdue."""
    return (due - today).days


def urgency(due: date, today: date) -> Urgency:
    """The alert that a due date still running deserves today (J-15, J-5, overdue)."""
    left = days_left(due, today)
    if left < 0:
        return Urgency.OVERDUE
    if left <= LAST_ALERT_DAYS:
        return Urgency.SOON
    return Urgency.APPROACHING if left <= FIRST_ALERT_DAYS else Urgency.NORMAL


def alert_dates(due: date) -> tuple[date, date]:
    """The civil dates of the two alerts before `due`: J-15 and J-5."""
    return due - timedelta(days=FIRST_ALERT_DAYS), due - timedelta(days=LAST_ALERT_DAYS)


def next_working_day(day: date, calendar: Calendar = WEEKENDS_ONLY) -> date:
    """`day` itself when worked, else the first worked day after it; raises ValueError if none in a year."""
    for offset in range(366):
        candidate = day + timedelta(days=offset)
        if calendar.is_working(candidate):
            return candidate
    raise ValueError("no working day in a year")


def working_days(start: date, end: date, calendar: Calendar = WEEKENDS_ONLY) -> int:
    """Worked days after `start` up to and including `end`; 0 when `end` is not after `start`."""
    span = max(0, (end - start).days)
    return sum(calendar.is_working(start + timedelta(days=offset)) for offset in range(1, span + 1))


def holidays_of(days: Iterable[tuple[int, int]], year: int) -> frozenset[date]:
    """Fixed civil holidays, given as (month, day), of one year."""
    return frozenset(date(year, month, day) for month, day in days)


def is_skewed(theirs: datetime, ours: datetime) -> bool:
    """Whether a desk's clock is too far from the server's to be shown without a warning (aware times)."""
    return abs(theirs - ours) > MAX_SKEW
