"""What a citizen may read of a request: simple states, dates, the answer once it has left; no personal data.

Internal notes, names of staff, drafts, and answers that are signed but not sent never pass through here.
"""

from dataclasses import dataclass
from datetime import date, datetime

from protocol import history, rules
from protocol.acts import Act, GiveComplement, Rate, Reopen, Write
from protocol.complaint import (
    FINAL,
    OPEN,
    Attachment,
    Complaint,
    Event,
    EventKind,
    Reply,
    RequestType,
    Status,
)
from protocol.deadlines import civil_date, days_left
from protocol.refusals import Refusal
from protocol.settings import CITIZEN, COORDINATION, Settings
from resources import vocabulary
from resources.catalogue import Catalogue, ltr
from server.portal import second_proof
from server.portal.pages import day
from server.portal.second_proof import Known

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
    letter: Attachment | None


@dataclass(frozen=True, slots=True)
class Rating:
    """What the citizen thought of the answer, and when he said it (a civil date in Casablanca)."""

    is_satisfied: bool
    on: date


@dataclass(frozen=True, slots=True)
class Reopening:
    """Whether the citizen may still have the request taken up again.

    `words` say how long and how often, or why not; "" where the question does not arise.
    """

    is_open: bool
    words: str = ""


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
    parent_answered: date | None
    answer: Sent | None
    interim: Interim | None
    proof: Known
    rating: Rating | None
    reopening: Reopening
    complement: tuple[str, ...]
    complement_limit: date | None
    steps: tuple[Step, ...]
    may_write: bool
    may_rate: bool


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


def describe(document: Complaint, reader: Reader, answering: Complaint | None = None) -> Case:
    """Everything the follow-up page shows of `document`; `answering` is what answers for a joined one.

    Of that one only the day of its answer is told: the words were written to somebody else and may name them.
    """
    texts = Catalogue(reader.language)
    answer = _answer(document)
    elsewhere = _answer(answering) if answering else None
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
        parent_answered=elsewhere.on if elsewhere else None,
        answer=answer,
        interim=_interim(document),
        proof=second_proof.known(document),
        rating=_rating(document),
        reopening=_reopening(document, reader, texts),
        complement=asked.items if asked and reader.may(document, GiveComplement) else (),
        complement_limit=asked.limit if asked else None,
        steps=tuple(_steps(document, reader, texts)),
        may_write=reader.may(document, Write) and document.status != Status.AWAITING_CITIZEN,
        may_rate=answer is not None and reader.may(document, Rate),
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
    ready = _made_ready(document, sent)
    number = ready.number if ready else ""
    letter = history.recorded_letter(document, ready.act) if ready and number else None
    return Sent(reply, sent.on or civil_date(sent.at), number, letter)


def _made_ready(document: Complaint, sent: Event) -> Event | None:
    """The fact that made the answer sent by `sent` ready: a newer one, not sent yet, concerns nobody here."""
    ready = (e for e in reversed(document.events) if e.n <= sent.n and e.kind in history.MADE_READY)
    return next(ready, None)


def sent_paper(document: Complaint, sha256: str = "") -> Attachment | None:
    """Of the answer last sent: its letter when `sha256` is "", else its own file with this SHA-256.

    None while the letter is being prepared, when no answer was sent, and for any other file of the complaint.
    """
    answer = _answer(document)
    if answer is None or not sha256:
        return answer.letter if answer else None
    return next((file for file in answer.reply.attachments if file.sha256 == sha256), None)


def _rating(document: Complaint) -> Rating | None:
    event = history.rating(document)
    return Rating(event.satisfied is True, civil_date(event.at)) if event else None


def _reopening(document: Complaint, reader: Reader, texts: Catalogue) -> Reopening:
    """What is left of the citizen's right, or why it is over; the rules decide, these are its words."""
    refused = rules.may(document, Reopen, CITIZEN, reader.settings, reader.now)
    until, today = document.reopen_until, civil_date(reader.now)
    if refused is None:
        often = texts.count("portal.reopen.times", reader.settings.reopening_limit - document.reopenings)
        if until is None:
            return Reopening(True, f"{texts('portal.reopen.open')} {often}")
        last = day(until, reader.language)
        long = texts.count("portal.reopen.left", days_left(until, today), date=last)
        return Reopening(True, f"{long} {often}")
    if refused == Refusal.REOPENING_LIMIT:
        return Reopening(False, texts.count("portal.reopen.limit", document.reopenings))
    if refused == Refusal.WINDOW_OVER:
        return Reopening(False, texts.count("portal.reopen.over", reader.settings.reopening_days))
    return Reopening(False)


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
