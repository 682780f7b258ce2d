"""Unsent text: one draft per complaint and kind of act, kept in work.db as it is typed."""

import threading
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, select
from sqlalchemy.dialects.sqlite import insert

from desktop.models.local_file import LocalFile
from desktop.models.outbox import stamp
from desktop.models.records import Draft
from desktop.models.tables import draft


class Drafts:
    """The drafts of one profile; thread-safe. `complaints` is held in memory because every list row asks."""

    def __init__(self, file: LocalFile) -> None:
        self._file = file
        self._lock = threading.Lock()
        with file.reading() as connection:
            self._complaints = frozenset(connection.execute(select(draft.c.complaint)).scalars())

    def complaints(self) -> frozenset[str]:
        """Complaints with unsent text of mine."""
        with self._lock:
            return self._complaints

    def save(self, text: Draft) -> None:
        """Keep this text, whatever was kept before for that complaint and kind; raises StoreError."""
        values = {
            "complaint": text.complaint,
            "kind": text.kind,
            "body": text.body,
            "cursor_pos": text.cursor,
            "seen": text.seen,
            "updated": stamp(text.updated),
        }
        statement = insert(draft).values(values)
        self._file.write(
            lambda connection: (
                connection.execute(
                    statement.on_conflict_do_update(index_elements=["complaint", "kind"], set_=values)
                )
                and None
            )
        )
        with self._lock:
            self._complaints |= {text.complaint}

    def drop(self, complaint: str, kind: str) -> None:
        """Forget this text."""
        self._file.write(lambda connection: remove(connection, complaint, kind))
        self.reload()

    def of(self, complaint: str) -> dict[str, Draft]:
        """Drafts on this complaint, by kind of act."""
        with self._file.reading() as connection:
            rows = connection.execute(select(draft).where(draft.c.complaint == complaint))
            return {row.kind: _draft(row) for row in rows}

    def every(self) -> tuple[Draft, ...]:
        """All drafts, the newest first, those on complaints that left this PC included."""
        with self._file.reading() as connection:
            return tuple(
                _draft(row) for row in connection.execute(select(draft).order_by(draft.c.updated.desc()))
            )

    def reload(self) -> None:
        """Read again which complaints have drafts."""
        with self._lock, self._file.reading() as connection:
            self._complaints = frozenset(connection.execute(select(draft.c.complaint)).scalars())


def remove(connection: Connection, complaint: str, kind: str) -> None:
    """Forget a draft inside the caller's transaction."""
    connection.execute(delete(draft).where(draft.c.complaint == complaint, draft.c.kind == kind))


def _draft(row: Row[Any]) -> Draft:
    return Draft(
        complaint=row.complaint,
        kind=row.kind,
        body=row.body,
        cursor=row.cursor_pos,
        seen=row.seen,
        updated=datetime.fromisoformat(row.updated),
    )
