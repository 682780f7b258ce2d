"""`python -m tests.pair_table`: what the rules make of every pair of acts, as docs/PAIRS.md must say it.

The document is the word; tests/test_pairs.py holds the rules to it.
"""

from collections.abc import Iterable, Mapping, Sequence

from tests.pair_cases import APPLIED, NOTED, NOTHING, ROWS, Meeting, meetings

CODES = {
    APPLIED: "+", NOTED: "n", NOTHING: "=", "out_of_scope": "o", "assignee_changed": "h",
    "already_moved": "m", "already_answered": "a", "stale_thread": "s", "changed_meanwhile": "c",
    "illegal_transition": "i", "not_in_unit": "u", "already_rated": "r",
}  # fmt: skip
"""Outcome -> its letter in the table."""

NEVER = "·"
"""Two people never have both acts at hand."""


def cell(outcomes: Iterable[str]) -> str:
    """The letters of these outcomes, in the order of CODES."""
    found = set(outcomes)
    return "".join(letter for outcome, letter in CODES.items() if outcome in found) or NEVER


def short(kind: str) -> str:
    """A column's heading: its place among the rows."""
    return str(ROWS.index(kind) + 1)


def matrix(every: Mapping[tuple[str, str], Sequence[Meeting]]) -> list[str]:
    """A line for each first act, a column for each second one."""
    heading = f"{'first ↓ · second →':<24}" + "".join(f"{short(kind):>4}" for kind in ROWS)
    lines = [heading]
    for first in ROWS:
        cells = (cell(met.outcome for met in every[first, second]) for second in ROWS)
        lines.append(f"{short(first):>2} {first:<21}" + "".join(f"{one:>4}" for one in cells))
    return lines


def alike() -> dict[str, str]:
    """What becomes of the same wish, written by a second person in other words."""
    found = {kind: cell(met.outcome for met in meetings(kind, kind, alike=True)) for kind in ROWS}
    return {kind: letters for kind, letters in found.items() if letters != NEVER}


if __name__ == "__main__":
    met = {(first, second): tuple(meetings(first, second)) for first in ROWS for second in ROWS}
    print("\n".join(matrix(met)))
    print()
    print("\n".join(f"| {kind} | {letters} |" for kind, letters in alike().items()))
