"""Whether a build is caught: its seeds are run until a property is violated that the product keeps there."""

from dataclasses import dataclass

from tests.simulation.builds import Build
from tests.simulation.runner import UNFORESEEN, laboratory
from tests.simulation.steps import steps_of


@dataclass(frozen=True, slots=True)
class Caught:
    """By which property, at which seed, after how many seeds; `by` "" when it was not."""

    by: str
    seed: int | None
    tried: int


def caught(build: Build, tries: int, first: int = 0) -> Caught:
    """Run a broken build from seed `first` until it is caught, `tries` seeds at most.

    An exception that nobody foresaw is a failure of a seed, and no proof that a property sees anything.
    """
    with laboratory(build) as broken:
        for seed in range(first, first + tries):
            run = broken.run(steps_of(seed))
            if run.failed and not run.failed.startswith(UNFORESEEN):
                return Caught(run.name, seed, seed - first + 1)
    return Caught("", None, tries)
