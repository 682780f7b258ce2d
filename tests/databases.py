"""PostgreSQL for the tests: one server of their own a process, and a fresh register's database for each test.

The server listens on loopback with a password, on a port and in a folder of its own. It runs as the person
who runs the tests, or as `postgres` for root, whom it refuses. It ends with the process that started it, in
whatever way that ends. Where it is not installed no test is generated for it: the last line of a run tells.
"""

import contextlib
import functools
import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import psycopg
from sqlalchemy import delete
from sqlalchemy.engine import URL, make_url

from server import database, migrations, tables
from server.config import Config
from tests.processes import free_port

INSTALLED = Path("/usr/lib/postgresql")
"""Where Debian keeps the programs of each major version, which are not all in the PATH."""

SQLITE, POSTGRESQL = "sqlite", "postgresql"
START_S, STOP_S = 60.0, 300.0
USER = "chekaya"
_TEMPLATE = "register_as_laid_down"

SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_connections": "300",
    "deadlock_timeout": "100ms",
    "unix_socket_directories": "",
    "listen_addresses": "127.0.0.1",
    "logging_collector": "off",
}
"""Of a server whose data nobody will ever want back after the power went."""

# Whoever holds the other end of this shell's input may die in any way: the server ends, and its folder goes.
_WATCHED = """
folder=$1; shift
"$@" >"$folder/server.log" 2>&1 &
server=$!
read -r _
kill -QUIT $server 2>/dev/null
wait $server
rm -rf "$folder"
"""


def programs() -> Path | None:
    """The folder of `initdb` and `postgres`, newest version first; None when they are not installed."""
    of_debian = sorted(INSTALLED.glob("*/bin"), key=lambda path: _version(path.parent.name), reverse=True)
    in_path = (Path(folder) for folder in os.get_exec_path())
    folders = (one for one in (*of_debian, *in_path) if (one / "initdb").exists())
    return next((one for one in folders if (one / "postgres").exists()), None)


def _version(name: str) -> int:
    return int(name) if name.isdigit() else 0


def kinds() -> tuple[str, ...]:
    """The databases that the tests of the register run on here."""
    return (SQLITE,) if programs() is None else (SQLITE, POSTGRESQL)


def told() -> str:
    """One sentence for whoever reads the result of a run."""
    found = programs()
    if found is None:
        return "PostgreSQL is not installed (package `postgresql`): the register was tested on SQLite alone"
    return f"The register was tested on SQLite and on {_product(found)}"


@functools.cache
def _product(found: Path) -> str:
    asked = subprocess.run([found / "postgres", "--version"], capture_output=True, text=True, check=True)
    return asked.stdout.strip().replace("postgres (PostgreSQL)", "PostgreSQL")


def _account() -> str | None:
    """Who runs the server: root may not, and the package made `postgres` for that."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


@dataclass
class OwnServer:
    """A running server; `fresh` and `drop` make and end the database of one test."""

    address: URL
    shell: subprocess.Popen[bytes]
    admin: psycopg.Connection
    made: int = 0

    def fresh(self, *, template: str = _TEMPLATE, how: str = "") -> str:
        """The address of a new database, with the schema and nothing in it; from `template0`: without.

        `how` are further words of CREATE DATABASE.
        """
        self.made += 1
        name = f"test_{self.made}"
        # Copying files takes a third of the time that writing them through the log takes.
        self.admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY {how}')
        return self.address.set(database=name).render_as_string(hide_password=False)

    def drop(self, url: str) -> None:
        """End a database, whoever is still connected to it."""
        self.admin.execute(f'DROP DATABASE "{make_url(url).database}" WITH (FORCE)')

    def stop(self) -> None:
        """End the server and wait until its folder is gone."""
        self.admin.close()
        assert self.shell.stdin is not None
        self.shell.stdin.close()
        self.shell.wait(timeout=STOP_S)


@contextlib.contextmanager
def own_server() -> Iterator[OwnServer]:
    """Lay a cluster down, start its server and prepare the template."""
    found = programs()
    assert found is not None, told()
    server = _started(found, Path(tempfile.mkdtemp(prefix="chekaya-postgresql-")))
    try:
        server.admin.execute(f"CREATE DATABASE {_TEMPLATE} TEMPLATE template0")
        _lay_down(server.address.set(database=_TEMPLATE))
        yield server
    finally:
        server.stop()


def _started(found: Path, folder: Path) -> OwnServer:
    password = secrets.token_hex(16)
    words = folder / "password"
    words.write_text(password, "ascii")
    account = _account()
    group = pwd.getpwnam(account).pw_gid if account else None
    if account is not None:
        for path in (folder, words):
            shutil.chown(path, account, group)
    how = ("--encoding=UTF8", "--locale=C", "--no-sync", "--auth=scram-sha-256", f"--username={USER}")
    laid = subprocess.run(
        [found / "initdb", *how, f"--pwfile={words}", f"--pgdata={folder / 'data'}"],
        user=account,
        group=group,
        extra_groups=[] if account else None,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert laid.returncode == 0, laid.stderr
    port = free_port()
    settings = [word for name, value in SETTINGS.items() for word in ("-c", f"{name}={value}")]
    shell = subprocess.Popen(
        ["/bin/sh", "-c", _WATCHED, "sh", str(folder), str(found / "postgres"),
         "-D", str(folder / "data"), "-p", str(port), *settings],
        user=account, group=group, extra_groups=[] if account else None, cwd=folder, stdin=subprocess.PIPE,
    )  # fmt: skip
    address = URL.create("postgresql+psycopg", USER, password, "127.0.0.1", port, "postgres")
    return OwnServer(address, shell, _answered(address, shell.stdin, folder / "server.log"))


def _answered(address: URL, held: IO[bytes] | None, log: Path) -> psycopg.Connection:
    """A connection to the server that has just been started, as soon as it takes one."""
    until = time.monotonic() + START_S
    plain = address.set(drivername="postgresql").render_as_string(hide_password=False)
    while True:
        try:
            return psycopg.connect(plain, autocommit=True)
        except psycopg.OperationalError:
            if time.monotonic() > until:
                said = log.read_text(encoding="utf-8", errors="replace")
                assert held is not None
                held.close()
                raise AssertionError(f"PostgreSQL does not start: {said}") from None
            time.sleep(0.05)


def _lay_down(url: URL) -> None:
    """The schema, once: each test copies it, and gets an epoch of its own when its register is opened."""
    with tempfile.TemporaryDirectory() as folder:
        config = Config(data=Path(folder), database=url.render_as_string(hide_password=False))
        register = database.connect(config)
        migrations.migrate(register, datetime.now(UTC))
        with register.transaction() as connection:
            connection.execute(delete(tables.meta))
        register.close()
