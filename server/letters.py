"""Outgoing numbers and frozen letters: what an answer gets in the transaction that makes it ready to leave.

A letter is frozen as all its words (`letters.letter.Letter`), so that rendering it later, twice, or after a
crash gives the same bytes whatever the register has become. `server.letter_press` makes the files.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

import msgspec
from sqlalchemy import Connection, func, insert, select, update

from letters.composition import compose, letterhead_of
from letters.letter import RENDERER, Letter, Mark
from protocol import history
from protocol.complaint import Complaint, Event, EventKind, Nature, Reply, Status
from protocol.deadlines import civil_date
from protocol.directory import Administration, Colleague, Unit
from protocol.settings import Settings
from server import directory, numbering, tables
from server.directory import NoSuchEntry

WITHDRAWN = "withdrawn"
"""Reason of a number cancelled because the citizen gave the complaint up before its letter left."""


MOVED = (EventKind.TRANSFERRED, EventKind.ARBITRATED)
"""Facts after which a complaint is another body's, or another unit's."""


class State(StrEnum):
    """Where a letter stands; `refused` has the names of its empty fields in `reason`."""

    WAITING = "waiting"
    RECORDED = "recorded"
    REFUSED = "refused"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Frozen:
    """A letter that waits for its file: the act that made it ready, where it belongs, all its words."""

    act: str
    complaint: str
    number: str
    at: datetime
    letter: Letter


@dataclass(frozen=True, slots=True)
class Stopped:
    """A letter that could not be made; `reason` names what is missing."""

    act: str
    number: str
    complaint: str
    reason: str


class Heads:
    """What letters read of the register, each entry once; one a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._known: dict[tuple[str, str], Administration | Unit | Colleague | None] = {}

    def administration(self, code: str) -> Administration:
        """The body, or one without names that its letter will be refused for."""
        found = self._once("administration", code)
        nameless = Administration(code=code, name_fr="", name_ar="")
        return found if isinstance(found, Administration) else nameless

    def unit(self, code: str) -> Unit | None:
        """The service, None for "" or for one the register has lost."""
        found = self._once("unit", code) if code else None
        return found if isinstance(found, Unit) else None

    def colleague(self, user: str) -> Colleague | None:
        """Who signs; None for somebody the register does not know."""
        found = self._once("colleague", user)
        return found if isinstance(found, Colleague) else None

    def _once(self, kind: str, code: str) -> Administration | Unit | Colleague | None:
        if (kind, code) not in self._known:
            try:
                self._known[kind, code] = directory.entry(self._connection, kind, code)
            except NoSuchEntry:
                self._known[kind, code] = None
        return self._known[kind, code]


def is_ready(document: Complaint) -> bool:
    """Whether the newest fact made an answer ready to leave, so that it gets a number and a letter."""
    return document.events[-1].kind in history.MADE_READY and document.status == Status.TO_DISPATCH


def with_number(document: Complaint, number: str) -> Complaint:
    """The document whose newest fact bears this outgoing number."""
    event = msgspec.structs.replace(document.events[-1], number=number)
    return msgspec.structs.replace(document, events=(*document.events[:-1], event))


def follow(
    connection: Connection, document: Complaint, settings: Settings, now: datetime, *, wanted: str = ""
) -> Complaint:
    """The document after an accepted act, with its outgoing number when it has just become ready to leave.

    The letter is frozen beside it. `wanted` is the number the same act had before a restore (PROTOCOL §4). A
    complaint withdrawn before its letter left gives the number up.
    """
    if document.events[-1].kind == EventKind.WITHDRAWN:
        _give_up(connection, document, now)
    if not is_ready(document):
        return document
    administration = document.administration
    again = bool(wanted) and numbering.reclaim(connection, numbering.OUTGOING, administration, wanted)
    number = wanted if again else numbering.next_number(connection, numbering.OUTGOING, administration, now)
    numbered = with_number(document, number)
    connection.execute(insert(tables.letter).values(**row_of(numbered, settings, Heads(connection), now)))
    return numbered


def row_of(document: Complaint, settings: Settings, heads: Heads, now: datetime) -> dict[str, object]:
    """The row of the letter that the newest fact of `document` made ready, waiting for its file."""
    event = document.events[-1]
    letter = _letter(document, event, settings, heads, civil_date(now))
    inadmissible = letter.is_adverse and _nature(document, event) == Nature.INADMISSIBLE
    return {
        "act": event.act,
        "complaint": document.id,
        "administration": document.administration,
        "kind": "inadmissible" if inadmissible else "answer",
        "number": event.number,
        "on": letter.date,
        "model": letter.model,
        "renderer": RENDERER,
        "fields": msgspec.json.encode(letter),
        "state": State.WAITING,
        "reason": "",
        "sha256": "",
        "at": now,
        "recorded_at": None,
    }


def _nature(document: Complaint, event: Event) -> str:
    reply = history.reply_of(document, event)
    return reply.nature if reply is not None else ""


