"""Synchronisation while the program runs: one thread owns the engine, another waits for the server's pokes.

Cycle, rest, cycle. A rest ends at once for a new act, a poke, `wake()` and closing; the retry timer is the
rest itself. A rest that the server asked for is cut short by a person's `wake()` alone. Whatever fails is
told as a `ConnectionStatus`, never raised.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from desktop.core.errors import person_facing
from desktop.core.poke_listener import PokeListener
from desktop.core.records import Change, ConnectionStatus, State
from desktop.models.errors import StoreClosed, StoreError
from sync.errors import (
    ClientTooOld,
    NotAllowed,
    Offline,
    ServerFault,
    SignInNeeded,
    SyncError,
    TooMany,
)
from sync.outcome import Outcome, Step
from sync.pace import Pace

log = logging.getLogger(__name__)

POLL_S = 20.0
"""Seconds between cycles where long polls do not live."""

QUIET_S = 300.0
"""Seconds between cycles while a long poll listens: only a safety net."""

HELD_S = 600.0
"""Seconds between tries while a person has something to do first (sign in, update)."""

UNSENT_S = 10.0
"""Seconds between cycles while acts are still waiting (held back by the server, or for their files)."""

TOLD_FROM = 100
"""Documents of one page from which on the progress is told: a first synchronisation, a repair."""

SLICE = 500
"""Complaints indexed between two looks at the wake-up flag."""


class Cycles(Protocol):
    """The engine, as this thread needs it."""

    @property
    def skew_ms(self) -> int:
        """This PC's clock minus the server's."""
        ...

    def cycle(self) -> Outcome:
        """Raises SyncError, StoreError."""
        ...

    def wait(self, seconds: int) -> bool:
        """Raises SyncError, StoreError."""
        ...


class Ledger(Protocol):
    """What the store tells about acts and documents, and the index it keeps up between cycles."""

    def unsent(self) -> "Unsent":
        """Acts of this person that the server has not settled."""
        ...

    def stored(self) -> int:
        """Complaints on this PC."""
        ...

    def index_pending(self, limit: int) -> int:
        """Index some changed complaints; gives how many are still waiting."""
        ...


@dataclass(frozen=True, slots=True)
class Unsent:
    """How many acts wait, and when the oldest was typed (aware UTC)."""

    count: int = 0
    oldest: datetime | None = None


class SyncWorker:
    """Runs the cycles. `clock` gives aware UTC; `publish` is called from this object's threads."""

    def __init__(
        self,
        ledger: Ledger,
        *,
        pace: Pace,
        clock: Callable[[], datetime],
        publish: Callable[[Change], None],
        wait_s: int = 50,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ledger = ledger
        self._pace = pace
        self._clock = clock
        self._publish = publish
        self._wake = threading.Event()
        self._closing = threading.Event()
        self._status_lock = threading.Lock()
        self._status = ConnectionStatus(state="connecting", since=clock())
        self._engine: Cycles | None = None
        self._last: Cycles | None = None
        self._held: list[datetime] = []
        self._sent = 0
        self._received = 0
        self._patient = False
        self._listener = PokeListener(self._poked, wait_s=wait_s, monotonic=monotonic)
        self._thread = threading.Thread(target=self._loop, name="sync", daemon=True)

    # --- from any thread

    def start(self, engine: Cycles, last: Cycles | None = None) -> None:
        """Begin; `engine` tells its steps to `heard`, `last` sends at closing what was still held back."""
        self._engine = engine
        self._last = last or engine
        self._listener.start(engine.wait)
        self._thread.start()

    def wake(self) -> None:
        """A person wants it now."""
        self._wake.set()

    def wake_at(self, at: datetime) -> None:
        """An act may leave at `at` (aware UTC) and not before."""
        with self._status_lock:
            self._held.append(at)
        if not self._patient:
            self._wake.set()

    def status(self) -> ConnectionStatus:
        """The connection now, with fresh counts; raises StoreError."""
        unsent = self._ledger.unsent()
        with self._status_lock:
            return replace(
                self._status,
                waiting=unsent.count,
                oldest_waiting=unsent.oldest,
                stored=self._ledger.stored(),
                sent=self._sent,
                received=self._received,
                skew_ms=self._engine.skew_ms if self._engine else 0,
            )

    def synced_at(self) -> datetime | None:
        """When the last whole exchange ended (aware UTC); None before the first."""
        with self._status_lock:
            return self._status.last_sync

    def heard(self, step: Step) -> None:
        """A step of the engine: what changed is told at once."""
        self._sent += len(step.settled)
        self._received += step.documents
        self._publish(
            Change(
                complaints=step.changed,
                queues=bool(step.changed),
                reference=step.reference,
                connection=bool(step.settled) or step.documents >= TOLD_FROM,
                returned=step.rejected > 0,
            )
        )

    def close(self, seconds: float = 3.0) -> bool:
        """Stop after the request under way; True when the thread ended in time (it is a daemon)."""
        self._closing.set()
        self._wake.set()
        self._listener.close()
        if self._thread.is_alive():
            self._thread.join(seconds)
        return not self._thread.is_alive()

    # --- the loop

    def _loop(self) -> None:
        assert self._engine is not None
        while not self._closing.is_set():
            self._wake.clear()
            self._patient = False
            try:
                rest = self._once(self._engine)
            except StoreClosed:
                return
            except Exception as error:  # the loop edge: an unforeseen fault is told, and tried again later
                log.exception("a cycle failed")
                rest = self._failed(error, 60.0)
            if rest > 0 and not self._closing.is_set():
                self._wake.wait(rest)
        self._leave()

    def _leave(self) -> None:
        """What was asked for just before closing leaves now, if the server was there a moment ago."""
        try:
            if self._last and self._status.state == "online" and self._ledger.unsent().count:
                self._last.cycle()
        except (SyncError, StoreError):
            log.info("what waits leaves at the next start")

    def _once(self, engine: Cycles) -> float:
        """One cycle; gives the seconds to rest after it."""
        try:
            if self._ledger.unsent().count and self._status.state == "online":
                self._say("sending")
            outcome = engine.cycle()
        except SyncError as error:
            return self._failed(error, self._pace.failed(error))
        except StoreClosed:
            raise
        except StoreError as error:
            return self._failed(error, 30.0)
        finally:
            self._sent = self._received = 0
        self._pace.succeeded()
        self._say("online", synced=self._clock())
        if outcome.more:
            return 0.0
        self._listener.listen()
        return 0.0 if self._index() else self._until_next()

    def _index(self) -> bool:
        """Keep the search index up while nothing else is to be done; True when somebody woke us."""
        while not self._wake.is_set() and self._ledger.index_pending(SLICE):
            pass
        return self._wake.is_set()

    def _until_next(self) -> float:
        if not self._ledger.unsent().count:
            return QUIET_S if self._listener.alive else POLL_S
        now = self._clock()
        with self._status_lock:
            self._held = [at for at in self._held if at > now]
            first = min(self._held, default=None)
        return UNSENT_S if first is None else min(UNSENT_S, (first - now).total_seconds() + 0.01)

    def _failed(self, error: Exception, delay: float) -> float:
        self._listener.forgive()
        if isinstance(error, SignInNeeded | ClientTooOld | NotAllowed):
            delay = max(delay, HELD_S)
        asked = error.retry_after if isinstance(error, SyncError) else None
        self._patient = asked is not None
        self._say(state_after(error), code=person_facing(error).code, rest=delay, asked=asked)
        return delay

    def _poked(self) -> None:
        """The long poll ended: news, or a connection that died; a cycle finds out which."""
        self._wake.set()

    def _say(
        self,
        state: State,
        *,
        code: str = "",
        synced: datetime | None = None,
        rest: float | None = None,
        asked: float | None = None,
    ) -> None:
        now = self._clock()
        with self._status_lock:
            before = self._status
            self._status = replace(
                before,
                state=state,
                code=code,
                since=before.since if before.state == state else now,
                last_sync=synced or before.last_sync,
                next_try=None if rest is None else now + timedelta(seconds=rest),
                until=None if asked is None else now + timedelta(seconds=asked),
            )
        self._publish(Change(connection=True))


def state_after(error: Exception) -> State:
    """What the pill says after a cycle that failed."""
    match error:
        case SignInNeeded():
            return "sign_in"
        case ClientTooOld():
            return "update"
        case Offline() | ServerFault() | TooMany():
            return "offline"
        case _:
            return "fault"
