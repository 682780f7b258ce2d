"""Work off the window's thread: `read` asks something here, `fetch` far away, `change` does something.

Results come back through `deliver`, which runs a function in the window's thread. Changes run one by one in
the order given and are never dropped; what is asked is dropped when newer of the same key was asked for.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from desktop.core.errors import PersonError, person_facing

T = TypeVar("T")
Deliver = Callable[[Callable[[], None]], None]
Failed = Callable[[PersonError], None]

log = logging.getLogger(__name__)


@dataclass(eq=False, slots=True)
class Ticket:
    """One piece of work that was asked for; `drop()` means that nobody waits for its result any more."""

    dropped: bool = False

    def drop(self) -> None:
        """Neither `then` nor `failed` will be called; work not begun is not begun (changes always run)."""
        self.dropped = True


@dataclass(eq=False, slots=True)
class _Job(Generic[T]):
    work: Callable[[], T]
    then: Callable[[T], None] | None
    failed: Failed | None
    droppable: bool
    ticket: Ticket = field(default_factory=Ticket)


class Background:
    """Three threads: one reads, one changes, one waits for the network so that reading never does.

    `failed` given here hears the failures of work that named no `failed` of its own.
    """

    def __init__(self, deliver: Deliver, failed: Failed | None = None) -> None:
        self._deliver = deliver
        self._failed = failed
        self._closed = False
        self._latest: dict[str, Ticket] = {}
        self._readers = _Lane("desk-read", self._run)
        self._writers = _Lane("desk-change", self._run)
        self._fetchers = _Lane("desk-fetch", self._run)

    def read(
        self,
        work: Callable[[], T],
        then: Callable[[T], None] | None = None,
        failed: Failed | None = None,
        *,
        key: str = "",
    ) -> Ticket:
        """Ask something of the desk; with a `key` only the latest answer of that key is delivered."""
        return self._ask(self._readers, _Job(work, then, failed, droppable=True), key)

    def fetch(
        self,
        work: Callable[[], T],
        then: Callable[[T], None] | None = None,
        failed: Failed | None = None,
        *,
        key: str = "",
    ) -> Ticket:
        """As `read`, for what waits for the server or is long to make: lists go on meanwhile."""
        return self._ask(self._fetchers, _Job(work, then, failed, droppable=True), key)

    def change(
        self,
        work: Callable[[], T],
        then: Callable[[T], None] | None = None,
        failed: Failed | None = None,
    ) -> Ticket:
        """Do something with the desk, after all earlier changes."""
        job: _Job[Any] = _Job(work, then, failed, droppable=False)
        self._writers.put(job)
        return job.ticket

    def settle(self, seconds: float) -> bool:
        """Wait until every change asked for so far is done; False when that takes longer."""
        done = threading.Event()
        self.change(done.set)
        return self._closed or done.wait(seconds)

    def close(self, seconds: float = 5.0) -> bool:
        """Drop what is only asked, finish what changes something; True when both threads ended in time.

        Nothing is delivered any more: those who asked may be gone. Nobody waits for a fetch under way: its
        thread is a daemon that ends with its request.
        """
        self._closed = True
        end = time.monotonic() + seconds
        self._readers.stop(drop=True)
        self._fetchers.stop(drop=True)
        self._writers.stop(drop=False)
        ended = self._writers.join(end)
        return self._readers.join(end) and ended

    def _ask(self, lane: "_Lane", job: "_Job[Any]", key: str) -> Ticket:
        if key:
            before = self._latest.get(key)
            if before is not None:
                before.drop()
            self._latest[key] = job.ticket
        lane.put(job)
        return job.ticket

    def _run(self, job: "_Job[Any]") -> None:
        """The loop edge: whatever fails becomes a person-facing error, and the next work goes on."""
        if job.ticket.dropped and job.droppable:
            return
        try:
            result = job.work()
        except Exception as error:
            told = person_facing(error)
            if told.code == "fault":
                log.exception("background work failed")
            self._hand_over(job, job.failed or self._failed, told)
        else:
            self._hand_over(job, job.then, result)

    def _hand_over(self, job: "_Job[Any]", receiver: Callable[[Any], None] | None, value: object) -> None:
        if receiver is None:
            return

        def receive() -> None:
            if not job.ticket.dropped and not self._closed:
                receiver(value)

        self._deliver(receive)


class _Lane:
    """A daemon thread with a queue that can be stopped at once or after what waits."""

    def __init__(self, name: str, run: Callable[["_Job[Any]"], None]) -> None:
        self._run = run
        self._waiting: deque[_Job[Any]] = deque()
        self._wake = threading.Condition()
        self._stopped = False
        self._thread = threading.Thread(target=self._loop, name=name, daemon=True)
        self._thread.start()

    def put(self, job: "_Job[Any]") -> None:
        with self._wake:
            if self._stopped:
                job.ticket.drop()
                return
            self._waiting.append(job)
            self._wake.notify()

    def stop(self, *, drop: bool) -> None:
        with self._wake:
            self._stopped = True
            if drop:
                for job in self._waiting:
                    job.ticket.drop()
                self._waiting.clear()
            self._wake.notify()

    def join(self, end: float) -> bool:
        if threading.current_thread() is not self._thread:
            self._thread.join(max(0.0, end - time.monotonic()))
        return not self._thread.is_alive()

    def _loop(self) -> None:
        while True:
            with self._wake:
                while not self._waiting and not self._stopped:
                    self._wake.wait()
                if not self._waiting:
                    return
                job = self._waiting.popleft()
            self._run(job)
