"""An act's life in work.db: queued → acked, rejected or recalled; a rejected one also lies in the tray.

Every function runs inside a transaction of the caller; an act is forgotten long after it was settled only.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    bindparam,
    delete,
    exists,
    func,
    insert,
    select,
    text,
    update,
)

from desktop.models.errors import TooLateToRecall
from desktop.models.records import Waiting
from desktop.models.tables import draft, file_out, outbox, returned
from protocol.acts import Asked, files_of, read_act, write_act
from protocol.history import MADE_READY
from protocol.refusals import Refusal
from protocol.wire import Envelope, Result

_PENDING = tuple(
    outbox.c[name]
    for name in (
        "id", "n", "complaint", "kind", "kv", "body", "seen", "prev", "at", "skew_ms", "state", "acked_ver",
        "tries", "number",
    )
)  # fmt: skip
_BLOCKED = text(
    "select complaint, min(n) from outbox where state = 'queued'"
    " and (next_try > :now and next_try <= :latest or exists ("
    "select 1 from file_out where sent = 0 and instr(outbox.files, file_out.sha256) > 0)) group by complaint"
)


KEPT = timedelta(days=35)
"""Settled acts stay for longer than a restored server may ask for them again (sync.link.RESENT_DAYS)."""

# Built once: they run at every exchange and act, and building a statement costs more than running it.
_BY_ID = select(*_PENDING).where(outbox.c.id == bindparam("act"))
_LAST_QUEUED = "select id from outbox where complaint = ? and state = 'queued' order by n desc limit 1"
_ADD = insert(outbox).returning(outbox.c.n)
_QUEUED = (
    select(*_PENDING)
    .where(outbox.c.state == "queued", outbox.c.user == bindparam("by"), outbox.c.n > bindparam("after"))
    .order_by(outbox.c.n)
)
_LEAVING = "update outbox set tries = tries + 1, code = '' where id in (select value from json_each(?))"
_QUEUED_ONE = _BY_ID.where(outbox.c.state == "queued")
_APPLIED = (
    "update outbox set state = 'acked', acked_ver = ?, epoch = ?, settled_at = ?, number = ? where id = ?"
)
_HELD = "update outbox set code = ? where id = ?"
_REJECTED = (
    "update outbox set state = 'rejected', overlay = 0, code = ?, epoch = ?, settled_at = ? where id = ?"
)
_OVERLAY = select(*_PENDING).where(outbox.c.overlay == 1).order_by(outbox.c.n)
_OVERLAY_OF = _OVERLAY.where(outbox.c.complaint.in_(bindparam("of", expanding=True)))
_COVER = "update outbox set overlay = 0 where state = 'acked' and id in (select value from json_each(?))"
_ACKED = "select id, complaint, acked_ver from outbox where overlay = 1 and state = 'acked'"
_ANY_QUEUED = "select 1 from outbox where state = 'queued' and user = ? and n > ? limit 1"

LONGEST_HOLD = timedelta(minutes=1)
"""No act is held back longer to be thought over: a later moment was set by a clock that has been mended."""


class Pending(msgspec.Struct, frozen=True):
    """An act that may have to be replayed over its base, and the version it was acked with, if it was."""

    asked: Asked
    acked_ver: int | None
    tries: int

    def over(self, base_ver: int) -> bool:
        """Whether a base of this version does not hold the act yet."""
        return self.acked_ver is None or self.acked_ver > base_ver

    def waiting(self) -> Waiting:
        """The record that windows see."""
        one = self.asked
        return Waiting(one.id, one.n, one.complaint, one.act, one.at, one.seen, self.acked_ver, self.tries)


def stamp(moment: datetime) -> str:
    """A moment as stored: UTC, ISO 8601."""
    return moment.astimezone(UTC).isoformat()


def add(connection: Connection, asked: Asked, user: str, not_before: datetime | None) -> Asked:
    """Store the act; gives it back with its place `n` and `prev`. The same id again changes nothing."""
    known = connection.execute(_BY_ID, {"act": asked.id}).first()
    if known is not None:
        return _asked(known)
    prev = connection.exec_driver_sql(_LAST_QUEUED, (asked.complaint,)).scalar()
    place = connection.scalar(
        _ADD,
        {
            "id": asked.id,
            "user": user,
            "complaint": asked.complaint,
            "kind": asked.act.kind,
            "kv": asked.act.kv,
            "body": write_act(asked.act),
            "seen": asked.seen,
            "prev": prev,
            "at": stamp(asked.at),
            "skew_ms": asked.skew_ms,
            "state": "queued",
            "overlay": 1,
            "next_try": stamp(not_before) if not_before else "",
            "files": " ".join(file.sha256 for file in files_of(asked.act)),
        },
    )
    assert place is not None
    return msgspec.structs.replace(asked, n=place, prev=prev)


def recall(connection: Connection, act: str) -> str:
    """Take back an act that never left and on which none depends; gives its complaint."""
    row = connection.execute(
        select(outbox.c.complaint, outbox.c.n, outbox.c.tries, outbox.c.state).where(outbox.c.id == act)
    ).first()
    if row is None or row.state != "queued" or row.tries:
        raise TooLateToRecall
    later = select(outbox.c.n).where(
        outbox.c.complaint == row.complaint, outbox.c.state == "queued", outbox.c.n > row.n
    )
    if connection.execute(later).first():
        raise TooLateToRecall
    connection.execute(update(outbox).where(outbox.c.id == act).values(state="recalled", overlay=0))
    return str(row.complaint)


def ready(connection: Connection, user: str, now: datetime, limit: int, after: int) -> tuple[Envelope, ...]:
    """Queued acts of `user` in order; an act that must wait holds later ones of its complaint back."""
    if connection.exec_driver_sql(_ANY_QUEUED, (user, after)).first() is None:
        return ()
    rows_blocked = connection.execute(_BLOCKED, {"now": stamp(now), "latest": stamp(now + LONGEST_HOLD)})
    blocked: dict[str, int] = {row[0]: row[1] for row in rows_blocked}
    rows = connection.execute(_QUEUED, {"by": user, "after": after})
    acts: list[Envelope] = []
    for row in rows:
        if row.n < blocked.get(row.complaint, row.n + 1):
            acts.append(_envelope(row))
            if len(acts) == limit:
                break
    return tuple(acts)


def leaving(connection: Connection, ids: Collection[str]) -> None:
    """Note that these acts leave now."""
    connection.exec_driver_sql(_LEAVING, (_json(ids),))


def stayed(connection: Connection, ids: Collection[str]) -> None:
    """Note that the leaving just noted did not happen: no connection was made."""
    connection.execute(
        update(outbox).where(outbox.c.id.in_(ids), outbox.c.tries > 0).values(tries=outbox.c.tries - 1)
    )


def settle(connection: Connection, result: Result, epoch: str, now: datetime) -> str | None:
    """Store one result; gives the complaint, or None when the act was not waiting for one."""
    row = connection.execute(_QUEUED_ONE, {"act": result.id}).first()
    if row is None:
        return None
    if result.status == "held":
        connection.exec_driver_sql(_HELD, (result.code, result.id))
        return None
    if result.status == "applied":
        number = _number_given(result) or row.number
        connection.exec_driver_sql(_APPLIED, (result.ver, epoch, stamp(now), number, result.id))
        return str(row.complaint)
    connection.exec_driver_sql(_REJECTED, (result.code, epoch, stamp(now), result.id))
    connection.execute(
        insert(returned)
        .prefix_with("or replace")
        .values(
            id=result.id,
            complaint=row.complaint,
            kind=row.kind,
            kv=row.kv,
            body=row.body,
            code=result.code,
            server_doc=bytes(result.doc) if isinstance(result.doc, msgspec.Raw) else None,
            at=stamp(now),
            typed_at=row.at,
            seen=row.seen,
        )
    )
    return str(row.complaint)


def refuse(connection: Connection, act: str, code: str, now: datetime) -> dict[str, str]:
    """Reject an act here, and all that lean on it as `prev_rejected`; gives complaints by act."""
    settled: dict[str, str] = {}
    refused = [(act, code)]
    while refused:
        one, why = refused.pop()
        complaint = settle(connection, Result(id=one, status="rejected", code=why), "", now)
        if complaint is not None:
            settled[one] = complaint
            leaning = connection.execute(select(outbox.c.id).where(outbox.c.prev == one)).scalars()
            refused += [(later, Refusal.PREV_REJECTED) for later in leaning]
    return settled


def refuse_carriers(connection: Connection, sha256: str, code: str, now: datetime) -> dict[str, str]:
    """Reject here the queued acts that carry a file, and all that lean on them; gives complaints by act."""
    carries = (outbox.c.state == "queued") & (func.instr(outbox.c.files, sha256) > 0)
    settled: dict[str, str] = {}
    for act in connection.execute(select(outbox.c.id).where(carries)).scalars().all():
        settled |= refuse(connection, act, code, now)
    return settled


class _Given(msgspec.Struct, frozen=True):
    act: str = ""
    kind: str = ""
    number: str = ""


class _Document(msgspec.Struct, frozen=True):
    events: tuple[_Given, ...] = ()


_document = msgspec.json.Decoder(_Document)


def _number_given(result: Result) -> str:
    """The outgoing number this act was given, to be asked back from a server restored without it."""
    if not isinstance(result.doc, msgspec.Raw):
        return ""
    events = _document.decode(result.doc).events
    numbers = [one.number for one in events if one.act == result.id and one.kind in MADE_READY]
    return numbers[-1] if numbers else ""


def requeue(connection: Connection, epoch: str, since: datetime) -> frozenset[str]:
    """Acts acked under another epoch wait again; gives their complaints, one entry per act counted apart."""
    rows = connection.execute(select(outbox.c.id).where(_acked_elsewhere(epoch, since))).scalars().all()
    connection.execute(
        update(outbox).where(outbox.c.id.in_(rows)).values(state="queued", overlay=1, acked_ver=None)
    )
    return frozenset(rows)


def refuse_left_leaning(connection: Connection) -> dict[str, str]:
    """Reject queued acts that lean on a rejected one, at the moment it was; gives complaints by act."""
    first = outbox.alias()
    query = (
        select(outbox.c.id, first.c.settled_at)
        .join(first, first.c.id == outbox.c.prev)
        .where(outbox.c.state == "queued", first.c.state == "rejected")
    )
    settled: dict[str, str] = {}
    for act, at in connection.execute(query).all():
        settled |= refuse(connection, act, Refusal.PREV_REJECTED, datetime.fromisoformat(at))
    return settled


def files_of_acts(connection: Connection, ids: Collection[str]) -> dict[str, frozenset[str]]:
    """The files of each of these queued acts."""
    mine = (outbox.c.state == "queued") & outbox.c.id.in_(ids)
    rows = connection.execute(select(outbox.c.id, outbox.c.files).where(mine))
    return {row.id: frozenset(row.files.split()) for row in rows}


def files_acked_elsewhere(connection: Connection, epoch: str, since: datetime) -> frozenset[str]:
    """The files of the acts that `requeue` would put back."""
    rows = connection.execute(select(outbox.c.files).where(_acked_elsewhere(epoch, since))).scalars()
    return frozenset(sha256 for files in rows for sha256 in files.split())


def _acked_elsewhere(epoch: str, since: datetime) -> ColumnElement[bool]:
    return (outbox.c.state == "acked") & (outbox.c.epoch != epoch) & (outbox.c.settled_at >= stamp(since))


def complaints_of(connection: Connection, ids: Collection[str]) -> frozenset[str]:
    """The complaints of these acts."""
    return frozenset(
        connection.execute(select(outbox.c.complaint).where(outbox.c.id.in_(ids))).scalars().all()
    )


def pending(connection: Connection, complaints: Collection[str] | None = None) -> dict[str, list[Pending]]:
    """Acts that may have to be replayed, by complaint, in outbox order; None for all complaints."""
    if complaints is None:
        rows = connection.execute(_OVERLAY)
    else:
        rows = connection.execute(_OVERLAY_OF, {"of": list(complaints)})
    found: dict[str, list[Pending]] = {}
    for row in rows:
        found.setdefault(row.complaint, []).append(Pending(_asked(row), row.acked_ver, row.tries))
    return found


def cover(connection: Connection, ids: Iterable[str]) -> None:
    """These acked acts are in their confirmed documents now: no need to replay them again."""
    connection.exec_driver_sql(_COVER, (_json(ids),))


def acked(connection: Connection) -> Sequence[Row[Any]]:
    """`id, complaint, acked_ver` of the acked acts that are still replayed."""
    return connection.exec_driver_sql(_ACKED).all()


def forget(connection: Connection, now: datetime) -> int:
    """Drop acts settled more than KEPT ago that no tray and no replay needs; gives how many.

    Counted from the latest settlement when that is earlier than `now`: a clock far ahead forgets nothing new.
    """
    latest = connection.scalar(select(func.max(outbox.c.settled_at)))
    before = min(stamp(now), latest or "")
    if before:
        before = stamp(datetime.fromisoformat(before) - KEPT)
    done = connection.execute(
        delete(outbox).where(
            outbox.c.state.in_(("acked", "rejected")),
            outbox.c.overlay == 0,
            outbox.c.settled_at < before,
            outbox.c.id.not_in(select(returned.c.id)),
        )
    )
    return int(done.rowcount)


def states(connection: Connection) -> dict[str, str]:
    """The state of every act still in the outbox, by id."""
    return {row.id: row.state for row in connection.execute(select(outbox.c.id, outbox.c.state))}


def files_waiting(connection: Connection) -> Sequence[Row[Any]]:
    """Files that are not complete on the server and that an act waits for; a draft's stay on this PC."""
    carried = exists().where(outbox.c.state == "queued", func.instr(outbox.c.files, file_out.c.sha256) > 0)
    query = select(file_out).where(file_out.c.sent == 0, carried).order_by(file_out.c.n)
    return connection.execute(query).all()


