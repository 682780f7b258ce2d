"""The rail's queues as SQL over the narrow list table: what each holds, and in what order.

Shared by the reading of a running desk and by the first page of a starting one, so it imports no database.
`desktop/core/queues.py` says the same as predicates; a test holds the two together.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from desktop.models.records import ListedRow
from protocol.complaint import Status
from protocol.directory import Profile
from protocol.projection import Row
from protocol.settings import COORDINATION

DUE_SOON_DAYS = 5
TODAY_DAYS = 15
QUEUES = (
    "mine", "today", "due_soon", "overdue", "waiting", "returned", "unassigned", "unit", "triage",
)  # fmt: skip

WAITING = tuple(
    sorted(
        (
            Status.AWAITING_CITIZEN,
            Status.AWAITING_ELEMENTS,
            Status.TO_VALIDATE,
            Status.TO_SIGN,
            Status.ARBITRATION,
        )
    )
)
"""States in which somebody else's move is waited for."""
_WAITING_MARKS = ", ".join("?" * len(WAITING))
_SORTS = {
    "due": "due {0}, n {0}",
    "received": "received_on {0}, n {0}",
    "changed": "changed_at {1}, n {1}",
    "number": "number {0}, n {0}",
    "object": "object {0}, n {0}",
    "citizen": "citizen {0}, n {0}",
    "status": "status {0}, due {0}, n {0}",
    "assignee": "assignee {0}, due {0}, n {0}",
    "unit": "unit {0}, due {0}, n {0}",
}
"""{0} is the natural direction; `changed` is newest first. A leading "-" turns the order round."""

LISTED = ", ".join(("n", *Row.__struct_fields__, "waiting"))
"""Columns from which `listed_row` makes a line."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A `where` clause with the values of its marks."""

    where: str
    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Viewer:
    """Whose queues: user id, administration and unit of daily work ("" for all units), civil date."""

    user: str
    administration: str
    unit: str
    today: date


def viewer(profile: Profile, today: date) -> Viewer:
    """The viewer of a signed-in person; `today` is the civil date in Casablanca."""
    return Viewer(profile.id, profile.main_administration, profile.main_unit, today)


def holds(queue: str, who: Viewer) -> Condition:
    """What a queue of `QUEUES` holds ("returned" is a list of ids, see Reading); raises KeyError."""
    unit = _unit(who)
    mine = "assignee = ? and open = 1"
    today = who.today.isoformat()
    soon = (who.today + timedelta(days=DUE_SOON_DAYS)).isoformat()
    ahead = (who.today + timedelta(days=TODAY_DAYS)).isoformat()
    conditions = {
        "mine": Condition(mine, (who.user,)),
        "today": Condition(
            f"{mine} and status not in ({_WAITING_MARKS}) and due <= ?", (who.user, *WAITING, ahead)
        ),
        "due_soon": Condition(f"{mine} and due between ? and ?", (who.user, today, soon)),
        "overdue": Condition(f"{mine} and due < ?", (who.user, today)),
        "waiting": Condition(f"{mine} and status in ({_WAITING_MARKS})", (who.user, *WAITING)),
        "unit": unit,
        "unassigned": Condition(f"{unit.where} and assignee = ''", unit.values),
        "triage": Condition("administration = ? and status = 'received'", (COORDINATION,)),
    }
    return conditions[queue]


def order_by(sort: str) -> str:
    """The `order by` of a sort, "-" before it for the other way round; raises KeyError."""
    turned = sort.startswith("-")
    ways = ("desc", "asc") if turned else ("asc", "desc")
    return _SORTS[sort.removeprefix("-")].format(*ways)


def order_of(queue: Condition, sort: str) -> str:
    """SQL of all row numbers of a queue in order, as one JSON array: no row by row, no OFFSET."""
    return (
        f"select json_group_array(n) from (select n from complaint where {queue.where}"  # noqa: S608
        f" order by {order_by(sort)})"
    )


def page_of(queue: Condition, sort: str) -> str:
    """SQL of the first lines of a queue; one more value, the number of lines."""
    return f"select {LISTED} from complaint where {queue.where} order by {order_by(sort)} limit ?"  # noqa: S608


def counts_of(who: Viewer) -> list[tuple[tuple[str, ...], str, tuple[Any, ...]]]:
    """Queries that count every queue but "returned": names of their columns, SQL, values."""
    mine = ("mine", "today", "due_soon", "overdue", "waiting")
    soon = who.today + timedelta(days=DUE_SOON_DAYS)
    ahead = who.today + timedelta(days=TODAY_DAYS)
    own = (
        f"select count(*), coalesce(sum(status not in ({_WAITING_MARKS}) and due <= ?), 0),"  # noqa: S608
        f" coalesce(sum(due between ? and ?), 0), coalesce(sum(due < ?), 0),"
        f" coalesce(sum(status in ({_WAITING_MARKS})), 0)"
        " from complaint where assignee = ? and open = 1"
    )
    today = who.today.isoformat()
    values = (*WAITING, ahead.isoformat(), today, soon.isoformat(), today, *WAITING, who.user)
    queries: list[tuple[tuple[str, ...], str, tuple[Any, ...]]] = [(mine, own, values)]
    for name in ("unassigned", "unit", "triage"):
        queue = holds(name, who)
        count = f"select count(*) from complaint where {queue.where}"  # noqa: S608
        queries.append(((name,), count, queue.values))
    return queries


def listed_row(values: tuple[Any, ...], drafts: frozenset[str] = frozenset()) -> ListedRow:
    """A line from the columns of `LISTED`."""
    (
        n, id_, ver, number, type_, object_, citizen, place, status, due, received_on, administration, unit,
        assignee, theme, channel, language, urgent, confidential, unread, changed_at, waiting,
    ) = values  # fmt: skip
    row = Row(
        id=id_,
        ver=ver,
        number=number,
        type=type_,
        object=object_,
        citizen=citizen,
        place=place,
        status=status,
        due=date.fromisoformat(due),
        received_on=date.fromisoformat(received_on),
        administration=administration,
        unit=unit,
        assignee=assignee,
        theme=theme,
        channel=channel,
        language=language,
        urgent=bool(urgent),
        confidential=bool(confidential),
        unread=bool(unread),
        changed_at=datetime.fromisoformat(changed_at),
    )
    return ListedRow(n, row, waiting, id_ in drafts)


def _unit(who: Viewer) -> Condition:
    if who.unit:
        return Condition("administration = ? and unit = ? and open = 1", (who.administration, who.unit))
    return Condition("administration = ? and open = 1", (who.administration,))
