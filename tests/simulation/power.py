"""What can happen to a desk's disk at the moment of a write: the power goes, or there is no room left.

The real files are opened through a subclass that asks here before each transaction.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError
from sqlcipher3 import dbapi2

import desktop.models.cache_file
import desktop.models.work_file
from desktop.models.local_file import LocalFile

T = TypeVar("T")


class PowerCut(BaseException):
    """The process ends here; only what was stored is left."""


class Switch:
    """Strikes at the write numbered `at` from when it was armed: `before` it, `after` it, or `full` in it.

    `file` narrows it to the writes of one file ("work" or "cache").
    """

    def __init__(self) -> None:
        self.disarm()

    def arm(self, kind: str, at: int, file: str = "") -> None:
        """Strike once."""
        self.kind, self.at, self.file = kind, at, file

    def disarm(self) -> None:
        """No more."""
        self.kind, self.at, self.file = "", 0, ""
        self.struck = False

    def through(self, path: Path, job: Callable[[Connection], T], write: Callable[..., T]) -> T:
        """One transaction, or what becomes of it."""
        if not self.kind or not path.name.startswith(self.file):
            return write(job)
        if self.at:
            self.at -= 1
            return write(job)
        kind = self.kind
        self.kind, self.struck = "", True
        if kind == "before":
            raise PowerCut
        if kind == "full":
            return write(lambda connection: _no_room(connection, job))
        write(job)
        raise PowerCut


def _no_room(connection: Connection, job: Callable[[Connection], Any]) -> Any:
    job(connection)
    raise OperationalError("commit", None, dbapi2.OperationalError("database or disk is full"))


class StruckFile(LocalFile):
    """A local file on a bad disk."""

    switches: ClassVar[dict[Path, Switch]] = {}

    def write(self, job: Callable[[Connection], T]) -> T:
        """One transaction, unless something happens to it."""
        switch = self.switches.get(self.path.parent)
        return super().write(job) if switch is None else switch.through(self.path, job, super().write)


@contextmanager
def struck() -> Iterator[None]:
    """Inside, desks' files are those of a bad disk."""
    places = (desktop.models.cache_file, desktop.models.work_file)
    for place in places:
        place.LocalFile = StruckFile  # type: ignore[misc,attr-defined]
    try:
        yield
    finally:
        for place in places:
            place.LocalFile = LocalFile  # type: ignore[misc,attr-defined]
