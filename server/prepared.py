"""Pages of the first sync kept for the next desktop of the same scope: compressed, bounded, never another's.

A page holds nothing that depends on who reads it (server/snapshots.py), and none outlives a complaint's
change of scope. Desktops that begin within minutes share one cursor: their first pull brings what changed.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

SHARED_FOR = timedelta(minutes=10)
"""How old the cursor may be that a first sync begins from: so much more is pulled at its end."""

MOST_BYTES = 64 * 1024 * 1024

Place = tuple[int, str, str]
"""Bucket, administration and last id: after which a page begins."""

Positions = tuple[tuple[str, int], ...]
"""A cursor's position in each stream, as a key."""


@dataclass(frozen=True, slots=True)
class Key:
    """`sight` is all that decides what its readers see, `since` the cursor that they share.

    `moved` is where a complaint changed its scope last, in each stream where one did since then.
    """

    sight: str
    epoch: str
    since: Positions
    moved: Positions
    place: Place
    limit: int


@dataclass(frozen=True, slots=True)
class Prepared:
    """The header and the documents of a page as one zstd frame; `n` lines of CRC-32 `crc`; what follows."""

    frame: bytes
    n: int
    crc: int
    ahead: Place


class Shelf:
    """The pages of one server process; thread-safe, the least lately read go first."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most = most_bytes
        self._lock = threading.Lock()
        self._begun: dict[tuple[str, str], tuple[datetime, Mapping[str, int]]] = {}
        self._pages: OrderedDict[Key, Prepared] = OrderedDict()
        self._held = 0

    def begin(self, sight: str, epoch: str, heads: Mapping[str, int], now: datetime) -> Mapping[str, int]:
        """The positions that a first sync of this sight begins from: `heads`, or lately somebody else's.

        `now` is aware UTC.
        """
        with self._lock:
            known = self._begun.get((sight, epoch))
            if known is None or not timedelta(0) <= now - known[0] < SHARED_FOR:
                known = self._begun[sight, epoch] = (now, dict(heads))
                self._begun = {key: one for key, one in self._begun.items() if now - one[0] < SHARED_FOR}
                self._begun[sight, epoch] = known
            return known[1]

    def page(self, key: Key, make: Callable[[], Prepared]) -> Prepared:
        """The page of this key, made now if nobody has asked for it yet."""
        with self._lock:
            found = self._pages.get(key)
            if found is not None:
                self._pages.move_to_end(key)
                return found
        made = make()
        with self._lock:
            if key not in self._pages:
                self._pages[key] = made
                self._held += len(made.frame)
            while self._held > self._most and self._pages:
                self._held -= len(self._pages.popitem(last=False)[1].frame)
        return made
