"""What an answer's editor holds and when it may leave: the form, its problems, its draft and its templates.

No Qt. The rules decide on the desk and on the server; the checks here only put each refusal beside its field
before anything is asked.
"""

import re
from collections.abc import Mapping

import msgspec

from desktop.core.translation import Translation
from protocol.acts import Act, Answer, DeclareInadmissible, Submit
from protocol.blanks import blanks
from protocol.complaint import (
    Attachment,
    Channel,
    Complaint,
    Document,
    Inadmissibility,
    Language,
    Nature,
    Point,
    Reply,
)
from protocol.refusals import Refusal

TEXT_LIMIT = 20_000
"""Characters of one field of an answer: some eight printed pages."""

REASONED = frozenset({Nature.UNFAVOURABLE, Nature.INADMISSIBLE})
"""Natures that the law wants reasoned in law and in fact (law 03-01; DOMAIN §5)."""

OUTGOING = (
    Channel.PORTAL,
    Channel.EMAIL,
    Channel.MAIL,
    Channel.REGISTERED_MAIL,
    Channel.BY_HAND,
    Channel.SMS,
)
"""Ways an answer may leave, the usual one first."""

_VARIABLE = re.compile(r"\{\{?\s*([^{}\n]{1,60}?)\s*\}?\}")


class AnswerForm(Document, frozen=True, kw_only=True):
    """Everything typed in the editor; its JSON is the draft's body."""

    nature: str = ""
    language: str = Language.ARABIC
    channel: str = Channel.PORTAL
    ground: str = ""
    text: str = ""
    reasons_of_law: str = ""
    reasons_of_fact: str = ""
    french_only_reason: str = ""
    points: tuple[Point, ...] = ()
    attachments: tuple[Attachment, ...] = ()

    @property
    def is_blank(self) -> bool:
        """Nothing worth keeping has been typed."""
        typed = (self.text, self.reasons_of_law, self.reasons_of_fact, self.french_only_reason)
        return not (any(text.strip() for text in typed) or self.points or self.attachments)


class Problem(Document, frozen=True, kw_only=True):
    """A field that keeps the answer from leaving; `key` is in the catalogue, `values` fill it."""

    field: str
    key: str
    values: dict[str, str] = {}


def read_draft(body: str) -> AnswerForm:
    """The form of a draft's JSON; text of an unreadable body is kept as the answer's text, never dropped."""
    try:
        return msgspec.json.decode(body, type=AnswerForm)
    except msgspec.MsgspecError:
        return AnswerForm(text=body)


def write_draft(form: AnswerForm) -> str:
    """The draft's body, UTF-8 JSON."""
    return msgspec.json.encode(form).decode()


def first_form(document: Complaint, language: str = Language.ARABIC) -> AnswerForm:
    """An empty answer: in Arabic, the legal original, by the way the citizen came in if that can be."""
    channel = document.channel if document.channel in OUTGOING else Channel.PORTAL
    return AnswerForm(channel=channel, language=language)


def form_of(reply: Reply, channel: str = "") -> AnswerForm:
    """The form of an answer that was already written (returned, or sent back for correction)."""
    return AnswerForm(
        nature=reply.nature,
        language=reply.language,
        channel=channel or Channel.PORTAL,
        text=reply.text,
        reasons_of_law=reply.reasons_of_law,
        reasons_of_fact=reply.reasons_of_fact,
        french_only_reason=reply.french_only_reason,
        points=reply.points,
        attachments=reply.attachments,
    )


def reply_of(form: AnswerForm) -> Reply:
    """The answer as it will travel: reasons only where the nature carries them, blank points left out."""
    reasoned = form.nature in REASONED
    return Reply(
        nature=form.nature,
        text=form.text.strip(),
        language=form.language,
        reasons_of_law=form.reasons_of_law.strip() if reasoned else "",
        reasons_of_fact=form.reasons_of_fact.strip() if reasoned else "",
        points=tuple(point for point in form.points if point.text.strip() or point.answer.strip()),
        french_only_reason=form.french_only_reason.strip() if form.language == Language.FRENCH else "",
        attachments=form.attachments,
    )


