"""What the server says of a device in its own name, and what a device leaves with it: both outlive a session.

Everything here is signed or sealed; who reads it checks that first. What is signed begins with a purpose of
its own, so that no signature given for one thing can be shown for another.
"""

from datetime import datetime

import msgspec

REVOCATION_PURPOSE = b"chekaya revocation 1\n"
"""Comes before the JSON of a Revocation when it is signed."""


class Revocation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The server's word that a device is struck off, for one account or ("") for everybody; aware UTC."""

    device: str
    at: datetime
    user: str = ""


class SignedRevocation(msgspec.Struct, frozen=True, kw_only=True):
    """The JSON bytes of a Revocation in base64, their Ed25519 signature and the server's key, both base64."""

    revocation: str
    signature: str
    key: str


class Strength(msgspec.Struct, frozen=True, kw_only=True):
    """Cost of Argon2id: passes, memory in KiB, lanes. The default takes about a quarter of a second."""

    passes: int = 3
    memory_kib: int = 65_536
    lanes: int = 2


class Sealed(msgspec.Struct, frozen=True, kw_only=True):
    """A wrapped key: AES-256-GCM under Argon2id(password, salt)."""

    salt: bytes
    nonce: bytes
    wrapped: bytes
    strength: Strength


ESCROW_PURPOSE = b"chekaya escrow 1\n"
"""The info of HKDF-SHA256 when a key is wrapped to the organisation; with the device's id, what GCM binds."""


class Escrowed(msgspec.Struct, frozen=True, kw_only=True):
    """A desk's local key, wrapped so that the organisation alone opens it, by two of its people.

    AES-256-GCM under HKDF-SHA256(X25519(ephemeral, `key`), salt = ephemeral ‖ key); `key` and `ephemeral` are
    X25519 public keys.
    """

    key: bytes
    ephemeral: bytes
    nonce: bytes
    wrapped: bytes
