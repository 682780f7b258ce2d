"""Work off the window's thread: what is delivered, in which order, what is dropped, and how it ends."""

import queue
import threading
from collections.abc import Callable

import pytest

from desktop.core.background import Background
from desktop.core.errors import PersonError, WrongPassword
from desktop.models.errors import DiskFull
from protocol.refusals import Refusal, Refused
from sync.errors import DamagedFile, Offline

LONG_S = 10.0


class Window:
    """The window's thread: runs what is delivered when the test says so."""

    def __init__(self) -> None:
        self._calls: queue.Queue[Callable[[], None]] = queue.Queue()

    def deliver(self, call: Callable[[], None]) -> None:
        self._calls.put(call)

    def run_one(self) -> None:
        self._calls.get(timeout=LONG_S)()

    def run_all(self) -> None:
        while not self._calls.empty():
            self._calls.get()()


@pytest.fixture
def window():
    return Window()


@pytest.fixture
def background(window):
    made = Background(window.deliver)
    yield made
    made.close(LONG_S)


def test_a_result_comes_back_in_the_window_s_thread(window, background):
    threads, results = [], []
    background.read(lambda: threads.append(threading.current_thread()) or 7, results.append)
    assert results == []
    window.run_one()
    assert results == [7]
    assert threads[0] is not threading.current_thread()


def test_changes_run_one_by_one_in_the_order_given(window, background):
    done = []
    for n in range(50):
        background.change(lambda n=n: done.append(n))
    assert background.close(LONG_S)
    assert done == list(range(50))


def test_a_slow_change_does_not_hold_up_reading(window, background):
    gate, results = threading.Event(), []
    background.change(lambda: gate.wait(LONG_S))
    background.read(lambda: "read", results.append)
    window.run_one()
    assert results == ["read"]
    gate.set()


def test_only_the_latest_answer_of_a_key_is_delivered(window, background):
    gate, began, results, ran = threading.Event(), threading.Event(), [], []

    def slow() -> str:
        began.set()
        gate.wait(LONG_S)
        return "first"

    background.read(slow, results.append, key="list")
    began.wait(LONG_S)
    background.read(lambda: ran.append("second") or "second", results.append, key="list")
    background.read(lambda: "third", results.append, key="list")
    background.read(lambda: "other", results.append, key="rail")
    gate.set()
    background.read(lambda: None, lambda _: results.append("end"))
    while "end" not in results:
        window.run_one()
    assert results == ["third", "other", "end"]
    assert ran == [], "work that nobody waits for is not begun"


def test_an_answer_that_is_stale_by_the_time_the_window_looks_is_dropped(window, background):
    results = []
    background.read(lambda: "old", results.append, key="list")
    background.read(lambda: None, lambda _: None, key="other")
    for _ in range(2):
        call = window._calls.get(timeout=LONG_S)
        if results == []:
            background.read(lambda: "new", results.append, key="list")
            results.append("asked")
        call()
    window.run_one()
    assert results == ["asked", "new"]


def test_a_dropped_change_is_still_done_but_told_to_nobody(window, background):
    done, told = [], []
    background.change(lambda: done.append(1), told.append).drop()
    background.change(lambda: None, lambda _: None)
    window.run_one()
    window.run_all()
    assert (done, told) == ([1], [])


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (WrongPassword(), "wrong_password"),
        (Refused(Refusal.STALE_THREAD), "stale_thread"),
        (Offline(), "offline"),
        (DiskFull("work.db"), "disk_full"),
        (DamagedFile("ab"), "damaged_attachment"),
        (OSError(28, "No space left on device"), "disk_full"),
        (PermissionError(13, "denied"), "read_only_file"),
        (OSError(5, "I/O error"), "disk_fault"),
        (ValueError("our bug"), "fault"),
    ],
)
def test_a_failure_arrives_as_a_person_facing_error(window, background, error, code):
    failures: list[PersonError] = []

    def work() -> None:
        raise error

    background.read(work, pytest.fail, failures.append)
    window.run_one()
    assert failures[0].code == code


def test_work_without_its_own_listener_fails_to_the_common_one(window):
    failures = []
    background = Background(window.deliver, failures.append)
    background.change(lambda: 1 / 0)
    window.run_one()
    assert [error.code for error in failures] == ["fault"]
    assert isinstance(failures[0].__cause__, ZeroDivisionError)
    background.close(LONG_S)


def test_after_a_failure_the_next_work_goes_on(window, background):
    results = []
    background.change(lambda: 1 / 0, failed=lambda _: None)
    background.change(lambda: "next", results.append)
    window.run_one()
    window.run_one()
    assert results == ["next"]


def test_a_fetch_that_waits_for_the_network_keeps_no_reading_waiting(window, background):
    gate, told = threading.Event(), []
    background.fetch(lambda: gate.wait(LONG_S) and "far", told.append)
    background.read(lambda: "here", told.append)
    window.run_one()
    assert told == ["here"]
    gate.set()
    window.run_one()
    assert told == ["here", "far"]


def test_closing_finishes_changes_drops_reads_and_delivers_nothing_more(window, background):
    gate, done, told = threading.Event(), [], []
    background.read(lambda: gate.wait(LONG_S), told.append)
    background.read(lambda: done.append("read"), told.append)
    background.change(lambda: done.append("change"), told.append)
    threading.Timer(0.01, gate.set).start()
    assert background.close(LONG_S)
    window.run_all()
    assert done == ["change"]
    assert told == []


def test_closing_is_bounded_by_work_that_never_ends(window):
    gate = threading.Event()
    background = Background(window.deliver)
    background.change(lambda: gate.wait(LONG_S))
    assert not background.close(0.01)
    gate.set()


def test_what_is_asked_after_closing_is_not_done(window, background):
    done = []
    background.close(LONG_S)
    assert background.change(lambda: done.append(1)).dropped
    assert done == []
