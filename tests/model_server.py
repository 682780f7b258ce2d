"""A small honest server in memory: PROTOCOL §2 and §3 with the real rules, speaking the real bytes.

`ledger` keeps each effect with the document it met, for the invariants; no restore puts it back.
"""

import copy
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import msgspec

from protocol import rules
from protocol.acts import Act, Asked, Dispatch, Write
from protocol.complaint import Channel, Complaint, Person, Status
from protocol.marks import bucket, mark, sums
from protocol.projection import columns, read_document, write_document
from protocol.refusals import Refused
from protocol.scope import grants_scope
from protocol.settings import CITIZEN, SYSTEM, Actor, Settings
from protocol.wire import (
    Check,
    DocumentLine,
    EndLine,
    Envelope,
    GoneLine,
    Header,
    Line,
    ManifestLine,
    Push,
    ReferenceLine,
    Result,
    ResultLine,
    Wanted,
    read_stream,
    unseal,
    write_pushed,
    write_reset,
    write_stream,
)

START = datetime(2026, 11, 23, 9, tzinfo=UTC)


@dataclass(frozen=True)
class Effect:
    """One acceptance: who, from which device, what, and the documents before and after."""

    epoch: str
    actor: Actor
    device: str
    asked: Asked
    before: Complaint
    after: Complaint


@dataclass(frozen=True)
class Change:
    """One row of a stream."""

    seq: int
    complaint: str
    ver: int
    before: Complaint | None
    after: Complaint


@dataclass
class State:
    """What a backup holds."""

    documents: dict[str, bytes] = field(default_factory=dict)
    log: dict[str, Result] = field(default_factory=dict)
    streams: dict[str, list[Change]] = field(default_factory=dict)


class Place(msgspec.Struct):
    """The opaque cursor: epoch, scope hash, position by administration; and where a snapshot is."""

    e: str
    s: str
    q: dict[str, int]
    after: str = ""


