"""Takes a request in: checks it field by field, relays it by its content, enters it in the register.

Serves the portal and the staff's capture alike. Filing the same form twice registers once: the complaint's id
and its tracking code are both drawn from the form's own secret, and the id is the register's primary key.
"""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from secrets import token_bytes
from typing import Protocol

import msgspec
from sqlalchemy import Connection

from protocol.complaint import (
    Attachment,
    Channel,
    Complaint,
    IdentityKind,
    Language,
    Person,
    Place,
    RequestType,
    Routing,
    Status,
)
from protocol.deadlines import civil_date, due_date
from protocol.directory import Administration
from protocol.settings import CITIZEN, COORDINATION, Onboarding
from protocol.text import clean_line, clean_text
from protocol.wire import MAX_FILES, MAX_OBJECT, MAX_TEXT
from resources import places
from server import complaints, directory, identity, receipts
from server.identifiers import uuid7
from server.receipts import Receipt

MIN_OBJECT = 5
MIN_TEXT = 20
MAX_NAME = 120
MAX_DETAIL = 200
MAX_IDENTITY = 40
MAX_PHONE = 30
MAX_EMAIL = 254


class Problem(StrEnum):
    """What is wrong with a field; each code has a text `portal.error.<code>`."""

    REQUIRED = "required"
    UNKNOWN = "unknown"
    SHORT = "short"
    LONG = "long"
    IDENTITY_REQUIRED = "identity_required"
    ANONYMOUS_REFUSED = "anonymous_refused"
    NAME_LETTERS = "name_letters"
    PHONE = "phone"
    EMAIL = "email"
    CONTACT = "contact"
    PLACE = "place"
    PLACE_MISMATCH = "place_mismatch"
    CONSENT = "consent"
    FILES_MANY = "files_many"


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """A problem beside a field; `code` is a Problem, an upload's, or `identity_<kind>`."""

    field: str
    code: str
    limit: int = 0
    length: int = 0
    name: str = ""


