"""The pages desktops read to follow what changes after a cursor, and what every page is made of.

Lines are made of stored bytes; a document is decoded only when it is confidential, to see who is named in it.
A complaint that has left the reader's scope is told by `gone`, found in the scopes around each change.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from msgspec import UNSET
from msgspec.structs import replace
from sqlalchemy import Connection, Row, bindparam, select

from protocol.wire import (
    GONE_ARCHIVED,
    GONE_SCOPE,
    MAX_PAGE,
    DocumentLine,
    GoneLine,
    Header,
    Line,
    ReferenceLine,
    Result,
    ResultLine,
    write_reset,
    write_stream,
)
from server import scope, tables
from server.changes import Cursor, Reader, streams_of, why_reset, write_cursor

SETTINGS = "settings"
_SCAN = 1_000

# Built once: every pull runs them, and building a statement costs more than running it.
_change = tables.change.c
_CHANGES = (
    select(_change.seq, _change.complaint, _change.ver, _change.scope_before, _change.scope_after)
    .where(_change.administration == bindparam("stream"), _change.seq > bindparam("after"))
    .order_by(_change.seq)
    .limit(bindparam("most"))
)
_REFERENCE_HEAD = select(tables.stream.c.seq).where(tables.stream.c.administration == tables.REFERENCE_STREAM)


@dataclass(slots=True)
class _Page:
    """A pull being filled: `positions` moves on, `told` are the complaints already in it."""

    connection: Connection
    reader: Reader
    positions: dict[str, int]
    limit: int
    lines: list[Line]
    told: set[str] = field(default_factory=set)

    def follow(self, administration: str) -> bool:
        """Add what changed in one stream; True when the page was full before the stream's end."""
        while len(self.told) < self.limit:
            rows = self._changes(administration)
            if not rows:
                return False
            self.positions[administration] = rows[-1].seq
            changed: dict[str, list[Row[Any]]] = {}
            for row in rows:
                if row.complaint not in self.told:
                    changed.setdefault(row.complaint, []).append(row)
            self._tell(changed)
        return bool(self._changes(administration, most=1))

    def _changes(self, administration: str, most: int = _SCAN) -> Sequence[Row[*tuple[Any, ...]]]:
        wanted = {
            "stream": administration,
            "after": self.positions[administration],
            "most": min(most, self.limit - len(self.told)) or 1,
        }
        return self.connection.execute(_CHANGES, wanted).all()

    def _tell(self, changed: dict[str, list[Row[Any]]]) -> None:
        """A document for what is visible now, `gone` for what was, before or after one of these changes."""
        visible = {line.id: line for line in lines_of(self.connection, self.reader, tuple(changed))}
        for complaint, rows in changed.items():
            if complaint in visible:
                self.lines.append(visible[complaint])
            elif any(_was_visible(row, self.reader) for row in rows):
                # The scope after the archive's own row is none at all.
                why = GONE_SCOPE if rows[-1].scope_after else GONE_ARCHIVED
                self.lines.append(GoneLine(id=complaint, ver=rows[-1].ver, why=why))
            else:
                continue
            self.told.add(complaint)


def pull(connection: Connection, reader: Reader, cursor: Cursor | None, limit: int) -> bytes:
    """One page of NDJSON after `cursor`: reference, documents, `gone` lines, end; or a reset."""
    why = "expired" if cursor is None else why_reset(connection, reader, cursor)
    if cursor is None or why is not None:
        return write_reset(reader.epoch, why or "expired")
    return _follow(connection, reader, cursor, limit, ())


def answer(
    connection: Connection, reader: Reader, cursor: Cursor | None, settled: Sequence[tuple[str, Result]]
) -> bytes | None:
    """A page as `pull` gives it, with the results of a push in it; None for a cursor that would be reset.

    `settled` has the complaint of each result.
    """
    if cursor is None or why_reset(connection, reader, cursor) is not None:
        return None
    return _follow(connection, reader, cursor, MAX_PAGE, settled)


