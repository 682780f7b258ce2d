"""Reference documents of stream 0 as the desk reads them, and the rule book built from them.

The rule book of an administration is its own `settings` document; the lists in it that the server leaves
empty (operational administrations, units, staff) are filled from the register that came beside it.
"""

import threading
from typing import TypeVar

import msgspec
from sqlalchemy import Connection

from desktop.models.local_file import LocalFile
from protocol.directory import Administration, AnswerTemplate, Colleague, Theme, Unit
from protocol.settings import Onboarding, Settings, Staff

T = TypeVar("T")

KINDS: dict[type, str] = {
    Administration: "administration",
    Unit: "unit",
    Colleague: "colleague",
    Theme: "theme",
    AnswerTemplate: "template",
    Settings: "settings",
}
"""The `kind` of each shape on the wire."""


class Directory:
    """Reads reference documents; what was read is kept until `forget()` says that some came. Thread-safe."""

    def __init__(self, file: LocalFile) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._kept: dict[type, tuple[object, ...]] = {}
        self._books: dict[str, Settings] = {}

    def administrations(self) -> tuple[Administration, ...]:
        """The register of administrations, by code."""
        return self._every(Administration)

    def units(self) -> tuple[Unit, ...]:
        """The services of the administrations in sight."""
        return self._every(Unit)

    def colleagues(self) -> tuple[Colleague, ...]:
        """People that work may be given to, or whose names appear in histories."""
        return self._every(Colleague)

    def themes(self) -> tuple[Theme, ...]:
        """Subjects of complaints."""
        return self._every(Theme)

    def templates(self) -> tuple[AnswerTemplate, ...]:
        """Canned texts."""
        return self._every(AnswerTemplate)

    def settings(self, administration: str) -> Settings:
        """The rule book of that administration; defaults where the server said nothing."""
        with self._lock:
            known = self._books.get(administration)
        if known is None:
            known = self._book(administration)
            with self._lock:
                self._books[administration] = known
        return known

    def forget(self) -> None:
        """Reference documents came: read them again."""
        with self._lock:
            self._kept.clear()
            self._books.clear()

    def _book(self, administration: str) -> Settings:
        with self._file.reading() as connection:
            body = connection.exec_driver_sql(
                "select body from ref where kind = 'settings' and id = ?", (administration,)
            ).scalar()
        book = Settings() if body is None else msgspec.json.decode(body, type=Settings)
        return msgspec.structs.replace(
            book,
            operational=book.operational or self._operational(),
            units=book.units or {unit.code: unit.administration for unit in self.units()},
            staff=book.staff or {one.id: _staff(one) for one in self.colleagues()},
        )

    def _operational(self) -> frozenset[str]:
        return frozenset(
            one.code for one in self.administrations() if one.onboarding == Onboarding.OPERATIONAL
        )

    def _every(self, shape: type[T]) -> tuple[T, ...]:
        with self._lock:
            kept = self._kept.get(shape)
        if kept is None:
            with self._file.reading() as connection:
                kept = _read(connection, shape)
            with self._lock:
                self._kept[shape] = kept
        return kept  # type: ignore[return-value]


def _read(connection: Connection, shape: type[T]) -> tuple[T, ...]:
    rows = connection.exec_driver_sql("select body from ref where kind = ? order by id", (KINDS[shape],))
    decoder = msgspec.json.Decoder(shape)
    return tuple(decoder.decode(row[0]) for row in rows)


def _staff(one: Colleague) -> Staff:
    return Staff(id=one.id, grants=one.grants, absent_from=one.absent_from, absent_until=one.absent_until)