class Invalid(ValueError):
    """The request cannot be registered as it is."""

    def __init__(self, problems: tuple[FieldProblem, ...]) -> None:
        super().__init__(", ".join(f"{p.field}:{p.code}" for p in problems))
        self.problems = problems


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What a person asks, as typed: `check` reads it, `file` registers it.

    `administration` "" leaves the choice to the routing; `consent` accepts the notice of law 09-08.
    """

    type: str = ""
    language: str = Language.ARABIC
    identity_kind: str = IdentityKind.CIN
    identity_number: str = ""
    name: str = ""
    phone: str = ""
    email: str = ""
    region: str = ""
    province: str = ""
    commune: str = ""
    detail: str = ""
    administration: str = ""
    theme: str = ""
    object: str = ""
    text: str = ""
    attachments: tuple[Attachment, ...] = ()
    consent: bool = False
    channel: str = Channel.PORTAL


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


# Checking ----------------------------------------------------------------------------------------------


def tidy(request: Request) -> Request:
    """`request` without control characters, bidi overrides and stray spaces; numbers in their stored form.

    Codes and what cannot be read are left as typed, so that a form can show them again.
    """
    lines = {
        name: clean_line(getattr(request, name))
        for name in ("type", "identity_kind", "name", "detail", "administration", "theme", "object")
    }
    return msgspec.structs.replace(
        request,
        **lines,
        text=clean_text(request.text).strip(),
        identity_number=clean_line(request.identity_number),
        phone=clean_line(request.phone),
        email=clean_line(request.email),
    )


def check(connection: Connection, request: Request) -> tuple[FieldProblem, ...]:
    """Every problem of a tidy request, in the order of the form; empty when it may be filed."""
    found = [
        *_check_matter(connection, request),
        *_check_place(request),
        *_check_administration(connection, request),
        *_check_person(connection, request),
    ]
    if len(request.attachments) > MAX_FILES:
        found.append(FieldProblem("files", Problem.FILES_MANY, limit=MAX_FILES))
    if not request.consent:
        found.append(FieldProblem("consent", Problem.CONSENT))
    return tuple(found)


def _check_matter(connection: Connection, request: Request) -> list[FieldProblem]:
    found = []
    if not request.type:
        found.append(FieldProblem("type", Problem.REQUIRED))
    elif request.type not in frozenset(RequestType):
        found.append(FieldProblem("type", Problem.UNKNOWN))
    found += _check_length("object", request.object, MIN_OBJECT, MAX_OBJECT)
    found += _check_length("text", request.text, MIN_TEXT, MAX_TEXT)
    if request.theme and request.theme not in {theme.code for theme in directory.themes(connection)}:
        found.append(FieldProblem("theme", Problem.UNKNOWN))
    return found


def _check_length(field: str, value: str, least: int, most: int) -> list[FieldProblem]:
    if not value:
        return [FieldProblem(field, Problem.REQUIRED)] if least else []
    if len(value) < least:
        return [FieldProblem(field, Problem.SHORT, limit=least, length=len(value))]
    if len(value) > most:
        return [FieldProblem(field, Problem.LONG, limit=most, length=len(value))]
    return []


def _check_place(request: Request) -> list[FieldProblem]:
    found = _check_length("detail", request.detail, 0, MAX_DETAIL)
    if request.province and places.province(request.province) is None:
        return [FieldProblem("province", Problem.PLACE), *found]
    if request.commune and places.commune(request.commune) is None:
        return [FieldProblem("commune", Problem.PLACE), *found]
    if not places.is_consistent("", request.province, request.commune):
        return [FieldProblem("commune", Problem.PLACE_MISMATCH), *found]
    if not places.is_consistent(request.region, request.province, request.commune):
        return [FieldProblem("province", Problem.PLACE), *found]
    return found


def _check_administration(connection: Connection, request: Request) -> list[FieldProblem]:
    if request.administration and request.administration not in {
        administration.code for administration in nameable(connection)
    }:
        return [FieldProblem("administration", Problem.UNKNOWN)]
    return []


def _check_person(connection: Connection, request: Request) -> list[FieldProblem]:
    is_anonymous = request.identity_kind == IdentityKind.ANONYMOUS
    found = _check_length("name", request.name, 0 if is_anonymous else 2, MAX_NAME)
    if request.name and not found and not any(c.isalpha() for c in request.name):
        found.append(FieldProblem("name", Problem.NAME_LETTERS))
    found += _check_identity(connection, request)
    if request.phone and not identity.read_phone(request.phone):
        found.append(FieldProblem("phone", Problem.PHONE))
    if request.email and not identity.read_email(request.email):
        found.append(FieldProblem("email", Problem.EMAIL))
    if not request.phone and not request.email and not is_anonymous:
        found.append(FieldProblem("phone", Problem.CONTACT))
    return found


def _check_identity(connection: Connection, request: Request) -> list[FieldProblem]:
    if request.identity_kind not in frozenset(IdentityKind):
        return [FieldProblem("identity_kind", Problem.UNKNOWN)]
    if request.identity_kind == IdentityKind.ANONYMOUS:
        at = request.administration or COORDINATION
        if directory.settings_for(connection, at).anonymous_allowed:
            return []
        return [FieldProblem("identity_kind", Problem.ANONYMOUS_REFUSED)]
    number = identity.read_number(request.identity_kind, request.identity_number)
    if not number:
        return [FieldProblem("identity_number", Problem.IDENTITY_REQUIRED)]
    if not identity.is_number(request.identity_kind, number):
        return [FieldProblem("identity_number", f"identity_{request.identity_kind}")]
    return []


def nameable(connection: Connection) -> tuple[Administration, ...]:
    """Administrations a person may name: operational, or in preparation (coordination then relays)."""
    return tuple(
        administration
        for administration in directory.administrations(connection)
        if administration.onboarding in (Onboarding.OPERATIONAL, Onboarding.IN_PREPARATION)
        and administration.code != COORDINATION
    )


# Filing ------------------------------------------------------------------------------------------------


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
