"""Fills an official letter from a complaint and an answer: the one place, for the server and for the desk.

What the agent wrote keeps every word; an opening or a courtesy already in the text takes the place of the
model's, so that nothing is said twice.
"""

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from letters.letter import Letter, Mark
from letters.models import ANSWER, Both, Model, model
from protocol.complaint import Complaint, EventKind, IdentityKind, Language, Nature, Reply
from protocol.directory import Administration, Colleague, Unit
from protocol.settings import Grant, Role, Settings
from resources import vocabulary
from resources.catalogue import isolated, ltr

ADVERSE = frozenset({Nature.UNFAVOURABLE, Nature.INADMISSIBLE})
"""Natures that must carry reasons of law and of fact, and how to contest them."""

_BODIES = frozenset({IdentityKind.COMPANY, IdentityKind.ASSOCIATION})
_BY_RANK = (Role.SIGNATORY, Role.VALIDATOR, Role.SUPERVISOR, Role.AGENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letterhead:
    """Who writes: the head of the page, the place, the foot, and whose signature it bears.

    `quality` and `signatory` are empty while nobody has signed (a preview); `head` is the office in whose
    name letters are signed, "" when the signatory needs no delegation. `reopening_days` and `portal` go into
    the ways of recourse.
    """

    ministry: Both
    direction: Both
    service: Both
    place: Both
    contact: Both
    head: Both
    quality: Both
    signatory: Both
    portal: str
    reopening_days: int


def letterhead_of(
    administration: Administration,
    unit: Unit | None,
    signatory: Colleague | None,
    settings: Settings,
    *,
    on: datetime.date,
) -> Letterhead:
    """The letterhead of a unit of an administration; the signatory's quality is that of the day `on`."""
    words = model(ANSWER)
    own = Both(administration.name_ar, administration.name_fr)
    above = Both(administration.ministry_ar, administration.ministry_fr)
    service = Both(unit.name_ar, unit.name_fr) if unit is not None else Both()
    if above.ar and above.fr:
        lines = (above, _under(own, above), service)
    else:
        lines = (own, service if service.ar else words.captions["no_direction"], Both())
    return Letterhead(
        ministry=lines[0],
        direction=lines[1],
        service=lines[2],
        place=_place(administration, unit),
        contact=_contact(administration, settings.follow_up_url, words),
        head=Both(administration.head_ar, administration.head_fr),
        quality=_quality(signatory, administration, unit, on, words) if signatory is not None else Both(),
        signatory=Both(signatory.name_ar, signatory.name_fr) if signatory is not None else Both(),
        portal=settings.follow_up_url,
        reopening_days=settings.reopening_days,
    )


def compose(
    document: Complaint,
    reply: Reply,
    letterhead: Letterhead,
    *,
    mark: Mark,
    number: str,
    on: datetime.date,
    ground: str = "",
) -> Letter:
    """The letter of `reply`, dated the civil day `on`, with its outgoing `number` ("" before it has one).

    `ground` is the code of an inadmissibility that is not in the history yet (a preview).
    """
    words, language = model(ANSWER), _language(reply)
    text = _parted(reply.text, language, words)
    adverse = reply.nature in ADVERSE
    return Letter(
        model=words.id,
        language=language,
        number=number,
        date=on,
        mark=mark,
        ministry=letterhead.ministry,
        direction=letterhead.direction,
        service=letterhead.service,
        place=letterhead.place,
        contact=letterhead.contact,
        addressee=_addressee(document, words),
        address=document.person.address,
        subject=_subject(document, reply, words),
        reference_number=document.number or document.provisional,
        reference_date=document.received_on,
        enclosures=_enclosures(reply),
        opening=text.opening,
        introduction="" if text.introduces_itself else _introduction(reply, words),
        body=text.body,
        ground=_ground(document, reply, ground, language),
        points=tuple((p.text, p.answer) for p in reply.points if p.answer.strip() not in ("", reply.text)),
        commitments=tuple((promise.text, promise.due) for promise in reply.commitments),
        reasons_of_law=reply.reasons_of_law,
        reasons_of_fact=reply.reasons_of_fact,
        is_adverse=adverse,
        recourses=_recourses(letterhead, words, "adverse" if adverse else "standard"),
        courtesy=text.courtesy,
        head=letterhead.head,
        quality=letterhead.quality,
        signatory=letterhead.signatory,
        copies=_copies(document, words),
        translation=reply.translation if language == Language.ARABIC else "",
        french_only_reason=reply.french_only_reason if language == Language.FRENCH else "",
    )


def _language(reply: Reply) -> str:
    return Language.FRENCH if reply.language == Language.FRENCH else Language.ARABIC


def _under(own: Both, above: Both) -> Both:
    """The body's name without that of its ministry, when it begins by it."""
    return Both(own.ar.removeprefix(above.ar).lstrip(" –-"), own.fr.removeprefix(above.fr).lstrip(" –-"))


def _place(administration: Administration, unit: Unit | None) -> Both:
    if unit is not None and unit.place_ar and unit.place_fr:
        return Both(unit.place_ar, unit.place_fr)
    return Both(administration.place_ar, administration.place_fr)


def _contact(administration: Administration, portal: str, words: Model) -> Both:
    """The foot of the page: how to reach the body when it says so, and where to follow the complaint."""

    def line(language: str, name: str, own: str) -> str:
        follow = words.caption("follow_up", language, portal=ltr(portal)) if portal else ""
        return " · ".join(part for part in (own or name, follow) if part)

    return Both(
        line(Language.ARABIC, administration.name_ar, administration.contact_ar),
        line(Language.FRENCH, administration.name_fr, administration.contact_fr),
    )


def _quality(
    person: Colleague, administration: Administration, unit: Unit | None, on: datetime.date, words: Model
) -> Both:
    """In which quality this person signs here: the highest of the roles held that day."""

    def holds(grant: Grant) -> bool:
        there = grant.administration == administration.code and grant.unit in ("", unit.code if unit else "")
        begun = grant.starts is None or grant.starts <= on
        return there and begun and (grant.ends is None or on <= grant.ends)

    roles = {grant.role for grant in person.grants if holds(grant)}
    rank = next((role for role in _BY_RANK if role in roles), Role.AGENT)
    return words.qualities[rank]


def _addressee(document: Complaint, words: Model) -> Both:
    person = document.person
    if person.identity_kind == IdentityKind.ANONYMOUS and not person.name.strip():
        return words.civilities["anonymous"]
    if not person.name.strip():
        return Both()
    kind = "body" if person.identity_kind in _BODIES else "person"
    return words.civilities[kind].filled(name=isolated(person.name))


def _subject(document: Complaint, reply: Reply, words: Model) -> Both:
    if not document.object.strip():
        return Both()
    kind = "inadmissible" if reply.nature == Nature.INADMISSIBLE else "answer"
    return words.subjects[kind].filled(object=isolated(document.object))


def _introduction(reply: Reply, words: Model) -> str:
    kind = reply.nature if reply.nature in words.introductions else "favourable"
    return words.introductions[kind].of(_language(reply))


def _ground(document: Complaint, reply: Reply, ground: str, language: str) -> str:
    if reply.nature != Nature.INADMISSIBLE:
        return ""
    decided = (
        event.other
        for event in reversed(document.events)
        if event.kind == EventKind.DECLARED_INADMISSIBLE and event.reply == reply
    )
    code = ground or next(decided, "")
    return vocabulary.label("ground", code, language) if code else ""


def _enclosures(reply: Reply) -> tuple[str, ...]:
    """Names of the files that leave with this answer."""
    return tuple(file.name for file in reply.attachments)


def _copies(document: Complaint, words: Model) -> tuple[Both, ...]:
    def lines() -> Iterator[Both]:
        if document.ombudsman:
            reference = document.ombudsman_reference
            name = "copy_ombudsman_reference" if reference else "copy_ombudsman"
            yield words.captions[name].filled(reference=ltr(reference))
        yield words.captions["copy_file"]

    return tuple(lines())


def _recourses(letterhead: Letterhead, words: Model, kind: str) -> Both:
    def line(language: str) -> str:
        return (
            words.recourses[kind]
            .of(language)
            .format(
                days=words.count_days(letterhead.reopening_days, language),
                portal=ltr(letterhead.portal) if letterhead.portal else words.portal.of(language),
                law=ltr(words.law.of(language)),
            )
        )

    return Both(line(Language.ARABIC), line(Language.FRENCH))


@dataclass(frozen=True, slots=True)
class _Parted:
    """What an answer's text says of itself, apart from its body."""

    opening: str
    introduces_itself: bool
    body: str
    courtesy: str


def _parted(text: str, language: str, words: Model) -> _Parted:
    """The text with its own opening line and its own closing line taken out, when it has them."""
    lines = text.strip().split("\n")
    opening, courtesy = words.openings.of(language), words.courtesies.of(language)
    if len(lines) > 1 and _begins(lines[0], words.known_openings[language]):
        opening, lines = lines[0].strip(), lines[1:]
    if len(lines) > 1 and _begins(lines[-1], words.known_courtesies[language]):
        courtesy, lines = lines[-1].strip(), lines[:-1]
    body = "\n".join(lines).strip()
    return _Parted(opening, _begins(body, words.known_introductions[language]), body, courtesy)


def _begins(text: str, starts: Sequence[str]) -> bool:
    return text.strip().startswith(tuple(starts))
