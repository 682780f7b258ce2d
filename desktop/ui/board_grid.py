"""What a table of the board holds, ready to be painted: columns, lines, cells that open a list.

Frozen records without widgets; a cell's sentence is what a tool tip and a screen reader say.
"""

from dataclasses import dataclass
from typing import Literal

from desktop.ui.palette import Tone

Kind = Literal["name", "text", "figure", "bar", "icon"]


@dataclass(frozen=True, slots=True)
class GridColumn:
    """A head with its sentence; `weight` shares what is left, `width` is at least so many pixels at 100 %.

    Where there is too little room the columns of the highest `spare` are left out first, those of 0 never.
    """

    code: str
    title: str
    hint: str = ""
    kind: Kind = "figure"
    width: int = 64
    weight: int = 0
    spare: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of a painted bar: its share 0..1 of the whole bar, and its colour in the palette."""

    share: float
    token: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One place of a table. `target` is given back when it is opened; without one it is only read.

    `key` orders the column. `aside` is said in quiet ink after the text.
    """

    text: str = ""
    spoken: str = ""
    key: object = ""
    tone: Tone = Tone.NEUTRAL
    quiet: bool = False
    aside: str = ""
    parts: tuple[Part, ...] = ()
    icon: str = ""
    target: object = None


@dataclass(frozen=True, slots=True)
class GridLine:
    """One line, known by `code` over all refreshes; `last` keeps it under the others in any order."""

    code: str
    cells: tuple[Cell, ...]
    last: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    """A whole table."""

    columns: tuple[GridColumn, ...]
    lines: tuple[GridLine, ...]

    def arranged(self, column: int, *, falling: bool) -> "Grid":
        """The same table in the order of a column; equal keys stay in the order they had."""
        ordered = sorted(self.lines, key=lambda line: line.cells[column].key, reverse=falling)
        return Grid(self.columns, tuple(sorted(ordered, key=lambda line: line.last)))
