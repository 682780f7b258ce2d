"""One list row put into words and boxes: what stands where, without a painter, so that it can be tested.

All rectangles are for a left-to-right row; `mirrored` gives x' = W - x - w. Nothing here reads the clock.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from desktop.core.translation import Translation
from desktop.models.records import ListedRow
from desktop.ui.palette import Tone, due_tone, status_tone
from protocol.complaint import OPEN, RequestType
from protocol.deadlines import civil_date, days_left
from resources import places
from resources.catalogue import isolated, ltr

SEPARATOR = " · "


@dataclass(frozen=True, slots=True)
class RowWords:
    """The texts of a row, in the interface's language except what the citizen wrote."""

    object: str
    due: str
    due_tone: Tone
    origin: str
    number: str
    person: str
    place: str
    badge: str
    badge_tone: Tone
    assignee: str
    marks: tuple[str, ...]
    unread: bool


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels inside the row."""

    x: float
    y: float
    width: float
    height: float

    def mirrored(self, row_width: float) -> "Box":
        """The same box in a right-to-left row: x' = W - x - w."""
        return Box(row_width - self.x - self.width, self.y, self.width, self.height)


@dataclass(frozen=True, slots=True)
class RowBoxes:
    """Where the parts of a row stand."""

    dot: Box
    object: Box
    due: Box
    origin: Box
    assignee: Box | None
    marks: tuple[Box, ...]
    badge: Box

    def mirrored(self, width: float) -> "RowBoxes":
        """All of them in a right-to-left row of `width`."""
        return RowBoxes(
            dot=self.dot.mirrored(width),
            object=self.object.mirrored(width),
            due=self.due.mirrored(width),
            origin=self.origin.mirrored(width),
            assignee=self.assignee.mirrored(width) if self.assignee else None,
            marks=tuple(mark.mirrored(width) for mark in self.marks),
            badge=self.badge.mirrored(width),
        )


@dataclass(frozen=True, slots=True)
class Widths:
    """Measured widths in pixels of the texts that keep their whole length, and the text scale."""

    due: float
    badge: float
    assignee: float
    number: float
    scale: float = 1.0


def words(
    line: ListedRow, translation: Translation, today: date, me: str, name: Callable[[str], str]
) -> RowWords:
    """What a row says on the civil date `today`; `name` gives a colleague's name, "" while unknown."""
    row = line.row
    place = places.label(row.place, translation.language) if row.place else ""
    due, tone = _due(line, translation, today)
    return RowWords(
        object=row.object,
        due=due,
        due_tone=tone,
        origin=origin(row.number, row.citizen, place),
        number=row.number,
        person=row.citizen,
        place=place,
        badge=translation.status(row.status, row.type, "short"),
        badge_tone=status_tone(row.status),
        assignee=short_name(name(row.assignee)) if row.assignee not in ("", me) else "",
        marks=_marks(line),
        unread=row.unread,
    )


def origin(number: str, person: str, place: str) -> str:
    """The quiet second line: the number, isolated, then whatever of person and place there is."""
    return SEPARATOR.join((ltr(number), *(isolated(part) for part in (person, place) if part)))


def fitted_origin(
    says: RowWords, room: float, measure: Callable[[str], float], cut: Callable[[str, float], str]
) -> str:
    """The origin in `room` pixels, narrower than it: the person gives way first, then the place goes.

    `measure` gives a text's width in pixels, `cut` shortens a text to a width. The number is always whole.
    """
    if not says.person:
        return origin(says.number, "", says.place if measure(says.origin) <= room else "")
    for place in (says.place, ""):
        spare = room - measure(origin(says.number, "\u2026", place))
        if spare >= measure("nnnnnn"):
            return origin(says.number, cut(says.person, spare + measure("\u2026")), place)
    return origin(says.number, "", "")


def short_name(name: str) -> str:
    """First letter and last name: "K. Alaoui", "ك. العلوي"."""
    first, _, last = name.partition(" ")
    return f"{first[0]}. {last}" if last else name


def spoken(line: ListedRow, translation: Translation, today: date) -> str:
    """The whole row as one sentence, for tool tips and screen readers."""
    row = line.row
    parts = [
        translation.label("flag", "unread") if row.unread else "",
        isolated(row.object),
        ltr(row.number),
        isolated(row.citizen),
        translation.due_sentence(days_left(row.due, today)) if _runs(line) else "",
        translation.status(row.status, row.type),
        translation.label("flag", "urgent") if row.urgent else "",
        translation.label("flag", "confidential") if row.confidential else "",
        translation.count("frame.row.waiting", line.waiting) if line.waiting else "",
        translation("frame.row.draft") if line.draft else "",
    ]
    return translation("frame.row.comma").join(part for part in parts if part)


def boxes(width: float, needed: Widths, marks: int) -> RowBoxes:
    """The parts of a left-to-right row `width` pixels wide, 60 px high at scale 1."""
    unit = needed.scale
    near, far = 36 * unit, width - 16 * unit
    first, second, height = 8 * unit, 31 * unit, 22 * unit
    due = Box(far - needed.due, first, needed.due, height)
    badge = Box(far - needed.badge, second, needed.badge, height)
    edge = badge.x - 8 * unit
    icons = []
    for _ in range(marks):
        icons.append(Box(edge - 16 * unit, second + 3 * unit, 16 * unit, 16 * unit))
        edge -= 20 * unit
    assignee = None
    room = edge - near - needed.number - 24 * unit
    if needed.assignee and room - needed.assignee > 64 * unit:
        taken = needed.assignee
        assignee = Box(edge - taken, second, taken, height)
        edge -= taken + 10 * unit
    return RowBoxes(
        dot=Box(17 * unit, first + 7 * unit, 8 * unit, 8 * unit),
        object=Box(near, first, max(0, due.x - near - 12 * unit), height),
        due=due,
        origin=Box(near, second, max(0, edge - near), height),
        assignee=assignee,
        marks=tuple(icons),
        badge=badge,
    )


def _runs(line: ListedRow) -> bool:
    return line.row.status in OPEN and line.row.type == RequestType.COMPLAINT


def _due(line: ListedRow, translation: Translation, today: date) -> tuple[str, Tone]:
    row = line.row
    if _runs(line):
        left = days_left(row.due, today)
        return translation.due(left, row.type), due_tone(left)
    on = row.received_on if row.status in OPEN else civil_date(row.changed_at)
    return translation.short_date(on, today), Tone.NEUTRAL


def _marks(line: ListedRow) -> tuple[str, ...]:
    present = (
        ("waiting", line.waiting > 0),
        ("pen", line.draft),
        ("lock", line.row.confidential),
        ("flag", line.row.urgent),
    )
    return tuple(icon for icon, shown in present if shown)
