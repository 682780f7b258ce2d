"""What is asked before it is wanted: the next page travels while the last one is stored.

An `Ahead` takes a piece of work and gives back how to have its outcome. `when_wanted` does it only then, in
the thread that wants it: what tests that play every fault in one order build on.
"""

import threading
from collections.abc import Callable
from typing import Protocol, TypeVar

T = TypeVar("T")


class Ahead(Protocol):
    """Begins some work, perhaps; the function it gives returns its result or raises its exception, once."""

    def __call__(self, work: Callable[[], T]) -> Callable[[], T]:
        """Begin."""
        ...


def when_wanted(work: Callable[[], T]) -> Callable[[], T]:
    """Nothing is done ahead."""
    return work


def in_a_thread(work: Callable[[], T]) -> Callable[[], T]:
    """Begun at once in a thread of its own, which keeps no program from ending."""
    results: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(work())
        except BaseException as error:  # handed over: whoever wants the outcome gets it as it was raised
            errors.append(error)

    thread = threading.Thread(target=run, name="sync-ahead", daemon=True)
    thread.start()

    def outcome() -> T:
        thread.join()
        if errors:
            raise errors[0]
        return results[0]

    return outcome
