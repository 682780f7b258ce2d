"""What the status line says of the local files: acts that wait, complaints kept here."""

from datetime import datetime

from sqlalchemy import bindparam, func, select

from desktop.models.local_file import LocalFile
from desktop.models.outbox import stamp
from desktop.models.tables import complaint, outbox

_UNSENT = select(func.count(), func.min(outbox.c.at)).where(
    outbox.c.state == "queued", outbox.c.user == bindparam("who")
)
_STUCK = _UNSENT.where(outbox.c.at <= bindparam("before"))


def unsent(work: LocalFile, user: str, before: datetime | None = None) -> tuple[int, datetime | None]:
    """How many acts of `user` the server has not settled, and when the oldest was typed (aware UTC).

    With `before`, only those typed by then.
    """
    values = {"who": user} if before is None else {"who": user, "before": stamp(before)}
    query = _UNSENT if before is None else _STUCK
    with work.reading() as connection:
        count, oldest = connection.execute(query, values).one()
    return count, None if oldest is None else datetime.fromisoformat(oldest)


def stored(cache: LocalFile) -> int:
    """How many complaints are on this PC."""
    with cache.reading() as connection:
        return int(connection.execute(select(func.count()).select_from(complaint)).scalar_one())
