"""Enters many complaints with their histories at once, as if each act had been accepted at its own moment.

The result is what single acts would have left: numbers continuous in the order of time, letters waiting for
their files, dense streams, one chain of events per administration, rows equal to those of
`complaints.register` and `execute`. The acts are not in act_log: no device ever sent them.
"""

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import msgspec
from sqlalchemy import Connection, insert, select, update

from protocol.complaint import Complaint
from protocol.deadlines import civil_date
from protocol.settings import CITIZEN
from server import audit, complaints, directory, letters, numbering, scope, streams, tables
from server.demonstration.histories import Step

_CHUNK = 2_000


@dataclass(frozen=True, slots=True)
class _Line:
    """One accepted act, reduced to what the chains and streams keep of it."""

    at: datetime
    order: int
    complaint: str
    ver: int
    act: str
    links: tuple[audit.Link, ...]
    sides: tuple[str, ...]
    scope_before: bytes | None
    scope_after: bytes | None


@dataclass(slots=True)
class Ledger:
    """Collects complaints in the order of their reception, then writes everything by `close`."""

    connection: Connection
    entropy: Callable[[int], bytes]
    _numbers: dict[tuple[str, str, int], int] = field(default_factory=dict)
    _lives: list[tuple[Sequence[Step], str]] = field(default_factory=list)
    _letters: list[dict[str, object]] = field(default_factory=list)
    _lines: list[_Line] = field(default_factory=list)
    _rows: list[dict[str, object]] = field(default_factory=list)

    def register(self, draft: Complaint) -> Step:
        """The registration of `draft` by the citizen at its `received_at`: number, first events."""
        at, administration = draft.received_at, draft.administration
        number = self._next_number(numbering.REGISTRATION, administration, at)
        act = str(uuid.uuid5(uuid.UUID(draft.id), "register"))
        events = complaints.first_events(draft, act=act, by=CITIZEN.id, number=number, now=at)
        document = msgspec.structs.replace(draft, ver=1, number=number, unit_since=at, events=events)
        return Step(at, None, document, act)

    def _next_number(self, kind: str, administration: str, at: datetime) -> str:
        key = kind, administration, civil_date(at).year
        if key not in self._numbers:
            table = tables.number
            query = select(table.c.last).where(
                table.c.kind == kind, table.c.administration == administration, table.c.year == key[2]
            )
            self._numbers[key] = self.connection.execute(query).scalar_one_or_none() or 0
        self._numbers[key] += 1
        return numbering.written(kind, key[2], administration, self._numbers[key])

    def enter(self, steps: Sequence[Step], tracking_hash: str) -> None:
        """Take the whole life of one complaint, its registration first."""
        self._lives.append((steps, tracking_hash))

    def close(self) -> int:
        """Write complaints, letters, numbers, chains and streams; returns the number of acts entered."""
        numbers, heads = self._outgoing_numbers(), letters.Heads(self.connection)
        for steps, tracking_hash in self._lives:
            self._write_down([*self._numbered(steps, numbers, heads)], tracking_hash)
        for table, rows in ((tables.complaint, self._rows), (tables.letter, self._letters)):
            for start in range(0, len(rows), _CHUNK):
                self.connection.execute(insert(table), rows[start : start + _CHUNK])
        self._write_numbers()
        self._lines.sort(key=lambda line: (line.at, line.order))
        for start in range(0, len(self._lines), _CHUNK):
            lines = self._lines[start : start + _CHUNK]
            links = [link for line in lines for link in line.links]
            audit.append(self.connection, audit.EVENTS, links, self.entropy)
            self._publish(lines)
        return len(self._lines)

    def _outgoing_numbers(self) -> dict[str, str]:
        """The outgoing number of every act that made an answer ready, given in the order of time."""
        ready = [
            step
            for steps, _ in self._lives
            for step in steps
            if step.before is not None and letters.is_ready(step.after)
        ]
        ready.sort(key=lambda step: step.at)
        return {
            step.act: self._next_number(numbering.OUTGOING, step.after.administration, step.at)
            for step in ready
        }

    def _numbered(
        self, steps: Sequence[Step], numbers: Mapping[str, str], heads: letters.Heads
    ) -> Iterator[Step]:
        """The same life with its outgoing numbers, each letter frozen where it was made ready."""
        before: Complaint | None = None
        for step in steps:
            events = step.after.events
            if before is not None:
                events = (*before.events, *events[len(before.events) :])
            after = msgspec.structs.replace(step.after, events=events)
            if step.act in numbers:
                after = letters.with_number(after, numbers[step.act])
                settings = directory.settings_for(self.connection, after.administration)
                self._letters.append(letters.row_of(after, settings, heads, step.at))
            yield replace(step, before=before, after=after)
            before = after

    def _write_down(self, steps: Sequence[Step], tracking_hash: str) -> None:
        for step in steps:
            raw = msgspec.json.encode(step.after)
            self._lines.append(_line(step, raw, len(self._lines)))
        last = steps[-1]
        row = complaints.columns_of(last.after, raw)
        self._rows.append(row | {"tracking_hash": tracking_hash or None, "changed_at": last.at})

    def _write_numbers(self) -> None:
        table = tables.number
        for (kind, administration, year), last in self._numbers.items():
            key = {"kind": kind, "administration": administration, "year": year}
            where = [table.c[name] == value for name, value in key.items()]
            known = self.connection.execute(update(table).where(*where).values(last=last)).rowcount
            if not known:
                self.connection.execute(insert(table).values(last=last, **key))

    def _publish(self, lines: Sequence[_Line]) -> None:
        by_side: dict[str, list[_Line]] = {}
        for line in lines:
            for side in line.sides:
                by_side.setdefault(side, []).append(line)
        rows = []
        for side in sorted(by_side):
            mine = by_side[side]
            first = streams.advance(self.connection, side, len(mine)) - len(mine) + 1
            rows += [_change(side, first + i, line) for i, line in enumerate(mine)]
        self.connection.execute(insert(tables.change), rows)


def _line(step: Step, raw: bytes, order: int) -> _Line:
    before, after = step.before, step.after
    known = len(before.events) if before else 0
    holder = before.administration if before else after.administration
    sides = {holder, after.administration}
    return _Line(
        at=step.at,
        order=order,
        complaint=after.id,
        ver=after.ver,
        act=step.act,
        links=tuple(audit.event_link(holder, after.id, event, raw) for event in after.events[known:]),
        sides=tuple(sorted(sides)),
        scope_before=scope.write(before),
        scope_after=scope.write(after),
    )


def _change(administration: str, seq: int, line: _Line) -> dict[str, object]:
    return {
        "administration": administration,
        "seq": seq,
        "complaint": line.complaint,
        "ver": line.ver,
        "scope_before": line.scope_before,
        "scope_after": line.scope_after,
        "act": line.act,
        "at": line.at,
    }
