"""Files go up and come down in resumable parts; both are known by the SHA-256 of their bytes.

A file that does not hash to its name is thrown away (P16); an act that needs a file waits until it is
complete. One file that cannot be moved now holds nothing but what needs it.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from protocol.complaint import Attachment
from protocol.refusals import Refusal
from sync.errors import (
    BadRange,
    Cancelled,
    DamagedFile,
    Garbled,
    Maintenance,
    NotFound,
    Offline,
    ServerFault,
    TooLarge,
    Unprocessable,
)
from sync.wire import FileWire, Piece

PART = 1024 * 1024
"""Bytes of one part."""

LEAST_PART = 64 * 1024
"""Where a proxy finds parts too large they are halved, but not below this."""

RESUMED = 3
"""Times that one fetch goes on by itself after a break, as long as each try brought something."""


class Transfer(msgspec.Struct, frozen=True, kw_only=True):
    """How far a file is: `done` bytes of `size` (0 when not said), `up` to the server or down from it.

    `ended`: nothing moves any more, whether the whole is there or not.
    """

    sha256: str
    done: int
    size: int
    up: bool
    ended: bool = False


class FileStore(Protocol):
    """What is needed of a store: files waiting to leave, and files that came, whole or in part."""

    def outgoing(self) -> Sequence[Attachment]:
        """Files not yet complete on the server, oldest first."""
        ...

    def part(self, sha256: str, offset: int, size: int) -> bytes:
        """Bytes of a waiting file; none when they are lost."""
        ...

    def sent(self, sha256: str) -> None:
        """The server has it whole: acts that waited for it may leave."""
        ...

    def give_back(self, sha256: str, code: str, now: datetime) -> Mapping[str, str]:
        """No server will take this file: acts that carry it go into the tray; gives complaints by act."""
        ...

    def kept(self, sha256: str) -> bytes | None:
        """A file of this PC, whether it came or is waiting to leave; None unless it is whole (P16)."""
        ...

    def begun(self, sha256: str) -> int:
        """How many bytes of it have come so far."""
        ...

    def add(self, sha256: str, at: int, content: bytes) -> None:
        """Keep bytes that came, from byte `at`; what was kept beyond `at` is replaced."""
        ...

    def spoil(self, sha256: str) -> None:
        """Forget what has come of it."""
        ...


def _untold(transfer: Transfer) -> None:
    """Nobody looks."""


class Files:
    """Moves files between a store and the server; `told` hears how far each is, from the moving thread."""

    def __init__(self, store: FileStore, wire: FileWire, told: Callable[[Transfer], None] = _untold) -> None:
        self._store = store
        self._wire = wire
        self._told = told
        self._size = PART
        self._bringing = threading.Lock()
        self._cancelled: set[str] = set()

    # --- up

    def send(self, now: datetime) -> Mapping[str, str]:
        """Send every waiting file from where the server has it.

        Gives what had to be given back (complaints by act), because no server will take its file.
        """
        returned: dict[str, str] = {}
        for file in self._store.outgoing():
            try:
                self._send(file)
            except (TooLarge, Unprocessable, DamagedFile) as refused:
                returned |= self._refused(file, refused, now)
            except Maintenance:
                raise
            except (ServerFault, Garbled, NotFound):
                continue  # acts without this file must not wait for it; the next cycle tries it again
            finally:
                self._tell(file.sha256, file.size, file.size, up=True, ended=True)
        return returned

    def _send(self, file: Attachment) -> None:
        upload, offset = self._wire.offer(file)
        while offset < file.size:
            self._tell(file.sha256, offset, file.size, up=True)
            reached = self._send_part(file, upload, offset)
            if reached <= offset:
                raise Garbled("the upload does not advance")
            offset = reached
        self._store.sent(file.sha256)

    def _send_part(self, file: Attachment, upload: str, offset: int) -> int:
        while True:
            part = self._store.part(file.sha256, offset, self._size)
            if not part:
                raise DamagedFile(file.sha256)
            try:
                return self._wire.send_part(upload, offset, part)
            except TooLarge:
                if self._size <= LEAST_PART:
                    raise
                self._size //= 2

    def _refused(self, file: Attachment, refused: Exception, now: datetime) -> Mapping[str, str]:
        if str(refused) == "wrong_content" and self._store.kept(file.sha256) is not None:
            return {}  # what is here is whole, so it was spoilt on its way: it goes again
        code = Refusal.FILE_TOO_LARGE if isinstance(refused, TooLarge) else Refusal.FILE_REFUSED
        return self._store.give_back(file.sha256, code, now)

    # --- down

    def bring(self, sha256: str) -> bytes:
        """The bytes of a file, from this PC or from the server.

        Raises DamagedFile, NotFound, Cancelled and what else a connection may; what had come is kept then.
        """
        content = self._store.kept(sha256)
        if content is not None:
            return content
        with self._bringing:
            self._cancelled.discard(sha256)
            try:
                return self._store.kept(sha256) or self._brought(sha256)
            finally:
                self._tell(sha256, 0, 0, up=False, ended=True)

    def cancel(self, sha256: str) -> None:
        """Stop bringing a file with the next bytes that come of it."""
        self._cancelled.add(sha256)

    def _brought(self, sha256: str) -> bytes:
        for _ in range(2):
            self._download(sha256)
            content = self._store.kept(sha256)
            if content is not None:
                return content
            self._store.spoil(sha256)
        raise DamagedFile(sha256)

    def _download(self, sha256: str) -> None:
        for again in range(RESUMED + 1):
            begun = self._store.begun(sha256)
            try:
                self._land(sha256, begun)
            except BadRange:
                self._store.spoil(sha256)
            except (Offline, Garbled):
                if again == RESUMED or self._store.begun(sha256) <= begun:
                    raise
            else:
                return

    def _land(self, sha256: str, begun: int) -> None:
        landing = _Landing(self._store, sha256, begun)

        def take(piece: Piece) -> None:
            if sha256 in self._cancelled:
                raise Cancelled(sha256)
            landing.take(piece)
            self._tell(sha256, piece.at + len(piece.content), piece.total, up=False)

        try:
            self._wire.fetch(sha256, begun, take)
        finally:
            landing.settle()

    def _tell(self, sha256: str, done: int, size: int, *, up: bool, ended: bool = False) -> None:
        self._told(Transfer(sha256=sha256, done=done, size=size, up=up, ended=ended))


class _Landing:
    """Gathers arriving bytes into parts, so that the store is written once a part and not once a packet."""

    def __init__(self, store: FileStore, sha256: str, at: int) -> None:
        self._store = store
        self._sha256 = sha256
        self._at = at
        self._gathered = bytearray()

    def take(self, piece: Piece) -> None:
        """Keep what follows what is here, or the beginning anew; raises Garbled for anything else."""
        if piece.at != self._at + len(self._gathered):
            if piece.at:
                raise Garbled("another range than asked for")
            self._at, self._gathered = 0, bytearray()
        self._gathered += piece.content
        if len(self._gathered) >= PART:
            self.settle()

    def settle(self) -> None:
        """Store what has been gathered."""
        if self._gathered:
            self._store.add(self._sha256, self._at, bytes(self._gathered))
            self._at += len(self._gathered)
            self._gathered = bytearray()
