"""The log in work.db of what was read, printed and exported here, until the server has it.

Prints stay after that: by them the desk knows which one is a copy.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime

from desktop.models import outbox
from desktop.models.local_file import LocalFile
from protocol.access_wire import Access


class AccessLog:
    """Implements sync.accesses.AccessStore over an open work.db; methods raise StoreError."""

    def __init__(self, work: LocalFile) -> None:
        self._work = work

    def note(self, complaint: str, what: str, now: datetime) -> None:
        """Keep one; durable on return."""
        values = (str(uuid.uuid4()), complaint, what, outbox.stamp(now))
        self._work.write(
            lambda connection: (
                connection.exec_driver_sql(
                    "insert into access_log (id, complaint, what, at) values (?, ?, ?, ?)", values
                )
                and None
            )
        )

    def count(self, complaint: str, what: str) -> int:
        """How many of exactly this were noted here."""
        with self._work.reading() as connection:
            found = connection.exec_driver_sql(
                "select count(*) from access_log where complaint = ? and what = ?", (complaint, what)
            ).scalar()
        return int(found or 0)

    def untold(self, limit: int) -> Sequence[Access]:
        """Accesses the server does not know of, oldest first."""
        with self._work.reading() as connection:
            rows = connection.exec_driver_sql(
                "select id, complaint, what, at from access_log where told = 0 order by n limit ?", (limit,)
            ).all()
        return [
            Access(id=id_, complaint=complaint, what=what, at=datetime.fromisoformat(at))
            for id_, complaint, what, at in rows
        ]

    def told(self, ids: Sequence[str]) -> None:
        """The server has answered for these: they go, but for prints."""
        values = [(id_,) for id_ in ids]
        self._work.write(
            lambda connection: (
                connection.exec_driver_sql(
                    "delete from access_log where id = ? and what not like 'printed %'", values
                )
                and connection.exec_driver_sql("update access_log set told = 1 where id = ?", values)
                and None
            )
        )
