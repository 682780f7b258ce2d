"""What a citizen may read of a request: simple states, dates, the answer once it has left; no personal data.

Internal notes, names of staff, drafts, and answers that are signed but not sent never pass through here.
"""

from dataclasses import dataclass
from datetime import date, datetime

from protocol import history, rules
from protocol.acts import Act, GiveComplement, Reopen, Write
from protocol.complaint import FINAL, OPEN, Complaint, Event, EventKind, Reply, RequestType, Status
from protocol.deadlines import civil_date, days_left
from protocol.settings import CITIZEN, COORDINATION, Settings
from resources import vocabulary
from resources.catalogue import Catalogue, ltr

_SHOWN = {
    EventKind.REGISTERED,
    EventKind.ROUTED,
    EventKind.OPENED,
    EventKind.COMPLEMENT_ASKED,
    EventKind.COMPLEMENT_RECEIVED,
    EventKind.COMPLEMENT_EXPIRED,
    EventKind.CITIZEN_WROTE,
    EventKind.INTERIM_SENT,
    EventKind.TRANSFERRED,
    EventKind.ARBITRATED,
    EventKind.DISPATCHED,
    EventKind.JOINED,
    EventKind.WITHDRAWN,
    EventKind.REOPENED,
    EventKind.CLOSED,
    EventKind.RATED,
    EventKind.TAKEN_INTO_ACCOUNT,
    EventKind.FILED,
}
"""Facts that concern the citizen; everything else is the administration's own work."""

_GENDERED = frozenset(
    {
        Status.RECEIVED,
        Status.CLOSED,
        Status.REOPENED,
        Status.INADMISSIBLE,
        Status.JOINED,
        Status.WITHDRAWN,
        Status.NOTED,
        Status.FILED,
    }
)
"""States whose public Arabic words agree with the request's type."""

_UNSENT_DECISION = frozenset({Status.INADMISSIBLE})


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the public history; `at` is aware UTC."""

    label: str
    at: datetime
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """An answer that has reached the citizen."""

    reply: Reply
    on: date
    number: str


@dataclass(frozen=True, slots=True)
class Interim:
    """A reply that gives the reason of a delay."""

    text: str
    expected: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """The page of one request, in one language."""

    number: str
    type: str
    state: str
    tone: str
    administration: str
    filed: date
    due: date | None
    left: str
    late: bool
    parent: str
    answer: Sent | None
    interim: Interim | None
    reopen_until: date | None
    complement: tuple[str, ...]
    complement_limit: date | None
    steps: tuple[Step, ...]
    may_write: bool
    may_reopen: bool


@dataclass(frozen=True, slots=True)
class Reader:
    """In which language, when (aware UTC), by which rule book, and how administrations are called."""

    language: str
    now: datetime
    settings: Settings
    names: dict[str, str]

    def may(self, document: Complaint, kind: type[Act]) -> bool:
        """Whether the citizen may ask for this act now."""
        return rules.may(document, kind, CITIZEN, self.settings, self.now) is None


def describe(document: Complaint, reader: Reader) -> Case:
    """Everything the follow-up page shows of `document`."""
    texts = Catalogue(reader.language)
    answer = _answer(document)
    asked = _complement(document)
    left = days_left(document.due, civil_date(reader.now))
    runs = document.type == RequestType.COMPLAINT and document.status in OPEN
    return Case(
        number=document.number,
        type=document.type,
        state=state(document, reader.language),
        tone=_tone(document),
        administration=_administration(document.administration, reader, texts),
        filed=document.received_on,
        due=document.due if document.type == RequestType.COMPLAINT else None,
        left=_days(left, texts) if runs else "",
        late=runs and left < 0,
        parent=_parent(document, texts),
        answer=answer,
        interim=_interim(document),
        reopen_until=document.reopen_until if reader.may(document, Reopen) else None,
        complement=asked.items if asked and reader.may(document, GiveComplement) else (),
        complement_limit=asked.limit if asked else None,
        steps=tuple(_steps(document, reader, texts)),
        may_write=reader.may(document, Write) and document.status != Status.AWAITING_CITIZEN,
        may_reopen=reader.may(document, Reopen),
    )


def state(document: Complaint, language: str) -> str:
    """The public label of a state, agreeing in Arabic with شكاية, ملاحظة or اقتراح."""
    status = Status.IN_PROGRESS if _is_decided_only(document) else document.status
    is_masculine = language == "ar" and document.type == RequestType.SUGGESTION and status in _GENDERED
    return vocabulary.label("status", status, language, "masculine" if is_masculine else "public")


def _is_decided_only(document: Complaint) -> bool:
    """A decision of inadmissibility whose letter has not left yet is still work in hand."""
    return document.status in _UNSENT_DECISION and history.sent_reply(document) is None


def _tone(document: Complaint) -> str:
    if document.status in (Status.ANSWERED, Status.NOTED):
        return "ok"
    if document.status == Status.AWAITING_CITIZEN:
        return "warn"
    return "still" if document.status in FINAL and not _is_decided_only(document) else "info"


def _administration(code: str, reader: Reader, texts: Catalogue) -> str:
    if code == COORDINATION:
        return texts("portal.case.administration.triage")
    return reader.names.get(code, code)


def _days(left: int, texts: Catalogue) -> str:
    return texts.count("portal.case.left", left) if left >= 0 else texts.count("portal.case.late", -left)


def _answer(document: Complaint) -> Sent | None:
    reply = history.sent_reply(document)
    sent = history.last(document, EventKind.DISPATCHED)
    if reply is None or sent is None:
        return None
    signed = history.last(document, EventKind.SIGNED)
    return Sent(reply, sent.on or civil_date(sent.at), signed.number if signed else "")


def _interim(document: Complaint) -> Interim | None:
    event = history.last(document, EventKind.INTERIM_SENT)
    return None if event is None else Interim(event.text, event.limit)


def _complement(document: Complaint) -> Event | None:
    if document.status != Status.AWAITING_CITIZEN:
        return None
    return history.last(document, EventKind.COMPLEMENT_ASKED)


def _parent(document: Complaint, texts: Catalogue) -> str:
    event = history.last(document, EventKind.JOINED) if document.status == Status.JOINED else None
    return "" if event is None else texts("portal.case.joined", number=ltr(event.number))


def _steps(document: Complaint, reader: Reader, texts: Catalogue) -> list[Step]:
    steps: list[Step] = []
    for event in document.events:
        if event.kind not in _SHOWN or _is_silent_relay(event):
            continue
        label = vocabulary.label("event", event.kind, reader.language)
        detail = ""
        if event.kind in (EventKind.ROUTED, EventKind.TRANSFERRED, EventKind.ARBITRATED):
            label = texts("portal.case.relayed")
            detail = _administration(event.administration, reader, texts)
        elif event.kind == EventKind.JOINED:
            detail = texts("portal.case.joined", number=ltr(event.number))
        if not steps or steps[-1].label != label or detail:
            steps.append(Step(label, event.at, detail))
    return steps


def _is_silent_relay(event: Event) -> bool:
    """Waiting for triage, and moves between units of one administration, tell the citizen nothing."""
    if event.kind == EventKind.ROUTED:
        return event.administration == COORDINATION
    return event.kind == EventKind.TRANSFERRED and event.administration == event.from_administration
