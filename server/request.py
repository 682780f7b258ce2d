"""What a person asks, as typed, and everything that can be wrong with it, field by field.

Serves the portal and the staff's capture alike; the words of each problem are `portal.error.<code>`.
"""

from dataclasses import dataclass
from enum import StrEnum

import msgspec
from sqlalchemy import Connection

from protocol.complaint import Attachment, Channel, IdentityKind, Language, RequestType
from protocol.directory import Administration
from protocol.settings import COORDINATION, Onboarding
from protocol.text import clean_line, clean_text
from protocol.wire import MAX_FILES, MAX_OBJECT, MAX_TEXT
from resources import places
from server import directory, identity

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
