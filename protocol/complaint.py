"""The complaint document as it is replicated: header, ordered events, attachment metadata.

One document is always applied whole; `ver` grows by exactly one per accepted act, and every event
carries the `n` of the version it brought. Times are aware UTC; dates are civil dates in Africa/Casablanca.
"""

from datetime import date, datetime
from enum import StrEnum

import msgspec


class Status(StrEnum):
    """Stored codes of DOMAIN §3; `transferred` is an event, never a state."""

    DRAFT = "draft"
    RECEIVED = "received"
    ASSIGNED = "assigned"
    IN_PROGRESS = "in_progress"
    AWAITING_CITIZEN = "awaiting_citizen"
    AWAITING_ELEMENTS = "awaiting_elements"
    TO_VALIDATE = "to_validate"
    TO_SIGN = "to_sign"
    TO_DISPATCH = "to_dispatch"
    ANSWERED = "answered"
    CLOSED = "closed"
    REOPENED = "reopened"
    ARBITRATION = "arbitration"
    INADMISSIBLE = "inadmissible"
    JOINED = "joined"
    WITHDRAWN = "withdrawn"
    NOTED = "noted"
    FILED = "filed"


FINAL = frozenset(
    {Status.CLOSED, Status.INADMISSIBLE, Status.JOINED, Status.WITHDRAWN, Status.NOTED, Status.FILED}
)
"""States in which nothing is expected of the administration any more."""

OPEN = frozenset(Status) - FINAL - {Status.DRAFT, Status.ANSWERED}
"""States in which the sixty days still run."""


class RequestType(StrEnum):
    """Only a complaint carries the duty to answer (DOMAIN §1)."""

    COMPLAINT = "complaint"
    OBSERVATION = "observation"
    SUGGESTION = "suggestion"


class Channel(StrEnum):
    """How a request came in, or how an answer went out."""

    PORTAL = "portal"
    MOBILE = "mobile"
    CALL_CENTRE = "call_centre"
    WALK_IN = "walk_in"
    MAIL = "mail"
    REGISTERED_MAIL = "registered_mail"
    EMAIL = "email"
    FAX = "fax"
    PHONE = "phone"
    CONSULATE = "consulate"
    OMBUDSMAN = "ombudsman"
    OTHER_SERVICE = "other_service"
    BY_HAND = "by_hand"
    SMS = "sms"


SENT_BY_SYSTEM = frozenset({Channel.PORTAL, Channel.EMAIL})
"""Channels on which the server itself dispatches an answer at once (DOMAIN §3)."""


class Language(StrEnum):
    """Language of a citizen or of a text."""

    ARABIC = "ar"
    FRENCH = "fr"


class Nature(StrEnum):
    """Nature of an answer (DOMAIN §5)."""

    FAVOURABLE = "favourable"
    PARTLY_FAVOURABLE = "partly_favourable"
    UNFAVOURABLE = "unfavourable"
    ORIENTATION = "orientation"
    INADMISSIBLE = "inadmissible"
    WITHOUT_OBJECT = "without_object"


class IdentityKind(StrEnum):
    """Papers a citizen may be known by."""

    CIN = "cin"
    RESIDENCE_CARD = "residence_card"
    PASSPORT = "passport"
    COMPANY = "company"
    ASSOCIATION = "association"
    ANONYMOUS = "anonymous"


class Inadmissibility(StrEnum):
    """The closed list of DOMAIN §4 (J5 and J10 are here to be refused with the right advice)."""

    BEFORE_COURT = "j1_before_court"
    COURT_DECISION = "j2_court_decision"
    PROSECUTOR = "j3_prosecutor"
    OTHER_AUTHORITY = "j4_other_authority"
    NOT_COMPETENT = "j5_not_competent"
    WRONG_FORM = "j6_wrong_form"
    UNCLEAR = "j7_unclear"
    INSULTS = "j8_insults"
    ANONYMOUS = "j9_anonymous"
    DUPLICATE = "j10_duplicate"
    PRIVATE_DISPUTE = "j11_private_dispute"


