"""The rail's queues as predicates over one list row: which complaints each holds, and in what order.

The stores express the same definitions as SQL (`desktop/models/reading.py`); a test holds the two together.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from desktop.models.records import ListedRow
from protocol.complaint import OPEN, Status
from protocol.directory import Profile
from protocol.settings import COORDINATION, Role

DUE_SOON_DAYS = 5
"""Default of the "due soon" queue (DOMAIN §2: alert at J-5)."""

Group = Literal["mine", "unit", "coordination"]

_WAITING = frozenset(
    {
        Status.AWAITING_CITIZEN,
        Status.AWAITING_ELEMENTS,
        Status.TO_VALIDATE,
        Status.TO_SIGN,
        Status.ARBITRATION,
    }
)


@dataclass(frozen=True, slots=True)
class Viewer:
    """Whose queues they are: user id, the administration and unit of daily work ("" for all units)."""

    user: str
    administration: str
    unit: str
    today: date
    coordination: bool = False
    returned: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue of the rail and the rows it holds."""

    code: str
    group: Group
    holds: Callable[[ListedRow, Viewer], bool]


def viewer(profile: Profile, today: date, returned: frozenset[str] = frozenset()) -> Viewer:
    """The viewer of a signed-in person on the civil date `today` (Casablanca)."""
    return Viewer(
        user=profile.id,
        administration=profile.main_administration,
        unit=profile.main_unit,
        today=today,
        coordination=any(
            grant.role == Role.COORDINATION and grant.administration == COORDINATION
            for grant in profile.grants
        ),
        returned=returned,
    )


def _mine(line: ListedRow, who: Viewer) -> bool:
    return line.row.assignee == who.user and line.row.status in OPEN


def _today(line: ListedRow, who: Viewer) -> bool:
    return (
        _mine(line, who)
        and line.row.status not in _WAITING
        and line.row.due <= who.today + timedelta(days=15)
    )


def _due_soon(line: ListedRow, who: Viewer) -> bool:
    return _mine(line, who) and who.today <= line.row.due <= who.today + timedelta(days=DUE_SOON_DAYS)


def _overdue(line: ListedRow, who: Viewer) -> bool:
    return _mine(line, who) and line.row.due < who.today


def _waiting(line: ListedRow, who: Viewer) -> bool:
    return line.row.assignee == who.user and line.row.status in _WAITING


def _returned(line: ListedRow, who: Viewer) -> bool:
    return line.row.id in who.returned


def _unit(line: ListedRow, who: Viewer) -> bool:
    return (
        line.row.administration == who.administration
        and who.unit in ("", line.row.unit)
        and line.row.status in OPEN
    )


def _unassigned(line: ListedRow, who: Viewer) -> bool:
    return _unit(line, who) and not line.row.assignee


def _triage(line: ListedRow, who: Viewer) -> bool:
    return line.row.administration == COORDINATION and line.row.status == Status.RECEIVED


QUEUES: tuple[Queue, ...] = (
    Queue("mine", "mine", _mine),
    Queue("today", "mine", _today),
    Queue("due_soon", "mine", _due_soon),
    Queue("overdue", "mine", _overdue),
    Queue("waiting", "mine", _waiting),
    Queue("returned", "mine", _returned),
    Queue("unassigned", "unit", _unassigned),
    Queue("unit", "unit", _unit),
    Queue("triage", "coordination", _triage),
)


def queues_of(who: Viewer) -> tuple[Queue, ...]:
    """The queues of that person's rail, in its order."""
    return tuple(queue for queue in QUEUES if queue.group != "coordination" or who.coordination)


def sort_key(sort: str) -> Callable[[ListedRow], tuple[str, int]]:
    """The ordering key for "due" (overdue first), "received", "number" or "changed" (to be reversed)."""
    columns: dict[str, Callable[[ListedRow], str]] = {
        "due": lambda line: line.row.due.isoformat(),
        "received": lambda line: line.row.received_on.isoformat(),
        "number": lambda line: line.row.number,
        "changed": lambda line: line.row.changed_at.isoformat(),
    }
    column = columns[sort]
    return lambda line: (column(line), line.n)


def arrange(lines: Iterable[ListedRow], sort: str) -> list[ListedRow]:
    """The lines in the order of `sort`; raises KeyError for an unknown sort."""
    return sorted(lines, key=sort_key(sort), reverse=sort == "changed")
