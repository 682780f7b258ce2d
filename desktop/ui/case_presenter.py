"""An opened complaint put into words: all that the pane shows, gathered in one read, without a widget.

`gather` is the only function here that touches the desk; what it returns is frozen, so that the pane can be
drawn and drawn again without waiting.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from desktop.core.records import Case
from desktop.core.translation import Translation
from desktop.models.records import Draft
from desktop.ui.answer_presenter import known_values
from desktop.ui.palette import Tone, due_tone
from protocol.complaint import OPEN, Complaint, RequestType
from protocol.deadlines import civil_date
from protocol.directory import Administration, Profile, Theme, Unit
from resources import places
from resources.catalogue import isolated, ltr

NOBODY = frozenset({"", "citizen", "system"})
ANSWERS = frozenset({"answer", "submit", "declare_inadmissible"})
UNSURE_UNDER = 0.5
"""Routing confidence under which a person is asked to check it."""
WARN_FROM_DAYS = 2
"""Days left from which an answer that has not left this PC is warned about."""


class Reader(Protocol):
    """What `gather` needs of the desk."""

    profile: Profile

    def case(self, complaint: str) -> Case: ...
    def name_of(self, user_id: str, language: str) -> str: ...
    def administrations(self) -> tuple[Administration, ...]: ...
    def units(self, administration: str) -> tuple[Unit, ...]: ...
    def themes(self) -> tuple[Theme, ...]: ...


@dataclass(frozen=True, slots=True)
class OpenedCase:
    """A case with the names it mentions, in the language of the interface."""

    case: Case
    me: str
    language: str
    names: Mapping[str, str] = field(default_factory=dict)
    administrations: Mapping[str, str] = field(default_factory=dict)
    short_administrations: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    theme: str = ""

    @property
    def document(self) -> Complaint:
        """The folded document."""
        return self.case.document

    @property
    def unsent(self) -> frozenset[str]:
        """Ids of my acts that the server has not acknowledged."""
        return frozenset(waiting.id for waiting in self.case.waiting if waiting.acked_ver is None)


@dataclass(frozen=True, slots=True)
class Flag:
    """A small mark beside the title: words, tone and icon."""

    code: str
    text: str
    tone: Tone
    icon: str


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of the strip; `meter` 0..1 draws the elapsed time, `hint` is its quiet second line."""

    code: str
    label: str
    value: str
    hint: str = ""
    tone: Tone = Tone.NEUTRAL
    meter: float | None = None


def gather(desk: Reader, complaint: str, language: str) -> OpenedCase:
    """Read the case and every name it mentions. Blocking: for the background. Raises KeyError when gone."""
    case = desk.case(complaint)
    document = case.document
    people = {document.assignee, document.drafter} | {
        user for event in document.events for user in (event.by, event.assignee, event.previous)
    }
    involved = {document.administration} | {
        code for event in document.events for code in (event.administration, event.from_administration)
    }
    register = [body for body in desk.administrations() if body.code in involved]
    units = [unit for body in register for unit in desk.units(body.code)]
    theme = next((theme for theme in desk.themes() if theme.code == document.theme), None)
    return OpenedCase(
        case=case,
        me=desk.profile.id,
        language=language,
        names={user: desk.name_of(user, language) for user in people - NOBODY},
        administrations={body.code: named(body, language) for body in register},
        short_administrations={body.code: short_name(body, language) for body in register},
        units={unit.code: named(unit, language) for unit in units},
        theme=named(theme, language) if theme else "",
    )


def named(record: object, language: str) -> str:
    """The name of a register's record in `language`."""
    return str(getattr(record, f"name_{language}"))


def short_name(body: Administration, language: str) -> str:
    """The short name of an administration, or its full one."""
    return (body.short_ar if language == "ar" else body.short_fr) or named(body, language)


def who(user: str, opened: OpenedCase, words: Translation) -> str:
    """How a person is called inside a sentence: "vous", the citizen, the system, or an isolated name."""
    if user == opened.me:
        return words("case.by.you")
    if user in ("citizen", "system"):
        return words(f"case.by.{user}")
    name = opened.names.get(user, "")
    return isolated(name) if name else words("case.by.unknown")


def sureness(confidence: float, words: Translation) -> str:
    """A routing confidence 0..1 as a percentage: a reading of words is never certain, nor ever worthless."""
    return words.percent(min(0.99, max(0.01, confidence)))


def confidence_words(confidence: float, words: Translation) -> str:
    """A routing confidence 0..1 as "élevée", "moyenne" or "faible"."""
    level = "high" if confidence >= 0.8 else "medium" if confidence >= UNSURE_UNDER else "low"
    return words(f"case.confidence.{level}")


def origin(opened: OpenedCase, words: Translation) -> str:
    """The line under the title: number, date, channel, how it was routed and how sure."""
    document = opened.document
    kind = words.label("type", document.type)
    if document.number:
        parts = [words("case.origin.number", type=kind, number=ltr(document.number))]
    else:
        parts = [words("case.origin.provisional", type=kind, number=ltr(document.provisional))]
    masculine = "_masculine" if document.type == RequestType.SUGGESTION else ""
    channel_key = f"case.channel.{document.channel}"
    channel = words(channel_key) if words.catalogue.has(channel_key) else isolated(document.channel)
    received = words.date(document.received_on)
    parts.append(words(f"case.origin.received{masculine}", date=received, channel=channel))
    if document.routing is not None:
        parts.append(
            words(
                "case.origin.routed" if document.routing.confidence >= UNSURE_UNDER else "case.origin.unsure",
                confidence=words("case.confidence.label"),
                percent=sureness(document.routing.confidence, words),
            )
        )
    if document.ombudsman_reference:
        parts.append(words("case.origin.ombudsman", number=ltr(document.ombudsman_reference)))
    return " · ".join(parts)


