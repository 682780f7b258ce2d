"""One line of the chaos table a harness, and the list of modules that have harnesses.

A module of MODULES offers `HARNESSES`, a tuple of functions (seconds it may take, seed) -> Row. A harness
with a planted fault says so by `broken=True`: then a row without any fault is the failure.
"""

import importlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

MODULES: dict[str, float] = {
    "tests.chaos.kills": 70.0,
    "tests.chaos.broken_kills": 140.0,
    "tests.chaos.accesses": 80.0,
    "tests.chaos.write_points": 150.0,
    "tests.chaos.full_disk": 20.0,
    "tests.chaos.bit_flips": 75.0,
}
"""Module -> seconds that all its harnesses may take together."""


class Verdict(StrEnum):
    """What a row says of its harness."""

    SOUND = "sound"
    FAULTY = "FAULTY"
    CAUGHT = "caught"
    MISSED = "MISSED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What one harness found over `points` cycles or points; `note` says what the counts do not."""

    harness: str
    points: int
    lost: int = 0
    doubled: int = 0
    halves: int = 0
    stuck: int = 0
    broken: bool = False
    note: str = ""

    @property
    def faults(self) -> int:
        """Everything found."""
        return self.lost + self.doubled + self.halves + self.stuck

    @property
    def verdict(self) -> Verdict:
        """A harness that tried nothing has proved nothing."""
        if self.broken:
            return Verdict.CAUGHT if self.faults else Verdict.MISSED
        return Verdict.FAULTY if self.faults or not self.points else Verdict.SOUND

    @property
    def well(self) -> bool:
        """Whether this row lets the whole run pass."""
        return self.verdict in (Verdict.SOUND, Verdict.CAUGHT)


Harness = Callable[[float, int], Row]
"""(seconds it may take, seed) -> Row."""


def harnesses(only: str = "") -> Iterable[tuple[Harness, float]]:
    """Every harness with its share of its module's seconds; `only` keeps modules whose name holds it."""
    for module, seconds in MODULES.items():
        if only in module:
            found: tuple[Harness, ...] = importlib.import_module(module).HARNESSES
            yield from ((one, seconds / len(found)) for one in found)


_COLUMNS = ("harness", "points", "lost", "doubled", "half states", "stuck", "verdict", "note")


def table(rows: Iterable[Row]) -> str:
    """The rows as text, one line each under a heading."""
    cells = [_COLUMNS, *(_cells(row) for row in rows)]
    widths = [max(len(line[n]) for line in cells) for n in range(len(_COLUMNS))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if 1 <= n <= 5 else cell.ljust(width)
            for n, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in cells
    )


def _cells(row: Row) -> tuple[str, ...]:
    counts = (row.points, row.lost, row.doubled, row.halves, row.stuck)
    return (row.harness, *(str(count) for count in counts), row.verdict, row.note)
