"""The sync thread: when it goes, what it says, and that only closing ends it. No clock is waited for."""

import queue
import threading
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from desktop.core.records import Change
from desktop.core.sync_worker import UNSENT_S, SyncWorker, Unsent, state_after
from desktop.models.errors import DiskFull, StoreClosed
from sync.errors import (
    CertificateRefused,
    ClientTooOld,
    Garbled,
    NotAllowed,
    NotOurServer,
    Offline,
    ProxyRefused,
    ServerDown,
    ServerFault,
    SignInNeeded,
    TooMany,
)
from sync.outcome import Outcome, Step
from sync.pace import Pace

NOW = datetime(2026, 11, 24, 9, 42, tzinfo=UTC)
LONG_S = 10.0


class ScriptedEngine:
    """Plays one outcome or error a cycle; a cycle is reported to the test before it ends."""

    def __init__(self, *script: Outcome | Exception) -> None:
        self.script = list(script)
        self.cycles: queue.Queue[int] = queue.Queue()
        self.count = 0
        self.waits: queue.Queue[bool | Exception] = queue.Queue()
        self.skew_ms = 0
        self.during: Callable[[], None] = lambda: None

    def cycle(self) -> Outcome:
        self.count += 1
        self.during()
        self.cycles.put(self.count)
        played = self.script.pop(0) if self.script else Outcome()
        if isinstance(played, Exception):
            raise played
        return played

    def wait(self, seconds: int) -> bool:
        ended = self.waits.get()
        if isinstance(ended, Exception):
            raise ended
        return ended

    def seen(self) -> int:
        return self.cycles.get(timeout=LONG_S)


class Counts:
    """A ledger with numbers set by the test."""

    def __init__(self) -> None:
        self.count = 0
        self.to_index = 0
        self.closed = False

    def unsent(self) -> Unsent:
        if self.closed:
            raise StoreClosed()
        return Unsent(self.count, NOW if self.count else None)

    def stored(self) -> int:
        return 1284

    def index_pending(self, limit: int) -> int:
        self.to_index = max(0, self.to_index - limit)
        return self.to_index


class Bench:
    """A worker with its scripted engine; `states` are those published, in order."""

    def __init__(self, *script: Outcome | Exception, jitter: float = 1.0) -> None:
        self.engine, self.counts = ScriptedEngine(*script), Counts()
        self.changes: queue.Queue[Change] = queue.Queue()
        self.states: queue.Queue[str] = queue.Queue()
        self.worker = SyncWorker(
            self.counts, pace=Pace(lambda: jitter), clock=lambda: NOW, publish=self._published
        )

    def start(self) -> "Bench":
        self.worker.start(self.engine)
        return self

    def _published(self, change: Change) -> None:
        self.changes.put(change)
        if change.connection:
            self.states.put(self.worker._status.state)

    def until(self, state: str) -> None:
        while self.states.get(timeout=LONG_S) != state:
            pass

    def close(self) -> bool:
        self.engine.waits.put(False)
        return self.worker.close(LONG_S)


@pytest.fixture
def bench():
    made: list[Bench] = []

    def make(*script: Outcome | Exception, jitter: float = 1.0) -> Bench:
        made.append(Bench(*script, jitter=jitter))
        return made[-1]

    yield make
    for one in made:
        one.close()


def test_the_first_cycle_runs_at_once_and_says_online(bench):
    desk = bench().start()
    assert desk.engine.seen() == 1
    desk.until("online")
    status = desk.worker.status()
    assert (status.state, status.last_sync, status.stored) == ("online", NOW, 1284)


def test_a_new_act_does_not_wait_for_the_next_turn(bench):
    desk = bench().start()
    desk.engine.seen()
    desk.until("online")
    desk.worker.wake()
    assert desk.engine.seen() == 2


def test_an_act_typed_during_a_cycle_is_not_forgotten(bench):
    desk = bench()
    desk.engine.during = lambda: desk.worker.wake() if desk.engine.count == 1 else None
    desk.start()
    assert [desk.engine.seen(), desk.engine.seen()] == [1, 2]


def test_a_poke_is_followed_by_a_cycle_and_another_wait(bench):
    desk = bench().start()
    for n in (1, 2, 3):
        assert desk.engine.seen() == n
        desk.engine.waits.put(True)


def test_more_to_fetch_goes_on_without_rest(bench):
    desk = bench(Outcome(more=True), Outcome(more=True)).start()
    assert [desk.engine.seen() for _ in range(3)] == [1, 2, 3]


def test_a_long_poll_that_dies_is_looked_into_at_once_and_offline_is_said(bench):
    desk = bench(Outcome(), ServerDown()).start()
    desk.engine.seen()
    desk.until("online")
    desk.engine.waits.put(ServerDown())
    assert desk.engine.seen() == 2
    desk.until("offline")
    assert desk.worker.status().code == "server_down"


