"""The log of acts: one row an act, whose key makes it take effect once.

Written in the transaction of the effect. Its statements are built once: they run at every act, and building
one costs more than running it.
"""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, bindparam, select, update

from protocol.wire import Envelope
from server import tables
from server.database import insert_if_absent

APPLIED = "applied"
REJECTED = "rejected"
HELD = "held"

_table = tables.act_log
_FIND = select(_table.c.user, _table.c.complaint, _table.c.status, _table.c.code, _table.c.ver).where(
    _table.c.id == bindparam("act")
)
_STATUS = select(_table.c.status).where(_table.c.id == bindparam("act"))
_CONCLUDE = update(_table).where(_table.c.id == bindparam("act"))


def find(connection: Connection, act: str) -> "Row[Any, Any, Any, Any, Any] | None":
    """`user, complaint, status, code, ver` of an act that was judged before."""
    return connection.execute(_FIND, {"act": act}).one_or_none()


def status_of(connection: Connection, act: str) -> str:
    """APPLIED or REJECTED; HELD for an act that is not known yet."""
    return connection.execute(_STATUS, {"act": act}).scalar_one_or_none() or HELD


def claim(connection: Connection, envelope: Envelope, user: str, device: str, now: datetime) -> bool:
    """Enter the act, until `conclude` as applied; False when somebody else already has."""
    row: dict[str, object] = {
        "id": envelope.id,
        "user": user,
        "device": device,
        "complaint": envelope.complaint,
        "kind": envelope.kind,
        "kv": envelope.kv,
        "status": APPLIED,
        "code": "",
        "ver": 0,
        "body": msgspec.json.encode(envelope),
        "at": now,
    }
    return insert_if_absent(connection, _table, row)


def conclude(connection: Connection, act: str, status: str, code: str, ver: int) -> None:
    """Write what became of a claimed act."""
    connection.execute(_CONCLUDE, {"act": act, "status": status, "code": code, "ver": ver})
