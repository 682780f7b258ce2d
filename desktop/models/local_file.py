"""One encrypted file: its reading connections, and the one thread through which every write goes.

A write is a function of a connection, run in that thread inside BEGIN IMMEDIATE, wholly or not at all.
Connections are kept open between two questions: a pool's checks cost more than the question (55 of 68 µs).
"""

import queue
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool
from sqlcipher3 import dbapi2

from desktop.models import cipher
from desktop.models.errors import ROTTEN, StoreClosed, StoreError

T = TypeVar("T")
_Job = tuple[Callable[[Connection], Any], "Future[Any]"]

READERS = 4
"""Idle connections kept open for reading."""

CLOSE_S = 10.0
"""Seconds that close() waits for the writer's last transaction."""


class LocalFile:
    """An open file. `damaged` is set once one of its pages did not bear its seal."""

    def __init__(
        self,
        path: Path,
        key: bytes,
        *,
        synchronous: Literal["FULL", "NORMAL"],
        cache_kib: int = 8_192,
    ) -> None:
        self.path = path
        self.damaged = False
        self._closed = False
        self._engine = self._connect_through(key, synchronous, cache_kib)
        self._idle: deque[Connection] = deque()
        with self.reading():
            pass
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name=f"writes {path.name}", daemon=True)
        self._thread.start()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one moment of the file; raises StoreError."""
        if self._closed:
            raise StoreClosed(self.path.name)
        with self._faults():
            connection = self._taken()
            try:
                yield connection
            except DBAPIError:
                connection.close()
                raise
            except BaseException:
                self._give_back(connection)
                raise
            self._give_back(connection)

    def write(self, job: Callable[[Connection], T]) -> T:
        """Run `job` in the writer thread, in one transaction, and wait for it; raises what it raises."""
        if self._closed:
            raise StoreClosed(self.path.name)
        if threading.current_thread() is self._thread:
            raise RuntimeError("a write inside a write of the same file")
        done: Future[T] = Future()
        self._jobs.put((job, done))
        return done.result()

    def close(self) -> None:
        """Finish the transaction under way, refuse later ones, close every connection."""
        if self._closed:
            return
        self._closed = True
        self._jobs.put(None)
        self._thread.join(CLOSE_S)
        while self._idle:
            self._idle.pop().close()

    def _taken(self) -> Connection:
        try:
            return self._idle.pop()
        except IndexError:
            return self._engine.connect()

    def _give_back(self, connection: Connection) -> None:
        connection.rollback()
        if self._closed or len(self._idle) >= READERS:
            connection.close()
        else:
            self._idle.append(connection)

    def _work(self) -> None:
        writing: Connection | None = None
        while (item := self._jobs.get()) is not None:
            job, done = item
            try:
                with self._faults():
                    writing = writing or self._engine.connect().execution_options(writes=True)
                    with writing.begin():
                        result = job(writing)
            except BaseException as error:  # handed to the caller, whatever it is
                done.set_exception(error)
                if writing is not None:
                    writing.close()
                    writing = None
            else:
                done.set_result(result)
        if writing is not None:
            writing.close()
        while not self._jobs.empty():
            if (item := self._jobs.get()) is not None:
                item[1].set_exception(StoreClosed(self.path.name))

    def _connect_through(self, key: bytes, synchronous: Literal["FULL", "NORMAL"], cache_kib: int) -> Engine:
        engine = create_engine(
            "sqlite://",
            module=dbapi2,
            creator=lambda: cipher.connect(self.path, key, synchronous=synchronous, cache_kib=cache_kib),
            poolclass=NullPool,
        )
        event.listen(engine, "begin", _begin)
        return engine

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            translated = cipher.meaning(error.orig or error, self.path.name)
            self._note(translated)
            raise translated from error
        except StoreError as error:
            self._note(error)
            raise

    def _note(self, error: StoreError) -> None:
        self.damaged = self.damaged or isinstance(error, ROTTEN)


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
