"""Numbers the register gives out: continuous per administration and civil year, never reused.

They are reserved inside the transaction that uses them, so that a rolled-back one leaves no hole.
"""

from datetime import datetime

from sqlalchemy import Connection, update

from protocol.deadlines import civil_date
from server import tables
from server.database import insert_if_absent

REGISTRATION = "registration"
OUTGOING = "outgoing"


def next_number(connection: Connection, kind: str, administration: str, now: datetime) -> str:
    """Reserve the next number of `kind`, as `2026-ONEE-018342`; the year is Casablanca's at `now`."""
    year = civil_date(now).year
    table = tables.number
    advance = (
        update(table)
        .where(table.c.kind == kind, table.c.administration == administration, table.c.year == year)
        .values(last=table.c.last + 1)
        .returning(table.c.last)
    )
    last = connection.execute(advance).scalar_one_or_none()
    if last is None:
        key = {"kind": kind, "administration": administration, "year": year, "last": 0}
        insert_if_absent(connection, table, key)
        last = connection.execute(advance).scalar_one()
    return f"{year}-{administration}-{last:06d}"
