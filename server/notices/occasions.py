"""Which facts of a complaint's history are told to the citizen, and what is said (DOMAIN §3 and §8).

A confidential complaint is named by its date only: its number, its object and its administration would tell
whoever reads over a shoulder.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID, uuid5

import msgspec
from sqlalchemy import Connection

from protocol import history
from protocol.complaint import Attachment, Channel, Complaint, Event, EventKind, RequestType, Status
from protocol.deadlines import civil_date
from protocol.settings import COORDINATION
from resources import vocabulary
from resources.catalogue import Catalogue, isolated
from server import directory, joined
from server.changes import Written
from server.notices import words
from server.notices.words import LETTER, Means, Said

NAMES = UUID("6f0b2a52-6c55-4b0e-9d53-0f5b1c1b7a11")
"""Namespace of the ids that follow from what is told."""

LETTER_PATIENCE = timedelta(minutes=10)
"""How long an answer that leaves by e-mail waits for its letter; then it leaves with the address only."""

ANSWERED, INADMISSIBLE = "answered", "inadmissible"

WITH_LETTER = frozenset({ANSWERED, INADMISSIBLE})
"""Kinds that carry the letter when it leaves by e-mail."""

ANSWERS = WITH_LETTER | {"answered_by_post"}
"""Kinds that are told to everybody joined to the complaint, too."""

PRESSING = frozenset({"registered", "complement_asked", ANSWERED, "answered_by_post", INADMISSIBLE})
"""Told by SMS even to those who have an e-mail address: a right or a delay begins."""

_PLAIN = {
    EventKind.COMPLEMENT_ASKED: "complement_asked",
    EventKind.COMPLEMENT_EXPIRED: "complement_expired",
    EventKind.INTERIM_SENT: "interim",
    EventKind.JOINED: "joined",
    EventKind.REOPENED: "reopened",
    EventKind.CLOSED: "closed",
    EventKind.WITHDRAWN: "withdrawn",
    EventKind.TAKEN_INTO_ACCOUNT: "noted",
    EventKind.FILED: "filed",
}
_ON_LINE = frozenset({Channel.PORTAL, Channel.EMAIL, Channel.SMS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """One fact one citizen is told; `says` gives the words for a means; e-mail waits until `not_before`."""

    complaint: str
    act: str
    kind: str
    language: str
    phone: str
    email: str
    at: datetime
    not_before: datetime
    says: Callable[[Means], Said]

    @property
    def is_pressing(self) -> bool:
        """Whether an SMS leaves beside the e-mail."""
        return self.kind in PRESSING


def of(connection: Connection, written: Written) -> Iterator[Occasion]:
    """What one effect has to tell, in the order of its events."""
    document = written.after
    known = len(written.before.events) if written.before else 0
    for event in document.events[known:]:
        kind = _kind(document, event)
        if not kind:
            continue
        yield _occasion(connection, document, event, kind)
        if kind in ANSWERS:
            for child in joined.waiting_for(connection, document.id):
                yield _for_child(connection, document, child, event)


def letters_recorded(written: Written) -> Iterator[tuple[str, datetime]]:
    """For each letter this effect recorded: the act by which it had already left, and when it came."""
    document = written.after
    known = len(written.before.events) if written.before else 0
    for event in document.events[known:]:
        if event.kind != EventKind.LETTER_RECORDED:
            continue
        ready = next((i for i, e in enumerate(document.events) if e.act == event.other), len(document.events))
        for later in document.events[ready:]:
            if later.kind == EventKind.DISPATCHED:
                yield later.act, event.at


def enclosed(document: Complaint, act: str) -> Attachment | None:
    """The recorded letter that left by e-mail with this dispatch; None by another channel, or not yet there.

    Never for a confidential complaint: its letter is read on the portal, after the second proof.
    """
    if document.confidential:
        return None
    ready = None
    for event in document.events:
        if event.kind in history.MADE_READY:
            ready = event
        if event.act == act and event.kind == EventKind.DISPATCHED:
            by_mail = ready is not None and event.channel == Channel.EMAIL
            return history.recorded_letter(document, ready.act) if ready is not None and by_mail else None
    return None


def _kind(document: Complaint, event: Event) -> str:
    """How a fact is told; "" for what is the administration's own work."""
    is_complaint = document.type == RequestType.COMPLAINT
    if event.kind == EventKind.REGISTERED:
        return "registered" if is_complaint else "registered_remark"
    if event.kind in (EventKind.TRANSFERRED, EventKind.ARBITRATED):
        if event.administration == event.from_administration:
            return ""
        return "transferred" if is_complaint else "transferred_remark"
    if event.kind == EventKind.DISPATCHED:
        if document.status == Status.INADMISSIBLE:
            return INADMISSIBLE
        if document.status != Status.ANSWERED:
            return ""
        return ANSWERED if event.channel in _ON_LINE else "answered_by_post"
    return _PLAIN.get(EventKind(event.kind), "") if event.kind in set(EventKind) else ""


