"""cache.db: what the server confirmed, and the list columns of what the person sees.

Pages go in by bulk, documents undecoded; only complaints with acts of mine are decoded and folded.
Every function runs inside a transaction of the caller.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import Connection

from desktop.models import board_columns, tables
from desktop.models.outbox import Pending
from protocol.acts import UNREADABLE
from protocol.complaint import OPEN, Complaint
from protocol.marks import mark
from protocol.projection import Row, columns, read_document
from protocol.wire import DocumentLine, GoneLine, ReferenceLine
from sync.errors import Garbled
from sync.replica import Checked, Position

SCHEMA = 4

Fold = Callable[[Complaint, Sequence[Pending]], Complaint]


class Columns(msgspec.Struct, frozen=True):
    """The columns of a list as they are stored: dates and times stay text, nothing is decoded twice."""

    id: str
    ver: int
    number: str
    type: str
    object: str
    citizen: str
    place: str
    status: str
    due: str
    received_on: str
    administration: str
    unit: str
    assignee: str
    theme: str
    channel: str
    language: str
    urgent: bool
    confidential: bool
    unread: bool
    changed_at: str


FIELDS = Row.__struct_fields__
assert Columns.__struct_fields__ == FIELDS
_columns = msgspec.json.Decoder(Columns)
_STORED = (*FIELDS, *board_columns.FIELDS)
_places = ", ".join("?" * (len(_STORED) + 7))
_INSERT = (
    f"insert into complaint ({', '.join(_STORED)}, open, stage, waiting, view_dirty, base_ver, mark, n)"  # noqa: S608
    f" values ({_places})"
)
_UPDATE = (
    f"update complaint set {', '.join(f'{name} = ?' for name in _STORED)}, open = ?, stage = ?, waiting = ?,"  # noqa: S608
    " view_dirty = ?, base_ver = ?, mark = ? where n = ?"
)
_INDEXED = ("id", "status", "due", "administration", "unit", "assignee", "open")
_KEPT = tuple(name for name in (*_STORED, "open", "stage") if name not in _INDEXED)
_UPDATE_IN_PLACE = (
    f"update complaint set {', '.join(f'{name} = ?' for name in _KEPT)}, waiting = 0,"  # noqa: S608
    " view_dirty = 0, base_ver = ?, mark = ? where n = ?"
)
"""For a complaint that stays where it is in every list: SQLite writes each index whose column is named."""

_PLACE = tuple((*_STORED, "open").index(name) for name in _INDEXED)
_REST = tuple((*_STORED, "open", "stage").index(name) for name in _KEPT)
_CHANGED = "insert or replace into to_index (n, token) values (?, random())"
_HELD = (
    f"select n, base_ver, mark, view_dirty, {', '.join(_INDEXED)} from complaint"  # noqa: S608
    " where id in (select value from json_each(?))"
)


class Held(msgspec.Struct, frozen=True):
    """What the cache has of a complaint."""

    n: int
    base_ver: int
    mark: int
    place: tuple[Any, ...]
    """What its places in lists follow from; () while acts of mine are shown over it."""


def create(connection: Connection) -> None:
    """Make the tables of an empty cache; its list indexes come with the end of the first snapshot."""
    tables.cache.create_all(connection)
    connection.exec_driver_sql(tables.FTS)
    connection.exec_driver_sql("insert or ignore into sync values (1, '', '', '', 0, '', '')")
    connection.exec_driver_sql(f"pragma user_version = {SCHEMA}")


def position(connection: Connection) -> Position:
    """Where this desk stands."""
    row = connection.exec_driver_sql("select cursor, epoch, snap_after, snap_done from sync").one()
    return Position(cursor=row[0], epoch=row[1], snap_after=row[2], snap_done=bool(row[3]))


def move(connection: Connection, there: Position) -> None:
    """Store the position; when a first sync ends with it, the lists are indexed and the search queued."""
    if there.snap_done and not position(connection).snap_done:
        _index_lists(connection)
        connection.exec_driver_sql("insert or replace into to_index select n, random() from complaint")
    connection.exec_driver_sql(
        "update sync set cursor = ?, epoch = ?, snap_after = ?, snap_done = ?",
        (there.cursor, there.epoch, there.snap_after, int(there.snap_done)),
    )


def _index_lists(connection: Connection) -> None:
    for name, columns_ in tables.LIST_INDEXES.items():
        connection.exec_driver_sql(f"create index if not exists {name} on complaint {columns_}")
    connection.exec_driver_sql("analyze complaint")


def versions(connection: Connection) -> dict[str, tuple[int, int]]:
    """Version and mark of every base, by id."""
    rows = connection.exec_driver_sql("select id, base_ver, mark from complaint")
    return {row[0]: (row[1], row[2]) for row in rows}


def last_check(connection: Connection) -> Checked:
    """When the bases were last compared with the server's."""
    epoch, at = connection.exec_driver_sql("select checked_epoch, checked_at from sync").one()
    return Checked(epoch=epoch, at=datetime.fromisoformat(at) if at else None)


def checked(connection: Connection, epoch: str, at: datetime) -> None:
    """They were compared."""
    stored = (epoch, at.astimezone(UTC).isoformat())
    connection.exec_driver_sql("update sync set checked_epoch = ?, checked_at = ?", stored)


def held(connection: Connection, ids: Iterable[str]) -> dict[str, Held]:
    """What the cache has of these complaints."""
    rows = connection.exec_driver_sql(_HELD, (msgspec.json.encode(list(ids)).decode(),))
    return {row[4]: Held(row[0], row[1], row[2], () if row[3] else tuple(row[4:])) for row in rows}


