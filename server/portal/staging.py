"""Checked files of forms not sent yet: kept for a day, so that a mistake elsewhere costs nobody an upload.

They lie in the folder of arriving files under their SHA-256 and become blobs when the form is filed.
"""

import hashlib
import os
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection

from protocol.complaint import Attachment
from server import blobs
from server.config import Config
from server.uploads import Upload

LIFE = timedelta(hours=24)
_SWEEP = timedelta(minutes=10)


@dataclass(slots=True)
class Staging:
    """A folder of files waiting for their form; safe from several threads."""

    config: Config
    _swept: float = 0.0
    _bytes: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def folder(self) -> Path:
        """Where the files wait."""
        return self.config.uploads / "portal"

    def keep(self, upload: Upload, now: datetime) -> None:
        """Store a checked file whole, or not at all; `now` is aware UTC."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._sweep(now)
        path = self.folder / upload.attachment.sha256
        _write_whole(path, upload.data)
        with self._lock:
            self._bytes += len(upload.data)
        os.utime(path, (now.timestamp(), now.timestamp()))

    def is_full(self, now: datetime) -> bool:
        """Whether unsent forms already hold all the room they are given: the disk is the register's."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._sweep(now)
        return self._bytes >= self.config.staging_megabytes * 1024 * 1024

    def has(self, attachment: Attachment) -> bool:
        """Whether the file is still there."""
        return (self.folder / attachment.sha256).is_file()

    def deliver(self, connection: Connection, attachment: Attachment, now: datetime) -> bool:
        """Make a blob of the file, on disk first, then in the register; False when gone or damaged."""
        try:
            data = (self.folder / attachment.sha256).read_bytes()
        except OSError:
            return False
        if hashlib.sha256(data).hexdigest() != attachment.sha256:
            return False
        blobs.keep(connection, self.config, data, attachment.mime, now)
        return True

    def _sweep(self, now: datetime) -> None:
        with self._lock:
            if now.timestamp() - self._swept < _SWEEP.total_seconds():
                return
            self._swept = now.timestamp()
        limit, left = (now - LIFE).timestamp(), 0
        for path in self.folder.iterdir():
            try:
                about = path.stat()
                if about.st_mtime < limit:
                    path.unlink()
                else:
                    left += about.st_size
            except FileNotFoundError:
                continue
        with self._lock:
            self._bytes = left


def _write_whole(path: Path, data: bytes) -> None:
    """The file appears complete under its name, and survives a power cut from then on."""
    fresh = path.with_suffix(f".{os.getpid()}-{threading.get_ident()}")
    with fresh.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
