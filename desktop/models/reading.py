"""What windows read of the local stores: queues, their order, lines by number, documents, reference.

Every method opens a connection of its own for one question and gives frozen records; `today` is the civil
date in Casablanca. Nothing here waits for a write.
"""

from array import array
from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec
from sqlalchemy import Connection

from desktop.models.queue_sql import (
    LISTED,
    QUEUES,
    Condition,
    counts_of,
    holds,
    listed_row,
    order_of,
    page_of,
    viewer,
)
from desktop.models.records import ListedRow, Listing, Waiting
from desktop.models.search import BATCH, MOST, index_pending, inside, newest, query_of
from desktop.models.store import Store
from protocol.complaint import Complaint
from protocol.directory import Administration, AnswerTemplate, Colleague, Profile, Theme, Unit
from protocol.settings import Settings

_numbers = msgspec.json.Decoder(list[int])
PAGE = 50


class Reading:
    """Reads `store` with the eyes of `profile`; thread-safe."""

    def __init__(self, store: Store, profile: Profile) -> None:
        self._store = store
        self._profile = profile

    # --- queues

    def counts(self, today: date) -> dict[str, int]:
        """How many complaints each queue of `QUEUES` holds."""
        counted = dict.fromkeys(QUEUES, 0)
        with self._store.cache.reading() as connection:
            for names, statement, values in counts_of(viewer(self._profile, today)):
                row = connection.exec_driver_sql(statement, values).one()
                counted.update(zip(names, row, strict=True))
        counted["returned"] = len(self._store.returned())
        return counted

    def order(self, queue: str, sort: str, today: date) -> "array[int]":
        """Row numbers of a whole queue in order; raises KeyError for an unknown queue or sort."""
        condition = self._condition(queue, today)
        with self._store.cache.reading() as connection:
            return array("q", _all(connection, condition, sort))

    def listing(self, queue: str, sort: str, today: date) -> Listing:
        """An opened queue."""
        return Listing(queue, sort, self.order(queue, sort, today))

    def first_page(self, queue: str, sort: str, today: date, limit: int = PAGE) -> tuple[ListedRow, ...]:
        """The first lines of a queue, read through its index without counting the rest."""
        condition = self._condition(queue, today)
        with self._store.cache.reading() as connection:
            rows = connection.exec_driver_sql(page_of(condition, sort), (*condition.values, limit)).all()
        drafts = self._store.drafts.complaints()
        return tuple(listed_row(tuple(row), drafts) for row in rows)

    def rows(self, ns: Sequence[int]) -> tuple[ListedRow, ...]:
        """The lines with these numbers, in this order; those that are gone are left out."""
        drafts = self._store.drafts.complaints()
        with self._store.cache.reading() as connection:
            found = connection.exec_driver_sql(
                f"select {LISTED} from complaint where n in (select value from json_each(?))",  # noqa: S608
                (_json(ns),),
            ).all()
        by_number = {row[0]: listed_row(tuple(row), drafts) for row in found}
        return tuple(by_number[n] for n in ns if n in by_number)

    def numbers(self, complaints: Sequence[str]) -> dict[str, int]:
        """Row numbers of these complaints, those on this PC."""
        with self._store.cache.reading() as connection:
            found = connection.exec_driver_sql(
                "select id, n from complaint where id in (select value from json_each(?))",
                (_json(complaints),),
            ).all()
        return {row[0]: row[1] for row in found}

    # --- search

    def search(self, text: str, queue: str = "", *, today: date, limit: int = MOST) -> Listing:
        """Complaints with every word of `text` (folded, prefixes): newest first, in a queue by due date."""
        query = query_of(text)
        if not query:
            return Listing(queue, "", array("q"))
        with self._store.cache.reading() as connection:
            if not queue:
                return Listing(queue, "newest", array("q", newest(connection, query, limit)))
            condition = self._condition(queue, today)
            return Listing(queue, "due", array("q", inside(connection, query, condition, limit)))

    def index_pending(self, limit: int = BATCH) -> int:
        """Bring up to `limit` changed complaints into the search index; gives how many are still waiting."""
        return index_pending(self._store, limit)

    # --- one complaint

    def document(self, complaint: str) -> bytes:
        """The confirmed document as it came; raises NotHere."""
        return self._store.document(complaint)

    def view(self, complaint: str) -> tuple[Complaint, tuple[Waiting, ...]]:
        """The document with my acts folded over it, and those acts; raises NotHere."""
        return self._store.view(complaint)

    # --- reference

    def administrations(self) -> tuple[Administration, ...]:
        """The register of administrations."""
        return self._store.directory.administrations()

    def units(self) -> tuple[Unit, ...]:
        """The services of the administrations in sight."""
        return self._store.directory.units()

    def colleagues(self) -> tuple[Colleague, ...]:
        """People that work may be given to, or whose names appear in histories."""
        return self._store.directory.colleagues()

    def themes(self) -> tuple[Theme, ...]:
        """Subjects of complaints."""
        return self._store.directory.themes()

    def templates(self) -> tuple[AnswerTemplate, ...]:
        """Canned texts an answer may start from."""
        return self._store.directory.templates()

    def settings(self, administration: str) -> Settings:
        """The rule book of that administration."""
        return self._store.directory.settings(administration)

    def _condition(self, queue: str, today: date) -> Condition:
        if queue == "returned":
            mine = [act.complaint for act in self._store.returned()]
            return Condition("id in (select value from json_each(?))", (_json(mine),))
        return holds(queue, viewer(self._profile, today))


def _all(connection: Connection, condition: Condition, sort: str) -> list[int]:
    statement = order_of(condition, sort)
    return _numbers.decode(connection.exec_driver_sql(statement, condition.values).scalar_one())


def _json(values: Sequence[Any]) -> str:
    return msgspec.json.encode(list(values)).decode()
