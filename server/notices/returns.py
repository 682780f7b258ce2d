"""What comes back: delivery reports of the SMS provider, returned mail, and what an undelivered answer means.

An answer that left by e-mail and did not arrive was not notified: the system reports it, and the letter waits
for another channel (DOMAIN §3, 7b). A complement request that reached nobody cannot make a complaint
inadmissible (DOMAIN §3, 11).
"""

import email
import email.policy
import hashlib
import hmac
from dataclasses import replace
from datetime import datetime
from uuid import UUID, uuid5

import msgspec
from sqlalchemy import Connection, select

from protocol import history
from protocol.acts import Asked, ReportUndelivered
from protocol.complaint import Channel, Complaint, EventKind
from protocol.deadlines import civil_date
from protocol.settings import SYSTEM
from resources.catalogue import Catalogue
from server import complaints, tables
from server.notices import mail, occasions, outbox
from server.notices.outbox import Notice, State
from server.notices.words import Means

SIGNATURE = "X-Signature"
"""Header of a report: `sha256=` and the HMAC of the body, in hexadecimal, with the agreed secret."""

BOUNCED = "bounced"


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What the SMS provider posts: our id, `delivered` or `undelivered`, and a code of its own."""

    id: str
    state: str
    code: str = ""


def is_signed(body: bytes, signature: str, secret: bytes) -> bool:
    """Whether `signature` is that of `body` by `secret`, compared in constant time."""
    expected = "sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest()
    return bool(secret) and hmac.compare_digest(expected.encode(), signature.encode())


def take(connection: Connection, told: Report, now: datetime) -> bool:
    """Write a delivery state down; False when the notice is unknown, no SMS, or already settled."""
    if told.state not in (State.DELIVERED, State.UNDELIVERED):
        return False
    try:
        notice = outbox.get(connection, told.id)
    except outbox.NoSuchNotice:
        return False
    if notice.channel != Means.SMS:
        return False
    code = "".join(c for c in told.code[:40] if c.isascii() and (c.isalnum() or c in "_-."))
    return (
        undelivered(connection, notice, now, code)
        if told.state == State.UNDELIVERED
        else outbox.report(connection, notice, State.DELIVERED, now)
    )


def undelivered(connection: Connection, notice: Notice, now: datetime, code: str) -> bool:
    """A notice that had left came back; False when it had not left."""
    hold(connection, notice)
    if not outbox.report(connection, notice, State.UNDELIVERED, now, code):
        return False
    follow_up(connection, replace(notice, error=code), now)
    return True


def returned_notice(message: bytes) -> str:
    """The id of the notice that a returned mail speaks of (RFC 3464, or any mail that quotes its headers)."""
    for part in email.message_from_bytes(message, policy=email.policy.default).walk():
        kind = part.get_content_type()
        if kind == "text/rfc822-headers":
            quoted = email.message_from_string(part.get_content())
            if found := mail.notice_of(str(quoted.get("Message-ID", ""))):
                return found
        if found := mail.notice_of(str(part.get("Message-ID", ""))):
            return found
    return ""


def hold(connection: Connection, notice: Notice) -> None:
    """Take the complaint before its notice, in the order in which acts take them."""
    table = tables.complaint
    connection.execute(select(table.c.id).where(table.c.id == notice.complaint).with_for_update())


def follow_up(connection: Connection, notice: Notice, now: datetime) -> None:
    """Report it undelivered when this failed notice was the letter itself, or the last hope of a request."""
    document = complaints.load(connection, notice.complaint)
    if not (_was_the_letter(document, notice) or _reached_nobody(connection, document, notice)):
        return
    reason = " / ".join(
        Catalogue(language)("notices.undelivered.reason", code=notice.error or BOUNCED)
        for language in ("fr", "ar")
    )
    asked = Asked(
        id=str(uuid5(UUID(notice.id), "undelivered")),
        complaint=document.id,
        seen=document.ver,
        at=now,
        act=ReportUndelivered(reason=reason, on=civil_date(now)),
    )
    # A refusal is right: somebody has moved the complaint on meanwhile, and the act log says so.
    complaints.execute(connection, asked, SYSTEM, "", now)


def _was_the_letter(document: Complaint, notice: Notice) -> bool:
    if notice.kind not in occasions.WITH_LETTER or notice.channel != Means.EMAIL:
        return False
    sent = history.last(document, EventKind.DISPATCHED, EventKind.UNDELIVERED)
    return sent is not None and sent.act == notice.act and sent.channel == Channel.EMAIL


def _reached_nobody(connection: Connection, document: Complaint, notice: Notice) -> bool:
    if notice.kind != "complement_asked":
        return False
    asked = history.last(document, EventKind.COMPLEMENT_ASKED)
    if asked is None or asked.act != notice.act:
        return False
    lost = (State.FAILED, State.UNDELIVERED)
    return all(one.state in lost or one.id == notice.id for one in outbox.of_act(connection, notice.act))
