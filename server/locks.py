"""The rows that the acts of a push need, taken before the first of them in the order all writers share.

That order, so that no ring of writers waits for itself: the author's account, complaints by id, numbers by
administration, letters and notices of those complaints, chains by administration, streams by administration.
"""

from collections.abc import Iterable

from sqlalchemy import Connection, select

from server import tables
from server.database import is_sqlite


def take(connection: Connection, complaints: Iterable[str]) -> None:
    """Hold these complaints, and the numbers of their administrations, to the end of the transaction.

    One complaint needs nothing: its act takes it, and after it the rest in order. Two desks may push acts on
    the same two complaints the other way round, hence this. SQLite has one writer at a time.
    """
    wanted = sorted(set(complaints))
    if is_sqlite(connection) or len(wanted) < 2:
        return
    table, number = tables.complaint, tables.number
    held = select(table.c.administration).where(table.c.id.in_(wanted)).order_by(table.c.id)
    sides = set(connection.execute(held.with_for_update()).scalars())
    if len(sides) > 1:
        mine = select(number.c.last).where(number.c.administration.in_(sorted(sides)))
        in_order = mine.order_by(number.c.kind, number.c.administration, number.c.year)
        connection.execute(in_order.with_for_update())
