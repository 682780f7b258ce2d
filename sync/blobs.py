"""Files go up in resumable parts and come down whole; both are known by the SHA-256 of their bytes.

A file that does not hash to its name is thrown away (P16); an act that needs a file waits until
it is complete.
"""

import hashlib
from collections.abc import Sequence
from typing import Protocol

from protocol.complaint import Attachment
from sync.errors import DamagedFile, Garbled
from sync.wire import FileWire

PART = 1024 * 1024
"""Bytes of one part."""


class FileStore(Protocol):
    """What is needed of a store: files waiting to leave, and files that came."""

    def outgoing(self) -> Sequence[Attachment]:
        """Files not yet complete on the server, oldest first."""
        ...

    def part(self, sha256: str, offset: int, size: int) -> bytes:
        """Bytes of a waiting file."""
        ...

    def sent(self, sha256: str) -> None:
        """The server has it whole: acts that waited for it may leave."""
        ...

    def kept(self, sha256: str) -> bytes | None:
        """A file of this PC, whether it came or is waiting to leave."""
        ...

    def keep(self, sha256: str, content: bytes) -> None:
        """Keep a file that came."""
        ...


class Files:
    """Moves files between a store and the server."""

    def __init__(self, store: FileStore, wire: FileWire) -> None:
        self._store = store
        self._wire = wire

    def send(self) -> int:
        """Send every waiting file from where the server has it; gives how many are now complete."""
        waiting = self._store.outgoing()
        for file in waiting:
            self._send(file)
        return len(waiting)

    def _send(self, file: Attachment) -> None:
        upload, offset = self._wire.offer(file)
        while offset < file.size:
            reached = self._wire.send_part(upload, offset, self._store.part(file.sha256, offset, PART))
            if reached <= offset:
                raise Garbled("the upload does not advance")
            offset = reached
        self._store.sent(file.sha256)

    def bring(self, sha256: str) -> bytes:
        """The bytes of a file, from this PC or from the server; raises DamagedFile, NotFound, Offline."""
        content = self._store.kept(sha256)
        if content is not None:
            return content
        content = self._wire.fetch(sha256)
        if hashlib.sha256(content).hexdigest() != sha256:
            raise DamagedFile(sha256)
        self._store.keep(sha256, content)
        return content
