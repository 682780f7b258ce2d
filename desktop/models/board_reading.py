"""What the board reads of the local cache: tallies in one moment of the file, and the rows behind a figure.

Its indexes are made when a board is first wanted: a PC where nobody looks at one never keeps them up.
"""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import msgspec
from sqlalchemy import Connection

from desktop.models import cache
from desktop.models.board_sql import (
    DATED,
    INDEXES,
    Sight,
    Tally,
    dated_of,
    days_of,
    order_of,
    read_tallies,
    tally_of,
)
from desktop.models.store import Store
from protocol.wire import DesksHeard, ReferenceLine

DESKS = "desks"
"""Kind of the reference row that keeps what the server told of colleagues' desks, by administration."""

_numbers = msgspec.json.Decoder(list[int])


class _Kept(msgspec.Struct, frozen=True):
    at: datetime
    heard: DesksHeard


@dataclass(frozen=True, slots=True)
class Counted:
    """All that a board counts, of one moment of the cache; `days` by measure and civil day (ISO)."""

    tallies: tuple[Tally, ...]
    days: dict[tuple[str, str], int]


class BoardReading:
    """Reads the cache of `store` for boards; thread-safe."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def prepare(self) -> None:
        """Make the board's indexes if they are missing, once a first sync is complete."""
        with self._store.cache.reading() as connection:
            names = set(connection.exec_driver_sql("select name from sqlite_master").scalars())
            settled = cache.position(connection).snap_done
        if settled and not names.issuperset(INDEXES):
            self._store.write_cache(_index)

    def count(self, sight: Sight) -> Counted:
        """Every tally of a board."""
        values = sight.values()
        with self._store.cache.reading() as connection:

            def asked(statement: str) -> Sequence[Sequence[Any]]:
                return connection.exec_driver_sql(statement, values).all()

            dated = {measure: asked(dated_of(sight, measure)) for measure in DATED}
            days = {
                (measure, day): count
                for measure in ("arrived", "answered")
                for day, count in asked(days_of(sight, measure))
            }
            return Counted(read_tallies(asked(tally_of(sight)), dated), days)

    def order(
        self,
        sight: Sight,
        measure: str,
        sort: str,
        *,
        agent: str | None = None,
        day: date | None = None,
        most: int = 0,
    ) -> "array[int]":
        """Row numbers of the complaints that a figure counts, in order; raises KeyError for unknown codes.

        With `most`, the first so many: through an index of that order, without reading the rest.
        """
        statement = order_of(
            sight, measure, sort, agent=agent is not None, day=day is not None, most=most > 0
        )
        values = sight.values() | {
            "agent": agent,
            "day": None if day is None else day.isoformat(),
            "most": most,
        }
        with self._store.cache.reading() as connection:
            return array("q", _numbers.decode(connection.exec_driver_sql(statement, values).scalar_one()))

    def ids(self, ns: Sequence[int]) -> tuple[str, ...]:
        """The ids of these rows, in this order; those that are gone are left out."""
        with self._store.cache.reading() as connection:
            rows = connection.exec_driver_sql(
                "select n, id from complaint where n in (select value from json_each(?))",
                (msgspec.json.encode(list(ns)).decode(),),
            ).all()
        known = {row[0]: row[1] for row in rows}
        return tuple(known[n] for n in ns if n in known)

    def keep_desks(self, administration: str, heard: DesksHeard, at: datetime) -> None:
        """Keep what the server told of colleagues' desks at `at` (aware UTC)."""
        doc = msgspec.Raw(msgspec.json.encode(_Kept(at, heard)))
        line = ReferenceLine(kind=DESKS, id=administration, ver=0, doc=doc)
        self._store.write_cache(lambda connection: cache.refer(connection, [line]))

    def desks(self, administration: str) -> tuple[DesksHeard, datetime] | None:
        """What the server told last, and when; None when it never did."""
        with self._store.cache.reading() as connection:
            body = connection.exec_driver_sql(
                "select body from ref where kind = ? and id = ?", (DESKS, administration)
            ).scalar()
        if body is None:
            return None
        kept = msgspec.json.decode(body, type=_Kept)
        return kept.heard, kept.at


def _index(connection: Connection) -> None:
    for name, columns in INDEXES.items():
        connection.exec_driver_sql(f"create index if not exists {name} on complaint {columns}")
    connection.exec_driver_sql("analyze complaint")
