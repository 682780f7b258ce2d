"""Opens one SQLCipher file with its raw key, and says in our words what its driver complains about.

Nothing here imports SQLAlchemy: the first page of a starting desk is read through this module alone.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from sqlcipher3 import dbapi2

from desktop.models import errors

KEY_BYTES = 32
BUSY_MS = 5_000

CHECKPOINT_PAGES = {"FULL": 1_000, "NORMAL": 16_000}
"""Pages in the log before they go into the file. A page of a thousand documents dirties 1,500 and more: to
carry them over each time took longer than to write them. The last connection closed carries over the rest."""

LOG_BYTES = 16 * 1024 * 1024
"""What is left of a log once it was carried over."""

_SAID: tuple[tuple[str, type[errors.StoreError]], ...] = (
    ("file is not a database", errors.WrongKey),
    ("file is encrypted", errors.WrongKey),
    ("disk is full", errors.DiskFull),
    ("is locked", errors.LocalFileLocked),
    ("readonly", errors.ReadOnlyFile),
    ("malformed", errors.Damaged),
    ("disk I/O error", errors.DiskFault),
    ("unable to open", errors.DiskFault),
)


def connect(
    path: Path,
    key: bytes,
    *,
    synchronous: Literal["FULL", "NORMAL"],
    cache_kib: int = 8_192,
) -> Any:
    """A connection in autocommit mode: temporary data in memory, write-ahead log, bounded waiting for locks.

    Raises StoreError; WrongKey when the key does not open the file or the file is no database.
    """
    if len(key) != KEY_BYTES:
        raise errors.WrongKey(path.name)
    with translated(path.name):
        connection = dbapi2.connect(
            str(path), isolation_level=None, check_same_thread=False, timeout=BUSY_MS / 1000
        )
    try:
        with translated(path.name):
            connection.execute("pragma cipher_log_level = none")
            connection.execute(f"pragma key = \"x'{key.hex()}'\"")
            connection.execute("pragma temp_store = memory")
            connection.execute(f"pragma cache_size = -{cache_kib}")
            connection.execute(f"pragma busy_timeout = {BUSY_MS}")
            connection.execute("select count(*) from sqlite_master").fetchone()
            connection.execute("pragma journal_mode = wal").fetchone()
            connection.execute(f"pragma synchronous = {synchronous}")
            connection.execute(f"pragma wal_autocheckpoint = {CHECKPOINT_PAGES[synchronous]}")
            connection.execute(f"pragma journal_size_limit = {LOG_BYTES}")
    except errors.StoreError:
        connection.close()
        raise
    return connection


@contextmanager
def translated(file: str) -> Iterator[None]:
    """Turn what sqlcipher3 raises inside into a StoreError about `file`."""
    try:
        yield
    except dbapi2.Error as error:
        raise meaning(error, file) from error


def meaning(error: BaseException, file: str) -> errors.StoreError:
    """The person-facing error for a driver's exception."""
    said = str(error)
    for words, kind in _SAID:
        if words in said:
            return kind(file)
    return errors.StoreError(f"{file} {type(error).__name__}")
