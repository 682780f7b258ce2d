"""Writes change rows at the end of an administration's stream: the counter and its rows, in one statement.

On PostgreSQL the counter's row is so held for no round trip but the commit's; SQLite has one writer at a
time, and takes two statements.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    Connection,
    Integer,
    LargeBinary,
    String,
    bindparam,
    func,
    insert,
    literal_column,
    select,
    update,
)
from sqlalchemy.sql.dml import Insert
from sqlalchemy.types import TypeEngine

from server import tables
from server.columns import UtcTime
from server.database import COUNTED, insert_if_absent, is_sqlite

_stream, _change = tables.stream, tables.change

_EACH: dict[str, TypeEngine[Any]] = {
    "complaint": String(),
    "ver": Integer(),
    "scope_before": LargeBinary(),
    "scope_after": LargeBinary(),
    "act": String(),
}
"""What differs from row to row, and its type."""

_STEP = (
    update(_stream)
    .where(_stream.c.administration == bindparam("stream"))
    .values(seq=_stream.c.seq + bindparam("many"))
    .returning(_stream.c.seq)
)


def append(
    connection: Connection, administration: str, rows: Sequence[Mapping[str, object]], at: datetime
) -> None:
    """Add `rows`, in their order, each at the next position; `at` is aware UTC.

    A row names complaint, ver, scope_before, scope_after and act. The last thing a transaction does in this
    administration: whoever follows it waits from here to the commit.
    """
    if is_sqlite(connection):
        first = advance(connection, administration, len(rows)) - len(rows) + 1
        place = {"administration": administration, "at": at}
        numbered = [{**row, **place, "seq": first + i} for i, row in enumerate(rows)]
        connection.execute(insert(_change), numbered)
        return
    values: dict[str, object] = {f"every_{name}": [row[name] for row in rows] for name in _EACH}
    values |= {"stream": administration, "many": len(rows), "moment": at}
    if connection.execute(_COUNTED_ROWS, values, execution_options=COUNTED).rowcount == 0:
        _begin(connection, administration)
        connection.execute(_COUNTED_ROWS, values)


def advance(connection: Connection, administration: str, count: int = 1) -> int:
    """Take `count` positions of a stream without writing change rows; returns the last one."""
    wanted = {"stream": administration, "many": count}
    last = connection.execute(_STEP, wanted).scalar_one_or_none()
    if last is None:
        _begin(connection, administration)
        last = connection.execute(_STEP, wanted).scalar_one()
    return int(last)


def hold(connection: Connection, administration: str) -> None:
    """Take a stream's counter without moving it, to the end of the transaction."""
    _begin(connection, administration)
    mine = _stream.c.administration == administration
    connection.execute(select(_stream.c.seq).where(mine).with_for_update())


def _begin(connection: Connection, administration: str) -> None:
    insert_if_absent(connection, _stream, {"administration": administration, "seq": 0, "min_seq": 0})


def _counted_rows() -> Insert:
    """UPDATE stream … RETURNING inside the INSERT of its change rows."""
    step = _STEP.cte("step")
    each = func.unnest(*(bindparam(f"every_{name}", type_=ARRAY(kind)) for name, kind in _EACH.items()))
    rows = each.table_valued(*_EACH, with_ordinality="place").render_derived("rows")
    columns = {
        "administration": bindparam("stream", type_=String()),
        "seq": step.c.seq - bindparam("many", type_=Integer()) + rows.c.place,
        **{name: rows.c[name] for name in _EACH},
        "at": bindparam("moment", type_=UtcTime()),
    }
    taken = select(*columns.values()).select_from(step.join(rows, literal_column("true")))
    return insert(_change).from_select(list(columns), taken).add_cte(step)


_COUNTED_ROWS = _counted_rows()
