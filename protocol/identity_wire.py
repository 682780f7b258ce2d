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
