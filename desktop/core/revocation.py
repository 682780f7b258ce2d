"""The server's word that this PC is struck off: believed only under the key that was pinned at the sign-in.

What must be known to judge it while the files are closed lies beside the key file, and says nothing about a
person: the server's public key, a salted digest of the account, and since when the word would be news.
"""

import base64
import binascii
import hashlib
import hmac
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from desktop.core.settings import write_atomically
from protocol.identity_wire import REVOCATION_PURPOSE, Revocation, SignedRevocation

FILE = "trust.json"

SLACK = timedelta(minutes=5)
"""How far apart the clocks of one server's processes may be."""


class Trust(msgspec.Struct, frozen=True, kw_only=True):
    """Whose word counts for one folder: base64 of a public key, digest of the account, last sign-in (UTC)."""

    server_key: str
    owner: bytes
    since: datetime


def owner_digest(user: str, salt: bytes) -> bytes:
    """An account's id, told from others on this PC and from nobody's elsewhere."""
    return hashlib.blake2b(user.encode(), key=salt, digest_size=16).digest()


def keep(folder: Path, trust: Trust) -> None:
    """Write it beside the key file; raises OSError."""
    write_atomically(folder / FILE, msgspec.json.encode(trust))


def kept(folder: Path) -> Trust | None:
    """What is known of a folder; None before its first sign-in."""
    try:
        return msgspec.json.decode((folder / FILE).read_bytes(), type=Trust)
    except (OSError, msgspec.MsgspecError):
        return None


def read(signed: SignedRevocation) -> Revocation | None:
    """What is signed, if the signature holds under the key that it names; whose key that is, is not said."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        body = base64.b64decode(signed.revocation, validate=True)
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(signed.key, validate=True))
        key.verify(base64.b64decode(signed.signature, validate=True), REVOCATION_PURPOSE + body)
        return msgspec.json.decode(body, type=Revocation)
    except (InvalidSignature, binascii.Error, ValueError, msgspec.MsgspecError):
        return None


def concerns(signed: SignedRevocation, trust: Trust, device: str, salt: bytes) -> bool:
    """Whether this word strikes off the owner of a folder on this PC.

    A forged one, one for another PC, of another server, or from before the last sign-in strikes nobody.
    """
    if not hmac.compare_digest(signed.key.encode(), trust.server_key.encode()):
        return False
    said = read(signed)
    return (
        said is not None
        and hmac.compare_digest(said.device.encode(), device.encode())
        and (not said.user or hmac.compare_digest(owner_digest(said.user, salt), trust.owner))
        and said.at.tzinfo is not None
        and said.at >= trust.since - SLACK
    )
