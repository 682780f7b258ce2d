"""What a change row must remember of a complaint's scope, and which streams a person reads.

The rule itself is `protocol.scope`; here it is asked about a stored scope, not about a whole document.
"""

import hashlib
from datetime import UTC, date, datetime

import msgspec

from protocol.complaint import Complaint, Person
from protocol.scope import SEEING, grants_scope, in_force
from protocol.settings import Actor, Grant


class Scope(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The fields of a complaint that decide who sees it."""

    administration: str
    unit: str = ""
    confidential: bool = False
    named: tuple[str, ...] = ()
    against: str = ""
    ombudsman: bool = False


_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_BLANK = Complaint(
    id="",
    ver=0,
    type="",
    status="",
    channel="",
    language="",
    received_at=_EPOCH,
    received_on=_EPOCH.date(),
    entered_at=_EPOCH,
    due=_EPOCH.date(),
    administration="",
    person=Person(name=""),
    object="",
    text="",
)

_read = msgspec.json.Decoder(Scope)


def scope_of(document: Complaint) -> Scope:
    """The scope of a document."""
    return Scope(
        administration=document.administration,
        unit=document.unit,
        confidential=document.confidential,
        named=document.named,
        against=document.against,
        ombudsman=document.ombudsman,
    )


def write(document: Complaint | None) -> bytes | None:
    """The stored form of a document's scope; None where there was no document."""
    return None if document is None else msgspec.json.encode(scope_of(document))


def read(stored: bytes) -> Scope:
    """The scope kept in a change row; unknown newer fields are ignored."""
    return _read.decode(stored)


def sees(scope: Scope, actor: Actor, today: date) -> bool:
    """Whether `actor` sees, on the civil date `today`, a complaint of this scope."""
    probe = msgspec.structs.replace(
        _BLANK,
        administration=scope.administration,
        unit=scope.unit,
        confidential=scope.confidential,
        named=scope.named,
        against=scope.against,
        ombudsman=scope.ombudsman,
    )
    return grants_scope(probe, actor, today)


def seeing_grants(actor: Actor, today: date) -> tuple[Grant, ...]:
    """The grants of `actor` that show complaints today, in a fixed order."""
    held = {g for g in actor.grants if g.role in SEEING and in_force(g, today)}
    return tuple(sorted(held, key=lambda g: (g.administration, g.unit, g.role)))


def administrations(actor: Actor, today: date) -> tuple[str, ...]:
    """The administrations whose stream `actor` reads today, in ascending order."""
    return tuple(sorted({grant.administration for grant in seeing_grants(actor, today)}))


def units(actor: Actor, administration: str, today: date) -> tuple[str, ...]:
    """The units `actor` is limited to in `administration`; empty when he sees all of them."""
    mine = {g.unit for g in seeing_grants(actor, today) if g.administration == administration}
    return () if "" in mine else tuple(sorted(mine))


def scope_hash(actor: Actor, today: date) -> str:
    """Changes whenever what `actor` may see changes by grants, be it only because a day has passed."""
    told = [actor.id, *((g.role, g.administration, g.unit) for g in seeing_grants(actor, today))]
    return hashlib.sha256(msgspec.json.encode(told)).hexdigest()[:16]
