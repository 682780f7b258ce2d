"""The store as the sync thread sees it: counts, the search index, and files that survive a renewed cache."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from desktop.core.sync_worker import Unsent
from desktop.models import stock
from desktop.models.reading import Reading
from desktop.models.store import Store
from protocol.complaint import Attachment


class StoreLedger:
    """Implements sync_worker.Ledger over an open store."""

    def __init__(self, store: Store, reading: Reading) -> None:
        self._store = store
        self._reading = reading

    def unsent(self) -> Unsent:
        """Acts of the signed-in person that the server has not settled."""
        return Unsent(*stock.unsent(self._store.work, self._store.actor.id))

    def stored(self) -> int:
        """Complaints on this PC."""
        return stock.stored(self._store.cache)

    def index_pending(self, limit: int) -> int:
        """Index up to `limit` changed complaints; gives how many are still waiting."""
        return self._reading.index_pending(limit)


class LiveFiles:
    """Implements sync.blobs.FileStore by whatever cache the store has now (a damaged one is replaced)."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def outgoing(self) -> Sequence[Attachment]:
        """Files not yet complete on the server."""
        return self._store.files.outgoing()

    def part(self, sha256: str, offset: int, size: int) -> bytes:
        """Bytes of a waiting file."""
        return self._store.files.part(sha256, offset, size)

    def sent(self, sha256: str) -> None:
        """The server has it whole."""
        self._store.files.sent(sha256)

    def kept(self, sha256: str) -> bytes | None:
        """A file of this PC."""
        return self._store.files.kept(sha256)

    def begun(self, sha256: str) -> int:
        """How many bytes of it have come."""
        return self._store.files.begun(sha256)

    def add(self, sha256: str, at: int, content: bytes) -> None:
        """Keep bytes that came."""
        self._store.files.add(sha256, at, content)

    def spoil(self, sha256: str) -> None:
        """Forget what has come of it."""
        self._store.files.spoil(sha256)

    def give_back(self, sha256: str, code: str, now: datetime) -> Mapping[str, str]:
        """Acts that carry it go into the tray, and out of the view."""
        returned = self._store.files.give_back(sha256, code, now)
        self._store.show(frozenset(returned.values()))
        return returned
