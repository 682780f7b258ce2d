"""Complaints closed for long leave the desktops: least data on a PC (DOMAIN §7), nothing leaves the server.

By a change row of its own, never by a condition on today's date: a desk that is told knows it, one that is
not keeps what it has. Whatever happens to such a complaint later brings it back.
"""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

import msgspec
from sqlalchemy import Connection, Select, select, update

from protocol.complaint import FINAL, Complaint
from server import scope, streams, tables
from server.database import Database

_AT_A_TIME = 200
_table = tables.complaint
_document = msgspec.json.Decoder(Complaint)


def archive(register: Database, now: datetime, days: int) -> int:
    """Take off the desktops what has been in a final state, unchanged, for more than `days`; gives how many.

    `now` is aware UTC. A few complaints of one administration a transaction, so that nobody waits long;
    broken off anywhere, the next run goes on.
    """
    before = now - timedelta(days=days)
    old = _table.c.status.in_(sorted(FINAL)) & ~_table.c.archived & (_table.c.changed_at < before)
    with register.reading() as connection:
        houses = connection.execute(select(_table.c.administration).where(old).distinct()).scalars().all()
    count = 0
    for administration in sorted(houses):
        some = select(_table.c.id, _table.c.ver, _table.c.document).where(
            old, _table.c.administration == administration
        )
        while done := register.attempt(partial(_put_away, administration=administration, some=some, now=now)):
            count += done
    return count


def _put_away(connection: Connection, *, administration: str, some: Select[Any], now: datetime) -> int:
    """One transaction: a row in the stream for each, after which nobody has it in scope."""
    rows = connection.execute(some.order_by(_table.c.id).limit(_AT_A_TIME).with_for_update()).all()
    if not rows:
        return 0
    connection.execute(update(_table).where(_table.c.id.in_([row.id for row in rows])).values(archived=True))
    changes = [
        {
            "complaint": row.id,
            "ver": row.ver,
            "scope_before": scope.write(_document.decode(row.document)),
            "scope_after": None,
            "act": "",
        }
        for row in rows
    ]
    streams.append(connection, administration, changes, now)
    return len(rows)
