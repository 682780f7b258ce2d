"""What a desk compares itself with, and fetches where it differs: manifest, chosen documents, sums.

The whole of PROTOCOL §4's repair is the desk's; here is only what the reader may see now, told in three ways.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Row, select

from protocol import marks
from protocol.wire import GONE_ARCHIVED, GONE_SCOPE, Check, GoneLine, Header, Line, ManifestLine, write_stream
from server import tables
from server.changes import BadCursor, Cursor, Reader, current_cursor, read_cursor, streams_of, write_cursor
from server.pages import LISTED, document_line, in_sight, may_see, reference_since

ITEMS = 1_000
"""Complaints in one line of a manifest."""

_PLAIN = (
    *(column for column in LISTED if column.name not in ("listed", "document")),
    tables.complaint.c.mark,
)


def manifest(connection: Connection, reader: Reader, buckets: Sequence[int] = ()) -> bytes:
    """Id, version and mark of all the reader may see now, or of those in some buckets, and the cursor of it.

    The whole one opens with every reference document, so that nothing of an older history is left beside.
    """
    lines: list[Line] = [Header(epoch=reader.epoch)]
    if not buckets:
        lines += reference_since(connection, reader, 0)
    chosen = frozenset(buckets or range(marks.BUCKETS))
    items = [
        (row.id, row.ver, row.mark) for row in _visible(connection, reader) if marks.bucket(row.id) in chosen
    ]
    lines += [ManifestLine(items=tuple(items[n : n + ITEMS])) for n in range(0, len(items), ITEMS)]
    return write_stream(lines, cursor=write_cursor(current_cursor(connection, reader)), more=False)


def fetch(connection: Connection, reader: Reader, ids: Sequence[str]) -> bytes:
    """The documents asked for, `gone` for those the reader may not see or that do not exist."""
    query = select(*LISTED).where(tables.complaint.c.id.in_(ids))
    rows = {row.id: row for row in connection.execute(query) if in_sight(row, reader)}
    lines: list[Line] = [Header(epoch=reader.epoch)]
    for complaint in dict.fromkeys(ids):
        row = rows.get(complaint)
        if row is None or row.archived:
            lines.append(GoneLine(id=complaint, ver=0, why=GONE_SCOPE if row is None else GONE_ARCHIVED))
        else:
            lines.append(document_line(row))
    return write_stream(lines, cursor=write_cursor(current_cursor(connection, reader)), more=False)


def check(connection: Connection, reader: Reader, cursor: str) -> Check:
    """Sums over what a desk at this cursor has; without them when it does not stand at the head."""
    here = current_cursor(connection, reader)
    try:
        stands = read_cursor(cursor, Cursor) == here
    except BadCursor:
        stands = False
    if not stands:
        return Check(at=write_cursor(here))
    versions = [(row.id, row.ver) for row in _visible(connection, reader)]
    return Check(at=cursor, n=len(versions), x=marks.sums(versions))


def _visible(connection: Connection, reader: Reader) -> Iterator[Row[Any]]:
    """Rows, without their documents, of all the reader may see now.

    Whether one is visible depends on little but its place: that is asked once a place, not once a row.
    """
    table = tables.complaint
    known: dict[tuple[object, ...], bool] = {}
    for administration in streams_of(reader)[1:]:
        here = table.c.administration == administration
        for row in connection.execute(select(*_PLAIN).where(here, ~table.c.confidential)):
            place = (administration, row.unit, row.against, row.ombudsman, row.archived)
            if place not in known:
                known[place] = may_see(row, reader)
            if known[place]:
                yield row
        confidential = select(*(*_PLAIN, table.c.document)).where(here, table.c.confidential)
        yield from (row for row in connection.execute(confidential) if may_see(row, reader))
