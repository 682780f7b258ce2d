"""A desk's files in memory and, in the same object, a server told to cut, lie, spoil and refuse."""

import hashlib
from collections.abc import Callable
from datetime import datetime

from protocol.complaint import Attachment
from sync.blobs import PART
from sync.wire import Piece


def name_of(content: bytes) -> str:
    """The SHA-256 that names it."""
    return hashlib.sha256(content).hexdigest()


class Shelf:
    """Implements sync.blobs.FileStore; `kept` verifies as the real store does."""

    def __init__(self, *contents: bytes):
        self.waiting = {f"{n}": content for n, content in enumerate(contents)}
        self.files: dict[str, bytes] = {}
        self.landed: dict[str, bytearray] = {}
        self.writes: list[tuple[int, int]] = []
        self.returned: dict[str, str] = {}
        self.arrived: dict[str, bytearray] = {}
        self.step = PART
        self.stuck = False
        self.refusals: list[Exception | None] = []

    def outgoing(self):
        return [
            Attachment(sha256=name, name="a.pdf", mime="application/pdf", size=len(content))
            for name, content in self.waiting.items()
        ]

    def part(self, sha256, offset, size):
        return self.waiting[sha256][offset : offset + size]

    def sent(self, sha256):
        del self.waiting[sha256]

    def give_back(self, sha256, code, now):
        assert isinstance(now, datetime)
        self.returned[sha256] = code
        del self.waiting[sha256]
        return {f"act of {sha256}": f"complaint of {sha256}"}

    def kept(self, sha256):
        content = bytes(self.landed.get(sha256, b""))
        if sha256 not in self.files and name_of(content) == sha256:
            self.files[sha256] = content
        return self.files.get(sha256)

    def begun(self, sha256):
        return len(self.landed.get(sha256, b""))

    def add(self, sha256, at, content):
        self.writes.append((at, len(content)))
        self.landed.setdefault(sha256, bytearray())[at:] = content

    def spoil(self, sha256):
        self.landed.pop(sha256, None)

    # --- the server's side of uploads

    def offer(self, file):
        self._refuse()
        return file.sha256, len(self.arrived.setdefault(file.sha256, bytearray()))

    def send_part(self, upload, offset, part):
        self._refuse()
        if not self.stuck:
            self.arrived[upload][offset:] = part[: self.step]
        return len(self.arrived[upload])

    def _refuse(self):
        error = self.refusals.pop(0) if self.refusals else None
        if error is not None:
            raise error


class Downloads(Shelf):
    """Plays one scripted reply a fetch, a function of (content, offset, take); then honest ones."""

    def __init__(self, content: bytes, *replies: Callable[[bytes, int, Callable[[Piece], None]], None]):
        super().__init__()
        self.content = content
        self.name = name_of(content)
        self.replies = list(replies)
        self.asked: list[int] = []

    def fetch(self, sha256, offset, take):
        self.asked.append(offset)
        reply = self.replies.pop(0) if self.replies else honest
        reply(self.content, offset, take)


def honest(content: bytes, offset: int, take: Callable[[Piece], None]) -> None:
    """All from the offset, in packets of 200 kB."""
    for at in range(offset, len(content), 200_000):
        take(Piece(at, content[at : at + 200_000], len(content)))