def act_of(form: AnswerForm, kind: str) -> Act:
    """The act that sends the form: `answer`, `submit`, or an inadmissibility decision."""
    reply = reply_of(form)
    if kind == DeclareInadmissible.kind:
        return DeclareInadmissible(ground=form.ground, reply=reply)
    return Submit(reply=reply) if kind == Submit.kind else Answer(reply=reply, channel=form.channel)


def kind_of(form: AnswerForm, may: Mapping[str, object]) -> str:
    """Which act this person's chain allows for this nature (DOMAIN §3, last paragraph of the moves)."""
    if form.nature == Nature.INADMISSIBLE:
        return DeclareInadmissible.kind
    direct_refused = may.get(Answer.kind) is not None
    return Submit.kind if direct_refused and may.get(Submit.kind, "") is None else Answer.kind


def problems(form: AnswerForm) -> tuple[Problem, ...]:
    """Fields to complete before the answer may leave, in the order of the screen."""
    found: list[Problem] = []

    def need(field: str, key: str = "", **values: str) -> None:
        found.append(Problem(field=field, key=f"case.need.{key or field}", values=values))

    if not form.nature:
        need("nature")
    if form.nature == Nature.INADMISSIBLE:
        advice = {
            "": "ground",
            Inadmissibility.NOT_COMPETENT: "transfer",
            Inadmissibility.DUPLICATE: "join",
        }.get(form.ground)
        if advice:
            need("ground", advice)
    if form.language == Language.FRENCH and not form.french_only_reason.strip():
        need("french_only_reason")
    if not form.text.strip():
        need("text")
    elif variables(form.text):
        need("text", "variables")
    elif len(form.text) > TEXT_LIMIT:
        need("text", "length", limit=str(TEXT_LIMIT))
    if any(bool(point.text.strip()) != bool(point.answer.strip()) for point in form.points):
        need("points")
    if form.nature in REASONED:
        for field in ("reasons_of_law", "reasons_of_fact"):
            if not getattr(form, field).strip():
                need(field)
    return tuple(found)


def variables(text: str) -> tuple[str, ...]:
    """Names of the template variables still standing in `text`, each once, in order: what rules refuse."""
    return blanks(text)


def known_values(document: Complaint, shown: Mapping[str, str]) -> dict[str, str]:
    """Values that templates may name; `shown` gives dates and names already put in words."""
    return {
        "name": document.person.name,
        "number": document.number,
        "object": document.object,
        **shown,
    }


def fill(template: str, values: Mapping[str, str]) -> str:
    """The template with the variables that are known; the others stay, and keep the answer from leaving."""

    def value(match: re.Match[str]) -> str:
        known = values.get(match.group(1).strip(), "")
        return known or match.group(0)

    return _VARIABLE.sub(value, template)


_FIELDS: Mapping[str, str] = {
    Refusal.NATURE_MISSING: "nature",
    Refusal.INADMISSIBLE_INSTEAD: "nature",
    Refusal.REASONS_MISSING: "reasons_of_law",
    Refusal.POINTS_UNANSWERED: "points",
    Refusal.CHANNEL_MISSING: "channel",
    Refusal.CHANNEL_UNREACHABLE: "channel",
    Refusal.NUMBER_MISSING: "channel",
    Refusal.GROUND_MISSING: "ground",
    Refusal.GROUND_NOT_ALLOWED: "ground",
    Refusal.TRANSFER_INSTEAD: "ground",
    Refusal.JOIN_INSTEAD: "ground",
    Refusal.COMPLEMENT_FIRST: "ground",
    Refusal.TEXT_MISSING: "text",
    Refusal.TEXT_TOO_LONG: "text",
    Refusal.FIELDS_UNFILLED: "text",
}


def field_of(code: str) -> str:
    """The field a refusal of the rules belongs beside; "" when it is about the whole answer."""
    return _FIELDS.get(code, "")


def need_text(problem: Problem, words: Translation) -> str:
    """A problem in a person's words."""
    return words(problem.key, **problem.values)
