"""What an operator does with the outbox: look, try again, forget texts; nobody reads a complaint here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, select, update

from server import tables
from server.notices.outbox import LIFETIME, ONE_TIME_CODE, OVER, NoSuchNotice, State

AGAIN = frozenset({State.FAILED, State.NOT_SENT, State.UNDELIVERED, State.UNCERTAIN})
"""States a person may put back into the queue."""

AGAIN_AT_ONCE = frozenset({State.FAILED, State.NOT_SENT})
"""Those among them where nobody can get anything twice."""


class CannotRetry(Exception):
    """The notice is not in a state to be tried again, or its text is forgotten; the message says which."""


@dataclass(frozen=True, slots=True)
class Line:
    """A notice as an operator sees it: no text, and an address that only its owner would recognise."""

    id: str
    number: str
    kind: str
    channel: str
    language: str
    address: str
    state: str
    tries: int
    error: str
    reference: str
    at: datetime
    next_try: datetime
    sent_at: datetime | None
    settled_at: datetime | None


def masked(address: str) -> str:
    """`z•••@gmail.com`, `+212•••344`; "" when it is forgotten."""
    name, at, domain = address.partition("@")
    if at:
        return f"{name[:1]}•••@{domain}"
    return f"{address[:4]}•••{address[-3:]}" if address else ""


def lines(
    connection: Connection, *, states: Sequence[str] = (), number: str = "", id: str = "", limit: int = 100
) -> tuple[Line, ...]:
    """The newest notices, of these states or all; of one complaint's number; or the one of this id."""
    table, complaint = tables.notice, tables.complaint
    query = select(table, complaint.c.number).join(complaint, complaint.c.id == table.c.complaint)
    if states:
        query = query.where(table.c.state.in_(states))
    if number:
        query = query.where(complaint.c.number == number)
    if id:
        query = query.where(table.c.id == id)
    rows = connection.execute(query.order_by(table.c.at.desc(), table.c.id).limit(limit))
    return tuple(
        Line(
            id=row.id,
            number=row.number,
            kind=row.kind,
            channel=row.channel,
            language=row.language,
            address=masked(row.address),
            state=row.state,
            tries=row.tries,
            error=row.error,
            reference=row.reference,
            at=row.at,
            next_try=row.next_try,
            sent_at=row.sent_at,
            settled_at=row.settled_at,
        )
        for row in rows
    )


def retry(connection: Connection, id: str, now: datetime) -> None:
    """Put one notice back, due now, for three days more; raises NoSuchNotice and CannotRetry.

    An uncertain one may reach its citizen twice: whoever asks for it by its id takes that upon himself.
    """
    table = tables.notice
    row = connection.execute(select(table).where(table.c.id == id)).one_or_none()
    if row is None:
        raise NoSuchNotice(id)
    if row.state not in AGAIN:
        raise CannotRetry(f"it is {row.state}")
    if not row.body or row.kind == ONE_TIME_CODE:
        raise CannotRetry("its text is forgotten")
    same = (table.c.id == id, table.c.state == row.state)
    connection.execute(update(table).where(*same).values(**_again(now)))


def retry_all(connection: Connection, channel: str, now: datetime) -> int:
    """Put back every notice that certainly never left, by one channel or ("") both; gives their number."""
    table = tables.notice
    lost = (table.c.state.in_(AGAIN_AT_ONCE), table.c.body != "", table.c.kind != ONE_TIME_CODE)
    chosen = (*lost, table.c.channel == channel) if channel else lost
    return connection.execute(update(table).where(*chosen).values(**_again(now))).rowcount


def purge(connection: Connection, now: datetime, keep: timedelta) -> int:
    """Forget text and address of what was settled before `keep`: that and when it was told remains."""
    table = tables.notice
    old = (table.c.state.in_(OVER), table.c.settled_at < now - keep, table.c.address != "")
    values = {"subject": "", "body": "", "address": "", "reference": ""}
    return connection.execute(update(table).where(*old).values(**values)).rowcount


def _again(now: datetime) -> dict[str, object]:
    return {"state": str(State.QUEUED), "tries": 0, "next_try": now, "expires_at": now + LIFETIME}
