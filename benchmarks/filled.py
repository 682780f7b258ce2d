"""A real encrypted store filled with benchmark documents, as a first sync would leave it."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from benchmarks.documents import ADMINISTRATION, AGENT, NOW, UNIT, complaints
from desktop.models.reading import Reading
from desktop.models.replica import StoreReplica
from desktop.models.store import Store
from protocol.complaint import Complaint
from protocol.deadlines import civil_date
from protocol.directory import Profile
from protocol.projection import columns
from protocol.settings import Actor, Grant, Role
from protocol.wire import DocumentLine, ReferenceLine
from sync.replica import Page, Position

KEY = bytes(range(32))
GRANTS = (
    Grant(role=Role.AGENT, administration=ADMINISTRATION, unit=UNIT),
    Grant(role=Role.SUPERVISOR, administration=ADMINISTRATION, unit=UNIT),
)
PROFILE = Profile(
    id=AGENT,
    login="agent",
    name_fr="Agent",
    name_ar="الموظف",
    language="fr",
    grants=GRANTS,
    main_administration=ADMINISTRATION,
    main_unit=UNIT,
)
ACTOR = Actor(id=AGENT, grants=GRANTS)
TODAY = civil_date(NOW)
EPOCH = "bench"


def line(document: Complaint) -> DocumentLine:
    """The wire line of a document, as the server prepares it."""
    return DocumentLine(
        id=document.id,
        ver=document.ver,
        row=msgspec.Raw(msgspec.json.encode(columns(document))),
        doc=msgspec.Raw(msgspec.json.encode(document)),
    )


@contextmanager
def filled(
    folder: Path,
    *,
    complaints_count: int,
    seed: int,
    indexed: bool = True,
    made: Callable[[int, int], Iterator[Complaint]] = complaints,
    references: tuple[ReferenceLine, ...] = (),
) -> Iterator[Store]:
    """A store of `complaints_count` complaints; `indexed` brings the search index up to date too.

    `made` gives the documents of a count and a seed, `references` the register around them.
    """
    store = Store.open(folder, KEY, actor=ACTOR)
    try:
        replica = StoreReplica(store)
        documents = made(complaints_count, seed)
        while batch := tuple(line(document) for document in itertools.islice(documents, 500)):
            position = Position(cursor="c", epoch=EPOCH, snap_after=batch[-1].id)
            replica.apply(Page(documents=batch, position=position))
        done = Position(cursor="c", epoch=EPOCH, snap_done=True)
        replica.apply(Page(references=references, position=done))
        reading = Reading(store, PROFILE)
        while indexed and reading.index_pending(1000):
            pass
        yield store
    finally:
        store.close()
