"""The long poll: one wait a turn, pokes told, early deaths counted until it is given up for a while."""

import queue
import threading

import pytest

from desktop.core.poke_listener import EARLY_DEATHS, GIVEN_UP_S, PokeListener
from sync.errors import Offline

LONG_S = 10.0


class Waits:
    """A wait played by the test; `ended` counts what the listener reports."""

    def __init__(self) -> None:
        self.answers: queue.Queue[bool | Exception] = queue.Queue()
        self.ended = threading.Semaphore(0)
        self.time = 0.0
        self.asked = threading.Semaphore(0)
        self.listener = PokeListener(self.ended.release, wait_s=50, monotonic=lambda: self.time)
        self.listener.start(self.wait)

    def wait(self, seconds: int) -> bool:
        self.asked.release()
        answer = self.answers.get()
        if isinstance(answer, Exception):
            raise answer
        return answer

    def die(self) -> None:
        self.listener.listen()
        self.answers.put(Offline())
        assert self.ended.acquire(timeout=LONG_S)


@pytest.fixture
def waits():
    made = Waits()
    yield made
    made.listener.close()
    made.answers.put(False)


def test_after_two_early_deaths_it_is_polled_instead(waits):
    for _ in range(EARLY_DEATHS):
        waits.die()
    waits.listener.listen()
    assert not waits.listener.alive


def test_long_polls_are_tried_again_later(waits):
    for _ in range(EARLY_DEATHS):
        waits.die()
    waits.time += GIVEN_UP_S
    waits.listener.listen()
    assert waits.listener.alive


def test_deaths_while_the_network_was_down_are_forgiven(waits):
    waits.die()
    waits.listener.forgive()
    waits.die()
    waits.listener.listen()
    assert waits.listener.alive


def test_a_poke_between_two_deaths_shows_that_long_polls_live(waits):
    waits.die()
    waits.listener.listen()
    waits.answers.put(True)
    assert waits.ended.acquire(timeout=LONG_S)
    waits.die()
    waits.listener.listen()
    assert waits.listener.alive


def test_a_quiet_wait_is_followed_by_the_next_without_a_word(waits):
    waits.listener.listen()
    assert waits.asked.acquire(timeout=LONG_S)
    waits.time += 50
    waits.answers.put(False)
    assert waits.asked.acquire(timeout=LONG_S)
    assert waits.listener.alive
    assert not waits.ended.acquire(blocking=False)


def test_an_answer_that_comes_too_soon_counts_as_a_death(waits):
    for _ in range(EARLY_DEATHS):
        waits.listener.listen()
        waits.answers.put(False)
        assert waits.ended.acquire(timeout=LONG_S)
    waits.listener.listen()
    assert not waits.listener.alive


def test_a_closed_listener_says_nothing_more(waits):
    waits.listener.listen()
    assert waits.asked.acquire(timeout=LONG_S)
    waits.listener.close()
    waits.answers.put(True)
    assert not waits.ended.acquire(timeout=0.05)
