"""Wakes waiting desktops: one thread a process reads the stream table and tells those whose streams moved.

Commits of this process make it look at once; those of other processes are seen at the next look.
"""

import asyncio
import threading
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.exc import OperationalError

from server import changes, revocation
from server.database import Database
from server.logs import Journal


@dataclass(frozen=True, slots=True, eq=False)
class _Waiter:
    positions: Mapping[str, int]
    who: tuple[str, str]
    loop: asyncio.AbstractEventLoop
    woken: asyncio.Future[bool]


class Wake:
    """The one poller; `wait` is called on the event loop, everything else from anywhere."""

    def __init__(self, database: Database, journal: Journal, *, seconds: float) -> None:
        self._database = database
        self._journal = journal
        self._seconds = seconds
        self._look = threading.Event()
        self._lock = threading.Lock()
        self._waiters: set[_Waiter] = set()
        self._heads: dict[str, int] = {}
        self._stamp: str | None = None
        self._struck: frozenset[tuple[str, str]] = frozenset()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="wake", daemon=True)

    def start(self) -> None:
        """Begin to look at the streams."""
        self._database.after_commit.append(self._look.set)
        self._thread.start()

    def release(self) -> None:
        """Let everybody go, and nobody wait any more: the server is stopping."""
        self._closed = True
        self._look.set()
        with self._lock:
            waiters, self._waiters = self._waiters, set()
        for waiter in waiters:
            _settle(waiter, False)

    def close(self) -> None:
        """Release everybody and end the thread."""
        self.release()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    async def wait(self, positions: Mapping[str, int], seconds: float, who: tuple[str, str]) -> bool:
        """Whether, within `seconds`, a stream went beyond its position or the one who waits was struck off.

        `who` is the device and its account.
        """
        loop = asyncio.get_running_loop()
        waiter = _Waiter(positions, who, loop, loop.create_future())
        with self._lock:
            if self._closed:
                return False
            if who in self._struck or _is_behind(positions, self._heads):
                return True
            self._waiters.add(waiter)
        try:
            return await asyncio.wait_for(waiter.woken, seconds)
        except TimeoutError:
            return False
        finally:
            with self._lock:
                self._waiters.discard(waiter)

    def is_struck(self, who: tuple[str, str]) -> bool:
        """Whether this device and account were struck off, as far as was seen."""
        with self._lock:
            return who in self._struck

    def waiting(self) -> int:
        """How many desks wait now."""
        with self._lock:
            return len(self._waiters)

    def _run(self) -> None:
        while not self._closed:
            self._look.wait(self._seconds)
            self._look.clear()
            try:
                with self._database.reading() as connection:
                    heads, stamp = changes.heads(connection), revocation.stamped(connection)
                    struck = self._struck if stamp == self._stamp else revocation.struck(connection)
            except OperationalError as error:
                # The database is away for a moment; desks fall back to pulling when their wait ends.
                self._journal.fault("wake", error)
                continue
            if heads != self._heads or struck != self._struck:
                self._tell(heads, struck)
            self._stamp = stamp

    def _tell(self, heads: dict[str, int], struck: frozenset[tuple[str, str]]) -> None:
        with self._lock:
            self._heads, self._struck = heads, struck
            behind = [
                waiter
                for waiter in self._waiters
                if waiter.who in struck or _is_behind(waiter.positions, heads)
            ]
            self._waiters.difference_update(behind)
        for waiter in behind:
            _settle(waiter, True)


def _is_behind(positions: Mapping[str, int], heads: Mapping[str, int]) -> bool:
    return any(heads.get(name, 0) > position for name, position in positions.items())


def _settle(waiter: _Waiter, moved: bool) -> None:
    def settle() -> None:
        if not waiter.woken.done():
            waiter.woken.set_result(moved)

    # The loop may have closed between a desk's disconnection and this moment.
    if not waiter.loop.is_closed():
        waiter.loop.call_soon_threadsafe(settle)
