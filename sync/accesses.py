"""Tells the server what was read, printed and exported here, in batches, after everything else has been done.

No act and no document waits for it: whatever goes wrong is left to the next cycle, and a record leaves this
PC only once the server has answered for it.
"""

import logging
from collections.abc import Sequence
from typing import Protocol

from protocol.access_wire import MAX_ACCESSES, Access
from sync.errors import Garbled, SyncError

log = logging.getLogger(__name__)

BATCHES = 10
"""Requests in one cycle; what is left waits for the next one."""


class AccessStore(Protocol):
    """What is needed of a store."""

    def untold(self, limit: int) -> Sequence[Access]:
        """Accesses the server does not know of, oldest first."""
        ...

    def told(self, ids: Sequence[str]) -> None:
        """The server has answered for these."""
        ...


class AccessWire(Protocol):
    """The part of a connection that carries them."""

    def tell_accesses(self, accesses: Sequence[Access]) -> Sequence[str]:
        """Tell of these; gives the ids of those that the server will never keep. Raises SyncError."""
        ...


class Accesses:
    """Moves accesses from a store to the server."""

    def __init__(self, store: AccessStore, wire: AccessWire) -> None:
        self._store = store
        self._wire = wire

    def send(self) -> int:
        """Tell what waits, as far as the server listens; gives how many are told. Raises StoreError alone."""
        count = 0
        for _ in range(BATCHES):
            waiting = self._store.untold(MAX_ACCESSES)
            if not waiting:
                break
            try:
                refused = self._tell(waiting)
            except SyncError as error:
                log.info("accesses wait for the next cycle: %s", error.code)
                break
            if refused:
                log.warning("the server refused %d accesses; they are dropped", refused)
            self._store.told([one.id for one in waiting])
            count += len(waiting)
        return count

    def _tell(self, waiting: Sequence[Access]) -> int:
        refused = set(self._wire.tell_accesses(waiting))
        if not refused <= {one.id for one in waiting}:
            raise Garbled("refuses what was not told")
        return len(refused)
