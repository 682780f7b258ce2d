"""What this process has counted since it started, and the Prometheus text format it is told in (0.0.4).

Labels are route templates, kinds and codes of ours: never an address, an identifier or anything typed: their
number is bounded and nothing personal leaves. Safe from several threads.
"""

import threading
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from protocol.acts import KINDS

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0)
"""Upper bounds, in seconds, of the classes requests are counted in; the last holds a long poll."""

_KINDS = frozenset(kind for kind, _ in KINDS)


@dataclass(frozen=True, slots=True)
class Sample:
    """One line: what follows the family's name, the labels in order, the value."""

    value: float
    labels: tuple[tuple[str, str], ...] = ()
    suffix: str = ""


@dataclass(frozen=True, slots=True)
class Family:
    """One measure with its lines; `kind` is counter, gauge or histogram."""

    name: str
    kind: str
    help: str
    samples: tuple[Sample, ...]


def gauge(name: str, explanation: str, value: float) -> Family:
    """A family of one line without labels."""
    return Family(name, "gauge", explanation, (Sample(value),))


def render(families: Iterable[Family]) -> bytes:
    """The text Prometheus reads."""
    lines: list[str] = []
    for family in families:
        lines.append(f"# HELP {family.name} {_plain(family.help)}")
        lines.append(f"# TYPE {family.name} {family.kind}")
        lines += [_line(family.name, sample) for sample in family.samples]
    return ("\n".join(lines) + "\n").encode()


def _line(name: str, sample: Sample) -> str:
    labels = ",".join(f'{label}="{_quoted(value)}"' for label, value in sample.labels)
    value = int(sample.value) if float(sample.value).is_integer() else sample.value
    return f"{name}{sample.suffix}{{{labels}}} {value}" if labels else f"{name}{sample.suffix} {value}"


def _plain(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n")


def _quoted(text: str) -> str:
    return _plain(text).replace('"', '\\"')


@dataclass(slots=True)
class _Durations:
    classes: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    total: float = 0.0

    def lines(self, route: str) -> list[Sample]:
        """Cumulative classes, sum and count, as the format wants them."""
        label, running, samples = ("route", route), 0, []
        for bound, count in zip((*map(str, BOUNDS), "+Inf"), self.classes, strict=True):
            running += count
            samples.append(Sample(running, (label, ("le", bound)), "_bucket"))
        return [*samples, Sample(self.total, (label,), "_sum"), Sample(running, (label,), "_count")]


class Metrics:
    """Counters of one server process; `started_at` is aware UTC."""

    def __init__(self, started_at: datetime) -> None:
        self.started_at = started_at
        self._lock = threading.Lock()
        self._requests: dict[tuple[str, str, str], int] = {}
        self._durations: dict[str, _Durations] = {}
        self._acts: dict[tuple[str, str, str], int] = {}
        self._upkeep_at: datetime | None = None

    def request(self, route: str, method: str, status: int, seconds: float) -> None:
        """A request was answered; `route` is the template, "-" where there is none."""
        with self._lock:
            key = (route, method, str(status))
            self._requests[key] = self._requests.get(key, 0) + 1
            durations = self._durations.setdefault(route, _Durations())
            durations.classes[bisect_left(BOUNDS, seconds)] += 1
            durations.total += seconds

    def act(self, kind: str, status: str, code: str) -> None:
        """An act of a push got its result; a kind this server does not know counts as "other"."""
        key = (kind if kind in _KINDS else "other", status, code)
        with self._lock:
            self._acts[key] = self._acts.get(key, 0) + 1

    def upkeep_succeeded(self, at: datetime) -> None:
        """A round of upkeep ended well."""
        with self._lock:
            self._upkeep_at = at

    def families(self) -> list[Family]:
        """Everything counted so far."""
        with self._lock:
            requests = _counted(("route", "method", "status"), self._requests)
            acts = _counted(("kind", "status", "code"), self._acts)
            durations = [
                one for route in sorted(self._durations) for one in self._durations[route].lines(route)
            ]
            upkeep_at = self._upkeep_at
        told = [
            Family("chekaya_requests_total", "counter", "Requests answered.", requests),
            Family("chekaya_request_seconds", "histogram", "Time to answer a request.", tuple(durations)),
            Family("chekaya_acts_total", "counter", "Results given to acts of desks.", acts),
            gauge(
                "chekaya_process_start_time_seconds", "Start of this process.", self.started_at.timestamp()
            ),
        ]
        if upkeep_at is not None:
            explanation = "Last round of upkeep that ended well."
            told.append(gauge("chekaya_upkeep_last_success_seconds", explanation, upkeep_at.timestamp()))
        return told


def _counted(names: Sequence[str], counts: dict[tuple[str, str, str], int]) -> tuple[Sample, ...]:
    return tuple(Sample(count, tuple(zip(names, key, strict=True))) for key, count in sorted(counts.items()))
