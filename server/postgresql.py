"""Copies a PostgreSQL register out and in through its own tools, `pg_dump` and `pg_restore`.

They must be of the server's major version or newer, and in the PATH. The password travels in the environment,
never on a command line, where other accounts of the machine would read it.
"""

import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, Connection, text


class NoTools(Exception):
    """`pg_dump` and `pg_restore` are not installed."""


class ToolFailed(Exception):
    """A tool ended with an error; its last line is the message."""


@dataclass(frozen=True, slots=True)
class Tools:
    """Where the two programs are."""

    dump: str
    restore: str


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
