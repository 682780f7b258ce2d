"""Opens work.db: migrated forward step by step, a backup copy beside it before each, never dropped."""

import shutil
from pathlib import Path
from typing import Any

from desktop.models import cipher
from desktop.models.errors import NewerVersion, of_system
from desktop.models.local_file import LocalFile
from desktop.models.migrations import STEPS, VERSION

NAME = "work.db"


def open_work(folder: Path, key: bytes) -> LocalFile:
    """The open file, of this program's version; raises StoreError, NewerVersion from a later program."""
    path = folder / NAME
    _migrate(path, key)
    return LocalFile(path, key, synchronous="FULL", cache_kib=4_096)


def _migrate(path: Path, key: bytes) -> None:
    version = _version(path, key)
    if version > VERSION:
        raise NewerVersion(path.name)
    for step in range(version, VERSION):
        if step:
            _copy(path, step)
        connection = cipher.connect(path, key, synchronous="FULL")
        try:
            with cipher.translated(path.name):
                _run(connection, step)
        finally:
            connection.close()


def _version(path: Path, key: bytes) -> int:
    connection = cipher.connect(path, key, synchronous="FULL")
    try:
        with cipher.translated(path.name):
            connection.execute("pragma wal_checkpoint(truncate)")
            return int(connection.execute("pragma user_version").fetchone()[0])
    finally:
        connection.close()


def _run(connection: Any, step: int) -> None:
    connection.execute("begin immediate")
    try:
        STEPS[step](connection)
        connection.execute(f"pragma user_version = {step + 1}")
        connection.execute("commit")
    except BaseException:
        connection.execute("rollback")
        raise


def _copy(path: Path, version: int) -> None:
    """Keep the file as it is (still encrypted); one copy a version, renamed into place when whole."""
    half = path.with_name(f"{path.name}.copying")
    try:
        shutil.copyfile(path, half)
        half.replace(path.with_name(f"work-v{version}.db"))
    except OSError as error:
        raise of_system(error, half.name) from error
