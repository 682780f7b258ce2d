"""The outbox of notices: written in the transaction of the act it tells, emptied by the senders.

A notice is queued, then `sending` before anything leaves, then sent, and delivered if the provider says so.
What may have left without an answer is `uncertain` and never leaves again by itself.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection, Row, func, insert, select, update

from server import tables
from server.changes import Written
from server.identity import read_email, read_phone
from server.notices import occasions, words
from server.notices.words import Means, Said

LIFETIME = timedelta(days=3)
"""A notice that could not be handed over for so long is given up: it would no longer be news."""

ONE_TIME_CODE = "one_time_code"


class State(StrEnum):
    """What became of a notice."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    UNCERTAIN = "uncertain"
    FAILED = "failed"
    NOT_SENT = "not_sent"


OVER = frozenset(State) - {State.QUEUED, State.SENDING}
"""States in which nothing happens any more without a report or a person."""

GIVEN_UP, TOO_OLD, NO_REPLY = "given_up", "too_old", "no_reply"
"""Codes kept in `error` by the outbox itself; the others come from the carriers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One row; times are aware UTC, `body` still holds the marks of `words`."""

    id: str
    complaint: str
    act: str
    kind: str
    channel: str
    address: str
    language: str
    subject: str
    body: str
    state: str
    tries: int
    next_try: datetime
    expires_at: datetime
    error: str
    reference: str
    at: datetime
    sent_at: datetime | None
    settled_at: datetime | None


class NoSuchNotice(LookupError):
    """No notice has this id."""


# Queueing ------------------------------------------------------------------------------------------------


def queue_for(connection: Connection, written: Written) -> None:
    """Queue what this effect must tell citizens, and let a waiting answer go once its letter is recorded."""
    queued: list[Notice] = []
    for occasion in occasions.of(connection, written):
        for means, address in ways(occasion.phone, occasion.email, is_pressing=occasion.is_pressing):
            new = _new(
                complaint=occasion.complaint,
                act=occasion.act,
                kind=occasion.kind,
                means=means,
                address=address,
                language=occasion.language,
                said=occasion.says(means),
                at=occasion.at,
            )
            queued.append(replace(new, next_try=occasion.not_before) if means == Means.EMAIL else new)
    _put(connection, queued)
    for act, at in occasions.letters_recorded(written):
        _release(connection, act, at)


def queue_one_time_code(
    connection: Connection,
    *,
    complaint: str,
    channel: str,
    address: str,
    language: str,
    code: str,
    minutes: int,
    now: datetime,
) -> None:
    """Send `code`, good for `minutes` from `now` (aware UTC), to a citizen’s telephone or e-mail `address`.

    `channel` is "email" or "sms". It never leaves after its time, and its text is forgotten once it has left.
    """
    means = Means(channel)
    new = _new(
        complaint=complaint,
        act=str(uuid.uuid4()),
        kind=ONE_TIME_CODE,
        means=means,
        address=address,
        language=language,
        said=words.one_time_code(language, means, code, minutes),
        at=now,
    )
    _put(connection, [replace(new, expires_at=now + timedelta(minutes=minutes))])


def ways(phone: str, email: str, *, is_pressing: bool) -> tuple[tuple[Means, str], ...]:
    """How somebody is reached: by e-mail, and by SMS when there is none or when the matter is pressing.

    Only addresses in their stored form count; a fixed line of Morocco gets no SMS.
    """
    found: list[tuple[Means, str]] = []
    if email and read_email(email) == email and email.isascii():
        found.append((Means.EMAIL, email))
    if is_mobile(phone) and (is_pressing or not found):
        found.append((Means.SMS, phone))
    return tuple(found)


def is_mobile(phone: str) -> bool:
    """Whether a number in international form may receive an SMS: abroad nothing is known, so it may."""
    if not phone or read_phone(phone) != phone:
        return False
    return not phone.startswith("+212") or phone[4] in "67"


def _new(
    *,
    complaint: str,
    act: str,
    kind: str,
    means: Means,
    address: str,
    language: str,
    said: Said,
    at: datetime,
) -> Notice:
    return Notice(
        # The id follows from what is told: after a restore the same notice is still the same for providers.
        id=str(uuid.uuid5(occasions.NAMES, f"{act} {kind} {means} {complaint}")),
        complaint=complaint,
        act=act,
        kind=kind,
        channel=str(means),
        address=address,
        language=language,
        subject=said.subject,
        body=said.body,
        state=str(State.QUEUED),
        tries=0,
        next_try=at,
        expires_at=at + LIFETIME,
        error="",
        reference="",
        at=at,
        sent_at=None,
        settled_at=None,
    )


def _put(connection: Connection, queued: Sequence[Notice]) -> None:
    """One statement for all: an act is executed once, so its notices cannot be there yet."""
    if queued:
        connection.execute(insert(tables.notice), [asdict(notice) for notice in queued])


def _release(connection: Connection, act: str, at: datetime) -> None:
    """The letter made ready by `act` is there: the e-mail that waits for it may leave."""
    table = tables.notice
    waiting = (table.c.act == act, table.c.channel == Means.EMAIL, table.c.state == State.QUEUED)
    connection.execute(update(table).where(*waiting, table.c.next_try > at).values(next_try=at))


# Handing over --------------------------------------------------------------------------------------------