def _letter(document: Complaint, event: Event, settings: Settings, heads: Heads, on: date) -> Letter:
    reply = history.reply_of(document, event) or document.pending or Reply(nature="", text="")
    letterhead = letterhead_of(
        heads.administration(document.administration),
        heads.unit(document.unit),
        heads.colleague(event.by),
        settings,
        on=on,
    )
    return compose(document, reply, letterhead, mark=Mark.NONE, number=event.number, on=on)


def _give_up(connection: Connection, document: Complaint, now: datetime) -> None:
    """Cancel the number of a letter that will never leave; one that has left, even in vain, keeps its own."""
    ready = history.made_ready(document)
    if ready is not None and history.last(document, *history.MADE_READY, EventKind.DISPATCHED) is ready:
        cancel(connection, ready.act, WITHDRAWN, now)


def cancel(connection: Connection, act: str, reason: str, now: datetime) -> None:
    """The letter of `act` will not leave: its number is listed as cancelled, with the reason."""
    table = tables.letter
    row = connection.execute(select(table).where(table.c.act == act).with_for_update()).one_or_none()
    if row is None or row.state == State.CANCELLED:
        return
    connection.execute(update(table).where(table.c.act == act).values(state=State.CANCELLED, reason=reason))
    year, n = numbering.parts(row.number)
    gap = {
        "kind": numbering.OUTGOING,
        "administration": row.administration,
        "year": year,
        "first": n,
        "last": n,
    }
    connection.execute(insert(tables.cancelled_number).values(**gap, reason=reason, at=now))


def waiting(connection: Connection, limit: int) -> tuple[Frozen, ...]:
    """Letters that wait for their file, the newest first: somebody may be looking for it."""
    table = tables.letter
    columns = (table.c.act, table.c.complaint, table.c.number, table.c.at, table.c.fields)
    query = select(*columns).where(table.c.state == State.WAITING).order_by(table.c.at.desc(), table.c.act)
    rows = connection.execute(query.limit(limit)).all()
    return tuple(
        Frozen(row.act, row.complaint, row.number, row.at, msgspec.json.decode(row.fields, type=Letter))
        for row in rows
    )


def still_waits(connection: Connection, frozen: Frozen) -> bool:
    """Whether the letter is still to be recorded; it is held until the end of the transaction.

    Its complaint is taken before it, in the order in which a withdrawal takes them: neither waits for ever.
    """
    table, owner = tables.letter, tables.complaint
    connection.execute(select(owner.c.id).where(owner.c.id == frozen.complaint).with_for_update())
    query = select(table.c.state).where(table.c.act == frozen.act).with_for_update()
    return connection.execute(query).scalar_one_or_none() == State.WAITING


def settle(connection: Connection, act: str, sha256: str, now: datetime) -> None:
    """The file of the letter is in the history of its complaint."""
    table = tables.letter
    values = {"state": State.RECORDED, "sha256": sha256, "reason": "", "recorded_at": now}
    connection.execute(update(table).where(table.c.act == act).values(**values))


def refuse(connection: Connection, act: str, reason: str) -> None:
    """The letter cannot be made as it stands; `retry` takes it up when what is missing has been entered."""
    table = tables.letter
    connection.execute(update(table).where(table.c.act == act).values(state=State.REFUSED, reason=reason))


def counts(connection: Connection) -> Counter[str]:
    """How many letters stand in each state."""
    table = tables.letter
    query = select(table.c.state, func.count().label("letters")).group_by(table.c.state)
    return Counter({row.state: row.letters for row in connection.execute(query)})


def stopped(connection: Connection) -> tuple[Stopped, ...]:
    """Letters that could not be made, by number."""
    table = tables.letter
    query = select(table.c.act, table.c.number, table.c.complaint, table.c.reason)
    rows = connection.execute(query.where(table.c.state == State.REFUSED).order_by(table.c.number)).all()
    return tuple(Stopped(row.act, row.number, row.complaint, row.reason) for row in rows)


def _as_of(document: Complaint, event: Event, administration: str) -> Complaint:
    """The document as `event` left it: a complaint that went elsewhere later was answered from here."""
    moves = (one for one in document.events if one.n > event.n and one.kind in MOVED)
    moved = next(moves, None)
    return msgspec.structs.replace(
        document,
        administration=administration,
        unit=moved.from_unit if moved is not None else document.unit,
        events=tuple(one for one in document.events if one.n <= event.n),
    )


def retry(connection: Connection) -> int:
    """Freeze refused letters again from the register as it is now, same number and date; how many."""
    from server.complaints import load  # a complaint is read where it is written; that module calls this one

    table, heads = tables.letter, Heads(connection)
    columns = (table.c.act, table.c.complaint, table.c.administration, table.c.on)
    query = select(*columns).where(table.c.state == State.REFUSED)
    rows = connection.execute(query.with_for_update()).all()
    for row in rows:
        document = load(connection, row.complaint)
        event = next(event for event in document.events if event.act == row.act and event.number)
        past = _as_of(document, event, row.administration)
        settings = directory.settings_for(connection, row.administration)
        letter = _letter(past, event, settings, heads, row.on)
        values = {
            "fields": msgspec.json.encode(letter),
            "state": State.WAITING,
            "reason": "",
            "model": letter.model,
        }
        connection.execute(update(table).where(table.c.act == row.act).values(renderer=RENDERER, **values))
    return len(rows)
