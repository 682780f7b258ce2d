"""What a build is: the product's classes or others in their places, and ports replaced meanwhile."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

from tests.simulation.desk import Desk
from tests.simulation.ministry import Ministry


@dataclass(frozen=True)
class Build:
    """`first` is a seed from which on it is caught soon: where the tests begin to look."""

    name: str
    desk_class: type[Desk] = Desk
    ministry_class: type[Ministry] = Ministry
    planted: Callable[[], AbstractContextManager[object]] = nullcontext
    first: int = 0


UNBROKEN = Build("unbroken")


def instead(*ports: tuple[object, str, Callable[[Any], Any]]) -> Callable[[], AbstractContextManager[object]]:
    """Replace an attribute of a module or class by what `made` gives for the true one, for a while."""

    @contextmanager
    def planted() -> Iterator[None]:
        with ExitStack() as undone:
            for owner, name, made in ports:
                true = getattr(owner, name)
                setattr(owner, name, made(true))
                undone.callback(setattr, owner, name, true)
            yield

    return planted


def every(n: int, broken: Callable[..., Any]) -> Callable[[Any], Any]:
    """Each n-th call is the broken one."""

    def made(true: Callable[..., Any]) -> Callable[..., Any]:
        calls = 0

        def called(*args: Any, **options: Any) -> Any:
            nonlocal calls
            calls += 1
            return broken(true, *args, **options) if calls % n == 0 else true(*args, **options)

        return called

    return made


def always(broken: Callable[..., Any]) -> Callable[[Any], Any]:
    """Every call is the broken one, which is given the true one first."""
    return every(1, broken)
