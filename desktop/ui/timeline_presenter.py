"""The history of a complaint as entries in order of time: cards for what people wrote, quiet lines otherwise.

No Qt. An event kind that this build does not know becomes a generic line, never an error.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from desktop.core.translation import Translation
from desktop.ui.case_presenter import OpenedCase, who
from protocol.complaint import Attachment, Channel, Event, EventKind, Reply
from resources import places
from resources.catalogue import isolated, ltr

SILENT = frozenset({EventKind.REGISTERED})
"""Facts that the origin line and the citizen's own card already say."""

STAFF_TYPED = frozenset({Channel.WALK_IN, Channel.MAIL, Channel.REGISTERED_MAIL, Channel.FAX, Channel.PHONE})


class Form(StrEnum):
    """How an entry is drawn."""

    CITIZEN = "citizen"
    NOTE = "note"
    ANSWER = "answer"
    EVENT = "event"


@dataclass(frozen=True, slots=True)
class Part:
    """One body of text of a card, under its small label when it has one."""

    text: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened. `key` is stable across reloads; `waiting` says it has not left this PC."""

    key: str
    form: Form
    title: str
    at: datetime
    parts: tuple[Part, ...] = ()
    hint: str = ""
    attachments: tuple[Attachment, ...] = ()
    waiting: bool = False
    icon: str = "history"


_ICONS = {
    EventKind.ROUTED: "triage",
    EventKind.ASSIGNED: "assign",
    EventKind.DECLINED: "undo",
    EventKind.OPENED: "eye",
    EventKind.COMPLEMENT_ASKED: "waiting",
    EventKind.COMPLEMENT_EXPIRED: "clock",
    EventKind.ELEMENTS_REQUESTED: "unit",
    EventKind.SUBMITTED: "send",
    EventKind.VALIDATED: "check",
    EventKind.SIGNED: "stamp",
    EventKind.DISPATCHED: "send",
    EventKind.UNDELIVERED: "returned",
    EventKind.TRANSFERRED: "transfer",
    EventKind.ARBITRATED: "transfer",
    EventKind.JOINED: "link",
    EventKind.JOIN_PROPOSED: "link",
    EventKind.CLOSED: "check",
    EventKind.REOPENED: "sync",
    EventKind.RATED: "star",
    EventKind.FLAGGED: "flag",
    EventKind.WITHDRAWN: "close",
    EventKind.LETTER_RECORDED: "file",
}


def entries(opened: OpenedCase, words: Translation) -> tuple[Entry, ...]:
    """All entries, the citizen's own words first, then by version."""
    first = _request(opened, words)
    rest = (_entry(event, opened, words) for event in opened.document.events if event.kind not in SILENT)
    return (first, *rest)


def _request(opened: OpenedCase, words: Translation) -> Entry:
    document = opened.document
    typed = document.channel in STAFF_TYPED
    return Entry(
        key="request",
        form=Form.CITIZEN,
        title=isolated(document.person.name),
        at=document.received_at,
        parts=(Part(document.text),),
        hint=words("case.card.on_file") if typed else "",
        attachments=document.attachments,
        icon="person",
    )


def _entry(event: Event, opened: OpenedCase, words: Translation) -> Entry:
    if event.reply is not None:
        return _answer(event, event.reply, opened, words)
    match event.kind:
        case EventKind.CITIZEN_WROTE | EventKind.COMPLEMENT_RECEIVED:
            subject = "message" if event.kind == EventKind.CITIZEN_WROTE else "complement"
            title = words(f"case.card.{subject}", name=isolated(opened.document.person.name))
            return _card(event, Form.CITIZEN, title, opened, "person")
        case EventKind.NOTED:
            return _card(event, Form.NOTE, _by("case.card.note", event, opened, words), opened, "note")
        case EventKind.ELEMENTS_RECEIVED:
            return _card(event, Form.NOTE, _by("case.card.elements", event, opened, words), opened, "unit")
        case EventKind.RETURNED | EventKind.SIGNATURE_REFUSED:
            return _card(event, Form.NOTE, _by("case.card.returned", event, opened, words), opened, "pen")
        case EventKind.INTERIM_SENT:
            title = _by("case.card.interim", event, opened, words)
            entry = _card(event, Form.ANSWER, title, opened, "clock")
            return _with_expected(entry, event, words)
    return _line(event, opened, words)


def _card(event: Event, form: Form, title: str, opened: OpenedCase, icon: str) -> Entry:
    return Entry(
        key=event.act or str(event.n),
        form=form,
        title=title,
        at=event.at,
        parts=tuple(Part(text) for text in (event.text, event.reason) if text),
        attachments=event.attachments,
        waiting=event.act in opened.unsent,
        icon=icon,
    )


def _with_expected(entry: Entry, event: Event, words: Translation) -> Entry:
    expected = event.limit or event.on
    if expected is None:
        return entry
    return replace(entry, hint=words("case.card.expected", date=words.date(expected)))


def _by(key: str, event: Event, opened: OpenedCase, words: Translation) -> str:
    return words(key, by=who(event.by, opened, words))


