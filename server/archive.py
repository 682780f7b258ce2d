"""A backup as one file: a zstd-compressed tar whose last member lists the SHA-256 of every other.

`tar --zstd -xf` opens it anywhere. A file without its manifest was cut short; it is never taken for a backup.
"""

import hashlib
import io
import os
import re
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Literal, Self

import msgspec
from backports.zstd import ZstdError, ZstdFile

from server.witness import settle_folder

FORMAT = 1
MANIFEST = "manifest.json"
SQLITE, POSTGRESQL = "register.db", "register.dump"
SETTINGS = "chekaya.toml"
SEALED = "secrets.sealed"

Secrets = Literal["clear", "sealed", "left_out"]

_PIECE = 1024 * 1024
_ALONE = frozenset({SQLITE, POSTGRESQL, SETTINGS, SEALED, MANIFEST})
_FOLDERS = frozenset({"secrets", "anchors", "routing"})
_BLOB = re.compile(r"blobs/[0-9a-f]{64}")


class Damaged(Exception):
    """The file is no backup, was cut short, or was changed since; the message says where."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One member: its place, its size in bytes, its SHA-256 in hexadecimal."""

    name: str
    size: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What the backup holds. `missing` are files whose bytes were absent or damaged already."""

    format: int
    made_at: datetime
    version: str
    schema: str
    epoch: str
    database: Literal["sqlite", "postgresql"]
    secrets: Secrets
    heads: dict[str, int]
    entries: tuple[Entry, ...]
    missing: tuple[str, ...] = ()


class _Counted(io.RawIOBase):
    """Reads exactly `size` bytes of a file and digests them on their way; asks `beat` after each piece."""

    def __init__(self, source: IO[bytes], size: int, beat: Callable[[int], None]) -> None:
        self._source = source
        self._left = size
        self._beat = beat
        self.digest = hashlib.sha256()

    def readable(self) -> bool:
        """Always."""
        return True

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        wanted = self._left if size < 0 else min(size, self._left)
        piece = self._source.read(wanted)
        self._left -= len(piece)
        self.digest.update(piece)
        self._beat(len(piece))
        return piece


class Writer:
    """Writes an archive to `path`, which must not exist; `beat` hears of every piece written."""

    def __init__(self, path: Path, beat: Callable[[int], None]) -> None:
        self._beat = beat
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        self._raw = os.fdopen(descriptor, "wb")
        self._packed = ZstdFile(self._raw, mode="wb", level=3)
        self._tar = tarfile.open(fileobj=self._packed, mode="w|", format=tarfile.PAX_FORMAT)  # noqa: SIM115
        self._folder = path.parent
        self.entries: list[Entry] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # An abandoned archive is closed in order too: its layers would write into one another when collected.
        for layer in (self._tar, self._packed, self._raw):
            with suppress(OSError):
                layer.close()

    def add_file(self, name: str, path: Path) -> None:
        """Add a file as it is now; raises FileNotFoundError."""
        with path.open("rb") as source:
            self._add(name, source, os.fstat(source.fileno()).st_size)

    def add_bytes(self, name: str, content: bytes) -> None:
        """Add a small member."""
        self._add(name, io.BytesIO(content), len(content))

    def _add(self, name: str, source: IO[bytes], size: int) -> None:
        member = tarfile.TarInfo(name)
        member.size, member.mode = size, 0o600
        counted = _Counted(source, size, self._beat)
        self._tar.addfile(member, counted)
        self.entries.append(Entry(name=name, size=size, sha256=counted.digest.hexdigest()))

    def close(self, manifest: Manifest) -> None:
        """Add the manifest and bring everything to the disk."""
        self.add_bytes(MANIFEST, msgspec.json.encode(manifest))
        self._tar.close()
        self._packed.close()
        self._raw.flush()
        os.fsync(self._raw.fileno())
        self._raw.close()
        settle_folder(self._folder)


class Member:
    """One member while it is being read; `copy` or `read` it before the next one."""

    def __init__(self, path: Path, name: str, size: int, source: IO[bytes]) -> None:
        self._path = path
        self.name = name
        self.size = size
        self._source = source

    def pieces(self) -> Iterator[bytes]:
        """Its bytes; raises Damaged."""
        with _translated(self._path):
            while piece := self._source.read(_PIECE):
                yield piece


def has_place(name: str) -> bool:
    """Whether a member of this name may be in an archive: nothing else is ever written by reading one."""
    if name in _ALONE or _BLOB.fullmatch(name):
        return True
    folder, *parts = name.split("/")
    forbidden = {"", ".", ".."}
    return (
        folder in _FOLDERS and bool(parts) and not any(p in forbidden or set(p) & set("\\:\0") for p in parts)
    )


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except (tarfile.TarError, ZstdError, EOFError) as error:
        raise Damaged(f"{path}: {error}") from error


def members(path: Path) -> Iterator[Member]:
    """Every member in order; raises Damaged, and FileNotFoundError."""
    with (
        _translated(path),
        ZstdFile(path, mode="rb") as packed,
        tarfile.open(fileobj=packed, mode="r|") as tar,
    ):
        for info in tar:
            source = tar.extractfile(info) if info.isreg() else None
            if source is None or not has_place(info.name):
                raise Damaged(f"{path}: {info.name[:80]!r} has no place in a backup")
            yield Member(path, info.name, info.size, source)


def verify(path: Path, beat: Callable[[int], None]) -> Manifest:
    """Read every byte and compare every digest with the manifest; raises Damaged."""
    found: list[Entry] = []
    last = b""
    for member in members(path):
        digest, last = hashlib.sha256(), b""
        for piece in member.pieces():
            digest.update(piece)
            beat(len(piece))
            if member.name == MANIFEST:
                last += piece
        found.append(Entry(name=member.name, size=member.size, sha256=digest.hexdigest()))
    if not found or found[-1].name != MANIFEST:
        raise Damaged(f"{path}: the manifest is missing, the file was cut short")
    try:
        manifest = msgspec.json.decode(last, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Damaged(f"{path}: the manifest cannot be read") from error
    if manifest.format != FORMAT:
        raise Damaged(f"{path}: made by another version of this program (format {manifest.format})")
    if tuple(found[:-1]) != manifest.entries:
        wrong = {entry.name for entry in found[:-1]} ^ {entry.name for entry in manifest.entries} or {
            one.name for one, other in zip(found, manifest.entries, strict=False) if one != other
        }
        raise Damaged(f"{path}: not what the manifest says: {', '.join(sorted(wrong)[:5])}")
    return manifest
