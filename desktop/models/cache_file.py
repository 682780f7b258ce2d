"""Opens cache.db: everything in it can be had again, so a damaged or foreign one is put away and made anew.

A cache of an earlier schema is derived again from its confirmed documents, without the network.
"""

from pathlib import Path
from typing import Any

import msgspec

from desktop.models import cache, cipher
from desktop.models.errors import ROTTEN, DiskFault, StoreError
from desktop.models.local_file import LocalFile
from protocol.wire import ReferenceLine
from sync.replica import Position

NAME = "cache.db"
_BULK = 500


def open_cache(folder: Path, key: bytes) -> LocalFile:
    """The open file with today's tables; raises StoreError when not even a new one can be made."""
    path = folder / NAME
    salvage = None
    try:
        if _schema(path, key) not in (0, cache.SCHEMA):
            salvage = path.with_name("cache-earlier.db")
            discard(salvage)
            path.replace(salvage)
            _side_files(path)
    except ROTTEN:
        discard(path)
    file = _ready(path, key)
    if salvage is not None:
        _derive(file, salvage, key)
        discard(salvage)
    return file


def _ready(path: Path, key: bytes) -> LocalFile:
    """The file with its tables; one that does not even take those is replaced, once."""
    for last in (False, True):
        file = LocalFile(path, key, synchronous="NORMAL", cache_kib=65_536)
        try:
            file.write(cache.create)
        except ROTTEN:
            file.close()
            if last:
                raise
            discard(path)
        else:
            return file
    raise AssertionError("unreachable")  # pragma: no cover


def discard(path: Path) -> None:
    """Delete a cache and its side files; raises DiskFault when another program holds them."""
    try:
        path.unlink(missing_ok=True)
        _side_files(path)
    except OSError as error:
        raise DiskFault(path.name) from error


def _side_files(path: Path) -> None:
    for suffix in ("-wal", "-shm", "-journal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _schema(path: Path, key: bytes) -> int:
    connection = cipher.connect(path, key, synchronous="NORMAL")
    try:
        with cipher.translated(path.name):
            connection.execute("pragma wal_checkpoint(truncate)")
            return int(connection.execute("pragma user_version").fetchone()[0])
    finally:
        connection.close()


def _derive(file: LocalFile, salvage: Path, key: bytes) -> None:
    """Fill the new cache from the confirmed documents of an earlier one, as far as they can be read."""
    try:
        earlier = cipher.connect(salvage, key, synchronous="NORMAL")
    except StoreError:
        return
    try:
        with cipher.translated(salvage.name):
            place = earlier.execute("select cursor, epoch, snap_after, snap_done from sync").fetchone()
            _copy_references(file, earlier)
            _copy_documents(file, earlier)
        there = Position(cursor=place[0], epoch=place[1], snap_after=place[2], snap_done=bool(place[3]))
        file.write(lambda connection: cache.move(connection, there))
    except StoreError:
        # Part of it is here: a place that no server knows makes the next exchange compare and fetch the rest.
        file.write(lambda connection: cache.move(connection, Position(snap_done=True)))
    finally:
        earlier.close()


def _copy_references(file: LocalFile, earlier: Any) -> None:
    lines = [
        ReferenceLine(kind=kind, id=id_, ver=ver, doc=msgspec.Raw(body))
        for kind, id_, ver, body in earlier.execute("select kind, id, ver, body from ref")
    ]
    file.write(lambda connection: cache.refer(connection, lines))


def _copy_documents(file: LocalFile, earlier: Any) -> None:
    bases = earlier.execute("select base from document order by n")
    while rows := bases.fetchmany(_BULK):
        lines = [cache.line_of(row[0]) for row in rows]
        file.write(lambda connection, lines=lines: cache.store(connection, lines))  # type: ignore[misc]