def is_carried(connection: Connection, sha256: str) -> bool:
    """Whether an act of the outbox or of the tray names this file."""
    acts = exists().where(outbox.c.state.in_(("queued", "acked")), func.instr(outbox.c.files, sha256) > 0)
    tray = exists().where(func.instr(returned.c.body, sha256) > 0)
    return bool(connection.scalar(select(acts | tray)))


def files_of_nobody(connection: Connection) -> Sequence[str]:
    """Files waiting here that neither an act, the tray nor a draft names."""
    drafted = exists().where(func.instr(draft.c.body, file_out.c.sha256) > 0)
    waiting = connection.scalars(select(file_out.c.sha256).where(file_out.c.sent == 0, ~drafted)).all()
    return [sha256 for sha256 in waiting if not is_carried(connection, sha256)]


def _asked(row: Any) -> Asked:
    return Asked(
        id=row.id,
        n=row.n,
        complaint=row.complaint,
        seen=row.seen,
        prev=row.prev,
        at=datetime.fromisoformat(row.at),
        skew_ms=row.skew_ms,
        act=read_act(row.kind, row.kv, row.body),
    )


def _envelope(row: Any) -> Envelope:
    return Envelope(
        id=row.id,
        n=row.n,
        kind=row.kind,
        kv=row.kv,
        complaint=row.complaint,
        seen=row.seen,
        args=msgspec.Raw(row.body),
        at=datetime.fromisoformat(row.at),
        prev=row.prev,
        skew_ms=row.skew_ms,
        number=row.number,
    )


def _json(ids: Iterable[str]) -> str:
    return msgspec.json.encode(list(ids)).decode()
