"""Opens the register and hands out transactions; the only place that knows which database it is.

A writing transaction is `BEGIN IMMEDIATE` on SQLite (one writer at a time) and an ordinary one on PostgreSQL;
a reading transaction sees one snapshot from its first statement to its last. Writers take rows in one order
(docs/decisions/0014), so that none waits for ever; whoever is undone all the same is run again by `attempt`.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, Table, create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError
from sqlalchemy.pool import QueuePool
from sqlalchemy.sql.dml import Insert

from server import postgresql as postgresql_server
from server.config import Config
from server.witness import Witness

_WRITING = "chekaya_writing"
_WITNESS = "chekaya_witness"

TRIES = 5
"""How often one piece of work is begun before somebody hears that others keep undoing it."""

COUNTED = {"preserve_rowcount": True}
"""Execution options of an INSERT whose `rowcount` is read: without them psycopg's is -1 once it is done."""

_PAUSE_SECONDS = 0.02

_Outcome = TypeVar("_Outcome")


class Unusable(Exception):
    """What the configuration names is no register that can be opened; the message is for operators."""


class WentBack(Unusable):
    """The register is older than one seen before: somebody put a copy back without `restore`."""

    def __init__(self, data: Path, why: str) -> None:
        super().__init__(
            f"it is not the one last served from {data}: {why}. If it was put back from a copy, run "
            f"`chekaya-server restore --in-place --data {data}`: it gets a new epoch and new numbers."
        )


class Database:
    """The register: `transaction()` to write, `reading()` to read one snapshot.

    `after_commit` collects functions called, without arguments, after every commit of this process;
    `witness` is told of numbers before the commit that gives them out.
    """

    def __init__(self, engine: Engine, witness: Witness) -> None:
        self.engine = engine
        self.witness = witness
        self.after_commit: list[Callable[[], None]] = []
        self._is_sqlite = engine.dialect.name == "sqlite"
        # SQLite's own waiting polls and is unfair; inside one process writers queue here instead.
        self._turn = threading.Lock()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Write: committed on leaving, rolled back on any exception."""
        if self._is_sqlite:
            with self._turn, self._writing() as connection:
                yield connection
        else:
            with self.engine.begin() as connection:
                yield connection.execution_options(**{_WITNESS: self.witness})
        for done in self.after_commit:
            done()

    def attempt(self, work: Callable[[Connection], _Outcome]) -> _Outcome:
        """Run `work` in a transaction; once more from its start, TRIES times in all, when it lost a race.

        A race is lost when PostgreSQL undoes a transaction for the sake of another, or when somebody else
        entered the same key first: begun again, `work` sees what that one wrote. `work` keeps nothing
        outside the transaction.
        """
        for tries in range(1, TRIES):
            try:
                with self.transaction() as connection:
                    return work(connection)
            except DBAPIError as error:
                if not postgresql_server.is_lost_race(error.orig):
                    raise
            time.sleep(_PAUSE_SECONDS * tries)
        with self.transaction() as connection:
            return work(connection)

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self.engine.connect() as plain:
            connection = plain.execution_options(**{_WRITING: True, _WITNESS: self.witness})
            with connection.begin():
                yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Read one snapshot; nothing can be written through it by mistake on PostgreSQL."""
        with self.engine.connect() as plain:
            if self._is_sqlite:
                connection = plain
            else:
                connection = plain.execution_options(
                    isolation_level="REPEATABLE READ", postgresql_readonly=True
                )
            with connection.begin():
                yield connection

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


def connect(config: Config) -> Database:
    """Open the register of `config`; the schema is `server.migrations`' affair. Raises Unusable."""
    try:
        url = make_url(config.database_url)
        url.get_dialect().import_dbapi()
    except (ArgumentError, ImportError) as error:
        raise Unusable(f"the setting `database` names none that can be used: {error}") from error
    kind = url.get_backend_name()
    if kind not in ("sqlite", "postgresql"):
        raise Unusable(f"the setting `database` names {kind}: a register is kept by SQLite or PostgreSQL")
    engine = _open_sqlite(url, config) if kind == "sqlite" else _open_postgresql(url, config)
    return Database(engine, Witness(config.witness_folder))


def _open_postgresql(url: URL, config: Config) -> Engine:
    # A connection that died with its server is found before it is used, not by the request that gets it.
    # The encoding is said: a database of none at all would answer in bytes, before `check` can name it.
    engine = create_engine(
        url,
        pool_size=config.threads,
        max_overflow=8,
        pool_pre_ping=True,
        connect_args={"client_encoding": "UTF8"},
    )
    event.listen(engine, "connect", postgresql_server.tune)
    return engine


def _open_sqlite(url: URL, config: Config) -> Engine:
    if url.database:
        Path(url.database).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    engine = create_engine(
        url,
        poolclass=QueuePool,
        pool_size=config.threads,
        max_overflow=8,
        connect_args={"check_same_thread": False, "timeout": 30.0},
    )
    event.listen(engine, "connect", _tune)
    event.listen(engine, "begin", _begin)
    return engine


def is_sqlite(connection: Connection) -> bool:
    """Whether the register is the embedded file; PostgreSQL otherwise."""
    return connection.dialect.name == "sqlite"


def check(connection: Connection) -> None:
    """Raises Unusable for a database that would keep texts otherwise than our code reads them."""
    if not is_sqlite(connection):
        why = postgresql_server.why_unsuitable(connection)
        if why:
            raise Unusable(f"the database cannot hold a register: {why}")


def take_alone(connection: Connection) -> None:
    """Let one process at a time do what follows, to the end of the transaction: changing the schema."""
    if not is_sqlite(connection):
        postgresql_server.take_alone(connection)


def take_time(connection: Connection) -> None:
    """Lift the time limits of this transaction: copies and changes of schema last as long as they last."""
    if not is_sqlite(connection):
        postgresql_server.take_time(connection)


def witness_of(connection: Connection) -> Witness | None:
    """The witness of the writing transaction this is; None for a bare connection."""
    return connection.get_execution_options().get(_WITNESS)


def _tune(raw: Any, _record: object) -> None:
    raw.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "busy_timeout=30000",
        "foreign_keys=ON",
        "temp_store=MEMORY",
        "cache_size=-16000",
        "journal_size_limit=67108864",
    ):
        raw.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    writing = connection.get_execution_options().get(_WRITING, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def insert_if_absent(connection: Connection, table: Table, values: Mapping[str, object]) -> bool:
    """Insert a row unless its primary key is taken; tells whether it was inserted."""
    statement = _absent(table, is_sqlite(connection))
    return connection.execute(statement, dict(values), execution_options=COUNTED).rowcount == 1


@cache
def _absent(table: Table, embedded: bool) -> Insert:
    build = sqlite.insert if embedded else postgresql.insert
    return build(table).on_conflict_do_nothing()


def is_reachable(database: Database) -> bool:
    """Whether the register answers at all (for /healthz)."""
    try:
        with database.reading() as connection:
            connection.exec_driver_sql("SELECT 1")
    except OperationalError:
        return False
    return True
