"""When to go next: full-jitter back-off from one second to one minute, and what the server asked for.

Randomness is passed in (a function giving a float in 0..1), so a test can play every delay.
"""

from collections.abc import Callable

from sync.errors import ClientTooOld, SyncError, TooMany

FIRST = 1.0
LONGEST = 60.0
RARELY = 3600.0
"""Seconds between two tries of a build that the server no longer speaks to, and the longest wait that the
server may ask for: one sent away for a month by a slip of a proxy would not come back for a month."""


class Pace:
    """Counts failures in a row. `random` gives floats in 0..1; delays are seconds."""

    def __init__(self, random: Callable[[], float]) -> None:
        self._random = random
        self._failures = 0

    @property
    def failures(self) -> int:
        """Failures in a row since the last success."""
        return self._failures

    def succeeded(self) -> None:
        """An exchange was whole: the next failure starts again from one second."""
        self._failures = 0

    def failed(self, error: SyncError) -> float:
        """Seconds to wait after this failure; never less than the server asked for."""
        ceiling = min(LONGEST, FIRST * 2.0 ** min(self._failures, 10))
        self._failures += 1
        delay = self._random() * ceiling
        if isinstance(error, ClientTooOld):
            return RARELY
        if isinstance(error, TooMany):
            delay += FIRST
        return delay + min(error.retry_after or 0.0, RARELY)
