"""The tray "Returned to you": refused acts with their text intact and the server's document beside it."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, select

from desktop.models.records import ReturnedAct
from desktop.models.tables import returned
from protocol.acts import read_act
from protocol.projection import read_document


def every(connection: Connection) -> tuple[ReturnedAct, ...]:
    """All refused acts, newest first."""
    rows = connection.execute(select(returned).order_by(returned.c.at.desc(), returned.c.id.desc()))
    return tuple(_act(row) for row in rows)


def discard(connection: Connection, act: str) -> None:
    """Take an act out of the tray."""
    connection.execute(delete(returned).where(returned.c.id == act))


def _act(row: Row[Any]) -> ReturnedAct:
    return ReturnedAct(
        id=row.id,
        complaint=row.complaint,
        act=read_act(row.kind, row.kv, row.body),
        code=row.code,
        at=datetime.fromisoformat(row.at),
        typed_at=datetime.fromisoformat(row.typed_at),
        theirs=None if row.server_doc is None else read_document(row.server_doc),
        seen=row.seen,
    )
