"""What the engine needs of a connection; HttpTransport is the real one, tests have a faulty one in-process.

Bodies come as bytes, unread: the engine alone decides whether a reply may be believed.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from protocol.complaint import Attachment
from protocol.wire import Envelope


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """A reply: its body, the server's epoch and the server's clock (aware UTC) where it said them."""

    body: bytes
    epoch: str = ""
    at: datetime | None = None


class Piece(msgspec.Struct, frozen=True):
    """Bytes of a file that came, from byte `at`; `total` is the file's size, 0 when nobody said it."""

    at: int
    content: bytes
    total: int = 0


class Wire(Protocol):
    """One request each; every method raises sync.errors.SyncError and nothing else."""

    def push(self, acts: Sequence[Envelope], cursor: str = "") -> Reply:
        """Send acts in outbox order; the body is a protocol.wire.Pushed.

        With a `cursor` it may be a stream instead: the results, and what changed since.
        """
        ...

    def pull(self, cursor: str, limit: int) -> Reply:
        """What changed since the cursor, as a stream."""
        ...

    def snapshot(self, after: str, limit: int) -> Reply:
        """A page of everything in scope, as a stream; `after` "" for the first."""
        ...

    def manifest(self, buckets: Sequence[int] = ()) -> Reply:
        """Versions and marks of everything in scope, or of some buckets, as a stream of ManifestLines.

        The whole one has all reference documents too, and its end the cursor of the same moment.
        """
        ...

    def documents(self, ids: Sequence[str]) -> Reply:
        """These documents (MAX_PAGE at most), as a stream: each a DocumentLine or a GoneLine."""
        ...

    def check(self, cursor: str) -> Reply:
        """Sums over what a desk at this cursor has; the body is a protocol.wire.Check."""
        ...

    def wait(self, cursor: str, seconds: int) -> bool:
        """Wait until something changed after the cursor; False when the time passed quietly."""
        ...


class FileWire(Protocol):
    """The part of a connection that carries files."""

    def offer(self, file: Attachment) -> tuple[str, int]:
        """Announce a file; gives the upload's id and how many bytes the server already has."""
        ...

    def send_part(self, upload: str, offset: int, part: bytes) -> int:
        """Send bytes from `offset` (1 MiB at most); gives the new offset."""
        ...

    def fetch(self, sha256: str, offset: int, take: Callable[[Piece], None]) -> None:
        """Give out the bytes of a file from `offset` as they arrive, in order and without holes.

        A server may begin again from byte 0. Raises NotFound, BadRange; what `take` raises ends the reply.
        """
        ...
