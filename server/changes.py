"""The streams: one gap-free, commit-ordered counter per administration, and the cursors that follow them.

A cursor is {epoch, scope hash, position per administration}; a counter is taken last in its transaction
(`server.streams`), so that nobody can see position n while position n-1 is still being written.
"""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, TypeVar

import msgspec
from sqlalchemy import Connection, select

from protocol.acts import UNREADABLE
from protocol.complaint import Complaint
from protocol.settings import Actor
from server import audit, scope, streams, tables

_STREAMS = select(tables.stream)
Why = Literal["epoch", "scope", "expired", "ahead"]
Shape = TypeVar("Shape")


@dataclass(frozen=True, slots=True)
class Written:
    """One act's effect on one complaint: the document before (None: registered now) and after."""

    before: Complaint | None
    after: Complaint
    act: str
    document: bytes


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads, on which civil date in Casablanca, and the register's epoch."""

    actor: Actor
    today: date
    epoch: str
    main_administration: str = ""
    main_unit: str = ""
    sights: dict[tuple[object, ...], bool] = field(default_factory=dict, compare=False, repr=False)
    """What was found of places already asked about: seldom more than a few in a thousand complaints."""


class Cursor(msgspec.Struct, frozen=True, kw_only=True):
    """Where a desktop is: e epoch, s scope hash, q position by administration ("0": reference)."""

    e: str
    s: str
    q: dict[str, int]


class BadCursor(ValueError):
    """The text is not a cursor of ours."""


def write_cursor(cursor: msgspec.Struct) -> str:
    """An opaque text for the wire."""
    return base64.urlsafe_b64encode(msgspec.json.encode(cursor)).decode().rstrip("=")


def read_cursor(text: str, shape: type[Shape]) -> Shape:
    """Raises BadCursor."""
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), type=shape)
    except (ValueError, *UNREADABLE) as error:
        raise BadCursor("not a cursor of ours") from error


def publish(
    connection: Connection, written: Sequence[Written], now: datetime, entropy: Callable[[int], bytes]
) -> None:
    """Write the history and the change rows of these effects: the last thing a transaction does.

    Counters are taken in ascending order of administration, once each, whatever the number of effects.
    """
    if not written:
        return
    links = [link for effect in written for link in _links(effect)]
    audit.append(connection, audit.EVENTS, links, entropy)
    concerned: dict[str, list[Written]] = {}
    for effect in written:
        sides = {effect.after.administration} | ({effect.before.administration} if effect.before else set())
        for administration in sides:
            concerned.setdefault(administration, []).append(effect)
    for administration in sorted(concerned):
        streams.append(
            connection, administration, [_row(effect) for effect in concerned[administration]], now
        )


def _links(effect: Written) -> list[audit.Link]:
    """Events are chained in the administration that held the complaint when the act was accepted."""
    known = len(effect.before.events) if effect.before else 0
    holder = effect.before.administration if effect.before else effect.after.administration
    return [
        audit.event_link(holder, effect.after.id, event, effect.document)
        for event in effect.after.events[known:]
    ]


def _row(effect: Written) -> dict[str, object]:
    return {
        "complaint": effect.after.id,
        "ver": effect.after.ver,
        "scope_before": scope.write(effect.before),
        "scope_after": scope.write(effect.after),
        "act": effect.act,
    }


def heads(connection: Connection) -> dict[str, int]:
    """The position of every stream."""
    return {row.administration: row.seq for row in connection.execute(_STREAMS).all()}


def current_cursor(connection: Connection, reader: Reader) -> Cursor:
    """The cursor of somebody who has everything as of this snapshot."""
    known = heads(connection)
    positions = {name: known.get(name, 0) for name in streams_of(reader)}
    return Cursor(e=reader.epoch, s=scope.scope_hash(reader.actor, reader.today), q=positions)


def streams_of(reader: Reader) -> tuple[str, ...]:
    """The streams somebody follows: reference first, then his administrations."""
    return (tables.REFERENCE_STREAM, *scope.administrations(reader.actor, reader.today))


def why_reset(connection: Connection, reader: Reader, cursor: Cursor) -> Why | None:
    """Why this cursor cannot be continued, or None when it can."""
    if cursor.e != reader.epoch:
        return "epoch"
    if cursor.s != scope.scope_hash(reader.actor, reader.today) or set(cursor.q) != set(streams_of(reader)):
        return "scope"
    rows = {row.administration: row for row in connection.execute(_STREAMS).all()}
    for name, position in cursor.q.items():
        row = rows.get(name)
        if position > (row.seq if row else 0):
            return "ahead"
        if position < (row.min_seq if row else 0):
            return "expired"
    return None
