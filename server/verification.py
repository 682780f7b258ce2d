"""Reads the whole history again and names every fault: edited, missing, swapped, inserted or cut links.

Anchors, the heads of all chains at some moment, are appended to a file outside the database: a tail cut
together with its head is found through them. Copy that file to another machine to be safe from its editing.
"""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path

import msgspec
from sqlalchemy import Connection, RowMapping, select

from server import tables
from server.audit import EVENTS, GENESIS, TABLES, Recorded, link_digest
from server.database import take_time

_PAGE = 2_000


class Anchor(msgspec.Struct, frozen=True, kw_only=True):
    """The heads of all chains at one moment: "log/administration" → (length, digest in hexadecimal)."""

    at: datetime
    heads: dict[str, tuple[int, str]]


class Fault(StrEnum):
    """What verification can find."""

    CONTENT_EDITED = "content_edited"
    LINK_BROKEN = "link_broken"
    LINK_MISSING = "link_missing"
    TAIL_CUT = "tail_cut"
    DOCUMENT_EDITED = "document_edited"
    DOCUMENT_MISSING = "document_missing"
    DOCUMENT_ADDED = "document_added"
    ANCHOR_BROKEN = "anchor_broken"


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault: the chain ("log/administration") or the complaint, and the position where it shows."""

    fault: Fault
    where: str
    n: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """Result of a verification: links read, contents erased on purpose, faults found."""

    links: int
    erased: int
    findings: tuple[Finding, ...]


@dataclass(slots=True)
class _Walk:
    """What has been learnt so far; `marks` are the anchored positions still to be met."""

    marks: dict[str, dict[int, str]]
    links: int = 0
    erased: int = 0
    findings: list[Finding] = field(default_factory=list)
    documents: dict[str, tuple[int, str]] = field(default_factory=dict)

    def report(self, fault: Fault, where: str, n: int = 0) -> None:
        self.findings.append(Finding(fault, where, n))


def verify(connection: Connection, anchors: Path) -> Report:
    """Read every chain from its first link, then documents and anchors; finds any direct change."""
    take_time(connection)
    walk = _Walk(_read_anchors(anchors))
    heads = _heads(connection)
    for log, table in TABLES.items():
        present = connection.execute(select(table.c.administration).distinct()).scalars()
        known = {
            name.partition("/")[2] for name in heads.keys() | walk.marks.keys() if name.startswith(f"{log}/")
        }
        for administration in sorted(known | set(present)):
            head = heads.get(f"{log}/{administration}", (0, GENESIS.hex()))
            _walk_chain(connection, walk, log, administration, head)
    _compare_documents(connection, walk)
    return Report(walk.links, walk.erased, tuple(walk.findings))


def _walk_chain(
    connection: Connection, walk: _Walk, log: str, administration: str, head: tuple[int, str]
) -> None:
    where = f"{log}/{administration}"
    expected, digest = 0, GENESIS
    marks = walk.marks.get(where, {})
    for row in _links(connection, log, administration):
        expected += 1
        if row["chain_n"] != expected:
            walk.report(Fault.LINK_MISSING, where, expected)
            expected = row["chain_n"]
        elif row["prev_digest"] != digest:
            walk.report(Fault.LINK_BROKEN, where, expected)
        _check_link(walk, log, where, row)
        digest = row["digest"]
        if marks.pop(expected, digest.hex()) != digest.hex():
            walk.report(Fault.ANCHOR_BROKEN, where, expected)
    if (expected, digest.hex()) != head:
        walk.report(Fault.TAIL_CUT, where, expected)
    elif any(n > expected for n in marks):
        walk.report(Fault.ANCHOR_BROKEN, where, max(marks))


def _check_link(walk: _Walk, log: str, where: str, row: RowMapping) -> None:
    walk.links += 1
    n = row["chain_n"]
    if link_digest(log, dict(row)) != row["digest"]:
        walk.report(Fault.LINK_BROKEN, where, n)
    if row["body"] is None:
        walk.erased += 1
    elif hashlib.sha256(row["salt"] + row["body"]).digest() != row["content_digest"]:
        walk.report(Fault.CONTENT_EDITED, where, n)
    elif log == EVENTS:
        recorded = msgspec.json.decode(row["body"], type=Recorded)
        known, _ = walk.documents.get(row["complaint"], (0, ""))
        if recorded.event.n >= known:
            walk.documents[row["complaint"]] = (recorded.event.n, recorded.document)


def _links(connection: Connection, log: str, administration: str) -> Iterator[RowMapping]:
    table, last = TABLES[log], 0
    while True:
        page = (
            select(table)
            .where(table.c.administration == administration, table.c.chain_n > last)
            .order_by(table.c.chain_n)
            .limit(_PAGE)
        )
        rows = connection.execute(page).mappings().all()
        yield from rows
        if len(rows) < _PAGE:
            return
        last = rows[-1]["chain_n"]


def _compare_documents(connection: Connection, walk: _Walk) -> None:
    """Every document is, byte for byte, the one its last event led to, and its version is that event's."""
    table, last = tables.complaint, ""
    while True:
        page = (
            select(table.c.id, table.c.ver, table.c.document)
            .where(table.c.id > last)
            .order_by(table.c.id)
            .limit(_PAGE)
        )
        rows = connection.execute(page).all()
        for row in rows:
            recorded = walk.documents.pop(row.id, None)
            if recorded is None:
                walk.report(Fault.DOCUMENT_ADDED, row.id)
            elif recorded != (row.ver, hashlib.sha256(row.document).hexdigest()):
                walk.report(Fault.DOCUMENT_EDITED, row.id, row.ver)
        if len(rows) < _PAGE:
            break
        last = rows[-1].id
    for complaint in walk.documents:
        walk.report(Fault.DOCUMENT_MISSING, complaint)


def _heads(connection: Connection) -> dict[str, tuple[int, str]]:
    rows = connection.execute(select(tables.chain)).all()
    return {f"{row.log}/{row.administration}": (row.n, row.digest.hex()) for row in rows}


def anchor(connection: Connection, folder: Path, now: datetime) -> None:
    """Append the heads of all chains to the anchor file, and make sure it is on the disk."""
    line = msgspec.json.encode(Anchor(at=now, heads=_heads(connection))) + b"\n"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(folder / "anchors.jsonl", os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "ab") as file:
        file.write(line)
        file.flush()
        os.fsync(file.fileno())


def last_anchor(folder: Path) -> datetime | None:
    """When the heads were last written down, aware UTC."""
    path = folder / "anchors.jsonl"
    lines = path.read_bytes().splitlines() if path.is_file() else []
    return msgspec.json.decode(lines[-1], type=Anchor).at if lines else None


def _read_anchors(folder: Path) -> dict[str, dict[int, str]]:
    path = folder / "anchors.jsonl"
    marks: dict[str, dict[int, str]] = {}
    for line in path.read_bytes().splitlines() if path.is_file() else []:
        for where, (n, digest) in msgspec.json.decode(line, type=Anchor).heads.items():
            if n:
                marks.setdefault(where, {})[n] = digest
    return marks
