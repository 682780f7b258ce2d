"""The signed right to work without the server: checked against the key pinned at the first sign-in."""

import base64
import binascii
from datetime import datetime, timedelta

import msgspec

from desktop.core.errors import ClockWrong, LeaseExpired, ServerChanged
from protocol.wire import Lease, SignedLease

LONGEST = timedelta(days=14)
"""Of any lease (PROTOCOL §5)."""

SLACK = timedelta(hours=24)
"""How far this PC's clock may be behind the server's last certified time before it is called wrong."""


def read(signed: SignedLease, pinned_key: str, *, user: str, device: str) -> Lease:
    """The lease, signed by the pinned key ("" at a first sign-in) for this user and device.

    Raises ServerChanged for another key, another person or PC, or a signature that does not hold.
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    if pinned_key and signed.key != pinned_key:
        raise ServerChanged()
    try:
        body = base64.b64decode(signed.lease, validate=True)
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(signed.key, validate=True))
        key.verify(base64.b64decode(signed.signature, validate=True), body)
        lease = msgspec.json.decode(body, type=Lease)
    except (InvalidSignature, binascii.Error, ValueError, msgspec.MsgspecError) as error:
        raise ServerChanged() from error
    if lease.user != user or lease.device != device:
        raise ServerChanged()
    return lease


def check(lease: Lease, now: datetime, last_seen: datetime | None = None) -> None:
    """Whether offline work is allowed at `now` (aware UTC); raises LeaseExpired, ClockWrong.

    `last_seen` is the latest moment this PC itself has known, hours worked included: a clock set back gains
    nothing, not even within the slack. No lease is longer than LONGEST, whatever is written in it.
    """
    latest = max(lease.server_time, last_seen) if last_seen else lease.server_time
    if now < latest - SLACK:
        raise ClockWrong()
    if max(now, latest) > min(lease.not_after, lease.server_time + LONGEST):
        raise LeaseExpired()
