"""What the board counts of a complaint beyond the columns of a list, taken from its document.

Only a desk needs these, so they travel on no line: they are read here from the document that came, of which
nothing but these fields is decoded. Dates are civil dates in Casablanca as ISO text, "" for none.
"""

import functools
from datetime import datetime
from enum import IntEnum
from typing import Any

import msgspec

from protocol.complaint import Complaint, EventKind, Status
from protocol.deadlines import civil_date
from protocol.projection import write_document


class Stage(IntEnum):
    """Who is to move next, as a number: a board compares it four times faster than the state's word."""

    ENDED = 0
    NEW = 1
    IN_HAND = 2
    WITH_CITIZEN = 3
    WITH_SERVICE = 4
    WITH_SUPERIOR = 5


_STAGES: dict[str, Stage] = {
    **dict.fromkeys((Status.RECEIVED, Status.ASSIGNED, Status.REOPENED), Stage.NEW),
    **dict.fromkeys((Status.IN_PROGRESS, Status.TO_DISPATCH), Stage.IN_HAND),
    Status.AWAITING_CITIZEN: Stage.WITH_CITIZEN,
    Status.AWAITING_ELEMENTS: Stage.WITH_SERVICE,
    **dict.fromkeys((Status.TO_VALIDATE, Status.TO_SIGN, Status.ARBITRATION), Stage.WITH_SUPERIOR),
}


def stage_of(status: str) -> int:
    """The stage of a stored state; 0 when nobody has to move, or for a state this build does not know."""
    return _STAGES.get(status, Stage.ENDED).value


class Steered(msgspec.Struct, frozen=True):
    """The columns, in the order of the table: when it came to this administration, when it was answered,
    limits set to citizen and to other services, and how often it was handed on, sent back, reopened.
    """

    arrived_on: str
    answered_on: str
    complement_limit: str
    elements_due: str
    hops: int
    returns: int
    reopenings: int
    interim: bool


class _Fact(msgspec.Struct, frozen=True, gc=False):
    kind: str
    at: str
    administration: str = ""
    from_administration: str = ""


class _Header(msgspec.Struct, frozen=True, gc=False):
    administration: str
    entered_at: str
    events: msgspec.Raw = msgspec.Raw(b"[]")
    unit_since: str | None = None
    answered_on: str | None = None
    complement_limit: str | None = None
    elements_due: str | None = None
    hops: int = 0
    returns: int = 0
    reopenings: int = 0
    interim_sent: bool = False


FIELDS = Steered.__struct_fields__
_MOVES = frozenset({EventKind.TRANSFERRED, EventKind.ARBITRATED})
_header = msgspec.json.Decoder(_Header)
_facts = msgspec.json.Decoder(list[_Fact])


def steered(document: bytes | msgspec.Raw | Complaint) -> tuple[Any, ...]:
    """The values of `FIELDS`; raises protocol.acts.UNREADABLE for bytes that are no document."""
    header = _header.decode(write_document(document) if isinstance(document, Complaint) else document)
    return (
        _arrived(header),
        header.answered_on or "",
        header.complement_limit or "",
        header.elements_due or "",
        header.hops,
        header.returns,
        header.reopenings,
        int(header.interim_sent),
    )


def _arrived(header: _Header) -> str:
    """The day it came into this administration's hands: moved here by a transfer, else entered here.

    A letter received on Thursday and typed in on Monday arrives on Monday: that is when somebody has it.
    """
    entered = _day(header.entered_at)
    if header.unit_since is None or _day(header.unit_since) == entered:
        return entered
    for fact in reversed(_facts.decode(header.events)):
        if fact.kind in _MOVES and fact.from_administration != fact.administration == header.administration:
            return _day(fact.at)
    return entered


def _day(moment: str) -> str:
    """The civil date of a moment as it travels; only the hour decides, Casablanca being whole hours off."""
    if moment.endswith("Z"):
        return _day_of_hour(moment[:13])
    return civil_date(msgspec.convert(moment, datetime)).isoformat()


@functools.lru_cache(maxsize=4096)
def _day_of_hour(hour: str) -> str:
    return civil_date(msgspec.convert(f"{hour}:00:00Z", datetime)).isoformat()
