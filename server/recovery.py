"""A lost tracking code is replaced by a one-time code sent to the telephone or e-mail given when filing.

Nothing tells a stranger whether a number exists, a contact belongs to it or too many tries were made: every
request is answered alike, after the same look-ups and one commit. A one-time code lives fifteen minutes,
bears five tries and is kept as a keyed hash.
"""

import hashlib
import hmac
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update

from protocol.complaint import Channel, Complaint
from server import audit, complaints, identity, receipts, tables
from server.database import Database, insert_if_absent
from server.intake import Seed
from server.notices import outbox
from server.rate_limit import Allowance, RateLimit

DIGITS = 8
LIFE = timedelta(minutes=15)
TRIES = 5
COOLDOWN = timedelta(minutes=2)
SENDINGS = Allowance(3, 1800.0)
"""Codes sent about one complaint: three at once, then one more every half hour."""

RECOVERED = "code_recovered"
CITIZEN = "citizen"
_NOBODY = str(uuid.UUID(int=0))
_COUNTED = "recovery_requests"


class Wrong(Exception):
    """No new code is given: unknown number, wrong, used or old code, too many tries; never says which."""


@dataclass(frozen=True, slots=True)
class Recovered:
    """The complaint with this id has the tracking code `code` from now on."""

    complaint: str
    code: str


