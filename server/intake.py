"""Takes a request in: checks it field by field, relays it by its content, enters it in the register.

Serves the portal and the staff's capture alike. Filing the same form twice registers once: the complaint's id
and its tracking code are both drawn from the form's own secret, and the id is the register's primary key.
"""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from secrets import token_bytes
from typing import Protocol

from sqlalchemy import Connection

from protocol.complaint import Complaint, IdentityKind, Person, Place, RequestType, Routing, Status
from protocol.deadlines import civil_date, due_date
from protocol.settings import CITIZEN, COORDINATION
from resources import places
from server import complaints, directory, identity, receipts
from server.identifiers import uuid7
from server.receipts import Receipt
from server.request import FieldProblem, Request, check, tidy


class Invalid(ValueError):
    """The request cannot be registered as it is."""

    def __init__(self, problems: tuple[FieldProblem, ...]) -> None:
        super().__init__(", ".join(f"{p.field}:{p.code}" for p in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Seed:
    """The secret of one form and the moment it was given out: what makes filing idempotent."""

    secret: str
    issued_at: datetime


class Relayed(Protocol):
    """Where a content goes, and why; `unit` is "" where only the administration is known."""

    @property
    def routing(self) -> Routing: ...
    @property
    def administration(self) -> str: ...
    @property
    def unit(self) -> str: ...


class Relay(Protocol):
    """What tells the administration by content: `server.routing.router.Router`."""

    def route(
        self, *, text: str, object: str, theme: str, place: Place, named: str, operational: frozenset[str]
    ) -> Relayed:
        """The administration concerned; national coordination where the content does not tell."""
        ...


@dataclass(frozen=True, slots=True)
class Intake:
    """What filing needs beside the register: the router, and the server's secret for codes."""

    router: Relay
    secret: bytes
    entropy: Callable[[int], bytes] = token_bytes


def file(
    connection: Connection,
    request: Request,
    now: datetime,
    *,
    seed: Seed,
    intake: Intake,
    by: str = CITIZEN.id,
) -> Receipt:
    """Register `request`, received now (aware UTC) from its author, and give its receipt.

    A second call with the same `seed` registers nothing and gives the first receipt again. The files named in
    `request.attachments` must already be kept. Raises Invalid, naming every field that has a problem.
    """
    request = tidy(request)
    own = _own_secret(request, seed)
    complaint_id = _id_for(own, seed.issued_at, intake.secret)
    code = receipts.new_code(intake.secret, own)
    try:
        return receipt(complaints.load(connection, complaint_id), code)
    except complaints.NoSuchComplaint:
        pass
    problems = check(connection, request)
    if problems:
        raise Invalid(problems)
    draft = _draft(connection, request, now, complaint_id=complaint_id, router=intake.router)
    document = complaints.register(
        connection,
        draft,
        by=by,
        now=now,
        tracking_hash=receipts.hash_code(intake.secret, complaint_id, code),
        entropy=intake.entropy,
    )
    return receipt(document, code)


def _own_secret(request: Request, seed: Seed) -> str:
    """The form's secret and what it asks: going back and asking something else is another request."""
    content = "\0".join((request.type, request.administration, request.object, request.text))
    return f"{seed.secret} {hashlib.sha256(content.encode()).hexdigest()}"


def _id_for(own: str, issued_at: datetime, secret: bytes) -> str:
    key = receipts.derive(secret, "complaint id")
    digest = hmac.new(key, own.encode(), hashlib.sha256).digest()
    return uuid7(issued_at, lambda size: digest[:size])


def _draft(
    connection: Connection, request: Request, now: datetime, *, complaint_id: str, router: Relay
) -> Complaint:
    place = _place(request)
    administration, unit, routing = _relay(connection, request, place, router)
    settings = directory.settings_for(connection, administration)
    return Complaint(
        id=complaint_id,
        ver=1,
        type=request.type,
        status=Status.RECEIVED,
        channel=request.channel,
        language=request.language,
        received_at=now,
        received_on=civil_date(now),
        entered_at=now,
        due=due_date(now, settings.answer_days),
        administration=administration,
        unit=unit,
        person=_person(request),
        place=place,
        theme=request.theme,
        object=request.object,
        text=request.text,
        attachments=request.attachments,
        routing=routing,
    )


def _relay(connection: Connection, request: Request, place: Place, router: Relay) -> tuple[str, str, Routing]:
    """Where the request goes and why: the body named, else the one its content tells, else triage.

    Whatever is not operational yet is relayed by national coordination (DOMAIN §1).
    """
    operational = directory.settings_for(connection, COORDINATION).operational
    routed = router.route(
        text=request.text,
        object=request.object,
        theme=request.theme,
        place=place,
        named=request.administration,
        operational=operational,
    )
    if routed.administration not in operational:
        return COORDINATION, "", routed.routing
    return routed.administration, routed.unit, routed.routing


def _place(request: Request) -> Place:
    """Codes completed upwards: a commune tells its province, a province its region."""
    commune = places.commune(request.commune)
    province = places.province(commune.province if commune else request.province)
    return Place(
        region=province.region if province else request.region,
        province=province.code if province else "",
        commune=commune.code if commune else "",
        detail=request.detail,
    )


def _person(request: Request) -> Person:
    is_anonymous = request.identity_kind == IdentityKind.ANONYMOUS
    number = "" if is_anonymous else identity.read_number(request.identity_kind, request.identity_number)
    return Person(
        name=request.name,
        identity_kind=request.identity_kind,
        identity_number=number,
        phone=identity.read_phone(request.phone),
        email=identity.read_email(request.email),
    )


def receipt(document: Complaint, code: str) -> Receipt:
    """The receipt of a registered request, as it was on the day it was given."""
    is_complaint = document.type == RequestType.COMPLAINT
    first = document.events[0]
    return Receipt(
        complaint=document.id,
        number=document.number,
        at=document.received_at,
        administration=first.administration or document.administration,
        object=document.object,
        due=document.due if is_complaint else None,
        code=code,
        type=document.type,
        language=document.language,
    )
