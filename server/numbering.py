"""Numbers the register gives out: continuous per administration and civil year, never reused.

They are reserved inside the transaction that uses them, so that a rolled-back one leaves no hole.
"""

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from protocol.deadlines import civil_date
from server import tables
from server.database import insert_if_absent, witness_of
from server.witness import Key

REGISTRATION = "registration"
OUTGOING = "outgoing"
KINDS = (REGISTRATION, OUTGOING)

_MARKS = {REGISTRATION: "", OUTGOING: "D-"}
"""What tells the kinds apart on one page; D is for *départ*."""

RESTORED = "restore"
"""Reason of the numbers a restore cancelled: those that may have been given out and are known no more."""


def next_number(connection: Connection, kind: str, administration: str, now: datetime) -> str:
    """Reserve the next number of `kind`, as it is `written`; the year is Casablanca's at `now`."""
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
    witness = witness_of(connection)
    if witness is not None:
        witness.cover((kind, administration, year), last)
    return written(kind, year, administration, last)


def given_out(connection: Connection) -> dict[Key, int]:
    """The last number of every kind, administration and year."""
    rows = connection.execute(select(tables.number)).all()
    return {(row.kind, row.administration, row.year): row.last for row in rows}


def written(kind: str, year: int, administration: str, n: int) -> str:
    """A number as people read it: `2026-ONEE-018342` registered, `2026-ONEE-D-000118` sent."""
    return f"{year}-{administration}-{_MARKS[kind]}{n:06d}"


def parts(number: str) -> tuple[int, int]:
    """The year and the rank in a number that was `written`."""
    return int(number.partition("-")[0]), int(number.rpartition("-")[2])


def reclaim(connection: Connection, kind: str, administration: str, number: str) -> bool:
    """Take back a number that a restore cancelled, for the act that had it; False when it is not to be had.

    The gap is split around it, so that it can be had once only (PROTOCOL §4).
    """
    digits, year = number.rpartition("-")[2], number.partition("-")[0]
    if not (digits.isdecimal() and year.isdecimal()) or len(number) > 60:
        return False
    n, table = int(digits), tables.cancelled_number
    # The second form is that of letters numbered before the marks: they keep it.
    if number not in {written(one, int(year), administration, n) for one in (kind, REGISTRATION)}:
        return False
    mine = (
        (table.c.kind == kind)
        & (table.c.administration == administration)
        & (table.c.year == int(year))
        & (table.c.reason == RESTORED)
    )
    query = select(table).where(mine, table.c.first <= n, table.c.last >= n).with_for_update()
    gap = connection.execute(query).mappings().one_or_none()
    if gap is None:
        return False
    connection.execute(delete(table).where(mine, table.c.first == gap["first"]))
    rests = [(gap["first"], n - 1), (n + 1, gap["last"])]
    rows = [{**gap, "first": first, "last": last} for first, last in rests if first <= last]
    if rows:
        connection.execute(insert(table), rows)
    return True
