"""The long poll: a thread of its own that waits for the server to say "something changed".

It listens once per `listen()`, so that a poke is followed by a cycle before the next wait. Where waits are
cut early twice in a row (a proxy that allows no long requests) it gives up for a while.
"""

import threading
import time
from collections.abc import Callable

from desktop.models.errors import StoreError
from sync.errors import SyncError

EARLY_DEATHS = 2
GIVEN_UP_S = 900.0
"""Seconds after which long polls are tried again."""


class PokeListener:
    """`ended` is called from the listening thread when a wait ended with news or by a failure."""

    def __init__(
        self,
        ended: Callable[[], None],
        *,
        wait_s: int = 50,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ended = ended
        self._wait_s = wait_s
        self._monotonic = monotonic
        self._turn = threading.Semaphore(0)
        self._lock = threading.Lock()
        self._listening = False
        self._closed = False
        self._deaths = 0
        self._given_up_at = 0.0
        self._wait: Callable[[int], bool] | None = None

    @property
    def alive(self) -> bool:
        """Whether pokes can be relied on now."""
        with self._lock:
            return self._listening

    def start(self, wait: Callable[[int], bool]) -> None:
        """Begin, silent until `listen()`; `wait` raises SyncError or StoreError when it is cut."""
        self._wait = wait
        threading.Thread(target=self._loop, name="sync-wait", daemon=True).start()

    def listen(self) -> None:
        """Wait for the next poke, unless already waiting or given up."""
        with self._lock:
            if self._listening or self._closed:
                return
            if self._deaths >= EARLY_DEATHS:
                if self._monotonic() - self._given_up_at < GIVEN_UP_S:
                    return
                self._deaths = 0
            self._listening = True
        self._turn.release()

    def forgive(self) -> None:
        """The network itself was down: waits that died meanwhile say nothing about proxies."""
        with self._lock:
            self._deaths = 0

    def close(self) -> None:
        """Say nothing more; a wait under way is left to end by itself in its daemon thread."""
        with self._lock:
            self._closed = True
        self._turn.release()

    def _loop(self) -> None:
        assert self._wait is not None
        while True:
            self._turn.acquire()
            while not self._closed and self._once(self._wait):
                pass
            if self._closed:
                return

    def _once(self, wait: Callable[[int], bool]) -> bool:
        """One wait; True when it passed quietly and the next may follow at once."""
        began = self._monotonic()
        try:
            poked = wait(self._wait_s)
        except (SyncError, StoreError):
            self._end(died=True)
            return False
        if poked:
            self._end(died=False)
            return False
        if self._monotonic() - began < self._wait_s / 10:
            self._end(died=True)
            return False
        self._deaths = 0
        return True

    def _end(self, *, died: bool) -> None:
        with self._lock:
            self._listening = False
            self._deaths = self._deaths + 1 if died else 0
            self._given_up_at = self._monotonic()
            closed = self._closed
        if not closed:
            self._ended()