def claim(connection: Connection, channel: str, now: datetime, *, until: datetime) -> Notice | None:
    """The next due notice of `channel`, marked `sending` until `until`; None when nothing is due.

    Of several processes exactly one gets it: the mark is set by comparing first.
    """
    table = tables.notice
    due = (table.c.state == State.QUEUED, table.c.channel == channel, table.c.next_try <= now)
    query = select(table).where(*due, table.c.expires_at > now).order_by(table.c.next_try, table.c.id)
    row = connection.execute(query.limit(1).with_for_update(skip_locked=True)).one_or_none()
    if row is None:
        return None
    mark = {"state": str(State.SENDING), "tries": row.tries + 1, "next_try": until}
    same = (table.c.id == row.id, table.c.state == State.QUEUED, table.c.tries == row.tries)
    if connection.execute(update(table).where(*same).values(**mark)).rowcount != 1:
        return None
    return _notice(row, **mark)


def is_due(connection: Connection, channel: str, now: datetime) -> bool:
    """Whether anything of `channel` is to be handed over now."""
    table = tables.notice
    due = (table.c.state == State.QUEUED, table.c.channel == channel, table.c.next_try <= now)
    query = select(table.c.id).where(*due, table.c.expires_at > now).limit(1)
    return connection.execute(query).one_or_none() is not None


def settle(connection: Connection, notice: Notice, state: State, now: datetime, **values: object) -> bool:
    """Write down what became of this try; False when a later one has begun meanwhile."""
    table = tables.notice
    kept: dict[str, object] = {"state": str(state), "settled_at": now, **values}
    if state == State.SENT:
        kept |= {"sent_at": now, "error": ""}
    if state in OVER and notice.kind == ONE_TIME_CODE:
        kept |= {"body": "", "subject": ""}
    mine = (table.c.id == notice.id, table.c.tries == notice.tries)
    # A sender slower than its own delay may find its try already held for doubtful: it knows better.
    open_to_me = table.c.state.in_((State.SENDING, State.UNCERTAIN))
    return connection.execute(update(table).where(*mine, open_to_me).values(**kept)).rowcount == 1


def abandoned(connection: Connection, channel: str, now: datetime) -> tuple[Notice, ...]:
    """Notices whose sender has not come back in its time."""
    table = tables.notice
    left = (table.c.state == State.SENDING, table.c.channel == channel, table.c.next_try <= now)
    return tuple(_notice(row) for row in connection.execute(select(table).where(*left).limit(200)))


def outlived(connection: Connection, channel: str, now: datetime) -> tuple[Notice, ...]:
    """Queued notices whose time is over."""
    table = tables.notice
    old = (table.c.state == State.QUEUED, table.c.channel == channel, table.c.expires_at <= now)
    return tuple(_notice(row) for row in connection.execute(select(table).where(*old).limit(200)))


def give_up(connection: Connection, notice: Notice, now: datetime) -> State | None:
    """End a queued notice: `failed` if it was ever tried, `not_sent` if it was already old when it came.

    None when somebody else has ended it, or put it back, meanwhile.
    """
    state = State.FAILED if notice.tries else State.NOT_SENT
    kept: dict[str, object] = {"state": str(state), "settled_at": now}
    kept["error"] = f"{GIVEN_UP} {notice.error}".strip() if notice.tries else TOO_OLD
    if notice.kind == ONE_TIME_CODE:
        kept |= {"body": "", "subject": ""}
    table = tables.notice
    same = (table.c.id == notice.id, table.c.state == State.QUEUED, table.c.expires_at == notice.expires_at)
    return state if connection.execute(update(table).where(*same).values(**kept)).rowcount == 1 else None


def report(connection: Connection, notice: Notice, state: State, now: datetime, error: str = "") -> bool:
    """What the provider, or a returned mail, says of a notice that left; False when it changes nothing."""
    if notice.state not in (State.SENT, State.UNCERTAIN, State.SENDING):
        return False
    table = tables.notice
    same = (table.c.id == notice.id, table.c.state == notice.state)
    kept = {"state": str(state), "settled_at": now, "error": error}
    return connection.execute(update(table).where(*same).values(**kept)).rowcount == 1


# Reading and keeping -------------------------------------------------------------------------------------


def get(connection: Connection, id: str) -> Notice:
    """One notice; raises NoSuchNotice."""
    row = connection.execute(select(tables.notice).where(tables.notice.c.id == id)).one_or_none()
    if row is None:
        raise NoSuchNotice(id)
    return _notice(row)


def of_act(connection: Connection, act: str) -> tuple[Notice, ...]:
    """Every notice of one act."""
    rows = connection.execute(select(tables.notice).where(tables.notice.c.act == act))
    return tuple(_notice(row) for row in rows)


def counts(connection: Connection) -> Mapping[tuple[str, str], int]:
    """How many notices there are by (state, channel): what `/metrics` and the command line show."""
    table = tables.notice
    query = select(table.c.state, table.c.channel, func.count()).group_by(table.c.state, table.c.channel)
    return {(state, channel): int(n) for state, channel, n in connection.execute(query)}


def waiting_since(connection: Connection) -> datetime | None:
    """When the oldest notice still to be handed over was queued; None when none waits."""
    table = tables.notice
    query = select(func.min(table.c.at)).where(table.c.state == State.QUEUED)
    return connection.execute(query).scalar()


def _notice(row: Row[tuple[object, ...]], **changes: object) -> Notice:
    return Notice(**{**row._mapping, **changes})
