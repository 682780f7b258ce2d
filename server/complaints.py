"""Registers complaints and executes acts: the one place where a complaint and its history are written.

Acts of one push share a transaction, which takes its complaints in order first (`server.locks`). Each act
takes its complaint, claims its id in act_log, then changes the complaint; last of all come the chains of
events and the streams of the administrations concerned, in ascending order.
"""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from secrets import token_bytes

import msgspec
from sqlalchemy import Connection, bindparam, insert, select, update

from protocol import projection, rules
from protocol.acts import Asked, Dispatch, UnknownAct, files_of, with_files
from protocol.complaint import Attachment, Complaint, Event, EventKind
from protocol.deadlines import civil_date
from protocol.files import clean_name, named
from protocol.marks import mark
from protocol.refusals import Held, Refusal, Refused
from protocol.scope import grants_scope
from protocol.settings import CITIZEN, SYSTEM, Actor
from protocol.wire import Envelope, Result, seal, unseal
from server import act_log, blobs, changes, consequences, directory, letters, locks, numbering, tables
from server.act_log import APPLIED, HELD, REJECTED
from server.changes import Written
from server.database import insert_if_absent

PREV_UNKNOWN = Held.PREV_UNKNOWN
BLOB_MISSING = Held.BLOB_MISSING
NOT_YOURS = "not_yours"

Entropy = Callable[[int], bytes]

_decoder = msgspec.json.Decoder(Complaint)

# Built once: they run at every act, and building a statement costs more than running it.
_HOLD = (
    select(tables.complaint.c.document).where(tables.complaint.c.id == bindparam("wanted")).with_for_update()
)
_CHANGE = update(tables.complaint).where(tables.complaint.c.id == bindparam("wanted"))


class NoSuchComplaint(LookupError):
    """No complaint has this id."""


@dataclass(frozen=True, slots=True)
class Tracked:
    """What the follow-up page needs to check a pair: the id, and the hash given at registration."""

    id: str
    tracking_hash: str


@dataclass(frozen=True, slots=True)
class _Turn:
    """Who is writing, when, through which connection; `written` collects effects not yet published."""

    connection: Connection
    actor: Actor
    device: str
    now: datetime
    written: list[Written] = field(default_factory=list)

    def add(self, effect: Written) -> None:
        """An effect with all that follows from it; published at the end of the transaction."""
        self.written.append(effect)
        consequences.follow(self.connection, effect)


def load(connection: Connection, complaint: str) -> Complaint:
    """The current document; raises NoSuchComplaint."""
    query = select(tables.complaint.c.document).where(tables.complaint.c.id == complaint)
    document = connection.execute(query).scalar_one_or_none()
    if document is None:
        raise NoSuchComplaint(complaint)
    return _decoder.decode(document)


def find(connection: Connection, number: str) -> Tracked | None:
    """The complaint that carries this registration number."""
    table = tables.complaint
    row = connection.execute(
        select(table.c.id, table.c.tracking_hash).where(table.c.number == number)
    ).one_or_none()
    return None if row is None else Tracked(row.id, row.tracking_hash or "")


def register(
    connection: Connection,
    draft: Complaint,
    *,
    by: str,
    now: datetime,
    tracking_hash: str = "",
    entropy: Entropy = token_bytes,
) -> Complaint:
    """Enter a new complaint in the register: number, first events, stream; returns the document as stored.

    `draft` has its id, `administration`, `unit`, `due` and `routing` decided; `ver`, `number` and `events`
    are given here. `by` is a user id or "citizen"; `tracking_hash` is what is kept of the secret code.
    """
    number = numbering.next_number(connection, numbering.REGISTRATION, draft.administration, now)
    act = str(uuid.uuid5(uuid.UUID(draft.id), "register"))
    document = msgspec.structs.replace(
        draft,
        ver=1,
        number=number,
        unit_since=draft.unit_since or now,
        events=first_events(draft, act=act, by=by, number=number, now=now),
    )
    turn = _Turn(connection, SYSTEM, "", now)
    raw = msgspec.json.encode(document)
    row = columns_of(document, raw) | {"tracking_hash": tracking_hash or None, "changed_at": now}
    connection.execute(insert(tables.complaint).values(**row))
    _keep_attachments(connection, document.id, document.attachments)
    turn.add(Written(before=None, after=document, act=act, document=raw))
    changes.publish(connection, turn.written, now, entropy)
    return document


