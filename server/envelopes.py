"""The acts of a push, read one by one: what cannot be read is refused alone, and keeps no other waiting.

Such an act goes on as one of no known kind, so that it is refused, logged and answered a second time like any
other; what leans on it is refused with it.
"""

import re
from collections.abc import Sequence
from datetime import datetime

import msgspec

from protocol.acts import UNREADABLE
from protocol.wire import Envelope
from server.identifiers import is_uuid

UNREAD = "unreadable"
"""The kind under which an act that nobody can read is logged."""

_NOWHERE = "00000000-0000-0000-0000-000000000000"
_KIND = re.compile(r"[a-z_]{1,40}")
_LARGEST = 2**53
"""Counts beyond this are no longer exact in every client's numbers."""


class Batch(msgspec.Struct, frozen=True):
    """Body of a push with its acts still unread."""

    acts: tuple[msgspec.Raw, ...]
    cursor: str = ""


class _Name(msgspec.Struct, frozen=True):
    id: str


_envelope = msgspec.json.Decoder(Envelope)
_name = msgspec.json.Decoder(_Name)


def read(batch: Sequence[msgspec.Raw], now: datetime) -> tuple[Envelope, ...]:
    """The acts in order; an act without an id that could be answered is left out. `now` is aware UTC."""
    return tuple(act for raw in batch if (act := _read(raw, now)) is not None)


def _read(raw: msgspec.Raw, now: datetime) -> Envelope | None:
    try:
        act = _envelope.decode(raw)
    except UNREADABLE:
        return _unreadable(raw, now)
    return act if _is_sound(act) else _unreadable(raw, now)


def _unreadable(raw: msgspec.Raw, now: datetime) -> Envelope | None:
    try:
        id_ = _name.decode(raw).id
    except UNREADABLE:
        return None
    if not is_uuid(id_):
        return None
    return Envelope(
        id=id_, n=0, kind=UNREAD, kv=0, complaint=_NOWHERE, seen=0, args=msgspec.Raw(b"null"), at=now
    )


def _is_sound(act: Envelope) -> bool:
    """Whether the envelope's own fields can be kept; its content is judged act by act."""
    named = (act.id, act.complaint) if act.prev is None else (act.id, act.complaint, act.prev)
    counted = (act.n, act.seen, act.skew_ms)
    return (
        all(is_uuid(name) for name in named)
        and _KIND.fullmatch(act.kind) is not None
        and 0 <= act.kv < 10_000
        and all(-_LARGEST <= count <= _LARGEST for count in counted)
        # A clock may be decades wrong; a year that no calendar can shift by a day, or no zone, is damage.
        and act.at.tzinfo is not None
        and 1900 <= act.at.year <= 9000
    )
