"""Holds the register against every desk at the end of a run (PROTOCOL §7: P1, P2, P3, P5, P7)."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from sqlalchemy import Connection, func, select

from protocol.acts import Answer, Note, Transfer, files_of, read_act
from protocol.complaint import Complaint
from protocol.history import MADE_READY
from protocol.wire import DocumentLine, EndLine
from server import tables
from server.database import Database
from tests.chaos.findings import Findings
from tests.chaos.journal import Said
from tests.server_world import Client

LEAVE_A_MARK = {Note.kind, Answer.kind, Transfer.kind}
"""Acts whose text is found in exactly one fact of the history."""

_MARK = re.compile(rb"#([a-z]+-\d+-\d+)#")


def audit(register: Database, registered: Iterable[str]) -> Findings:
    """What the register alone can tell: nothing registered is gone, streams dense, no number twice."""
    found = Findings()
    with register.reading() as connection:
        documents = _documents(connection)
        _streams(connection, found)
    found.lost += [f"complaint {one} is not registered" for one in registered if one not in documents]
    told = [msgspec.json.decode(raw, type=Complaint) for raw in documents.values()]
    numbers = Counter(one.number for one in told)
    outgoing = Counter(
        event.number for one in told for event in one.events if event.kind in MADE_READY and event.number
    )
    given = [number for count in (numbers, outgoing) for number, times in count.items() if times > 1]
    found.doubled += [f"number {number} was given twice" for number in given]
    marks = Counter(mark for raw in documents.values() for mark in marks_of(raw))
    found.doubled += [f"act {mark} has {times} effects" for mark, times in marks.items() if times > 1]
    return found


def settled(register: Database, said: Said, states: Mapping[str, str]) -> Findings:
    """Every act of a desk called saved is applied once, refused, or was taken back; with its own text."""
    found = Findings()
    with register.reading() as connection:
        log = {row.id: row for row in connection.execute(select(tables.act_log))}
        marks = {mark for raw in _documents(connection).values() for mark in marks_of(raw)}
        blobs = set(connection.scalars(select(tables.blob.c.sha256)))
    for act, meant in said.acts.items():
        state, row = states.get(act, "nowhere"), log.get(act)
        expected = {"acked": "applied", "rejected": "rejected"}.get(state, "")
        if (row.status if row is not None else "") != expected:
            found.lost.append(f"act {meant.mark} is {state} here, {row.status if row else 'unknown'} there")
        elif row is not None and _args(row.body) != meant.body:
            found.lost.append(f"act {meant.mark} came with another text")
        elif state == "acked" and meant.kind in LEAVE_A_MARK:
            if meant.mark not in marks:
                found.lost.append(f"act {meant.mark} is applied without a trace")
            if any(
                file.sha256 not in blobs for file in files_of(read_act(meant.kind, 1, meant.body.encode()))
            ):
                found.halves.append(f"act {meant.mark} came without its file")
    return found


def compare(client: Client, login: str, bases: Mapping[str, bytes]) -> Findings:
    """P5: what the desk holds is what the server would show this person, byte for byte."""
    found = Findings()
    there = snapshot(client, login)
    found.lost += [f"{login} never got {one}" for one in there.keys() - bases.keys()]
    found.halves += [f"{login} still has {one}" for one in bases.keys() - there.keys()]
    differing = [one for one in there.keys() & bases.keys() if there[one] != bases[one]]
    found.halves += [f"{login} has another {one}" for one in differing]
    return found


def snapshot(client: Client, login: str) -> dict[str, bytes]:
    """Every document this person sees, by complaint."""
    assert client.sign_in(login).status_code == 200
    seen: dict[str, bytes] = {}
    after, done = "", False
    while not done:
        lines = client.stream("/v1/sync/snapshot", after=after, limit=500)
        seen |= {line.id: bytes(line.doc) for line in lines if isinstance(line, DocumentLine)}
        end = lines[-1]
        assert isinstance(end, EndLine)
        after, done = end.after, end.done
    return seen


class _Events(msgspec.Struct):
    events: tuple[msgspec.Raw, ...] = ()


def marks_of(document: bytes) -> list[str]:
    """The marks of the acts in a document's history, one for each fact that carries it."""
    events = msgspec.json.decode(document, type=_Events).events
    return [mark.decode() for event in events for mark in set(_MARK.findall(bytes(event)))]


def _documents(connection: Connection) -> dict[str, bytes]:
    table = tables.complaint
    return {row.id: row.document for row in connection.execute(select(table.c.id, table.c.document))}


def _streams(connection: Connection, found: Findings) -> None:
    """P7: as many changes as the counter says, the last one numbered like it."""
    change, stream = tables.change.c, tables.stream.c
    query = select(change.administration, func.count(), func.max(change.seq)).group_by(change.administration)
    have = {row[0]: (row[1], row[2]) for row in connection.execute(query)}
    for row in connection.execute(select(stream.administration, stream.seq)):
        count, last = have.get(row.administration, (0, 0))
        if row.administration != tables.REFERENCE_STREAM and not count == last == row.seq:
            found.halves.append(
                f"stream {row.administration}: {count} changes, last {last}, counter {row.seq}"
            )


class _Body(msgspec.Struct):
    args: msgspec.Raw


def _args(body: Any) -> str:
    return bytes(msgspec.json.decode(body, type=_Body).args).decode()
