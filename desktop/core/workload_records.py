"""What the board shows: every figure is a count with the list behind it, and says of when it is.

A `Mark` names a list; the same mark gives the count on the board and the rows when it is opened, so that sums
and lists cannot differ. Days are civil dates in Casablanca, `as_of` aware UTC.
"""

from dataclasses import dataclass, field
from datetime import date, datetime

NO_UNIT = "-"
"""The unit of a mark, and the code of a line, for complaints that no service has yet ("" is all units)."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Which complaints a figure counts: a measure, in one unit ("" for all), of one agent, of one day.

    `measure` is a code of `desktop.models.board_sql.MEASURES` (open, new, due_5, due_15, overdue, waiting,
    age_0_15 … age_over_60, arrived, answered, unassigned, expired_complements, silent_elements, …). `agent`
    None is everybody, "" is nobody (unassigned). `day` narrows arrivals and answers to one civil day.
    """

    measure: str
    unit: str = ""
    agent: str | None = None
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """A count and the list behind it; `oldest` is the age in days of the oldest complaint in it.

    None where there is none, and for measures that do not tell it (`desktop.models.board_sql.AGED` do).
    """

    mark: Mark
    count: int
    oldest: int | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One unit, or one agent: the same measures in the same order as the board's columns (`COLUMNS`).

    `code` is the unit's code (NO_UNIT for what no service has yet), or the agent's id ("" for what nobody
    has); those two lines have no name. An absent agent has `absent_until` (None within an open-ended absence
    too: then `absent` alone says so) and perhaps a deputy (an id). `absent_from` is set for an absence that
    is still to come.
    """

    code: str
    name_fr: str
    name_ar: str
    figures: tuple[Figure, ...]
    absent: bool = False
    absent_until: date | None = None
    deputy: str = ""
    absent_from: date | None = None


@dataclass(frozen=True, slots=True)
class Day:
    """Arrivals and answers of one civil day."""

    day: date
    arrived: Figure
    answered: Figure


@dataclass(frozen=True, slots=True)
class SilentDesk:
    """A colleague's PC that holds unsent acts, or was not heard of: as its last contact told the server."""

    account: str
    name_fr: str
    name_ar: str
    unsent: int
    oldest: datetime | None
    heard: datetime


@dataclass(frozen=True, slots=True)
class Board:
    """All a supervisor sees at once. `unit` "" is the whole administration.

    `monday` holds the figures of the Monday view: arrived since the last working day of the week before, due
    this week, expired complements, silent sub-requests. `desks` comes from the server and has a date of its
    own (None: never fetched). `synced_at` is None when this PC never exchanged since it was started.
    `totals` and the figures of every line are those of `COLUMNS`, in that order; `ages` sum to open.
    """

    as_of: datetime
    synced_at: datetime | None
    unit: str
    totals: tuple[Figure, ...]
    ages: tuple[Figure, ...]
    days: tuple[Day, ...]
    units: tuple[Line, ...]
    agents: tuple[Line, ...]
    monday: tuple[Figure, ...]
    arrived_since: date
    desks: tuple[SilentDesk, ...] = ()
    desks_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Hand:
    """One complaint that would change hands: a line of the preview. `refusal` is a code, "" when allowed."""

    complaint: str
    number: str
    object: str
    due: date
    from_agent: str
    to_agent: str
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class Handover:
    """A reassignment of several complaints before it is done; `before` and `after` are the open complaints of
    each agent concerned, now and once it is done. Lines that were refused stay where they are.
    """

    hands: tuple[Hand, ...]
    before: dict[str, int] = field(default_factory=dict)
    after: dict[str, int] = field(default_factory=dict)

    @property
    def moving(self) -> tuple[Hand, ...]:
        """The lines that will change hands."""
        return tuple(hand for hand in self.hands if not hand.refusal)


@dataclass(frozen=True, slots=True)
class Undone:
    """What an undo of a handover did: complaints taken back, and those whose act had left already."""

    recalled: int
    left: int