class Recovery:
    """Opened once by the portal; safe from several threads, each call one transaction."""

    def __init__(
        self, database: Database, secret: bytes, entropy: Callable[[int], bytes], allowance: Allowance
    ) -> None:
        self._database = database
        self._secret = secret
        self._entropy = entropy
        self._asking = RateLimit(allowance)
        self._redeeming = RateLimit(allowance)
        self._sending = RateLimit(SENDINGS)

    def ask(self, number: str, contact: str, address: str, now: datetime) -> None:
        """Send a one-time code if `contact` is the one given for `number`; says nothing either way.

        `address` is the visitor's network address, `now` aware UTC.
        """
        is_allowed = self._asking.take(address, now) == 0
        with self._database.transaction() as connection:
            self._count(connection, now)
            tracked = complaints.find(connection, receipts.read_number(number))
            code = f"{int.from_bytes(self._entropy(8), 'big') % 10**DIGITS:0{DIGITS}}"
            hashed = self._hash(tracked.id if tracked else _NOBODY, code)
            document = complaints.load(connection, tracked.id) if tracked else None
            channel = _channel(document, contact)
            may_send = self._may_send(connection, document.id if document and channel else _NOBODY, now)
            if document is not None and channel and is_allowed and may_send:
                self._send(connection, document, channel, code, hashed, now=now)

    def redeem(self, number: str, code: str, seed: Seed, address: str, now: datetime) -> Recovered:
        """A new tracking code for a right one-time code; the old one stops. Raises Wrong.

        The same form sent twice gives the same new code.
        """
        is_allowed = self._redeeming.take(address, now) == 0
        with self._database.transaction() as connection:
            self._count(connection, now)
            found = self._redeem(connection, number, code, seed, now=now) if is_allowed else None
        # Raised outside: a wrong try is counted by the commit.
        if found is None:
            raise Wrong
        self._redeeming.give_back(address, now)
        return found

    def _redeem(
        self, connection: Connection, number: str, code: str, seed: Seed, *, now: datetime
    ) -> Recovered | None:
        tracked = complaints.find(connection, receipts.read_number(number))
        complaint = tracked.id if tracked else _NOBODY
        given = self._hash(complaint, _digits(code))
        fresh = receipts.new_code(self._secret, f"{seed.secret} recovery {complaint} {given}")
        is_right = self._try(connection, complaint, given, now)
        if tracked is None:
            return None
        if is_right:
            self._renew(connection, complaint, fresh, now)
            return Recovered(complaint, fresh)
        # The button pressed twice: this very form and code have already made the present code.
        renewed = receipts.hash_code(self._secret, complaint, fresh)
        return Recovered(complaint, fresh) if receipts.is_same(renewed, tracked.tracking_hash) else None

    def _try(self, connection: Connection, complaint: str, given: str, now: datetime) -> bool:
        """Spend one try of the code that waits for this complaint; whether it was the right one in time."""
        table = tables.recovery
        mine = table.c.complaint == complaint
        row = connection.execute(select(table).where(mine).with_for_update()).one_or_none()
        connection.execute(update(table).where(mine).values(tries=table.c.tries + 1))
        waiting = row.hash if row else self._hash(_NOBODY, "")
        is_alive = row is not None and row.tries < TRIES and now < row.expires_at
        return receipts.is_same(waiting, given) and is_alive

    def _renew(self, connection: Connection, complaint: str, code: str, now: datetime) -> None:
        connection.execute(delete(tables.recovery).where(tables.recovery.c.complaint == complaint))
        receipts.renew(connection, self._secret, complaint, code)
        document = complaints.load(connection, complaint)
        reading = audit.Reading(by=CITIZEN, what=document.number)
        link = audit.reading_link(document.administration, complaint, reading, RECOVERED, now)
        audit.append(connection, audit.READINGS, [link], self._entropy)

    def _may_send(self, connection: Connection, complaint: str, now: datetime) -> bool:
        table = tables.recovery
        query = select(table.c.at).where(table.c.complaint == complaint)
        last = connection.execute(query).scalar_one_or_none()
        if last is not None and now < last + COOLDOWN:
            return False
        return self._sending.take(complaint, now) == 0

    def _send(
        self,
        connection: Connection,
        document: Complaint,
        channel: Channel,
        code: str,
        hashed: str,
        *,
        now: datetime,
    ) -> None:
        table = tables.recovery
        connection.execute(delete(table).where(table.c.complaint == document.id))
        row = {"complaint": document.id, "hash": hashed, "channel": channel, "tries": 0}
        connection.execute(insert(table).values(**row, at=now, expires_at=now + LIFE))
        person, is_sms = document.person, channel == Channel.SMS
        outbox.queue_one_time_code(
            connection,
            complaint=document.id,
            channel=channel,
            address=identity.read_phone(person.phone) if is_sms else identity.read_email(person.email),
            language=document.language,
            code=code,
            minutes=int(LIFE.total_seconds() // 60),
            now=now,
        )

    def _count(self, connection: Connection, now: datetime) -> None:
        """A write in every request, so that each ends in one commit; and codes long dead are forgotten."""
        table = tables.meta
        insert_if_absent(connection, table, {"key": _COUNTED, "value": "0"})
        query = select(table.c.value).where(table.c.key == _COUNTED).with_for_update()
        n = int(connection.execute(query).scalar_one()) + 1
        connection.execute(update(table).where(table.c.key == _COUNTED).values(value=str(n)))
        connection.execute(delete(tables.recovery).where(tables.recovery.c.expires_at < now - LIFE))

    def _hash(self, complaint: str, code: str) -> str:
        key = receipts.derive(self._secret, "one-time code")
        return hmac.new(key, f"{complaint}\0{code}".encode(), hashlib.sha256).hexdigest()


def _channel(document: Complaint | None, contact: str) -> Channel | None:
    """The way to the person when `contact` is one that he gave; None otherwise.

    A fixed line takes no SMS: who knows it is answered at the e-mail address of the same request, if any.
    """
    phone, email = identity.read_phone(contact), identity.read_email(contact)
    known_phone = identity.read_phone(document.person.phone) if document else ""
    known_email = identity.read_email(document.person.email) if document else ""
    is_phone = receipts.is_same(phone, known_phone) and bool(phone)
    is_email = receipts.is_same(email, known_email) and bool(email)
    if is_phone and outbox.is_mobile(known_phone):
        return Channel.SMS
    return Channel.EMAIL if is_email or (is_phone and known_email) else None


def _digits(typed: str) -> str:
    return "".join(c for c in identity.western(typed[:40]) if c.isascii() and c.isdigit())
