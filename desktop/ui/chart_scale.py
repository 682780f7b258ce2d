"""The scale of a chart of counts: round steps from zero, never a fraction of a complaint."""

_STEPS = (1, 2, 5)


def ticks(largest: int, most: int = 4) -> tuple[int, ...]:
    """Round values from 0 to at least `largest` (at least 1), in at most `most` equal steps."""
    wanted = max(1, largest)
    power = 1
    while True:
        for base in _STEPS:
            step = base * power
            count = -(-wanted // step)
            if count <= most:
                return tuple(step * n for n in range(count + 1))
        power *= 10


def label_every(columns: int, width: float, label: float) -> int:
    """Every how many columns a label of that width fits; the last column (today) always has one."""
    if columns <= 0 or width <= 0:
        return 1
    room = width / columns
    return max(1, -(-int(label + 6) // max(1, int(room))))
