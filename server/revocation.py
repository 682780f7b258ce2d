"""Devices and accounts struck off: refused at their next request, and told so in a form a desk can check.

The answer is signed with the key of the leases, which every desk pinned at its first sign-in; it names the
device, so that shown to another one it means nothing. Tokens of the struck are kept: they say whom to tell.
"""

import base64
import functools
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import msgspec
from sqlalchemy import Connection, delete, select, update

from protocol.identity_wire import REVOCATION_PURPOSE, Revocation, SignedRevocation
from server import tables

ENROLLED = "enrolled"
REVOKED = "revoked"
DISABLED = "disabled"
"""State of an account that was closed (server.accounts.State)."""

_STAMP = "revocations"


class NoSuchDevice(LookupError):
    """No account ever signed in on a device of this id."""


@dataclass(frozen=True, slots=True)
class Device:
    """A device of an account; times are aware UTC, `revoked_at` None while it may sign in."""

    id: str
    login: str
    name: str
    enrolled_at: datetime
    revoked_at: datetime | None


def listing(connection: Connection) -> tuple[Device, ...]:
    """Every device of every account, by login."""
    device, account = tables.device, tables.account
    query = select(device, account.c.login).join(account, account.c.id == device.c.account)
    rows = connection.execute(query.order_by(account.c.login, device.c.enrolled_at, device.c.id))
    return tuple(
        Device(row.id, row.login, row.name, row.enrolled_at, row.revoked_at if row.state == REVOKED else None)
        for row in rows
    )


def revoke(connection: Connection, device: str, now: datetime) -> None:
    """Strike a device off, for all its accounts, from its next request on; raises NoSuchDevice."""
    table = tables.device
    struck = update(table).where(table.c.id == device).values(state=REVOKED, revoked_at=now)
    if not connection.execute(struck).rowcount:
        raise NoSuchDevice(device)
    stamp(connection)


def admit(connection: Connection, device: str) -> None:
    """Let a device that was found again sign in anew; raises NoSuchDevice.

    Its old sessions end with this: what was signed while it was struck off is older than its next lease.
    """
    table = tables.device
    back = update(table).where(table.c.id == device).values(state=ENROLLED, revoked_at=None)
    if not connection.execute(back).rowcount:
        raise NoSuchDevice(device)
    connection.execute(delete(tables.token).where(tables.token.c.device == device))
    stamp(connection)


def is_revoked(connection: Connection, device: str) -> bool:
    """Whether a device is struck off, whoever works on it."""
    table = tables.device
    query = select(table.c.id).where(table.c.id == device, table.c.state == REVOKED).limit(1)
    return connection.execute(query).first() is not None


def stamp(connection: Connection) -> None:
    """Let the servers that hold long polls look again whom they hold."""
    table, value = tables.meta, secrets.token_hex(8)
    if not connection.execute(update(table).where(table.c.key == _STAMP).values(value=value)).rowcount:
        connection.execute(table.insert().values(key=_STAMP, value=value))


def stamped(connection: Connection) -> str:
    """Changes with every call of `stamp`; "" before the first."""
    query = select(tables.meta.c.value).where(tables.meta.c.key == _STAMP)
    return connection.execute(query).scalar_one_or_none() or ""


def struck(connection: Connection) -> frozenset[tuple[str, str]]:
    """Every (device, account) that is struck off, by its device or by its account."""
    device, account = tables.device, tables.account
    query = (
        select(device.c.id, device.c.account)
        .join(account, account.c.id == device.c.account)
        .where((device.c.state == REVOKED) | (account.c.state == DISABLED))
    )
    return frozenset((row.id, row.account) for row in connection.execute(query))


def sign(seed: bytes, device: str, user: str, now: datetime) -> SignedRevocation:
    """The word itself, in the server's name; `user` "" strikes off everybody on this device."""
    signer, public = signer_of(seed)
    content = msgspec.json.encode(Revocation(device=device, user=user, at=now))
    return SignedRevocation(
        revocation=base64.b64encode(content).decode(),
        signature=base64.b64encode(signer(REVOCATION_PURPOSE + content)).decode(),
        key=base64.b64encode(public).decode(),
    )


@functools.cache
def signer_of(seed: bytes) -> tuple[Callable[[bytes], bytes], bytes]:
    """Signs with the Ed25519 key of this seed; and the public key."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.from_private_bytes(seed)
    return key.sign, key.public_key().public_bytes_raw()