class EventKind(StrEnum):
    """Facts, in the past participle. A desktop shows an unknown newer kind as a generic line."""

    REGISTERED = "registered"
    ROUTED = "routed"
    ASSIGNED = "assigned"
    DECLINED = "declined"
    OPENED = "opened"
    NOTED = "noted"
    COMPLEMENT_ASKED = "complement_asked"
    COMPLEMENT_RECEIVED = "complement_received"
    COMPLEMENT_EXPIRED = "complement_expired"
    CITIZEN_WROTE = "citizen_wrote"
    ELEMENTS_REQUESTED = "elements_requested"
    ELEMENTS_RECEIVED = "elements_received"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    VALIDATED = "validated"
    ANSWERED = "answered"
    SIGNED = "signed"
    SIGNATURE_REFUSED = "signature_refused"
    DISPATCHED = "dispatched"
    UNDELIVERED = "undelivered"
    INTERIM_SENT = "interim_sent"
    TRANSFERRED = "transferred"
    ARBITRATED = "arbitrated"
    DECLARED_INADMISSIBLE = "declared_inadmissible"
    JOIN_PROPOSED = "join_proposed"
    JOINED = "joined"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"
    REOPENED = "reopened"
    RATED = "rated"
    COMMITMENT_KEPT = "commitment_kept"
    TAKEN_INTO_ACCOUNT = "taken_into_account"
    FILED = "filed"
    FLAGGED = "flagged"
    CORRECTED = "corrected"
    LETTER_RECORDED = "letter_recorded"


class Document(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Common shape of all replicated records: frozen, named fields, defaults left off the wire."""


class Attachment(Document, frozen=True, kw_only=True):
    """A file known by the SHA-256 of its bytes; `size` in bytes, `mime` as found in the content."""

    sha256: str
    name: str
    mime: str
    size: int


class Person(Document, frozen=True, kw_only=True):
    """The citizen, or the body, that complains."""

    name: str
    identity_kind: str = IdentityKind.CIN
    identity_number: str = ""
    phone: str = ""
    email: str = ""
    address: str = ""


class Place(Document, frozen=True, kw_only=True):
    """HCP codes of `resources.places`; `detail` is what the citizen wrote (street, quarter)."""

    region: str = ""
    province: str = ""
    commune: str = ""
    detail: str = ""


class Routing(Document, frozen=True, kw_only=True):
    """How the content was relayed: model version, confidence 0..1, the words that decided."""

    model: str
    confidence: float
    administration: str
    words: tuple[str, ...] = ()
    ranked: tuple[tuple[str, float], ...] = ()


class Point(Document, frozen=True, kw_only=True):
    """One grievance of the complaint and the answer given to it."""

    text: str
    answer: str = ""


class Commitment(Document, frozen=True, kw_only=True):
    """A promise made in an answer, tracked until `kept_on`."""

    id: str
    text: str
    due: date
    kept_on: date | None = None


class Reply(Document, frozen=True, kw_only=True):
    """An answer's content: what is drafted, submitted, validated, signed and finally sent."""

    nature: str
    text: str
    language: str = Language.ARABIC
    reasons_of_law: str = ""
    reasons_of_fact: str = ""
    points: tuple[Point, ...] = ()
    commitments: tuple[Commitment, ...] = ()
    translation: str = ""
    french_only_reason: str = ""
    attachments: tuple[Attachment, ...] = ()


class Event(Document, frozen=True, kw_only=True):
    """One fact of the history. `at` is the server's acceptance, `typed_at` the author's clock.

    `by` is a user id, "citizen" or "system". Which optional fields are set follows from `kind`.
    """

    n: int
    act: str
    kind: str
    at: datetime
    by: str
    typed_at: datetime | None = None
    text: str = ""
    reason: str = ""
    reply: Reply | None = None
    assignee: str = ""
    previous: str = ""
    administration: str = ""
    unit: str = ""
    from_administration: str = ""
    from_unit: str = ""
    channel: str = ""
    number: str = ""
    on: date | None = None
    limit: date | None = None
    items: tuple[str, ...] = ()
    other: str = ""
    satisfied: bool | None = None
    attachments: tuple[Attachment, ...] = ()


class Complaint(Document, frozen=True, kw_only=True):
    """The replicated unit. `due` never moves through any act (DOMAIN §3, invariants)."""

    id: str
    ver: int
    type: str
    status: str
    channel: str
    language: str
    received_at: datetime
    received_on: date
    entered_at: datetime
    due: date
    administration: str
    unit: str = ""
    unit_since: datetime | None = None
    number: str = ""
    provisional: str = ""
    assignee: str = ""
    person: Person
    place: Place = Place()
    theme: str = ""
    object: str
    text: str
    against: str = ""
    confidential: bool = False
    named: tuple[str, ...] = ()
    urgent: bool = False
    ombudsman: bool = False
    ombudsman_reference: str = ""
    interim_sent: bool = False
    attachments: tuple[Attachment, ...] = ()
    routing: Routing | None = None
    hops: int = 0
    reopenings: int = 0
    returns: int = 0
    first_author: str = ""
    pending: Reply | None = None
    drafter: str = ""
    answered_on: date | None = None
    reopen_until: date | None = None
    complement_limit: date | None = None
    elements_due: date | None = None
    parent: str = ""
    join_proposed: str = ""
    commitments: tuple[Commitment, ...] = ()
    events: tuple[Event, ...] = ()
