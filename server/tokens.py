"""Sessions: access tokens, rotating refresh tokens bound to a device, the signed lease for offline sign-in.

Only hashes are stored. A refresh token's successor is derived from it with the server's key: when a reply is
lost, the same question gets the same answer; when a token comes back later than that, it was stolen, and its
whole family ends.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, Result, Row, bindparam, delete, insert, select, update

from protocol.deadlines import civil_date
from protocol.settings import Actor
from protocol.wire import Lease, Session, SignedLease
from server import accounts, escrow, revocation, scope, tables
from server.accounts import Account
from server.config import Config, secret
from server.identifiers import uuid7

ACCESS = "access"
REFRESH = "refresh"

LONGEST_LEASE = timedelta(days=14)
"""No setting makes a lease longer (PROTOCOL §5)."""

# Built once: these run at every request, and building a statement costs more than running it.
_TOKEN = select(tables.token).where(
    tables.token.c.hash == bindparam("hashed"), tables.token.c.kind == bindparam("of_kind")
)
_RENEWED = _TOKEN.with_for_update()
_DEVICE_STATE = select(tables.device.c.state).where(
    tables.device.c.id == bindparam("device"), tables.device.c.account == bindparam("holder")
)


class NotSignedIn(Exception):
    """No session, or one that has ended; `code` tells which."""

    def __init__(self, code: str = "sign_in_needed") -> None:
        super().__init__(code)
        self.code = code


class Struck(NotSignedIn):
    """The device, or `user` on it ("" for everybody), was struck off: it is told so in a signed word."""

    def __init__(self, device: str, user: str = "") -> None:
        super().__init__("device_revoked")
        self.device = device
        self.user = user


class TokenReused(NotSignedIn):
    """A refresh token came back after its time: `family` is to be ended, and that must be committed."""

    def __init__(self, family: str) -> None:
        super().__init__("session_ended")
        self.family = family


@dataclass(frozen=True, slots=True)
class Keys:
    """The server's secrets for sessions, and how long things last."""

    derivation: bytes
    lease: bytes
    access: timedelta
    refresh: timedelta
    offline: timedelta
    lost_reply: timedelta
    escrow: str = ""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is behind a request, with current grants."""

    account: Account
    device: str
    family: str

    @property
    def actor(self) -> Actor:
        """The same, as rules know them."""
        return self.account.actor


def keys(config: Config) -> Keys:
    """Read (or make) this installation's keys."""
    organisation = escrow.kept(config)
    return Keys(
        derivation=secret(config, "tokens"),
        lease=secret(config, "lease"),
        access=timedelta(minutes=config.access_minutes),
        refresh=timedelta(hours=config.refresh_hours),
        offline=min(timedelta(days=config.lease_days), LONGEST_LEASE),
        lost_reply=timedelta(seconds=config.lost_reply_seconds),
        escrow=base64.b64encode(organisation.public).decode() if organisation else "",
    )


def enrol(connection: Connection, account: str, device: str, name: str, now: datetime) -> None:
    """Know a device of this account, or its new name; raises Struck if it was revoked, for whomever."""
    table = tables.device
    if revocation.is_revoked(connection, device):
        raise Struck(device)
    key = (table.c.id == device) & (table.c.account == account)
    state = connection.execute(select(table.c.state).where(key)).scalar_one_or_none()
    if state is None:
        fresh = revocation.ENROLLED
        row = {"id": device, "account": account, "name": name, "state": fresh, "enrolled_at": now}
        connection.execute(insert(table).values(**row))
    elif name:
        connection.execute(update(table).where(key).values(name=name))


def open_session(
    connection: Connection,
    keys: Keys,
    account: Account,
    device: str,
    now: datetime,
    *,
    entropy: Callable[[int], bytes],
) -> Session:
    """Start a family of tokens for an account whose password was just checked."""
    family = uuid7(now, entropy)
    refresh = base64.urlsafe_b64encode(entropy(32)).decode().rstrip("=")
    owner = _Owner(family, account.id, device, now)
    _store(connection, REFRESH, refresh, owner, keys.refresh)
    access = _access_of(keys, refresh)
    _store(connection, ACCESS, access, owner, keys.access)
    return _session(keys, account, device, access=access, refresh=refresh, now=now)


def refresh_session(connection: Connection, keys: Keys, token: str, device: str, now: datetime) -> Session:
    """Rotate; raises NotSignedIn, and TokenReused for which the caller ends the family.

    Two requests with one token take turns: the second finds it rotated, and gets the same session.
    """
    row = _known(connection, device, connection.execute(_RENEWED, _named(REFRESH, token)))
    if row.device != device:
        raise TokenReused(row.family)
    account = _living(connection, row)
    if row.expires_at <= now:
        raise NotSignedIn
    successor = _derive(keys, "refresh", token)
    access = _access_of(keys, successor)
    if row.rotated_at is not None:
        _check_lost_reply(connection, keys, row, successor, now)
        return _session(keys, account, device, access=access, refresh=successor, now=now)
    table = tables.token
    connection.execute(update(table).where(table.c.hash == row.hash).values(rotated_at=now))
    owner = _Owner(row.family, row.account, row.device, now)
    _store(connection, REFRESH, successor, owner, keys.refresh)
    _store(connection, ACCESS, access, owner, keys.access)
    return _session(keys, account, device, access=access, refresh=successor, now=now)