class ModelServer:
    """One server, several desks; `users` are the accounts with their grants now."""

    def __init__(self, settings: Settings, users: dict[str, Actor]) -> None:
        self.settings = settings
        self.users = users
        self.state = State()
        self.epoch = "epoch-1"
        self.ledger: list[Effect] = []
        self.late: list[Callable[[], object]] = []
        self.references: tuple[ReferenceLine, ...] = ()
        self.now = START

    # --- what happens without desks

    def register(self, id_: str, administration: str) -> Complaint:
        """A citizen files a complaint."""
        now = self.tick()
        document = Complaint(
            id=id_,
            ver=1,
            type="complaint",
            status=Status.RECEIVED,
            channel=Channel.PORTAL,
            language="ar",
            received_at=now,
            received_on=now.date(),
            entered_at=now,
            due=date(2027, 1, 22),
            administration=administration,
            number=f"2026-{administration}-{len(self.state.documents) + 1}",
            person=Person(name="فاطمة الزهراء"),
            object="انقطاع الماء",
            text="انقطاع الماء منذ أسبوع",
        )
        self._keep(None, document)
        return document

    def citizen_writes(self, id_: str, text: str) -> None:
        """The citizen adds a message, if the rules still let him."""
        document = self.document(id_)
        asked = Asked(
            id=f"w-{id_}-{document.ver}",
            complaint=id_,
            seen=document.ver,
            at=self.tick(),
            act=Write(text=text),
        )
        try:
            self._keep(document, rules.apply(document, asked, CITIZEN, self.settings, self.now))
        except Refused:
            return

    def backup(self) -> State:
        """A copy of everything stored."""
        return copy.deepcopy(self.state)

    def restore(self, backup: State) -> None:
        """Come back from a backup: a new epoch."""
        self.state = copy.deepcopy(backup)
        self.epoch = f"epoch-{int(self.epoch.split('-')[1]) + 1}"

    def document(self, id_: str) -> Complaint:
        """The document now."""
        return read_document(self.state.documents[id_])

    def visible(self, user: str) -> dict[str, bytes]:
        """What this user may see now."""
        actor = self.users[user]
        return {
            id_: raw
            for id_, raw in self.state.documents.items()
            if grants_scope(read_document(raw), actor, self.now.date())
        }

    def tick(self) -> datetime:
        """A minute passes."""
        self.now += timedelta(minutes=1)
        return self.now

    # --- requests

    def push(self, user: str, device: str, body: bytes) -> bytes:
        """Execute acts; one result each, and what changed where a cursor asks for it."""
        asked = msgspec.json.decode(body, type=Push)
        results = [self.execute(user, device, act) for act in asked.acts]
        page = self.pull(user, asked.cursor, len(self.state.documents)) if asked.cursor else b""
        *lines, end = tuple(read_stream(page)) if page else (None,)
        if not isinstance(end, EndLine):
            return write_pushed(tuple(results))
        lines[1:1] = [ResultLine(result=result) for result in results]
        return write_stream(lines, cursor=end.cursor, more=end.more)

    def execute(self, user: str, device: str, envelope: Envelope) -> Result:
        """One act, one transaction."""
        known = self.stored(envelope.id)
        if known is not None:
            return self._with_document(known, envelope.complaint, user)
        prev = self.prev_status(envelope)
        if prev == "held":
            return Result(id=envelope.id, status="held", code="prev_unknown")
        result = self._decide(user, device, unseal(envelope), prev)
        self.state.log[envelope.id] = result
        return self._with_document(result, envelope.complaint, user)

    def stored(self, act: str) -> Result | None:
        """The result already given to this id."""
        return self.state.log.get(act)

    def prev_status(self, envelope: Envelope) -> str:
        """What became of the act before."""
        if envelope.prev is None:
            return "applied"
        before = self.state.log.get(envelope.prev)
        return "held" if before is None else before.status

    def grants_of(self, user: str) -> Actor:
        """The account with its grants now."""
        return self.users[user]

    def seen_by(self, asked: Asked, document: Complaint) -> Asked:
        """The act as it is judged."""
        return asked

    def _decide(self, user: str, device: str, asked: Asked, prev: str) -> Result:
        now = self.tick()
        if asked.complaint not in self.state.documents:
            return Result(id=asked.id, status="rejected", code="out_of_scope")
        before = self.document(asked.complaint)
        if prev == "rejected":
            return Result(id=asked.id, status="rejected", code="prev_rejected", ver=before.ver)
        try:
            after = rules.apply(before, self.seen_by(asked, before), self.grants_of(user), self.settings, now)
        except Refused as refused:
            return Result(id=asked.id, status="rejected", code=refused.code, ver=before.ver)
        if after is not before:
            self.ledger.append(Effect(self.epoch, self.users[user], device, asked, before, after))
            self._keep(before, after)
            after = self._dispatched(after, asked)
        return Result(id=asked.id, status="applied", ver=after.ver)

    def _dispatched(self, document: Complaint, asked: Asked) -> Complaint:
        if document.status != Status.TO_DISPATCH:
            return document
        act: Act = Dispatch(channel=Channel.PORTAL, on=self.now.date())
        leaves = Asked(id=f"d-{asked.id}", complaint=document.id, seen=document.ver, at=self.now, act=act)
        sent = rules.apply(document, leaves, SYSTEM, self.settings, self.now)
        self._keep(document, sent)
        return sent

    def _keep(self, before: Complaint | None, after: Complaint) -> None:
        self.state.documents[after.id] = write_document(after)
        for administration in sorted({after.administration, (before or after).administration}):
            stream = self.state.streams.setdefault(administration, [])
            stream.append(Change(len(stream) + 1, after.id, after.ver, before, after))

    def _with_document(self, result: Result, complaint: str, user: str) -> Result:
        """The document beside the result; every third one comes without, as the wire allows."""
        raw = self.visible(user).get(complaint)
        if raw is None:
            return msgspec.structs.replace(result, gone=True)
        if hashlib.sha256(result.id.encode()).digest()[0] % 3 == 0:
            return result
        return msgspec.structs.replace(result, doc=msgspec.Raw(raw))

    def pull(self, user: str, cursor: str, limit: int) -> bytes:
        """A page of what changed."""
        if not cursor:
            return write_reset(self.epoch, "expired")
        place = msgspec.json.decode(cursor.encode(), type=Place)
        if why := self._why_reset(user, place):
            return write_reset(self.epoch, why)
        visible, told = self.visible(user), {}
        lines: list[Line] = [Header(epoch=self.epoch)]
        more = False
        for administration in place.q:
            for change in self.state.streams.get(administration, [])[place.q[administration] :]:
                if len(told) >= limit:
                    more = True
                    break
                place.q[administration] = change.seq
                told.setdefault(change.complaint, []).append(change)
        for complaint, changes in told.items():
            if complaint in visible:
                lines.append(_line(visible[complaint]))
            elif any(self._was_visible(change, user) for change in changes):
                lines.append(GoneLine(id=complaint, ver=changes[-1].ver, why="scope"))
        return write_stream(lines, cursor=_write(place), more=more)

    def snapshot(self, user: str, after: str, limit: int) -> bytes:
        """A page of everything visible, by id."""
        place = msgspec.json.decode(after.encode(), type=Place) if after else self._here(user)
        if after and (why := self._why_reset(user, place)):
            return write_reset(self.epoch, why)
        ahead = sorted((id_, raw) for id_, raw in self.visible(user).items() if id_ > place.after)
        lines: list[Line] = [Header(epoch=self.epoch), *(_line(raw) for _, raw in ahead[:limit])]
        done = len(ahead) <= limit
        cursor = _write(place)
        place.after = "" if done else ahead[limit - 1][0]
        return write_stream(
            lines, cursor=cursor, more=not done, after="" if done else _write(place), done=done
        )

    def manifest(self, user: str, buckets: Sequence[int]) -> bytes:
        """Versions and marks of everything visible, or of some buckets."""
        items = tuple(
            (id_, read_document(raw).ver, mark(raw))
            for id_, raw in self.visible(user).items()
            if not buckets or bucket(id_) in buckets
        )
        lines: list[Line] = [Header(epoch=self.epoch)]
        lines += [ManifestLine(items=items[start : start + 2]) for start in range(0, len(items), 2)]
        if not buckets:
            lines += self.references
        return write_stream(lines, cursor=_write(self._here(user)), more=False)

    def documents(self, user: str, body: bytes) -> bytes:
        """Chosen documents."""
        visible = self.visible(user)
        lines: list[Line] = [Header(epoch=self.epoch)]
        for id_ in msgspec.json.decode(body, type=Wanted).ids:
            raw = visible.get(id_)
            lines.append(GoneLine(id=id_, ver=0, why="scope") if raw is None else _line(raw))
        return write_stream(lines, cursor=_write(self._here(user)), more=False)

    def check(self, user: str, cursor: str) -> bytes:
        """Sums, for a desk that stands here."""
        here = _write(self._here(user))
        if cursor != here:
            return msgspec.json.encode(Check(at=here))
        versions = [(id_, read_document(raw).ver) for id_, raw in self.visible(user).items()]
        return msgspec.json.encode(Check(at=here, n=len(versions), x=sums(versions)))

    def _here(self, user: str) -> Place:
        administrations = sorted({grant.administration for grant in self.users[user].grants})
        heads = {one: len(self.state.streams.get(one, [])) for one in administrations}
        return Place(e=self.epoch, s=self._scope(user), q=heads)

    def _scope(self, user: str) -> str:
        return hashlib.sha256(msgspec.json.encode(self.users[user].grants)).hexdigest()[:8]

    def _why_reset(self, user: str, place: Place) -> str:
        if place.e != self.epoch:
            return "epoch"
        if place.s != self._scope(user):
            return "scope"
        ahead = any(seq > len(self.state.streams.get(one, [])) for one, seq in place.q.items())
        return "ahead" if ahead else ""

    def _was_visible(self, change: Change, user: str) -> bool:
        actor, today = self.users[user], self.now.date()
        sides = (change.before, change.after)
        return any(side is not None and grants_scope(side, actor, today) for side in sides)


def _line(raw: bytes) -> DocumentLine:
    document = read_document(raw)
    row = msgspec.Raw(msgspec.json.encode(columns(document)))
    return DocumentLine(id=document.id, ver=document.ver, row=row, doc=msgspec.Raw(raw))


def _write(place: Place) -> str:
    return msgspec.json.encode(place).decode()
