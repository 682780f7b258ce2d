"""A refused act in words: what it was, my text, why it came back, and how the complaint stands now. No Qt."""

from dataclasses import dataclass

from desktop.core.translation import Translation
from desktop.models.records import ReturnedAct
from desktop.ui.timeline_presenter import Part, reply_parts
from protocol import acts
from protocol.acts import Act
from protocol.complaint import Complaint, EventKind
from resources.catalogue import isolated, ltr

_TEXT_FIELDS = ("text", "reason", "comment", "note")
SPOKEN = frozenset(
    {EventKind.CITIZEN_WROTE, EventKind.COMPLEMENT_RECEIVED, EventKind.NOTED, EventKind.INTERIM_SENT}
)


@dataclass(frozen=True, slots=True)
class Returned:
    """One card of the tray, in the language of the interface."""

    act: ReturnedAct
    title: str
    when: str
    why_title: str
    why: str
    mine: tuple[Part, ...]
    theirs: tuple[Part, ...]


def put_in_words(act: ReturnedAct, names: dict[str, str], words: Translation) -> Returned:
    """`names` gives the display name of the assignee of their version, by user id."""
    why = words.refusal(act.code)
    return Returned(
        act=act,
        title=title(act, words),
        when=words("case.returned.typed", date=words.moment(act.typed_at), back=words.moment(act.at)),
        why_title=why.title,
        why=f"{why.text} {why.next}".strip(),
        mine=my_parts(act.act, words),
        theirs=their_parts(act, names, words),
    )


def title(act: ReturnedAct, words: Translation) -> str:
    """ "Réponse · n° · objet"."""
    key = f"case.kind.{act.act.kind}"
    kind = words(key if words.catalogue.has(key) else "case.kind.other")
    if act.theirs is None:
        return kind
    return f"{kind} · {ltr(act.theirs.number or act.theirs.provisional)} · {isolated(act.theirs.object)}"


def my_parts(act: Act, words: Translation) -> tuple[Part, ...]:
    """What I had written, whole."""
    reply = getattr(act, "reply", None)
    if reply is not None:
        nature = Part(words.label("nature", reply.nature), words("case.answer.nature"))
        return (nature, *reply_parts(reply, words)) if reply.nature else reply_parts(reply, words)
    texts = [str(getattr(act, name)) for name in _TEXT_FIELDS if getattr(act, name, "")]
    texts += [str(item) for item in getattr(act, "items", ())]
    return tuple(Part(text) for text in texts)


def my_text(act: Act) -> str:
    """All of it as plain text, for the clipboard."""
    reply = getattr(act, "reply", None)
    if reply is None:
        texts = [str(getattr(act, name)) for name in _TEXT_FIELDS if getattr(act, name, "")]
        return "\n\n".join([*texts, *(str(item) for item in getattr(act, "items", ()))])
    points = [f"{point.text}\n{point.answer}" for point in reply.points]
    return "\n\n".join(
        text for text in (reply.text, *points, reply.reasons_of_law, reply.reasons_of_fact) if text
    )


def their_parts(act: ReturnedAct, names: dict[str, str], words: Translation) -> tuple[Part, ...]:
    """How the complaint stands, and what was said on it after the version I had read."""
    theirs = act.theirs
    if theirs is None:
        return (Part(words("case.returned.theirs_gone")),)
    parts = [Part(words("case.returned.theirs_status", status=words.status(theirs.status, theirs.type)))]
    if theirs.assignee:
        name = names.get(theirs.assignee, "") or words("case.by.unknown")
        parts.append(Part(words("case.returned.theirs_assignee", name=isolated(name))))
    said = _said(theirs, act.seen, words)
    return (*parts, *(said or (Part(words("case.returned.theirs_nothing")),)))


def _said(theirs: Complaint, seen: int, words: Translation) -> tuple[Part, ...]:
    found: list[Part] = []
    for event in theirs.events:
        if event.n <= seen:
            continue
        text = event.reply.text if event.reply is not None else event.text
        if text and (event.reply is not None or event.kind in SPOKEN):
            found.append(Part(text, f"{words.label('event', event.kind)} · {words.moment(event.at)}"))
    return tuple(found)


def is_answer(act: Act) -> bool:
    """Whether it is edited as an answer."""
    return isinstance(act, acts.Answer | acts.Submit | acts.DeclareInadmissible)


def text_field(act: Act) -> str:
    """Name of the act's single text, "" when it has none that can be edited in place."""
    return next((name for name in _TEXT_FIELDS if hasattr(act, name)), "")
