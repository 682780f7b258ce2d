"""What a harness found wrong, in four kinds, and the row it makes of it."""

from dataclasses import dataclass, field

from tests.chaos.rows import Row

SHOWN = 3
"""Findings spelt out in a row's note."""


@dataclass(slots=True)
class Findings:
    """Sentences by kind: gone though said to be saved; there twice; half of something; not going on."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    halves: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)

    def every(self) -> list[str]:
        """All sentences."""
        return [*self.lost, *self.doubled, *self.halves, *self.stuck]

    def add(self, other: "Findings") -> None:
        """Take the other's findings in."""
        self.lost += other.lost
        self.doubled += other.doubled
        self.halves += other.halves
        self.stuck += other.stuck

    def row(self, harness: str, points: int, *, broken: bool = False, note: str = "") -> Row:
        """The table's line; its note spells out the first faults (one, where it was planted)."""
        told = self.every()[: 1 if broken else SHOWN]
        return Row(
            harness=harness,
            points=points,
            lost=len(self.lost),
            doubled=len(self.doubled),
            halves=len(self.halves),
            stuck=len(self.stuck),
            broken=broken,
            note="; ".join([*filter(None, [note]), *told]),
        )