def first_events(draft: Complaint, *, act: str, by: str, number: str, now: datetime) -> tuple[Event, ...]:
    """The facts that come with registration: registered, and routed when the content was relayed."""
    registered = Event(
        n=1,
        act=act,
        kind=EventKind.REGISTERED,
        at=now,
        by=by,
        channel=draft.channel,
        number=number,
        administration=draft.administration,
        unit=draft.unit,
    )
    if draft.routing is None:
        return (registered,)
    routed = Event(
        n=1,
        act=act,
        kind=EventKind.ROUTED,
        at=now,
        by=SYSTEM.id,
        administration=draft.administration,
        unit=draft.unit,
    )
    return (registered, routed)


def execute(
    connection: Connection,
    asked: Envelope | Asked,
    actor: Actor,
    device: str,
    now: datetime,
    *,
    entropy: Entropy = token_bytes,
) -> Result:
    """Execute one act inside the caller's transaction and tell what became of it (PROTOCOL §3).

    The same id a second time changes nothing and gets the stored result. A refused act is logged with its
    code; a held one (its `prev` or a file it needs has not come yet) is not. `device` is "" for citizen and
    system.
    """
    turn = _Turn(connection, actor, device, now)
    result = _settle(turn, seal(asked) if isinstance(asked, Asked) else asked)
    changes.publish(connection, turn.written, now, entropy)
    return result


def execute_all(
    connection: Connection,
    envelopes: Sequence[Envelope],
    actor: Actor,
    device: str,
    now: datetime,
    *,
    entropy: Entropy = token_bytes,
) -> tuple[Result, ...]:
    """Execute the acts of one push in order, in one transaction; each has its own result."""
    locks.take(connection, [envelope.complaint for envelope in envelopes])
    turn = _Turn(connection, actor, device, now)
    results = tuple(_settle(turn, envelope) for envelope in envelopes)
    changes.publish(connection, turn.written, now, entropy)
    return results


def _settle(turn: _Turn, envelope: Envelope) -> Result:
    before = _locked(turn.connection, envelope.complaint)
    stored = _stored_result(turn, envelope, before)
    if stored is not None:
        return stored
    prev = _prev_status(turn.connection, envelope.prev)
    if prev == HELD:
        return Result(id=envelope.id, status="held", code=PREV_UNKNOWN)
    asked = _read(envelope)
    true = _with_true_files(turn, asked) if asked is not None else None
    if asked is not None and true is None:
        return Result(id=envelope.id, status="held", code=BLOB_MISSING)
    if not _log(turn, envelope):
        # Another process has just settled the same act on a complaint there is not: nothing was held for it.
        told = _stored_result(turn, envelope, before)
        return told or Result(id=envelope.id, status="held", code=PREV_UNKNOWN)
    if true is None:
        return _refuse(turn, envelope, before, Refusal.UNKNOWN_ACT)
    if before is None:
        return _refuse(turn, envelope, None, Refusal.OUT_OF_SCOPE)
    if prev == REJECTED:
        # What one may not see answers as what is not there, whatever the act leans on.
        hidden = not _sees(turn, before)
        return _refuse(turn, envelope, before, Refusal.OUT_OF_SCOPE if hidden else Refusal.PREV_REJECTED)
    try:
        after = _apply(turn, before, true, turn.actor, envelope.number)
    except Refused as refused:
        return _refuse(turn, envelope, before, refused.code)
    after = _dispatch_at_once(turn, before, after, true)
    act_log.conclude(turn.connection, envelope.id, APPLIED, "", after.ver)
    return _result(turn, envelope.id, "applied", "", after)


def _read(envelope: Envelope) -> Asked | None:
    """The act in its envelope; None for one this server cannot read."""
    try:
        return unseal(envelope)
    except UnknownAct:
        return None


def _apply(turn: _Turn, before: Complaint, asked: Asked, actor: Actor, wanted: str = "") -> Complaint:
    """The document after the act, stored unless the act was a no-op; raises Refused.

    An answer ready to leave gets its outgoing number here: `wanted` if that is the number it once had.
    """
    settings = directory.settings_for(turn.connection, before.administration)
    after = rules.apply(before, asked, actor, settings, turn.now)
    if after.ver == before.ver:
        return before
    after = letters.follow(turn.connection, after, settings, turn.now, wanted=wanted)
    raw = msgspec.json.encode(after)
    values = columns_of(after, raw) | {"changed_at": turn.now, "wanted": after.id}
    turn.connection.execute(_CHANGE, values)
    for event in after.events[len(before.events) :]:
        _keep_attachments(turn.connection, after.id, event.attachments)
    turn.add(Written(before=before, after=after, act=asked.id, document=raw))
    return after