def store(
    connection: Connection, lines: Sequence[DocumentLine], *, repairs: bool = False, first: bool = False
) -> frozenset[str]:
    """Store the documents that win (sync/replica.py's table) with their columns; gives their ids.

    Documents of a repair win whatever their version; those of a first sync are queued for the search index
    at its end, all at once (`move`).
    """
    lines = tuple({line.id: line for line in sorted(lines, key=lambda line: line.ver)}.values())
    have = held(connection, (line.id for line in lines))
    last = connection.exec_driver_sql("select coalesce(max(n), 0) from complaint").scalar_one()
    new: list[tuple[Any, ...]] = []
    moved: list[tuple[Any, ...]] = []
    same: list[tuple[Any, ...]] = []
    changed: list[str] = []
    bases: list[tuple[int, bytes]] = []
    for line in lines:
        known = have.get(line.id)
        if known and line.ver <= known.base_ver and not repairs:
            continue
        n = known.n if known else last + len(new) + 1
        base = bytes(line.doc)
        stored, sealed = _stored(line), (line.ver, mark(base), n)
        bases.append((n, base))
        changed.append(line.id)
        if known and known.place == tuple(stored[i] for i in _PLACE):
            same.append((*(stored[i] for i in _REST), *sealed))
        else:
            (moved if known else new).append((*stored, 0, 0, *sealed))
    _many(connection, _INSERT, new)
    _many(connection, _UPDATE, moved)
    _many(connection, _UPDATE_IN_PLACE, same)
    _many(connection, "insert or replace into document (n, base) values (?, ?)", bases)
    if not first:
        _many(connection, _CHANGED, [(n,) for n, _ in bases])
    return frozenset(changed)


def confirm(connection: Connection, lines: Sequence[DocumentLine]) -> None:
    """Documents brought by results: only over bases that are here."""
    have = held(connection, (line.id for line in lines))
    store(connection, [line for line in lines if line.id in have])


def leave(connection: Connection, lines: Sequence[GoneLine]) -> frozenset[str]:
    """Complaints that left the scope; gives the ids that were here."""
    have = held(connection, (line.id for line in lines))
    left = (line.id for line in lines if line.id in have and have[line.id].base_ver <= line.ver)
    return remove(connection, frozenset(left))


def remove(connection: Connection, ids: Collection[str]) -> frozenset[str]:
    """Take complaints out of every table of the cache; gives those that were here."""
    have = held(connection, ids)
    ns = [(known.n,) for known in have.values()]
    _many(connection, "delete from fts where rowid = (select docid from indexed where n = ?)", ns)
    for table in ("indexed", "to_index", "document", "complaint"):
        _many(connection, f"delete from {table} where n = ?", ns)  # noqa: S608
    return frozenset(have)


def refer(connection: Connection, lines: Sequence[ReferenceLine], *, alone: bool = False) -> None:
    """Store reference documents; `alone`: they are all there are."""
    if alone:
        connection.exec_driver_sql("delete from ref")
    _many(
        connection,
        "insert or replace into ref (kind, id, ver, body) values (?, ?, ?, ?)",
        [(line.kind, line.id, line.ver, bytes(line.doc)) for line in lines],
    )


def project(
    connection: Connection, ids: Collection[str], pending: Mapping[str, list[Pending]], fold: Fold
) -> None:
    """Bring list columns to the projection of fold(base, acts not in it yet)."""
    have = held(connection, ids)
    for id_, known in have.items():
        base = read_document(
            connection.exec_driver_sql("select base from document where n = ?", (known.n,)).scalar_one()
        )
        over = [one for one in pending.get(id_, ()) if one.over(known.base_ver)]
        view = fold(base, over) if over else base
        waiting = sum(one.acked_ver is None for one in over)
        stored = _values(_columns.decode(msgspec.json.encode(columns(view))), view)
        connection.exec_driver_sql(
            _UPDATE, (*stored, waiting, int(bool(over)), known.base_ver, known.mark, known.n)
        )
    _many(connection, _CHANGED, [(known.n,) for known in have.values()])


def dirty(connection: Connection) -> frozenset[str]:
    """Complaints whose columns are not those of their base alone."""
    return frozenset(connection.exec_driver_sql("select id from complaint where view_dirty = 1").scalars())


def line_of(doc: bytes | msgspec.Raw) -> DocumentLine:
    """A document that came without its columns (the result of an act); raises Garbled."""
    try:
        document = read_document(doc)
    except UNREADABLE as error:
        raise Garbled(type(error).__name__) from error
    row = msgspec.Raw(msgspec.json.encode(columns(document)))
    return DocumentLine(id=document.id, ver=document.ver, row=row, doc=msgspec.Raw(bytes(doc)))


def _stored(line: DocumentLine) -> tuple[Any, ...]:
    try:
        return _values(_columns.decode(line.row), line.doc)
    except UNREADABLE as error:
        raise Garbled(type(error).__name__) from error


def _values(stored: Columns, document: msgspec.Raw | Complaint) -> tuple[Any, ...]:
    return (
        *msgspec.structs.astuple(stored),
        *board_columns.steered(document),
        int(stored.status in OPEN),
        board_columns.stage_of(stored.status),
    )


def _many(connection: Connection, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
    if rows:
        connection.exec_driver_sql(statement, list(rows))
