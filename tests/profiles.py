"""Profiles for tests of the local stores: a signed-in agent of one unit, documents, and their pages."""

from datetime import UTC, date, datetime, timedelta

import msgspec

from protocol.acts import Act, Asked, Note
from protocol.complaint import Channel, Complaint, Person, Status
from protocol.directory import Profile
from protocol.projection import columns, write_document
from protocol.settings import Actor, Grant, Role
from protocol.wire import DocumentLine, GoneLine, ReferenceLine, Result
from sync.replica import Page, Position

KEY = bytes(range(32))
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
TODAY = date(2026, 11, 23)
GRANTS = (
    Grant(role=Role.AGENT, administration="ONEE", unit="ONEE-RABAT"),
    Grant(role=Role.SUPERVISOR, administration="ONEE", unit="ONEE-RABAT"),
)
ME = Actor(id="u-me", grants=GRANTS)
PROFILE = Profile(
    id="u-me",
    login="me",
    name_fr="Salma",
    name_ar="سلمى",
    language="fr",
    grants=GRANTS,
    main_administration="ONEE",
    main_unit="ONEE-RABAT",
)


def document(id_: str, ver: int = 1, **changes: object) -> Complaint:
    """A complaint of my unit, due in 60 days."""
    known: dict[str, object] = {
        "id": id_,
        "ver": ver,
        "type": "complaint",
        "status": Status.RECEIVED,
        "channel": Channel.PORTAL,
        "language": "fr",
        "received_at": NOW,
        "received_on": TODAY,
        "entered_at": NOW,
        "due": TODAY + timedelta(days=60),
        "administration": "ONEE",
        "unit": "ONEE-RABAT",
        "number": f"2026-ONEE-{id_}",
        "person": Person(name="Fatima"),
        "object": "Coupure d'eau",
        "text": "Le robinet est à sec",
    }
    return msgspec.convert(msgspec.to_builtins(known | changes), Complaint)


def line(doc: Complaint) -> DocumentLine:
    """Its line in a page."""
    row = msgspec.Raw(msgspec.json.encode(columns(doc)))
    return DocumentLine(id=doc.id, ver=doc.ver, row=row, doc=msgspec.Raw(write_document(doc)))


def page(
    *documents: Complaint,
    gone: tuple[GoneLine, ...] = (),
    references: tuple[ReferenceLine, ...] = (),
    cursor: str = "c1",
    done: bool = True,
) -> Page:
    """A page as the engine gives it."""
    position = Position(cursor=cursor, epoch="e1", snap_after="" if done else "x", snap_done=done)
    return Page(
        documents=tuple(line(doc) for doc in documents), gone=gone, references=references, position=position
    )


def asked(id_: str, complaint: str, act: Act | None = None, *, seen: int = 1, minutes: int = 0) -> Asked:
    """An act as the desk records it; a note unless told otherwise."""
    at = NOW + timedelta(minutes=minutes)
    return Asked(id=id_, complaint=complaint, seen=seen, at=at, act=act or Note(text="relance à faire"))


def applied(id_: str, doc: Complaint) -> Result:
    """The server applied it; this is the document now."""
    return Result(id=id_, status="applied", ver=doc.ver, doc=msgspec.Raw(write_document(doc)))