def _dispatch_at_once(turn: _Turn, before: Complaint, after: Complaint, asked: Asked) -> Complaint:
    """Portal and e-mail answers leave with their acceptance: the system's own Dispatch (DOMAIN §3, 7b)."""
    channel = rules.dispatch_channel(after) if after.ver != before.ver else ""
    if not channel:
        return after
    dispatch = Asked(
        id=str(uuid.uuid5(uuid.UUID(asked.id), "dispatch")),
        complaint=after.id,
        seen=after.ver,
        at=turn.now,
        act=Dispatch(channel=channel, on=civil_date(turn.now)),
    )
    own = _Turn(turn.connection, SYSTEM, "", turn.now, turn.written)
    _log(own, seal(dispatch))
    sent = _apply(own, after, dispatch, SYSTEM)
    act_log.conclude(turn.connection, dispatch.id, APPLIED, "", sent.ver)
    return sent


def _stored_result(turn: _Turn, envelope: Envelope, document: Complaint | None) -> Result | None:
    row = act_log.find(turn.connection, envelope.id)
    if row is None:
        return None
    if row.user != turn.actor.id or row.complaint != envelope.complaint:
        return Result(id=envelope.id, status="rejected", code=NOT_YOURS)
    document = _locked(turn.connection, envelope.complaint)
    return _result(turn, envelope.id, row.status, row.code, document, ver=row.ver)


def _prev_status(connection: Connection, prev: str | None) -> str:
    """Status of the act this one leans on: "" for none, `held` when the server does not know it yet."""
    if prev is None:
        return ""
    return act_log.status_of(connection, prev)


def _log(turn: _Turn, envelope: Envelope) -> bool:
    """Claim the act's id; False when somebody else already has."""
    return act_log.claim(turn.connection, envelope, turn.actor.id, turn.device, turn.now)


def _refuse(turn: _Turn, envelope: Envelope, document: Complaint | None, code: str) -> Result:
    """Log the refusal; a complaint one may not see answers as if there were none."""
    visible = document if document is not None and _sees(turn, document) else None
    act_log.conclude(turn.connection, envelope.id, REJECTED, code, visible.ver if visible else 0)
    return _result(turn, envelope.id, "rejected", code, visible)


def _result(
    turn: _Turn, act: str, status: str, code: str, document: Complaint | None, *, ver: int | None = None
) -> Result:
    visible = document is not None and _sees(turn, document)
    settled = ver if ver is not None else (document.ver if document is not None else 0)
    return Result(
        id=act,
        status="applied" if status == APPLIED else "rejected",
        code=code,
        ver=settled,
        doc=msgspec.Raw(msgspec.json.encode(document)) if visible else msgspec.UNSET,
        gone=not visible,
    )


def _sees(turn: _Turn, document: Complaint) -> bool:
    return grants_scope(document, turn.actor, civil_date(turn.now))


def _locked(connection: Connection, complaint: str) -> Complaint | None:
    document = connection.execute(_HOLD, {"wanted": complaint}).scalar_one_or_none()
    return None if document is None else _decoder.decode(document)


def _with_true_files(turn: _Turn, asked: Asked) -> Asked | None:
    """The act with its files as the server knows them; None while one has not come from this author.

    A file counts as come when its author has sent its bytes or sees a complaint that has it: knowing its name
    must not open it. Type and size are the server's findings, names are made safe and end as their type does.
    """
    files = files_of(asked.act)
    if not files:
        return asked
    found = blobs.known(turn.connection, [file.sha256 for file in files])
    if not all(file.sha256 in found and _may_attach(turn, file.sha256) for file in files):
        return None
    true = tuple(
        msgspec.structs.replace(file, name=named(clean_name(file.name), mime), mime=mime, size=size)
        for file in files
        for mime, size in (found[file.sha256],)
    )
    return msgspec.structs.replace(asked, act=with_files(asked.act, true))


def _may_attach(turn: _Turn, sha256: str) -> bool:
    if turn.actor in (SYSTEM, CITIZEN) or blobs.sent_by(turn.connection, sha256, turn.actor.id):
        return True
    documents = (load(turn.connection, one) for one in blobs.holders(turn.connection, sha256))
    return any(_sees(turn, document) for document in documents)


def _keep_attachments(connection: Connection, complaint: str, files: Sequence[Attachment]) -> None:
    for file in files:
        values = msgspec.structs.asdict(file) | {"complaint": complaint}
        insert_if_absent(connection, tables.attachment, values)


def columns_of(document: Complaint, raw: bytes) -> dict[str, object]:
    """The row of a document: the columns queries need, the list line, the bytes and their mark.

    Whatever happens to a complaint takes it out of the archive again.
    """
    named = {
        name: getattr(document, name)
        for name in (
            "id", "administration", "unit", "confidential", "against", "ombudsman", "assignee", "status",
            "type", "theme", "channel", "due", "received_at", "ver", "number", "parent",
        )
    }  # fmt: skip
    return named | {
        "listed": msgspec.json.encode(projection.columns(document)),
        "document": raw,
        "mark": mark(raw),
        "archived": False,
    }
