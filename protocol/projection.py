"""What screens and indexes keep of a document: list columns, folded search text, pending acts replayed.

One function each, used by server and desktop alike, so that a prepared page and a local row never differ.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime

import msgspec

from protocol.acts import Asked
from protocol.complaint import OPEN, Complaint, Document, Event, EventKind, Reply
from protocol.history import CITIZEN_WORDS
from protocol.rules import Refused, apply
from protocol.settings import CITIZEN, SYSTEM, Actor, Settings
from protocol.text import fold as fold_text


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """The columns of a list. Dates are civil, `changed_at` is aware UTC, `place` the finest HCP code known.

    `number` is the registration number, or the marked provisional one until the server has given it.
    """

    id: str
    ver: int
    number: str
    type: str
    object: str
    citizen: str
    place: str
    status: str
    due: date
    received_on: date
    administration: str
    unit: str
    assignee: str
    theme: str
    channel: str
    language: str
    urgent: bool
    confidential: bool
    unread: bool
    changed_at: datetime


_NEWS = frozenset(
    {
        EventKind.REGISTERED,
        EventKind.ROUTED,
        EventKind.ASSIGNED,
        EventKind.TRANSFERRED,
        EventKind.ARBITRATED,
        EventKind.DECLINED,
        EventKind.REOPENED,
    }
)
"""Facts that bring a complaint to somebody new, who has not read it yet."""


def is_unread(document: Complaint) -> bool:
    """Whether something new waits for the person in charge: an arrival, or words of the citizen.

    Whatever a member of the staff does with the complaint afterwards implies having read it.
    """
    if document.status not in OPEN:
        return False
    for event in reversed(document.events):
        if event.by == CITIZEN.id or event.kind in CITIZEN_WORDS:
            return True
        if event.kind in _NEWS:
            return event.by != document.assignee
        if event.by != SYSTEM.id:
            return False
    return True


def columns(document: Complaint) -> Row:
    """The list columns of `document`."""
    place = document.place
    return Row(
        id=document.id,
        ver=document.ver,
        number=document.number or document.provisional,
        type=document.type,
        object=document.object,
        citizen=document.person.name,
        place=place.commune or place.province or place.region,
        status=document.status,
        due=document.due,
        received_on=document.received_on,
        administration=document.administration,
        unit=document.unit,
        assignee=document.assignee,
        theme=document.theme,
        channel=document.channel,
        language=document.language,
        urgent=document.urgent,
        confidential=document.confidential,
        unread=is_unread(document),
        changed_at=document.events[-1].at if document.events else document.entered_at,
    )


def _replied(reply: Reply) -> Iterator[str]:
    yield from (reply.text, reply.translation, reply.reasons_of_law, reply.reasons_of_fact)
    for point in reply.points:
        yield point.text
        yield point.answer
    for commitment in reply.commitments:
        yield commitment.text


def _told(event: Event) -> Iterator[str]:
    yield event.text
    yield event.reason
    yield event.number
    yield from event.items
    yield from (attachment.name for attachment in event.attachments)
    if event.reply is not None:
        yield from _replied(event.reply)


def _texts(document: Complaint) -> Iterator[str]:
    yield from (document.number, document.provisional, document.ombudsman_reference)
    yield from (document.person.name, document.object, document.text, document.place.detail)
    yield from (attachment.name for attachment in document.attachments)
    for event in document.events:
        yield from _told(event)


def searchable(document: Complaint) -> str:
    """Everything of `document` that search looks into, folded, one text a line, none twice.

    Identity numbers, telephones and addresses are left out: least data in an index.
    """
    return fold_text("\n".join(dict.fromkeys(text for text in _texts(document) if text)))


def fold(base: Complaint, asked: Iterable[Asked], actor: Actor, settings: Settings) -> Complaint:
    """`base` with the author's unsettled acts replayed in order; acts refused by now are skipped.

    `now` is each act's own `at`, so that the same input always gives the same document. An act that the base
    already holds (its acknowledgement was lost) is not shown twice.
    """
    document = base
    held = {event.act for event in base.events}
    for one in asked:
        if one.id in held:
            continue
        try:
            document = apply(document, one, actor, settings, one.at)
        except Refused:
            continue
    return document


_decoder = msgspec.json.Decoder(Complaint)


def read_document(raw: bytes | msgspec.Raw) -> Complaint:
    """Decode a replicated document; unknown newer fields are ignored. Raises ValueError
    (msgspec.DecodeError and UnicodeDecodeError both are).
    """
    return _decoder.decode(raw)


def write_document(document: Document) -> bytes:
    """The bytes of `document` as it is stored and sent (UTF-8 JSON, defaults left off)."""
    return msgspec.json.encode(document)
