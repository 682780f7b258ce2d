"""Many writers at once on one register, and a reader that follows its streams while they write.

Each has its own connections, as processes have. The reader does what a desktop's cursor does: it asks for
what comes after the last position it saw, and never looks back.
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

from sqlalchemy import Connection, select

from protocol.acts import Act, Note, Transfer
from protocol.complaint import Complaint
from protocol.settings import Grant, Role
from protocol.wire import Envelope, Result, seal
from server import accounts, changes, complaints, database, tables
from server.accounts import NewAccount
from server.database import Database
from tests.server_world import DEVICE, NOW, World, ask, password_hash

STEP_S = 0.01
"""How long the slow writer holds a transaction whose rows are written."""

Opened = Callable[[World], Database]
Push = tuple[str, Sequence[Envelope]]
"""Who, and the acts of one push."""


@dataclass
class Seen:
    """Positions in the order the reader met them, by administration, and what writers were told."""

    positions: dict[str, list[int]] = field(default_factory=dict)
    results: list[Result] = field(default_factory=list)
    errors: list[Exception] = field(default_factory=list)


def open_again(world: World) -> Database:
    """The register once more, as another process has it."""
    return database.connect(world.config)


def notes(world: World, writers: int, pushes: int, acts: int = 1) -> list[list[Push]]:
    """For each writer its pushes of notes, each on complaints of its own, all in one administration."""
    return [
        [("amina", [envelope(world.file(), Note(text="vu")) for _ in range(acts)]) for _ in range(pushes)]
        for _ in range(writers)
    ]


def crossing(world: World, writers: int, pushes: int, acts: int = 5) -> list[list[Push]]:
    """Half the writers move complaints from EAU to ELEC while the others move some from ELEC to EAU."""
    lead = Grant(role=Role.SUPERVISOR, administration="ELEC")
    new = NewAccount(login="hind", name_fr="Hind", name_ar="هند", grants=(lead,))
    with world.register.transaction() as connection:
        world.staff["hind"] = accounts.add(connection, new, password_hash=password_hash(), now=NOW)
    return [[_moves(world, "EAU" if n % 2 else "ELEC", acts) for _ in range(pushes)] for n in range(writers)]


def _moves(world: World, here: str, acts: int) -> Push:
    there, unit, who = ("ELEC", "EAU-1", "salma") if here == "EAU" else ("EAU", "ELEC-1", "hind")
    act = Transfer(administration=there, from_administration=here, from_unit=unit, reason="réseau")
    documents = [world.file(administration=here, unit=unit) for _ in range(acts)]
    return who, [envelope(document, act) for document in documents]


def envelope(document: Complaint, act: Act) -> Envelope:
    """An act on this document as it comes over the wire."""
    return seal(ask(document, act))


@dataclass(frozen=True)
class _Writer:
    """One who pushes, and holds each transaction `pause` seconds before its commit."""

    world: World
    register: Database
    pushes: Sequence[Push]
    pause: float

    def write(self, start: threading.Barrier, seen: Seen) -> None:
        start.wait(timeout=60)
        for who, acts in self.pushes:
            try:
                seen.results += self.register.attempt(partial(self._execute, who=who, acts=acts))
            except Exception as error:
                seen.errors.append(error)
        self.register.close()

    def _execute(self, connection: Connection, *, who: str, acts: Sequence[Envelope]) -> tuple[Result, ...]:
        told = complaints.execute_all(connection, acts, self.world.staff[who].actor, DEVICE, NOW)
        time.sleep(self.pause)
        return told


def run(world: World, work: Sequence[Sequence[Push]], opened: Opened = open_again) -> Seen:
    """All writers at once, the first of them slow; the reader reads until nothing more can come."""
    seen, over = Seen(), threading.Event()
    start = threading.Barrier(len(work))
    writers = [
        _Writer(world, opened(world), pushes, STEP_S if n == 0 else 0.0) for n, pushes in enumerate(work)
    ]
    threads = [threading.Thread(target=writer.write, args=(start, seen)) for writer in writers]
    with _reading(world, opened, seen, over):
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return seen


@contextmanager
def _reading(world: World, opened: Opened, seen: Seen, over: threading.Event) -> Iterator[None]:
    register = opened(world)
    reader = threading.Thread(target=_follow, args=(register, seen, over))
    reader.start()
    try:
        yield
    finally:
        over.set()
        reader.join()
        register.close()


def _follow(register: Database, seen: Seen, over: threading.Event) -> None:
    change = tables.change
    while True:
        is_last = over.is_set()
        with register.reading() as connection:
            for administration in changes.heads(connection):
                met = seen.positions.setdefault(administration, [])
                after = change.c.seq > (met[-1] if met else 0)
                mine = select(change.c.seq).where(change.c.administration == administration, after)
                met += connection.execute(mine.order_by(change.c.seq)).scalars().all()
        if is_last:
            return


def faults(world: World, seen: Seen) -> list[str]:
    """What the reader missed, where a stream has holes, and what a writer was told that nobody should be."""
    change, found = tables.change, [f"error {type(error).__name__}" for error in seen.errors]
    with world.register.reading() as connection:
        heads = changes.heads(connection)
        for administration in sorted(heads.keys() - {tables.REFERENCE_STREAM}):
            mine = select(change.c.seq).where(change.c.administration == administration)
            written = connection.execute(mine.order_by(change.c.seq)).scalars().all()
            if seen.positions.get(administration, []) != written:
                found.append(f"missed in {administration}")
            if written != list(range(1, heads[administration] + 1)):
                found.append(f"holes in {administration}")
    return found
