"""The first sync: keyset pages of everything its reader sees, the open complaints of the own unit first.

What looks the same to everybody of one sight comes in prepared pages; confidential complaints and those aimed
at somebody, whose readers are named one by one, come last and are made for each reader.
"""

import hashlib
import zlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec
from backports import zstd
from sqlalchemy import ColumnElement, Connection, Row, and_, false, func, or_, select, true

from protocol.complaint import OPEN
from protocol.wire import EndLine, Header, Line, write_reset
from server import scope, tables
from server.changes import Cursor, Reader, current_cursor, streams_of, why_reset, write_cursor
from server.compression import ZSTD_LEVEL, Framed
from server.pages import LISTED, document_line, may_see, reference_since
from server.prepared import Key, Place, Positions, Prepared, Shelf

_OWN, _OTHERS, _PERSONAL, _END = range(4)
"""Buckets, in the order of pages."""

_table = tables.complaint
_SHARED = ~_table.c.confidential & (_table.c.against == "")


class After(msgspec.Struct, frozen=True, kw_only=True):
    """Where a first sync is: c its cursor taken before page 1, b bucket, a administration, i last id."""

    c: Cursor
    b: int = 0
    a: str = ""
    i: str = ""


def snapshot(
    connection: Connection, reader: Reader, after: After | None, limit: int, *, shelf: Shelf, now: datetime
) -> Framed:
    """One page after `after` (None: the first, with all reference documents), or a reset.

    `now` is aware UTC: how long ago others began decides whether this desktop shares their pages.
    """
    sight, apart = _sight(reader), list[Line]()
    if after is None:
        here = current_cursor(connection, reader)
        after = After(c=msgspec.structs.replace(here, q=dict(shelf.begin(sight, here.e, here.q, now))))
        apart += reference_since(connection, reader, 0)
    if (why := why_reset(connection, reader, after.c)) is not None:
        return Framed(tail=write_reset(reader.epoch, why))
    place: Place = (after.b, after.a, after.i)
    page = _NOTHING
    if after.b < _PERSONAL:
        since = tuple(sorted(after.c.q.items()))
        key = Key(sight, reader.epoch, since, _moved(connection, since), place, limit)
        page = shelf.page(key, lambda: _prepare(connection, reader, place, limit))
        place = page.ahead
    else:
        apart.append(Header(epoch=reader.epoch))
    if place[0] == _PERSONAL:
        personal, place = _lines(connection, reader, place, limit)
        apart += personal
    return Framed(frame=page.frame, tail=_tail(page, apart, after, place))


_NOTHING = Prepared(frame=b"", n=0, crc=0, ahead=(_PERSONAL, "", ""))


def _tail(page: Prepared, apart: Sequence[Line], after: After, place: Place) -> bytes:
    """What follows the shared part: the lines of this reader alone, and the end of all."""
    lines, done = _written(apart), place[0] == _END
    bucket, administration, last = place
    end = EndLine(
        n=page.n + len(apart),
        crc=zlib.crc32(lines, page.crc),
        cursor=write_cursor(after.c),
        more=not done,
        after="" if done else write_cursor(After(c=after.c, b=bucket, a=administration, i=last)),
        done=done,
    )
    return lines + msgspec.json.encode(end) + b"\n"


def _sight(reader: Reader) -> str:
    """All that decides which complaints that name nobody this reader sees, and in which order."""
    grants = [(g.role, g.administration, g.unit) for g in scope.seeing_grants(reader.actor, reader.today)]
    told = [sorted(set(grants)), reader.main_administration, reader.main_unit]
    return hashlib.sha256(msgspec.json.encode(told)).hexdigest()


def _moved(connection: Connection, since: Positions) -> Positions:
    """The last change of a complaint's scope in each stream, of those after `since`.

    Read in the snapshot of the page itself: a page made before such a change has another key.
    """
    change = tables.change
    later = [and_(change.c.administration == name, change.c.seq > seq) for name, seq in since]
    query = (
        select(change.c.administration, func.max(change.c.seq))
        .where(or_(*later), change.c.scope_before.is_not(None))
        .where(change.c.scope_before.is_distinct_from(change.c.scope_after))
        .group_by(change.c.administration)
        .order_by(change.c.administration)
    )
    return tuple((name, seq) for name, seq in connection.execute(query))


def _prepare(connection: Connection, reader: Reader, place: Place, limit: int) -> Prepared:
    lines, ahead = _lines(connection, reader, place, limit)
    content = _written([Header(epoch=reader.epoch), *lines])
    return Prepared(
        frame=zstd.compress(content, level=ZSTD_LEVEL), n=len(lines) + 1, crc=zlib.crc32(content), ahead=ahead
    )


def _lines(connection: Connection, reader: Reader, place: Place, limit: int) -> tuple[list[Line], Place]:
    """The next documents from `place` on, `limit` at most, shared or personal ones; and where to go on."""
    lines: list[Line] = []
    for there, row in _walk(connection, reader, place, limit):
        if may_see(row, reader):
            lines.append(document_line(row))
        if len(lines) == limit:
            return lines, there
    return lines, (_PERSONAL if place[0] < _PERSONAL else _END, "", "")


def _written(lines: Sequence[Line]) -> bytes:
    return b"".join(msgspec.json.encode(line) + b"\n" for line in lines)


def _walk(
    connection: Connection, reader: Reader, place: Place, limit: int
) -> Iterator[tuple[Place, Row[Any]]]:
    """Rows from `place` on to the end of what is shared, or of what is personal, each with its own place."""
    for bucket in (_OWN, _OTHERS) if place[0] < _PERSONAL else (_PERSONAL,):
        for administration in streams_of(reader)[1:]:
            if (bucket, administration) < place[:2]:
                continue
            last = place[2] if (bucket, administration) == place[:2] else ""
            which = _which(reader, bucket, administration)
            while rows := _listed(connection, which, administration, last, limit):
                for row in rows:
                    last = row.id
                    yield (bucket, administration, last), row
                if len(rows) < limit:
                    break


def _which(reader: Reader, bucket: int, administration: str) -> ColumnElement[bool]:
    limited = scope.units(reader.actor, administration, reader.today)
    mine: ColumnElement[bool] = _table.c.unit.in_(limited) if limited else true()
    if bucket == _PERSONAL:
        return mine & ~_SHARED
    own: ColumnElement[bool] = false()
    if administration == reader.main_administration:
        own = _table.c.status.in_(sorted(OPEN))
        if reader.main_unit:
            own &= _table.c.unit == reader.main_unit
    return and_(mine, _SHARED, own if bucket == _OWN else ~own)


def _listed(
    connection: Connection, which: ColumnElement[bool], administration: str, last: str, limit: int
) -> Sequence[Row[Any]]:
    query = (
        select(*LISTED)
        .where(_table.c.administration == administration, _table.c.id > last, which)
        .order_by(_table.c.id)
        .limit(limit)
    )
    return connection.execute(query).all()
