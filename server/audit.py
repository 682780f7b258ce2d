"""The history that cannot be rewritten unseen: one hash chain per administration and log.

Every link holds the digest of the link before, of its own columns and, salted, of its content; an event's
content also carries the digest of the whole document it led to, so that a document edited by hand is found.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, insert, select, update

from protocol.complaint import Event
from server import tables
from server.database import insert_if_absent

EVENTS = "event"
READINGS = "access"
GENESIS = bytes(32)

TABLES = {EVENTS: tables.event, READINGS: tables.access_log}
# Built once: they run at every act.
_MINE = (tables.chain.c.log == bindparam("of")) & (tables.chain.c.administration == bindparam("within"))
_HEAD = select(tables.chain.c.n, tables.chain.c.digest).where(_MINE).with_for_update()
_MOVE = update(tables.chain).where(_MINE)
_HEADERS = {EVENTS: ("complaint", "n", "act", "kind"), READINGS: ("complaint", "kind")}


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """Content of a link of events: the event, and the SHA-256 of the document after it."""

    event: Event
    document: str


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """Content of a link of readings: who saw, printed or fetched what."""

    by: str
    what: str


@dataclass(frozen=True, slots=True)
class Link:
    """A fact to be chained in `administration`; `columns` are those of its table besides the chain's own."""

    administration: str
    at: datetime
    columns: tuple[tuple[str, object], ...]
    body: bytes


def event_link(administration: str, complaint: str, event: Event, document: bytes) -> Link:
    """The link of one event of a complaint whose document is now `document`."""
    columns = (("complaint", complaint), ("n", event.n), ("act", event.act), ("kind", event.kind))
    content = Recorded(event=event, document=hashlib.sha256(document).hexdigest())
    return Link(administration, event.at, columns, msgspec.json.encode(content))


def reading_link(administration: str, complaint: str, reading: Reading, kind: str, at: datetime) -> Link:
    """The link of one reading, print or download of personal data."""
    return Link(administration, at, (("complaint", complaint), ("kind", kind)), msgspec.json.encode(reading))


def with_record(link: Link, record: str) -> Link:
    """The same link under an id that can be kept once only."""
    return replace(link, columns=(*link.columns, ("record", record)))


def append(connection: Connection, log: str, links: Sequence[Link], entropy: Callable[[int], bytes]) -> None:
    """Chain `links`, each at the end of its administration's chain; chains are taken in ascending order."""
    for administration in sorted({link.administration for link in links}):
        mine = [link for link in links if link.administration == administration]
        _extend(connection, log, administration, mine, entropy)


def _extend(
    connection: Connection,
    log: str,
    administration: str,
    links: Sequence[Link],
    entropy: Callable[[int], bytes],
) -> None:
    mine = {"of": log, "within": administration}
    head = connection.execute(_HEAD, mine).one_or_none()
    if head is None:
        start = {"log": log, "administration": administration, "n": 0, "digest": GENESIS}
        insert_if_absent(connection, tables.chain, start)
        head = connection.execute(_HEAD, mine).one()
    n, digest = head.n, head.digest
    rows = []
    for link in links:
        salt = entropy(16)
        content_digest = hashlib.sha256(salt + link.body).digest()
        row = {
            "administration": administration,
            "chain_n": n + 1,
            "at": link.at,
            "salt": salt,
            "content_digest": content_digest,
            "prev_digest": digest,
            "body": link.body,
            **dict(link.columns),
        }
        n, digest = n + 1, link_digest(log, row)
        rows.append(row | {"digest": digest})
    connection.execute(insert(TABLES[log]), rows)
    connection.execute(_MOVE, {**mine, "n": n, "digest": digest})


def link_digest(log: str, row: Mapping[str, Any]) -> bytes:
    """What the link in `row` must be sealed with: its predecessor, its columns, its salted content."""
    columns = [str(row[name]) for name in ("administration", "chain_n", *_HEADERS[log])]
    header = msgspec.json.encode([log, *columns, round(row["at"].timestamp() * 1_000_000)])
    return hashlib.sha256(row["prev_digest"] + row["content_digest"] + header).digest()
