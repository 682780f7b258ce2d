"""What only PostgreSQL knows: settings of our connections, what a lost race is, copies by its own tools.

`pg_dump` and `pg_restore` must be of the server's major version or newer, and in the PATH. The password
travels in the environment, never on a command line, where other accounts of the machine would read it.
"""

import functools
import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, text

SETTINGS = {
    "jit": "off",  # compiling a query takes longer than any of ours runs
    "lock_timeout": "15s",
    "statement_timeout": "60s",
    "idle_in_transaction_session_timeout": "60s",
    "timezone": "UTC",
}
"""Of every connection. A request that waits longer fails and is sent again; a writer that hangs lets go."""

_LIMITS = ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout")

_LOST_RACES = frozenset({"40001", "40P01", "23505"})
"""SQLSTATE of: serialization failure, deadlock, a key that somebody else has just entered."""

_SCHEMA_LOCK = 0x6368656B617961
"""Key of the advisory lock under which the schema changes ("chekaya" in bytes)."""

_WORDS = ("Z-1", "Z1", "a-1", "a1", "b", "É", "é", "ا")
"""In the order of their bytes, which no language's dictionary has."""


class NoTools(Exception):
    """`pg_dump` and `pg_restore` are not installed."""


class ToolFailed(Exception):
    """A tool ended with an error; its last line is the message."""


@dataclass(frozen=True, slots=True)
class Tools:
    """Where the two programs are."""

    dump: str
    restore: str


def tune(raw: Any, _record: object) -> None:
    """Set a new connection up (psycopg's own object)."""
    before, raw.autocommit = raw.autocommit, True
    for name, value in SETTINGS.items():
        raw.execute(f"SET {name} TO '{value}'")
    raw.autocommit = before
    raw.adapters.register_dumper(str, _words())


@functools.cache
def _words() -> type[Any]:
    """How texts are sent: PostgreSQL keeps no NUL, and one from outside must not become a fault of ours."""
    from psycopg.types.string import StrDumperUnknown

    class Words(StrDumperUnknown):
        def dump(self, obj: str) -> Any:
            return super().dump(obj.replace("\0", "\ufffd"))

    return Words


def is_lost_race(error: BaseException | None) -> bool:
    """Whether a transaction failed only because another one was there: begun again, it may well succeed."""
    return getattr(error, "sqlstate", None) in _LOST_RACES


def why_unsuitable(connection: Connection) -> str:
    """Why this database cannot hold a register; "" when it can.

    Pages and locks follow identifiers in the order of their bytes, on the server and in our code alike.
    """
    encoding = connection.execute(text("SHOW server_encoding")).scalar_one()
    if encoding != "UTF8":
        return f"its encoding is {encoding}, UTF8 is needed"
    query = text("SELECT word FROM unnest(CAST(:words AS text[])) AS word ORDER BY word")
    found = tuple(connection.execute(query, {"words": sorted(_WORDS, reverse=True)}).scalars())
    if found != _WORDS:
        return "it sorts by a language: create it with `createdb -T template0 -E UTF8 --locale=C`"
    return ""


def take_alone(connection: Connection) -> None:
    """Wait until no other process changes the schema; let go at the end of the transaction."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _SCHEMA_LOCK})


def take_time(connection: Connection) -> None:
    """Lift the time limits of this transaction."""
    for name in _LIMITS:
        connection.execute(text(f"SET LOCAL {name} TO 0"))


def tools() -> Tools:
    """The installed programs; raises NoTools."""
    dump, restore = shutil.which("pg_dump"), shutil.which("pg_restore")
    if dump is None or restore is None:
        raise NoTools(
            "pg_dump and pg_restore are needed for a register on PostgreSQL: install postgresql-client"
        )
    return Tools(dump, restore)


def dump(found: Tools, connection: Connection, url: URL, target: Path, stop: Callable[[], bool]) -> None:
    """Write the snapshot that `connection` reads; ends early, without error, when `stop()` says so."""
    snapshot = connection.execute(text("SELECT pg_export_snapshot()")).scalar_one()
    target.touch(mode=0o600, exist_ok=False)
    command = [
        found.dump,
        "--format=custom",
        "--compress=0",
        "--no-owner",
        "--no-privileges",
        f"--snapshot={snapshot}",
        f"--file={target}",
        f"--dbname={address(url)}",
    ]
    _run(command, url, stop)


def restore(found: Tools, url: URL, source: Path, stop: Callable[[], bool]) -> None:
    """Fill an empty database, all or nothing; raises ToolFailed."""
    command = [
        found.restore,
        "--exit-on-error",
        "--single-transaction",
        "--no-owner",
        "--no-privileges",
        f"--dbname={address(url)}",
        str(source),
    ]
    _run(command, url, stop)


def address(url: URL) -> str:
    """The database as libpq names it, without the password."""
    # `url.set(password=None)` leaves the password where it is: the address is built anew.
    bare = URL.create(
        "postgresql",
        username=url.username,
        host=url.host,
        port=url.port,
        database=url.database,
        query=url.query,
    )
    return bare.render_as_string(hide_password=False)


def _run(command: Sequence[str], url: URL, stop: Callable[[], bool]) -> None:
    environment = dict(os.environ)
    if url.password:
        environment["PGPASSWORD"] = str(url.password)
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL) as run:  # noqa: S603
        while True:
            try:
                _, told = run.communicate(timeout=0.5)
                break
            except subprocess.TimeoutExpired:
                if stop():
                    run.terminate()
                    run.communicate()
                    return
    if run.returncode != 0:
        lines = told.decode(errors="replace").strip().splitlines()
        raise ToolFailed(f"{Path(command[0]).name}: {lines[-1] if lines else run.returncode}")