def status_label(document: Complaint, words: Translation) -> str:
    """The state's badge; Arabic agrees with the type."""
    return words.status(document.status, document.type, "short")


def flags(opened: OpenedCase, words: Translation) -> tuple[Flag, ...]:
    """Marks that change how the complaint must be handled, the gravest first."""
    document = opened.document
    masculine = "masculine" if document.type == RequestType.SUGGESTION else ""
    shown = (
        ("overdue", document.status in OPEN and opened.case.days_left < 0, Tone.DANGER, "overdue"),
        ("urgent", document.urgent, Tone.DANGER, "flag"),
        ("confidential", document.confidential, Tone.VIOLET, "lock"),
        ("ombudsman", document.ombudsman, Tone.WARN, "stamp"),
        ("interim_sent", document.interim_sent, Tone.INFO, "clock"),
    )
    found = [
        Flag(code, words.label("flag", code, masculine), tone, icon)
        for code, holds, tone, icon in shown
        if holds
    ]
    if opened.unsent:
        found.append(Flag("waiting", words("case.flag.waiting"), Tone.WARN, "waiting"))
    return tuple(found)


def answer_may_be_late(opened: OpenedCase) -> bool:
    """Whether an answer still waits on this PC from J-2 on: queued is not legally sent (DOMAIN §3)."""
    waits = any(w.act.kind in ANSWERS and w.acked_ver is None for w in opened.case.waiting)
    return waits and opened.case.days_left <= WARN_FROM_DAYS


def facts(opened: OpenedCase, words: Translation) -> tuple[Fact, ...]:
    """The strip: legal due date first, then who, where, what about, whose and how it came here."""
    document, language = opened.document, opened.language
    administration = opened.administrations.get(document.administration, document.administration)
    found = [
        _due(opened, words),
        _assignee(opened, words),
        Fact("place", words("case.fact.place"), *_place(document, language, words)),
        Fact("theme", words("case.fact.theme"), opened.theme or words("case.fact.no_theme")),
        Fact(
            "administration",
            words("case.fact.administration"),
            isolated(administration),
            isolated(opened.units.get(document.unit, "")) if document.unit in opened.units else "",
        ),
        Fact(
            "person",
            words("case.fact.person"),
            isolated(document.person.name),
            "\n".join(ltr(way) for way in (document.person.phone, document.person.email) if way),
        ),
    ]
    if document.routing is not None:
        found.append(_routing(document, words, language))
    return tuple(found)


def _due(opened: OpenedCase, words: Translation) -> Fact:
    document, left = opened.document, opened.case.days_left
    running = document.status in OPEN
    total = max(1, (document.due - document.received_on).days)
    tone = due_tone(left, running=running)
    hint = ""
    if running:
        hint = words.due(left, document.type)
    elif document.answered_on is not None:
        hint = words("case.due.answered", date=words.date(document.answered_on))
    return Fact(
        "due",
        words("case.fact.due"),
        words.date(document.due),
        hint,
        tone,
        min(1.0, max(0.0, (total - left) / total)) if running else None,
    )


def _assignee(opened: OpenedCase, words: Translation) -> Fact:
    document = opened.document
    label = words("case.fact.assignee")
    if not document.assignee:
        return Fact("assignee", label, words("case.fact.nobody"), tone=Tone.NEUTRAL)
    mine = document.assignee == opened.me
    name = words("case.fact.you") if mine else who(document.assignee, opened, words)
    since = next((e.at for e in reversed(document.events) if e.assignee == document.assignee), None)
    hint = ""
    if since is not None:
        days = (opened.case.today - civil_date(since)).days
        hint = words.count("case.days_since", days) if days > 0 else words("case.since_today")
    return Fact("assignee", label, name, hint)


def _place(document: Complaint, language: str, words: Translation) -> tuple[str, str]:
    place = document.place
    known = [places.label(code, language) for code in (place.commune, place.province, place.region) if code]
    lines = [line for line in (place.detail, *dict.fromkeys(known)) if line]
    if not lines:
        return words("case.fact.no_place"), ""
    return isolated(lines[0]), isolated(" · ".join(lines[1:])) if lines[1:] else ""


def _routing(document: Complaint, words: Translation, language: str) -> Fact:
    routing = document.routing
    assert routing is not None
    unsure = routing.confidence < UNSURE_UNDER
    value = words(
        "case.fact.routing_value",
        percent=sureness(routing.confidence, words),
        confidence=words("case.confidence.check") if unsure else confidence_words(routing.confidence, words),
    )
    listed = list_of(tuple(isolated(word) for word in routing.words), language)
    hint = words("case.fact.clues" if unsure else "case.fact.words", words=listed) if routing.words else ""
    return Fact("routing", words("case.fact.routing"), value, hint)


def list_of(parts: tuple[str, ...], language: str) -> str:
    """Parts of a list with the comma of the language."""
    return ("، " if language == "ar" else ", ").join(parts)


def with_drafts(opened: OpenedCase, unsaved: Mapping[str, Draft]) -> OpenedCase:
    """The same with texts that have not reached the store yet, newer than what it has."""
    if not unsaved:
        return opened
    return replace(opened, case=replace(opened.case, drafts={**opened.case.drafts, **unsaved}))


def template_values(opened: OpenedCase, words: Translation) -> dict[str, str]:
    """Values of the variables in canned answers."""
    document = opened.document
    shown = {
        "received_on": words.date(document.received_on),
        "due": words.date(document.due),
        "today": words.date(opened.case.today),
        "administration": opened.administrations.get(document.administration, ""),
        "number": ltr(document.number),
    }
    return known_values(document, shown)
