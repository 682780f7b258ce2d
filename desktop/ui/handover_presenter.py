"""A handover in words: who may receive and why not, each line of the preview, the sentence of its sum."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from desktop.core.translation import Translation
from desktop.core.workload_records import Hand, Handover
from desktop.ui.assign_dialog import HANDLERS, is_absent
from desktop.ui.board_grid import Cell, Grid, GridColumn, GridLine
from desktop.ui.choice_list import Choice
from desktop.ui.palette import Tone, due_tone
from protocol.directory import Colleague
from protocol.settings import Role
from protocol.text import fold
from resources.catalogue import isolated, ltr

Names = Mapping[str, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Staffing:
    """Who may receive the complaints of a handover, what each has open, and the names of all concerned."""

    complaints: tuple[str, ...]
    people: tuple[Colleague, ...]
    loads: Mapping[str, int]
    names: Names
    holders: frozenset[str]
    today: date
    me: str

    def able(self) -> tuple[Colleague, ...]:
        """Those whose role handles complaints, those who are there first, by name."""
        found = [person for person in self.people if any(grant.role in HANDLERS for grant in person.grants)]
        return tuple(sorted(found, key=lambda one: (is_absent(one, self.today), fold(one.name_fr))))

    def proposed(self) -> frozenset[str]:
        """Whom a balanced proposal begins with: agents who are there, but not the one it is taken from."""
        only = next(iter(self.holders)) if len(self.holders) == 1 else ""
        return frozenset(
            person.id
            for person in self.able()
            if not is_absent(person, self.today)
            and person.id not in (only, self.me)
            and any(grant.role == Role.AGENT for grant in person.grants)
        )


def name_of(user: str, names: Names, words: Translation) -> str:
    """A name in the language of the interface; nobody is said."""
    found = names.get(user, ("", ""))[words.language == "ar"]
    return isolated(found) if found else words("board.nobody_one")


def choice(person: Colleague, staffing: Staffing, plan: Handover | None, words: Translation) -> Choice:
    """A row of the people: what they have, before and after; greyed with the reason when absent."""
    arabic = words.language == "ar"
    why = ""
    if is_absent(person, staffing.today):
        until, deputy = person.absent_until, staffing.names.get(person.deputy, ("", ""))[arabic]
        why = (
            words("board.absent_until", date=words.short_date(until, staffing.today))
            if until
            else words("board.absent")
        )
        why += f" · {words('board.deputy', name=isolated(deputy))}" if deputy else ""
    before = staffing.loads.get(person.id, 0)
    after = plan.after.get(person.id, before) if plan is not None else before
    figures = {"before": words.number(before), "after": words.number(after)}
    end = words("handover.load", **figures) if after != before else words.number(before)
    hint = words("handover.me") if person.id == staffing.me else ""
    return Choice(person.id, person.name_ar if arabic else person.name_fr, hint=hint, end=end, why=why)


def preview(plan: Handover, staffing: Staffing, words: Translation) -> Grid:
    """One line a complaint: number, object, due, from whom, to whom or why not."""
    columns = (
        GridColumn("number", words("handover.column.number"), kind="text", width=160),
        GridColumn("object", words("board.column.object"), kind="name", width=80, weight=2),
        GridColumn("due", words("board.column.due"), kind="text", width=136),
        GridColumn("from", words("handover.column.from"), kind="text", width=84, weight=1),
        GridColumn("to", words("handover.column.to"), kind="text", width=84, weight=1),
    )
    return Grid(columns, tuple(_line(hand, staffing, words) for hand in plan.hands))


def refusal(code: str, words: Translation) -> str:
    """Why a line stays where it is."""
    key = f"handover.refusal.{code}"
    return words(key) if words.catalogue.has(key) else words.refusal(code).title


def total(plan: Handover, words: Translation) -> str:
    """How many change hands, and how many stay."""
    moving, staying = len(plan.moving), len(plan.hands) - len(plan.moving)
    said = words.count("handover.moving", moving, figure=words.number(moving))
    if staying:
        said = f"{said} · {words.count('handover.staying', staying, figure=words.number(staying))}"
    return said


def _line(hand: Hand, staffing: Staffing, words: Translation) -> GridLine:
    left = (hand.due - staffing.today).days
    number, due = ltr(hand.number), words.due(left)
    holder = name_of(hand.from_agent, staffing.names, words)
    if hand.refusal:
        ending = Cell(refusal(hand.refusal, words), tone=Tone.DANGER)
    else:
        ending = Cell(name_of(hand.to_agent, staffing.names, words))
    spoken = words(
        "handover.line.spoken",
        number=number,
        object=isolated(hand.object),
        due=due,
        holder=holder,
        to=ending.text,
    )
    quiet = bool(hand.refusal)
    cells = (
        Cell(number, spoken, quiet=True),
        Cell(isolated(hand.object), spoken, quiet=quiet),
        Cell(due, spoken, tone=Tone.NEUTRAL if quiet else due_tone(left), quiet=True),
        Cell(holder, spoken, quiet=True),
        Cell(ending.text, spoken, tone=ending.tone),
    )
    return GridLine(hand.complaint, cells)
