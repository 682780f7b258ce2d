"""What the status line says of the local files: acts that wait, complaints kept here."""

from datetime import datetime

from sqlalchemy import func, select

from desktop.models.local_file import LocalFile
from desktop.models.tables import complaint, outbox


def unsent(work: LocalFile, user: str) -> tuple[int, datetime | None]:
    """How many acts of `user` the server has not settled, and when the oldest was typed (aware UTC)."""
    query = select(func.count(), func.min(outbox.c.at)).where(
        outbox.c.state == "queued", outbox.c.user == user
    )
    with work.reading() as connection:
        count, oldest = connection.execute(query).one()
    return count, None if oldest is None else datetime.fromisoformat(oldest)


def stored(cache: LocalFile) -> int:
    """How many complaints are on this PC."""
    with cache.reading() as connection:
        return int(connection.execute(select(func.count()).select_from(complaint)).scalar_one())
