"""Keys of desks left with the organisation, and the organisation's own, which two persons open together.

The private half is never stored whole: two shares, whose xor it is, each closed with one holder's passphrase.
"""

import os
import secrets
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Connection, delete, insert, select

from protocol.identity_wire import ESCROW_PURPOSE, Escrowed, Sealed, Strength
from server import audit, sealing, tables
from server.accounts import Account
from server.config import Config

FILE = "escrow.json"
RECOVERED = "key_recovered"
_SHARE = "share"


class NotOpened(ValueError):
    """A wrapped key is not one of this organisation's, or of this device."""


class Organisation(msgspec.Struct, frozen=True, kw_only=True):
    """The public half, and the shares of the private one, each sealed (server/sealing.py) for its holder."""

    public: bytes
    shares: tuple[bytes, bytes]


def make(passphrases: tuple[bytes, bytes]) -> Organisation:
    """A new key pair for two holders."""
    private = X25519PrivateKey.generate()
    one = secrets.token_bytes(32)
    other = _xor(private.private_bytes_raw(), one)
    sealed = (sealing.seal({_SHARE: one}, passphrases[0]), sealing.seal({_SHARE: other}, passphrases[1]))
    return Organisation(public=private.public_key().public_bytes_raw(), shares=sealed)


def keep(config: Config, organisation: Organisation) -> Path:
    """Write it in the secrets folder, mode 0600; raises FileExistsError rather than replace one."""
    path = config.secrets / FILE
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.encode(organisation))
        file.flush()
        os.fsync(file.fileno())
    return path


def kept(config: Config) -> Organisation | None:
    """This organisation's, or None before `escrow init`."""
    path = config.secrets / FILE
    return msgspec.json.decode(path.read_bytes(), type=Organisation) if path.is_file() else None


def private_half(organisation: Organisation, passphrases: tuple[bytes, bytes]) -> X25519PrivateKey:
    """Both holders together, in the order of `make`; raises sealing.WrongPassphrase."""
    one, other = (
        sealing.unseal(share, passphrase)[_SHARE]
        for share, passphrase in zip(organisation.shares, passphrases, strict=True)
    )
    return X25519PrivateKey.from_private_bytes(_xor(one, other))


def unwrap(private: X25519PrivateKey, escrowed: Escrowed, device: str) -> bytes:
    """A desk's local key; raises NotOpened."""
    public = private.public_key().public_bytes_raw()
    kdf = HKDF(algorithm=SHA256(), length=32, salt=escrowed.ephemeral + public, info=ESCROW_PURPOSE)
    try:
        shared = private.exchange(X25519PublicKey.from_public_bytes(escrowed.ephemeral))
        cipher = AESGCM(kdf.derive(shared))
        return cipher.decrypt(escrowed.nonce, escrowed.wrapped, ESCROW_PURPOSE + device.encode())
    except (InvalidTag, ValueError) as error:
        raise NotOpened(device) from error


def deposit(connection: Connection, device: str, account: str, escrowed: Escrowed, now: datetime) -> None:
    """Keep a desk's wrapped key; one left earlier stays, for files that were put aside."""
    table, ephemeral = tables.escrow, escrowed.ephemeral.hex()
    mine = (table.c.device == device) & (table.c.account == account)
    connection.execute(delete(table).where(mine, table.c.key == ephemeral))
    body = msgspec.json.encode(escrowed)
    row = {"device": device, "account": account, "key": ephemeral, "wrapped": body, "at": now}
    connection.execute(insert(table).values(**row))


def deposits(connection: Connection, device: str, account: str) -> tuple[Escrowed, ...]:
    """What this account left from this device, newest first."""
    table = tables.escrow
    mine = (table.c.device == device) & (table.c.account == account)
    rows = connection.execute(select(table.c.wrapped).where(mine).order_by(table.c.at.desc())).scalars()
    return tuple(msgspec.json.decode(row, type=Escrowed) for row in rows)


def note_recovery(
    connection: Connection,
    account: Account,
    device: str,
    now: datetime,
    *,
    entropy: Callable[[int], bytes] = secrets.token_bytes,
) -> None:
    """Chain, before anything is handed out, that two holders opened the key of this account's desk."""
    reading = audit.Reading(by="escrow_holders", what=f"account {account.id} device {device}")
    link = audit.reading_link(account.main_administration, "", reading, RECOVERED, now)
    audit.append(connection, audit.READINGS, [link], entropy)


def seal_for_desk(key: bytes, code: str) -> Sealed:
    """The key as a desk's key file has it, opened by a recovery code instead of a password."""
    from argon2.low_level import Type, hash_secret_raw  # not for every start of the server

    strength, salt, nonce = Strength(), secrets.token_bytes(16), secrets.token_bytes(12)
    wrapping = hash_secret_raw(
        code.encode(),
        salt,
        time_cost=strength.passes,
        memory_cost=strength.memory_kib,
        parallelism=strength.lanes,
        hash_len=32,
        type=Type.ID,
    )
    wrapped = AESGCM(wrapping).encrypt(nonce, key, b"")
    return Sealed(salt=salt, nonce=nonce, wrapped=wrapped, strength=strength)


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))
