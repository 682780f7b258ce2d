"""What the status line says of the local files: acts that wait, complaints kept here."""

from datetime import datetime

from sqlalchemy import func, select

from desktop.models.local_file import LocalFile
from desktop.models.outbox import stamp
from desktop.models.tables import complaint

_UNSENT = "select count(*), min(at) from outbox where state = 'queued' and user = ?"
"""Plain text, for every pull asks: compiled by hand once."""


def unsent(work: LocalFile, user: str, before: datetime | None = None) -> tuple[int, datetime | None]:
    """How many acts of `user` the server has not settled, and when the oldest was typed (aware UTC).

    With `before`, only those typed by then.
    """
    statement: str = _UNSENT
    values: tuple[str, ...] = (user,)
    if before is not None:
        statement, values = f"{_UNSENT} and at <= ?", (user, stamp(before))
    with work.reading() as connection:
        count, oldest = connection.exec_driver_sql(statement, values).one()
    return count, None if oldest is None else datetime.fromisoformat(oldest)


def stored(cache: LocalFile) -> int:
    """How many complaints are on this PC."""
    with cache.reading() as connection:
        return int(connection.execute(select(func.count()).select_from(complaint)).scalar_one())