def _answer(event: Event, reply: Reply, opened: OpenedCase, words: Translation) -> Entry:
    nature = words.label("nature", reply.nature)
    key = {
        EventKind.SUBMITTED: "case.card.submitted",
        EventKind.DECLARED_INADMISSIBLE: "case.card.inadmissible",
    }.get(event.kind, "case.card.answer")
    values = {"language": words(f"case.language.in_{reply.language}")}
    if key != "case.card.inadmissible":
        values["nature"] = _lowered(nature, opened.language)
    return Entry(
        key=event.act or str(event.n),
        form=Form.ANSWER,
        title=words(key, **values),
        at=event.at,
        parts=reply_parts(reply, words),
        hint=who(event.by, opened, words),
        attachments=event.attachments,
        waiting=event.act in opened.unsent,
        icon="reply",
    )


def reply_parts(reply: Reply, words: Translation) -> tuple[Part, ...]:
    """An answer's bodies of text, the letter first, then points, reasons and translation under labels."""
    parts = [Part(reply.text)]
    parts += [Part(f"{p.text}\n{p.answer}".strip(), words("case.card.point")) for p in reply.points]
    labelled = (
        ("reasons_of_law", reply.reasons_of_law),
        ("reasons_of_fact", reply.reasons_of_fact),
        ("translation", reply.translation),
    )
    parts += [Part(text, words(f"case.card.{name}")) for name, text in labelled if text]
    return tuple(parts)


def _line(event: Event, opened: OpenedCase, words: Translation) -> Entry:
    details = [Part(_item(event.kind, item, words)) for item in event.items]
    details += [Part(text) for text in (event.text, event.reason) if text]
    return Entry(
        key=event.act or str(event.n),
        form=Form.EVENT,
        title=sentence(event, opened, words),
        at=event.at,
        parts=tuple(details),
        attachments=event.attachments,
        waiting=event.act in opened.unsent,
        icon=_ICONS.get(event.kind, "history"),  # type: ignore[call-overload]
    )


def _item(kind: str, item: str, words: Translation) -> str:
    """An item of an event in words: what flags and corrections keep there are codes."""
    if kind == EventKind.FLAGGED and words.catalogue.has(f"case.flagged.{item}"):
        return words(f"case.flagged.{item}")
    if kind != EventKind.CORRECTED:
        return item
    what, _, before = item.partition("=")
    if what != "place":
        return words("case.corrected.theme")
    *codes, detail = before.split("/", 3)
    named = [places.label(code, words.language) for code in reversed(codes) if code]
    was = " · ".join(dict.fromkeys(part for part in (detail, *named) if part))
    return words("case.corrected.place", place=isolated(was)) if was else words("case.corrected.no_place")


def sentence(event: Event, opened: OpenedCase, words: Translation) -> str:
    """One event in words: who did what, from where to where, by when."""
    variant = _variant(event)
    key = f"case.event.{variant}"
    if not words.catalogue.has(key):
        key = "case.event.unknown"
    return words(key, **_values(event, opened, words))


def _variant(event: Event) -> str:
    match event.kind:
        case EventKind.ASSIGNED if event.assignee == event.by:
            return "taken"
        case EventKind.ASSIGNED if event.previous:
            return "assigned_again"
        case EventKind.RATED:
            return "rated_yes" if event.satisfied else "rated_no"
        case EventKind.SIGNED | EventKind.VALIDATED | EventKind.DISPATCHED if event.number:
            return f"{event.kind}_number"
    return str(event.kind)


def _values(event: Event, opened: OpenedCase, words: Translation) -> dict[str, str]:
    channel = f"case.channel.{event.channel}"
    limit = event.limit or event.on
    return {
        "by": who(event.by, opened, words),
        "assignee": who(event.assignee, opened, words),
        "previous": who(event.previous, opened, words),
        "administration": _body(event.administration, event.unit, opened),
        "to": _body(event.administration, event.unit, opened),
        "from": _body(event.from_administration, event.from_unit, opened),
        "unit": isolated(opened.units.get(event.unit, event.unit)),
        "limit": words.date(limit) if limit else "…",
        "channel": words(channel) if words.catalogue.has(channel) else isolated(event.channel),
        "number": ltr(event.number or event.other),
    }


def _body(administration: str, unit: str, opened: OpenedCase) -> str:
    name = opened.short_administrations.get(administration, administration)
    if unit in opened.units:
        return isolated(f"{name} · {opened.units[unit]}" if name else opened.units[unit])
    return isolated(name)


def _lowered(label: str, language: str) -> str:
    return label[:1].lower() + label[1:] if language == "fr" else label


def held_entry(reply: Reply, words: Translation, at: datetime) -> Entry:
    """My answer that waits its seconds before it leaves."""
    nature = words.label("nature", reply.nature)
    title = words(
        "case.card.answer",
        nature=nature[:1].lower() + nature[1:],
        language=words(f"case.language.in_{reply.language}"),
    )
    parts = reply_parts(reply, words)
    return Entry("held", Form.ANSWER, title, at, parts, words("case.card.held"), waiting=True)
