"""Percentiles and timers, so that every benchmark says the same thing by the same name."""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Timings:
    """Durations in milliseconds, collected by `with timings():`."""

    def __init__(self) -> None:
        self.values: list[float] = []
        self.cpu: list[float] = []

    @contextmanager
    def __call__(self) -> Iterator[None]:
        started, busy = time.perf_counter(), time.thread_time()
        yield
        self.values.append((time.perf_counter() - started) * 1000)
        self.cpu.append((time.thread_time() - busy) * 1000)

    def percentile(self, share: float) -> float:
        """The nearest-rank percentile in milliseconds, e.g. 0.95; rounded to a microsecond."""
        return _percentile(self.values, share)

    @property
    def p50(self) -> float:
        """The median."""
        return self.percentile(0.50)

    @property
    def p95(self) -> float:
        """The 95th percentile."""
        return self.percentile(0.95)

    @property
    def cpu_p95(self) -> float:
        """The 95th percentile of this thread's own CPU: what a busy machine does not change."""
        return _percentile(self.cpu, 0.95)


def _percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    rank = min(len(ordered) - 1, max(0, math.ceil(share * len(ordered)) - 1))
    return round(ordered[rank], 3)
