"""Percentiles and timers, so that every benchmark says the same thing by the same name."""

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Timings:
    """Durations in milliseconds, collected by `with timings():`."""

    def __init__(self) -> None:
        self.values: list[float] = []

    @contextmanager
    def __call__(self) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self.values.append((time.perf_counter() - started) * 1000)

    def percentile(self, share: float) -> float:
        """The nearest-rank percentile in milliseconds, e.g. 0.95; rounded to a microsecond."""
        ordered = sorted(self.values)
        rank = min(len(ordered) - 1, max(0, round(share * len(ordered) + 0.5) - 1))
        return round(ordered[rank], 3)

    @property
    def p50(self) -> float:
        """The median."""
        return self.percentile(0.50)

    @property
    def p95(self) -> float:
        """The 95th percentile."""
        return self.percentile(0.95)