def test_the_retry_is_the_rest_itself_and_the_way_back_is_told(bench):
    desk = bench(Offline(), Offline(), jitter=0.0).start()
    assert [desk.engine.seen() for _ in range(3)] == [1, 2, 3]
    desk.until("offline")
    desk.until("online")


def test_since_when_is_kept_while_the_state_stays(bench):
    desk = bench(Offline(), Offline(), jitter=0.0)
    moments = iter([NOW] + [NOW.replace(minute=43 + n) for n in range(8)])
    desk.worker._clock = lambda: next(moments)
    desk.start()
    desk.until("offline")
    first = desk.worker._status.since
    desk.until("offline")
    assert desk.worker._status.since == first


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (Offline(), "offline"),
        (ServerDown(), "offline"),
        (ProxyRefused(), "offline"),
        (ServerFault(), "offline"),
        (TooMany(), "offline"),
        (SignInNeeded(), "sign_in"),
        (ClientTooOld(), "update"),
        (NotAllowed(), "fault"),
        (CertificateRefused(), "fault"),
        (NotOurServer(), "fault"),
        (Garbled(), "fault"),
        (DiskFull(), "fault"),
        (ValueError("our bug"), "fault"),
    ],
)
def test_what_the_pill_says_after_each_failure(error, state):
    assert state_after(error) == state


def test_a_session_that_is_over_waits_for_the_person_not_for_the_timer(bench):
    desk = bench(SignInNeeded(), jitter=0.0).start()
    desk.until("sign_in")
    desk.engine.seen()
    assert desk.engine.cycles.empty()
    desk.worker.wake()
    assert desk.engine.seen() == 2


def test_a_full_disk_is_told_and_the_thread_lives_on(bench):
    desk = bench(DiskFull("cache.db")).start()
    desk.until("fault")
    assert desk.worker.status().code == "disk_full"
    desk.worker.wake()
    desk.until("online")


def test_an_unforeseen_failure_is_told_and_the_thread_lives_on(bench, caplog):
    desk = bench(ZeroDivisionError("our bug")).start()
    desk.until("fault")
    desk.worker.wake()
    desk.until("online")
    assert "a cycle failed" in caplog.text


def test_a_closed_store_ends_the_thread(bench):
    desk = bench()
    desk.counts.closed = True
    desk.start()
    desk.worker._thread.join(LONG_S)
    assert not desk.worker._thread.is_alive()


def test_the_index_is_brought_up_between_cycles(bench):
    desk = bench()
    desk.counts.to_index = 1_700
    indexed = threading.Event()
    step = desk.counts.index_pending
    desk.counts.index_pending = lambda limit: step(limit) or indexed.set() or 0
    desk.start()
    assert indexed.wait(LONG_S)


def test_indexing_gives_way_to_a_new_act(bench):
    desk = bench()

    def endless(limit: int) -> int:
        desk.worker.wake()
        return 1

    desk.counts.index_pending = endless
    desk.start()
    assert [desk.engine.seen() for _ in range(3)] == [1, 2, 3]


def test_steps_are_told_as_changes(bench):
    desk = bench()
    desk.worker.heard(Step(changed=frozenset({"c1"}), settled=frozenset({"a1"}), rejected=1))
    desk.worker.heard(Step(reference=True))
    first, second = desk.changes.get(), desk.changes.get()
    assert first == Change(complaints=frozenset({"c1"}), queues=True, connection=True, returned=True)
    assert second == Change(reference=True)


def test_sending_says_how_far_it_is(bench):
    desk = bench()
    told = []

    def settles() -> None:
        if desk.engine.count == 2:
            desk.worker.heard(Step(settled=frozenset({"a1", "a2"})))
            desk.counts.count = 3
            told.append(desk.worker.status())

    desk.engine.during = settles
    desk.start()
    desk.until("online")
    desk.counts.count = 5
    desk.worker.wake()
    desk.until("sending")
    desk.until("online")
    assert (told[0].state, told[0].sent, told[0].waiting) == ("sending", 2, 3)


def test_what_was_asked_just_before_closing_still_leaves(bench):
    desk = bench().start()
    desk.until("online")
    desk.engine.seen()
    desk.counts.count = 1
    assert desk.close()
    assert desk.engine.seen() == 2


def test_an_act_that_may_leave_soon_is_waited_for(bench):
    desk = bench()
    desk.counts.count = 1
    desk.worker.wake_at(NOW.replace(second=3))
    desk.worker.wake_at(NOW.replace(second=1))
    desk.worker.wake_at(NOW.replace(minute=1))
    assert 1.0 < desk.worker._until_next() < 1.1
    desk.worker._clock = lambda: NOW.replace(second=2)
    assert 1.0 < desk.worker._until_next() < 1.1
    desk.worker._clock = lambda: NOW.replace(second=59)
    assert desk.worker._until_next() == UNSENT_S


def test_closing_while_offline_does_not_try_again(bench):
    desk = bench(Offline()).start()
    desk.until("offline")
    desk.counts.count = 1
    assert desk.close()
    assert desk.engine.count == 1
