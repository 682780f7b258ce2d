"""Deliberately broken builds, each of which the simulation must catch."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from tests.simulation.desk import Desk
from tests.simulation.ministry import Ministry


@dataclass(frozen=True)
class Build:
    """A product with something wrong: other classes in the places of the product's, or a port replaced."""

    name: str
    desk_class: type[Desk] = Desk
    ministry_class: type[Ministry] = Ministry
    planted: Callable[[], AbstractContextManager[object]] = nullcontext


UNBROKEN = Build("unbroken")