def _follow(
    connection: Connection,
    reader: Reader,
    cursor: Cursor,
    limit: int,
    settled: Sequence[tuple[str, Result]],
) -> bytes:
    page = _Page(connection, reader, dict(cursor.q), limit, [Header(epoch=reader.epoch)])
    head = _reference_head(connection)
    if head > page.positions[tables.REFERENCE_STREAM]:
        page.lines += reference_since(connection, reader, page.positions[tables.REFERENCE_STREAM])
        page.positions[tables.REFERENCE_STREAM] = head
    more = any(page.follow(administration) for administration in streams_of(reader)[1:])
    page.lines[1:1] = _results(settled, page.lines)
    new = Cursor(e=cursor.e, s=cursor.s, q=page.positions)
    return write_stream(page.lines, cursor=write_cursor(new), more=more)


def _results(settled: Sequence[tuple[str, Result]], lines: Sequence[Line]) -> list[ResultLine]:
    """Results without the documents that the page brings itself."""
    brought = {line.id for line in lines if isinstance(line, DocumentLine)}
    return [
        ResultLine(result=replace(result, doc=UNSET) if complaint in brought else result)
        for complaint, result in settled
    ]


def _was_visible(row: Row[Any], reader: Reader) -> bool:
    scopes = [scope.read(stored) for stored in (row.scope_before, row.scope_after) if stored]
    return any(scope.sees(one, reader.actor, reader.today) for one in scopes)


def lines_of(connection: Connection, reader: Reader, ids: Sequence[str]) -> list[DocumentLine]:
    """The documents among `ids` that the reader may see now."""
    if not ids:
        return []
    rows = connection.execute(_LISTED, {"ids": list(ids)})
    return [document_line(row) for row in rows if may_see(row, reader)]


LISTED = tuple(
    tables.complaint.c[name]
    for name in (
        "id", "ver", "administration", "unit", "status", "confidential", "against", "ombudsman", "archived",
        "listed", "document",
    )
)  # fmt: skip
"""The columns from which `may_see` and `document_line` work."""

_LISTED = select(*LISTED).where(tables.complaint.c.id.in_(bindparam("ids", expanding=True)))


class _Named(msgspec.Struct, frozen=True):
    named: tuple[str, ...] = ()


_read_named = msgspec.json.Decoder(_Named)


def may_see(row: Row[Any], reader: Reader) -> bool:
    """Whether the reader's desktop has the complaint of this row."""
    return not row.archived and in_sight(row, reader)


def in_sight(row: Row[Any], reader: Reader) -> bool:
    """Whether the reader sees it, on a desktop or not; only a confidential one is looked into."""
    named = _read_named.decode(row.document).named if row.confidential else ()
    place = (row.administration, row.unit, row.confidential, named, row.against, row.ombudsman)
    seen = reader.sights.get(place)
    if seen is None:
        asked = scope.Scope(
            administration=row.administration,
            unit=row.unit,
            confidential=row.confidential,
            named=named,
            against=row.against,
            ombudsman=row.ombudsman,
        )
        seen = reader.sights[place] = scope.sees(asked, reader.actor, reader.today)
    return seen


def document_line(row: Row[Any]) -> DocumentLine:
    """The line of a stored complaint, its bytes untouched."""
    return DocumentLine(id=row.id, ver=row.ver, row=msgspec.Raw(row.listed), doc=msgspec.Raw(row.document))


def holder(connection: Connection, complaint: str) -> str:
    """The administration that has this complaint now."""
    table = tables.complaint
    query = select(table.c.administration).where(table.c.id == complaint)
    return str(connection.execute(query).scalar_one())


def _reference_head(connection: Connection) -> int:
    return connection.execute(_REFERENCE_HEAD).scalar() or 0


def reference_since(connection: Connection, reader: Reader, position: int) -> list[ReferenceLine]:
    """Reference documents changed after `position`; settings only of the reader's administrations."""
    table = tables.reference
    mine = scope.administrations(reader.actor, reader.today)
    rows = connection.execute(
        select(table)
        .where(table.c.seq > position, (table.c.kind != SETTINGS) | table.c.id.in_(mine))
        .order_by(table.c.seq)
    ).all()
    return [ReferenceLine(kind=row.kind, id=row.id, ver=row.ver, doc=msgspec.Raw(row.doc)) for row in rows]
