"""Desks with unsent acts: what this one tells the server while it pulls, what a supervisor's asks of others.

Both ride on the ordinary exchange in its own thread; a board shows what is kept, with its date.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from desktop.core.records import Change
from desktop.core.sync_worker import Cycles
from desktop.models import stock
from desktop.models.errors import StoreError
from desktop.models.store import Store
from protocol.wire import DesksHeard
from sync.errors import SyncError
from sync.outcome import Outcome

log = logging.getLogger(__name__)

SETTLING = timedelta(minutes=1)
"""An act younger than this is not stuck: it may be held for its undo, or be on its way."""

ASKED_EVERY = timedelta(minutes=5)


class Board(Protocol):
    """What is kept up for a supervisor's board between exchanges."""

    @property
    def leads(self) -> bool:
        """Whether the signed-in person answers for colleagues' desks."""
        ...

    def prepare(self) -> None:
        """Make what boards are read through."""
        ...

    def keep_desks(self, heard: DesksHeard, at: datetime) -> None:
        """Keep what the server told."""
        ...


class Standing:
    """The header that this desk's pulls carry: `n`, or `n;oldest` in ISO 8601."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock

    def __call__(self) -> str:
        """Acts that wait for longer than their grace; "" when the store cannot say, which stops no pull."""
        try:
            user, before = self._store.actor.id, self._clock() - SETTLING
            count, oldest = stock.unsent(self._store.work, user, before)
        except StoreError:
            return ""
        return f"{count};{oldest.isoformat()}" if oldest else str(count)


class Watching:
    """An engine's cycles, after which a supervisor's desk asks now and then for those of colleagues.

    Implements sync_worker.Cycles. That nobody answers changes nothing of a cycle that went well.
    """

    def __init__(
        self,
        engine: Cycles,
        board: Board,
        ask: Callable[[], DesksHeard],
        *,
        clock: Callable[[], datetime],
        publish: Callable[[Change], None],
    ) -> None:
        self._engine = engine
        self._board = board
        self._ask = ask
        self._clock = clock
        self._publish = publish
        self._asked: datetime | None = None

    @property
    def skew_ms(self) -> int:
        """This PC's clock minus the server's."""
        return self._engine.skew_ms

    def cycle(self) -> Outcome:
        """One cycle; raises as the engine's."""
        outcome = self._engine.cycle()
        if not outcome.more and self._board.leads and self._is_time():
            self._look()
        return outcome

    def wait(self, seconds: int) -> bool:
        """The engine's long poll."""
        return self._engine.wait(seconds)

    def _is_time(self) -> bool:
        asked = self._asked
        # Either way round: a clock set back must not silence the board for years.
        return asked is None or abs(self._clock() - asked) >= ASKED_EVERY

    def _look(self) -> None:
        self._asked = self._clock()
        self._board.prepare()
        try:
            heard = self._ask()
        except SyncError as error:
            log.info("colleagues' desks: %s", type(error).__name__)
            return
        self._board.keep_desks(heard, self._clock())
        self._publish(Change(connection=True))