def _occasion(connection: Connection, document: Complaint, event: Event, kind: str) -> Occasion:
    waits = (
        kind in WITH_LETTER
        and event.channel == Channel.EMAIL
        and not document.confidential
        and enclosed(document, event.act) is None
    )
    return Occasion(
        complaint=document.id,
        act=event.act,
        kind=kind,
        language=document.language,
        phone=document.person.phone,
        email=document.person.email,
        at=event.at,
        not_before=event.at + LETTER_PATIENCE if waits else event.at,
        says=lambda means: _say(connection, document, event, kind, means),
    )


def _for_child(connection: Connection, parent: Complaint, child: Complaint, event: Event) -> Occasion:
    """The answer to the parent, told to one who was joined to it (DOMAIN §3, 12)."""
    hidden = msgspec.structs.replace(child, confidential=child.confidential or parent.confidential)
    told = msgspec.structs.replace(event, number=parent.number)
    return Occasion(
        complaint=child.id,
        act=str(uuid5(NAMES, f"{event.act} {child.id}")),
        kind="parent_answered",
        language=child.language,
        phone=child.person.phone,
        email=child.person.email,
        at=event.at,
        not_before=event.at,
        says=lambda means: _say(connection, hidden, told, "parent_answered", means),
    )


def _say(connection: Connection, document: Complaint, event: Event, kind: str, means: Means) -> Said:
    texts = Catalogue(document.language)
    dated = words.short_date(document.received_on)
    if document.confidential:
        request = texts("notices.request.dated", date=dated)
        ref = texts("notices.ref.dated", date=dated)
    else:
        number = words.number_in(texts, means, document.number)
        request = texts("notices.request", number=number)
        ref = texts("notices.ref", number=words.number_in(texts, Means.SMS, document.number))
    values = _values(texts, document, event, means)
    if means == Means.SMS:
        return words.sms(texts, kind, request=request, **values)
    if document.confidential:
        return words.neutral_mail(texts, kind, request=request, ref=ref, **values)
    values["administration"] = isolated(_administration(connection, event, document, texts))
    return words.mail(texts, kind, request=request, ref=ref, **values)


def _values(texts: Catalogue, document: Complaint, event: Event, means: Means) -> dict[str, str]:
    """Everything a text may name, as this means and language write it; "" for what the fact does not have."""

    def day(one: date | None) -> str:
        if one is None:
            return ""
        return words.short_date(one) if means == Means.SMS else words.long_date(texts, one)

    until = day(document.reopen_until)
    return {
        "received": day(document.received_on),
        "object": isolated(words.without_addresses(document.object)),
        "due": day(document.due),
        "limit": day(event.limit),
        "expected": day(event.limit),
        "items": "\n".join(f"• {isolated(item)}" for item in event.items),
        "reason": isolated(event.text),
        "on": day(event.on or civil_date(event.at)),
        "until": until,
        "reopening": texts("notices.closed.until", until=until) if until else "",
        "channel": vocabulary.label("channel", event.channel, texts.language) if event.channel else "",
        "parent": words.number_in(texts, means, event.number) if event.number else "",
        "letter": LETTER,
        "files": _files(texts, document),
    }


def _files(texts: Catalogue, document: Complaint) -> str:
    """That files go with the answer, and where: they never travel by mail, the portal asks for a proof."""
    reply = history.sent_reply(document)
    return texts.count("notices.files", len(reply.attachments)) if reply and reply.attachments else ""


def _administration(connection: Connection, event: Event, document: Complaint, texts: Catalogue) -> str:
    code = event.administration or document.administration
    if code == COORDINATION:
        return texts("notices.coordination")
    try:
        entry = directory.administration(connection, code)
    except directory.NoSuchEntry:
        return code
    return entry.name_fr if texts.language == "fr" else entry.name_ar
