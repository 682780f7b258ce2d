"""Token buckets in memory: how often one address, or one number, may try something.

Keys are digested before they are kept, so that no address or number lies in memory or in a dump; each
process counts for itself, and the table is bounded, so that a flood cannot fill the memory.
"""

import hashlib
import math
import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Allowance:
    """`burst` tries at once, then one more every `seconds`."""

    burst: int
    seconds: float


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


class RateLimit:
    """Buckets of one purpose; `now` is aware UTC. Safe from several threads."""

    def __init__(self, allowance: Allowance, *, most: int = 100_000) -> None:
        self.allowance = allowance
        self._most = most
        self._buckets: OrderedDict[bytes, _Bucket] = OrderedDict()
        self._lock = threading.RLock()

    def wait(self, key: str, now: datetime) -> int:
        """Seconds until `key` may try again; 0 means it may now. Spends nothing."""
        with self._lock:
            tokens = self._current(key, now).tokens
        return 0 if tokens >= 1 else math.ceil((1 - tokens) * self.allowance.seconds)

    def spend(self, key: str, now: datetime) -> None:
        """Take one token from `key`."""
        with self._lock:
            bucket = self._current(key, now)
            bucket.tokens = max(0.0, bucket.tokens - 1)
            name = _digest(key)
            self._buckets[name] = bucket
            self._buckets.move_to_end(name)
            while len(self._buckets) > self._most:
                self._buckets.popitem(last=False)

    def take(self, key: str, now: datetime) -> int:
        """Spend a token if there is one; otherwise the seconds to wait. Nobody comes in between."""
        with self._lock:
            wait = self.wait(key, now)
            if not wait:
                self.spend(key, now)
            return wait

    def give_back(self, key: str, now: datetime) -> None:
        """Return the token taken for a try that turned out to be right."""
        with self._lock:
            bucket = self._buckets.get(_digest(key))
            if bucket is not None:
                bucket.tokens = min(float(self.allowance.burst), self._current(key, now).tokens + 1)
                bucket.at = now.timestamp()

    def _current(self, key: str, now: datetime) -> _Bucket:
        at = now.timestamp()
        bucket = self._buckets.get(_digest(key))
        if bucket is None:
            return _Bucket(tokens=float(self.allowance.burst), at=at)
        # A clock set back must not lock anybody out for longer: time never runs backwards here.
        gained = max(0.0, at - bucket.at) / self.allowance.seconds
        return _Bucket(tokens=min(float(self.allowance.burst), bucket.tokens + gained), at=at)


def _digest(key: str) -> bytes:
    return hashlib.blake2b(key.encode(), digest_size=16).digest()
