"""The board in words: names of measures, sentences of figures, and which colour stands beside which count.

No widgets. A mark's sentence is the same in a tool tip, for a screen reader and at the head of its list.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from desktop.core.translation import Translation
from desktop.core.workload_records import NO_UNIT, Board, Figure, Line, Mark
from desktop.ui.palette import Tone
from resources.catalogue import isolated

Names = tuple[str, str]
"""A name in French and in Arabic."""

_TONES = {
    "overdue": Tone.DANGER,
    "age_over_60": Tone.DANGER,
    "expired_complements": Tone.DANGER,
    "due_5": Tone.WARN,
    "age_46_60": Tone.WARN,
    "silent_elements": Tone.WARN,
}


@dataclass(frozen=True, slots=True)
class NamedMark:
    """A mark with the names it needs to be said in either language; ("", "") where it has none."""

    mark: Mark
    unit: Names = ("", "")
    agent: Names = ("", "")

    def title(self, words: Translation) -> str:
        """ "En retard · Omar Senhaji · Service clientèle Rabat", the head of its list."""
        ar = words.language == "ar"
        agent = words("board.nobody") if self.mark.agent == "" else isolated(self.agent[ar])
        day = words.short_date(self.mark.day) if self.mark.day else ""
        parts = [measure(self.mark.measure, words), day]
        if self.mark.agent is not None and self.mark.measure != "unassigned":
            parts.append(agent)
        if self.mark.unit == NO_UNIT:
            parts.append(words("board.no_unit"))
        elif self.unit[ar]:
            parts.append(isolated(self.unit[ar]))
        return " · ".join(part for part in parts if part)


def measure(code: str, words: Translation) -> str:
    """The name of a measure."""
    return words(f"board.measure.{code}")


def short(code: str, words: Translation) -> str:
    """The name of a measure as the head of a narrow column."""
    return words(f"board.measure.{code}.short")


def narrow(code: str, words: Translation) -> str:
    """The name of a measure where its whole name does not fit."""
    key = f"board.measure.{code}.narrow"
    return words(key) if words.catalogue.has(key) else measure(code, words)


def tone(figure: Figure) -> Tone:
    """The meaning that a count's colour may stand beside: none for nothing."""
    return _TONES.get(figure.mark.measure, Tone.NEUTRAL) if figure.count else Tone.NEUTRAL


def oldest(figure: Figure, words: Translation) -> str:
    """ "la plus ancienne : 74 jours", "" when the list is empty or has no age."""
    if figure.oldest is None or not figure.count:
        return ""
    return words.count("board.oldest", figure.oldest, figure=words.number(figure.oldest))


def age(figure: Figure, words: Translation) -> str:
    """The same where there is little room."""
    if figure.oldest is None or not figure.count:
        return ""
    return words.count("board.age", figure.oldest, figure=words.number(figure.oldest))


def spoken(figure: Figure, named: NamedMark, words: Translation) -> str:
    """In one sentence: "En retard · Omar Senhaji : 15 réclamations, la plus ancienne : 74 jours"."""
    count = words.count("frame.list.count", figure.count, figure=words.number(figure.count))
    said = words("board.figure.spoken", measure=named.title(words), count=count)
    since = oldest(figure, words)
    return words("board.figure.with_age", figure=said, age=since) if since else said


def name(line: Line, words: Translation) -> str:
    """The line's name in the language of the interface; the lines of nobody and of no unit say so."""
    if line.code in ("", NO_UNIT):
        return words("board.no_unit" if line.code else "board.nobody")
    return line.name_ar if words.language == "ar" else line.name_fr


def absence(line: Line, words: Translation, deputies: dict[str, Names]) -> str:
    """ "absence jusqu'au 28 nov. · suppléance : Omar Senhaji", "" for somebody who is there and stays."""
    if not line.absent:
        coming = line.absent_from
        return words("board.absent_from", date=words.short_date(coming)) if coming else ""
    until = line.absent_until
    said = words("board.absent_until", date=words.short_date(until)) if until else words("board.absent")
    deputy = deputies.get(line.deputy, ("", ""))[words.language == "ar"]
    return f"{said} · {words('board.deputy', name=isolated(deputy))}" if deputy else said


@dataclass(frozen=True, slots=True)
class Directory:
    """The names on a board: of units and of agents, by code."""

    units: dict[str, Names]
    agents: dict[str, Names]

    def named(self, mark: Mark) -> NamedMark:
        """The mark with its names."""
        return NamedMark(
            mark, self.units.get(mark.unit, ("", "")), self.agents.get(mark.agent or "", ("", ""))
        )


def directory(board: Board, units: Iterable[object] = ()) -> Directory:
    """Names from the lines of a board; `units` (protocol Units) adds those that have no line."""
    known = {unit.code: (unit.name_fr, unit.name_ar) for unit in units}
    known |= {line.code: (line.name_fr, line.name_ar) for line in board.units if line.code}
    agents = {line.code: (line.name_fr, line.name_ar) for line in board.agents if line.code}
    return Directory(known, agents)


def figure_of(line: Line, measure_: str) -> Figure | None:
    """The line's figure of a measure, None when it has none."""
    return next((figure for figure in line.figures if figure.mark.measure == measure_), None)


FIGURES = ("open", "new", "due_5", "due_15", "overdue", "waiting", "unassigned")
"""The totals across the top of the board, in their order."""


def load(line: Line) -> int:
    """How many open complaints the line holds."""
    found = figure_of(line, "open")
    return found.count if found else 0
