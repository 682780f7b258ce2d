"""What lies in the outbox unsettled, and what each act needs before it may leave."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, func, select

from desktop.models.outbox import LONGEST_HOLD
from desktop.models.records import Queued
from desktop.models.tables import complaint, file_out, outbox
from desktop.models.tables import returned as tray
from protocol.complaint import Attachment


def every(connection: Connection, now: datetime) -> tuple[Queued, ...]:
    """Acts that no server has settled, in the order in which they leave."""
    unsent = _unsent(connection)
    rows = connection.execute(select(outbox).where(outbox.c.state == "queued").order_by(outbox.c.n))
    return tuple(
        Queued(
            id=row.id,
            user=row.user,
            complaint=row.complaint,
            kind=row.kind,
            at=datetime.fromisoformat(row.at),
            tries=row.tries,
            held=row.code,
            recallable_until=_until(row.next_try, now),
            files=tuple(unsent[sha256] for sha256 in row.files.split() if sha256 in unsent),
        )
        for row in rows
    )


def titles(connection: Connection, complaints: Collection[str]) -> dict[str, tuple[str, str]]:
    """Number and object of the complaints that are on this PC."""
    columns = (complaint.c.id, complaint.c.number, complaint.c.object)
    rows = connection.execute(select(*columns).where(complaint.c.id.in_(list(complaints))))
    return {row.id: (row.number, row.object) for row in rows}


def file_names(connection: Connection) -> dict[str, str]:
    """Names of the files attached on this PC, by SHA-256."""
    return {row.sha256: row.name for row in connection.execute(select(file_out.c.sha256, file_out.c.name))}


def returned(connection: Connection) -> int:
    """How many refused acts lie in the tray."""
    return int(connection.execute(select(func.count()).select_from(tray)).scalar_one())


def _unsent(connection: Connection) -> dict[str, Attachment]:
    rows = connection.execute(select(file_out).where(file_out.c.sent == 0))
    return {
        row.sha256: Attachment(sha256=row.sha256, name=row.name, mime=row.mime, size=row.size) for row in rows
    }


def _until(next_try: str, now: datetime) -> datetime | None:
    """Until when the act may be taken back; a moment set by a clock that has been mended holds nothing."""
    if not next_try:
        return None
    until = datetime.fromisoformat(next_try)
    return until if now < until <= now + LONGEST_HOLD else None
