"""The store as the sync thread sees it: counts, the search index, and files that survive a renewed cache."""

from collections.abc import Sequence

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

    def keep(self, sha256: str, content: bytes) -> None:
        """Keep a file that came."""
        self._store.files.keep(sha256, content)
