"""The planted faults that kill -9 must bring to light: one shorter run each."""

from functools import partial

from tests.chaos.breakages import DESK, SERVER
from tests.chaos.kills import killing
from tests.chaos.rows import Row


def broken(seconds: float, seed: int, *, breakage: str) -> Row:
    """Runs until the fault is found, three at most: a kill must fall into its moment."""
    row = killing(seconds, seed, breakage=breakage)
    for again in range(1, 3):
        if row.well:
            break
        row = killing(seconds, seed + again, breakage=breakage)
    return row


HARNESSES = tuple(partial(broken, breakage=name) for name in (*DESK, *SERVER))