def _check_lost_reply(
    connection: Connection,
    keys: Keys,
    row: Row[Any],
    successor: str,
    now: datetime,
) -> None:
    """A rotated token may come back only soon, and while its successor has not been used."""
    following = _find(connection, REFRESH, successor)
    if now - row.rotated_at > keys.lost_reply or following is None or following.rotated_at is not None:
        raise TokenReused(row.family)


def end_family(connection: Connection, family: str) -> None:
    """End a session and everything descended from the same sign-in."""
    connection.execute(delete(tables.token).where(tables.token.c.family == family))


def visitor(connection: Connection, token: str, device: str, now: datetime) -> Visitor:
    """Who holds this access token on this device; raises NotSignedIn, Struck."""
    row = _known(connection, device, connection.execute(_TOKEN, _named(ACCESS, token)))
    if row.device != device:
        raise NotSignedIn("wrong_device")
    account = _living(connection, row)
    if row.expires_at <= now:
        raise NotSignedIn
    return Visitor(account, row.device, row.family)


def purge(connection: Connection, before: datetime) -> None:
    """Forget tokens that expired before this moment; those of closed accounts say whom to tell, and stay."""
    table, account = tables.token, tables.account
    closed = select(account.c.id).where(account.c.state == accounts.State.DISABLED.value)
    connection.execute(delete(table).where(table.c.expires_at < before, table.c.account.not_in(closed)))


@dataclass(frozen=True, slots=True)
class _Owner:
    family: str
    account: str
    device: str
    now: datetime


def _living(connection: Connection, row: Row[Any]) -> Account:
    """The account of a token, unless it or the device was closed since; an old token still tells whom."""
    account = accounts.get(connection, row.account)
    if account.state != accounts.State.ACTIVE:
        raise Struck(row.device, account.id)
    known = {"device": row.device, "holder": row.account}
    if connection.execute(_DEVICE_STATE, known).scalar_one_or_none() == revocation.REVOKED:
        raise Struck(row.device)
    return account


def _known(connection: Connection, device: str, found: Result[Any]) -> Row[Any]:
    """The row of a token; raises NotSignedIn for none, and Struck when its device was: that needs no proof.

    A device's id is random, and only what is true of that device is told.
    """
    row = found.one_or_none()
    if row is not None:
        return row
    raise Struck(device) if revocation.is_revoked(connection, device) else NotSignedIn


def _named(kind: str, token: str) -> dict[str, object]:
    return {"hashed": _hash(token), "of_kind": kind}


def _find(connection: Connection, kind: str, token: str) -> Row[Any] | None:
    return connection.execute(_TOKEN, _named(kind, token)).one_or_none()


def _store(connection: Connection, kind: str, token: str, owner: _Owner, lasting: timedelta) -> None:
    connection.execute(
        insert(tables.token).values(
            hash=_hash(token),
            kind=kind,
            family=owner.family,
            account=owner.account,
            device=owner.device,
            issued_at=owner.now,
            expires_at=owner.now + lasting,
        )
    )


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _derive(keys: Keys, purpose: str, token: str) -> str:
    digest = hmac.new(keys.derivation, f"{purpose}\0{token}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _access_of(keys: Keys, refresh: str) -> str:
    return _derive(keys, "access", refresh)


def _session(
    keys: Keys, account: Account, device: str, *, access: str, refresh: str, now: datetime
) -> Session:
    return Session(
        access=access,
        refresh=refresh,
        expires_in=int(keys.access.total_seconds()),
        lease=sign_lease(keys, account.actor, device, now),
        profile=msgspec.Raw(msgspec.json.encode(account.profile)),
    )


def sign_lease(keys: Keys, actor: Actor, device: str, now: datetime) -> SignedLease:
    """What the desk may do offline until its end, signed with the server's Ed25519 key."""
    lease = Lease(
        user=actor.id,
        device=device,
        scope=scope.scope_hash(actor, civil_date(now)),
        not_after=now + keys.offline,
        server_time=now,
        escrow=keys.escrow,
    )
    signer, public = revocation.signer_of(keys.lease)
    content = msgspec.json.encode(lease)
    return SignedLease(
        lease=base64.b64encode(content).decode(),
        signature=base64.b64encode(signer(content)).decode(),
        key=base64.b64encode(public).decode(),
    )
