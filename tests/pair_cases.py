"""The world of docs/PAIRS.md: a complaint in every state, and each act as two people would write it.

`outcomes` tells what becomes of the second act when both were written with the same version on the screen.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

import msgspec

from protocol import acts
from protocol.acts import Act
from protocol.complaint import (
    Attachment,
    Channel,
    Commitment,
    Complaint,
    Inadmissibility,
    Place,
    RequestType,
    Status,
)
from protocol.history import made_ready
from protocol.rules import Refused
from protocol.settings import CITIZEN, SYSTEM, Actor, Role, Settings, Staff
from tests import rule_cases as told
from tests.rule_cases import ADVERSE, CN, REPLY, TODAY, Story, complaint, done, person, transfer

KARIM = person("karim", Role.REGISTRY_CLERK, unit="")
VITO = person("vito", Role.VALIDATOR)
SIMO = person("simo", Role.SIGNATORY, unit="")
CHAMA = person("chama", Role.COORDINATION, administration=CN, unit="")
AMINA, SALMA, DIRECTOR, CLARA, VERA, SINA = (
    told.AMINA, told.SALMA, told.DIRECTOR, told.CLARA, told.VERA, told.SINA,
)  # fmt: skip
CORA = told.COORDINATOR
MORE = {one.id: Staff(id=one.id, grants=one.grants) for one in (KARIM, VITO, SIMO, CHAMA)}
BOOK = msgspec.structs.replace(told.SETTINGS, staff=told.SETTINGS.staff | MORE)
SIGNED = msgspec.structs.replace(BOOK, chain=told.SIGNED.chain)
VALIDATED = msgspec.structs.replace(BOOK, chain=told.VALIDATED.chain)

SOON, LATER = TODAY + timedelta(days=20), TODAY + timedelta(days=60)
FILE = Attachment(sha256="0" * 64, name="lettre.pdf", mime="application/pdf", size=10)
PROMISE = Commitment(id="p1", text="réparer", due=LATER)
BY_MAIL = {"channel": Channel.MAIL}


@dataclass(frozen=True)
class Situation:
    """What lies on both screens."""

    name: str
    document: Complaint
    settings: Settings
    now: Any


def _story(document: Complaint, *steps: tuple[Actor, Act], settings: Settings = BOOK, days: int = 0) -> Story:
    story = Story(document, settings)
    for actor, act in steps:
        story.does(actor, act)
        numbered = (*story.document.events[:-1], _numbered(story.document.events[-1]))
        story.document = msgspec.structs.replace(story.document, events=numbered)
    return story.waits(days)


def _numbered(event: Any) -> Any:
    """As the server does: what makes a letter ready bears its outgoing number."""
    ready = event.kind in ("answered", "signed", "declared_inadmissible")
    return msgspec.structs.replace(event, number="2026-S-1") if ready else event


@cache
def situations() -> tuple[Situation, ...]:
    """Every state in which two people can find a complaint."""
    mine = told.in_progress()
    answer = (AMINA, acts.Answer(reply=_reply("a"), **BY_MAIL))
    send = (CLARA, acts.Dispatch(on=TODAY, number="RR 1", **BY_MAIL))
    back = (CLARA, acts.ReportUndelivered(reason="retour", on=TODAY))
    ask = (AMINA, acts.AskComplement(items=("facture",), limit=SOON))
    submit = (AMINA, acts.Submit(reply=REPLY))
    adverse = (SALMA, acts.DeclareInadmissible(ground=Inadmissibility.BEFORE_COURT, reply=ADVERSE))
    remark = told.in_progress(type=RequestType.OBSERVATION)
    arbitrated = complaint(status=Status.ARBITRATION, administration=CN, unit="", hops=4)
    stories = {
        "received": _story(complaint()),
        "assigned": _story(told.assigned()),
        "in progress": _story(mine),
        "in progress, answers are validated": _story(mine, settings=VALIDATED),
        "in progress, answers are signed": _story(mine, settings=SIGNED),
        "awaiting the citizen": _story(mine, ask),
        "awaiting the citizen, limit over": _story(mine, ask, days=30),
        "awaiting elements": _story(
            mine, (AMINA, acts.RequestElements(unit="U2", text="plan ?", due=SOON))
        ),
        "to validate": _story(mine, submit, settings=SIGNED),
        "to validate, without signature": _story(mine, submit, settings=VALIDATED),
        "to sign": _story(mine, submit, (VERA, acts.Validate()), settings=SIGNED),
        "to dispatch": _story(mine, answer),
        "inadmissible, to dispatch": _story(mine, adverse),
        "answered": _story(mine, answer, send),
        "answered, window over": _story(mine, answer, send, days=40),
        "closed": _story(mine, answer, send, (CITIZEN, acts.Close(reason="satisfait"))),
        "reopened": _story(mine, answer, send, (CITIZEN, acts.Reopen(reason="non réparé"))),
        "arbitration": _story(arbitrated),
        "inadmissible": _story(mine, adverse, send),
        "inadmissible, letter back": _story(mine, adverse, send, back),
        "joined": _story(mine, (SALMA, acts.Join(parent="c0", parent_number="n0"))),
        "withdrawn": _story(mine, (CITIZEN, acts.Withdraw(reason="réglé"))),
        "remark in progress": _story(remark),
        "remark noted": _story(remark, (AMINA, acts.TakeIntoAccount(text="vu"))),
        "remark filed": _story(remark, (AMINA, acts.File(reason="vu"))),
    }  # fmt: skip
    return tuple(Situation(name, s.document, s.settings, s.now) for name, s in stories.items())


def _reply(who: str) -> Any:
    promise = msgspec.structs.replace(PROMISE, id="p1")
    return msgspec.structs.replace(REPLY, text=f"réponse de {who}", commitments=(promise,))


TRANSFER_INSIDE = "transfer_inside"
"""A transfer to another unit of the same house: a line of its own, for it stays in sight of some."""

ROWS = (*(kind for kind, _ in acts.KINDS), TRANSFER_INSIDE)


def written(kind: str, who: str, at: Situation, *, alike: bool = False) -> Act:
    """The act as `who` ("a" first, "b" second) writes it: other words, and another wish unless `alike`."""
    second = who == "b" and not alike
    said, there, now = f"mots de {who}", at.document, told.TODAY
    today = max(now, at.now.date())
    day = today + timedelta(days=25 if second else 20)
    ready = made_ready(there)
    match kind:
        case "assign":
            return acts.Assign(assignee="salma" if second else "bilal", previous=there.assignee, note=said)
        case "ask_complement":
            return acts.AskComplement(items=(said,), limit=day, override="deuxième fois")
        case "request_elements":
            return acts.RequestElements(unit="V1" if second else "U2", text=said, due=day)
        case "submit":
            return acts.Submit(reply=_reply(who))
        case "answer":
            return acts.Answer(reply=_reply(who), **BY_MAIL)
        case "declare_inadmissible":
            adverse = msgspec.structs.replace(ADVERSE, text=said)
            return acts.DeclareInadmissible(ground=Inadmissibility.BEFORE_COURT, reply=adverse)
        case "dispatch":
            return acts.Dispatch(on=today, number=said, **BY_MAIL)
        case "report_undelivered":
            return acts.ReportUndelivered(reason=said, on=today)
        case "send_interim":
            return acts.SendInterim(text=said, expected=day)
        case "transfer":
            house = {"from_administration": there.administration, "from_unit": there.unit}
            return transfer(reason=said, administration=CN if second else told.B, **house)
        case "transfer_inside":
            house = {"from_administration": there.administration, "from_unit": there.unit}
            return transfer(reason=said, administration=told.A, unit="U2", **house)
        case "arbitrate":
            return acts.Arbitrate(administration=told.A if second else told.B, reason=said)
        case "propose_join":
            return acts.ProposeJoin(parent="c8" if second else "c7", reason=said)
        case "join":
            return acts.Join(parent="c8" if second else "c7", parent_number=said)
        case "rate":
            return acts.Rate(satisfied=not second, reason=said, comment=said)
        case "keep_commitment":
            return acts.KeepCommitment(commitment="p1", on=today, text=said)
        case "flag":
            names = ("amina", "salma", "director", *(("bilal",) if second else ()))
            return acts.Flag(reason=said, confidential=True, named=names)
        case "correct":
            place = Place(region="05" if second else "04")
            return acts.Correct(reason=said, theme="roads" if second else "water", place=place)
        case "record_letter":
            act, number = (ready.act, ready.number) if ready else ("", "")
            return acts.RecordLetter(act=act, number=number, file=FILE)
        case "open" | "expire_complement":
            return acts.KINDS[kind, 1]()
        case "sign":
            return acts.Sign(delegation=said)
        case "validate" | "return" | "refuse_signature":
            return acts.KINDS[kind, 1](comment=said)  # type: ignore[call-arg]
        case "decline" | "withdraw" | "close" | "reopen" | "file":
            return acts.KINDS[kind, 1](reason=said)  # type: ignore[call-arg]
    return acts.KINDS[kind, 1](text=said)  # type: ignore[call-arg]


PEOPLE = (AMINA, SALMA, DIRECTOR, VERA, VITO, SINA, SIMO, CLARA, KARIM, CORA, CHAMA, CITIZEN, SYSTEM)
"""Who may write one of two acts: of each role two, for one agent has the complaint in hand."""

ALONE = (CITIZEN, SYSTEM)
"""Who may come twice: a citizen with two windows, the server with two timers."""


@dataclass(frozen=True)
class Meeting:
    """Two acts met: in which situation, whose they were, and what became of the second."""

    situation: str
    first: str
    second: str
    outcome: str
    first_kept: bool
    second_kept: bool


APPLIED, NOTED, NOTHING = "applied", "applied as a note", "applied, nothing changes"


@cache
def _legal(kind: str, who: str, at: int, alike: bool) -> list[tuple[Actor, Act, Complaint]]:
    """Who may write this act in a situation, the act, and the complaint after it."""
    return list(_allowed(kind, who, situations()[at], alike))


def _allowed(kind: str, who: str, at: Situation, alike: bool) -> Iterator[tuple[Actor, Act, Complaint]]:
    for actor in PEOPLE:
        act = written(kind, who, at, alike=alike)
        try:
            after = done(at.document, actor, act, at.settings, now=at.now, id=f"{who}1")
        except Refused:
            continue
        if after is not at.document and (kind == "note" or after.events[-1].kind != "noted"):
            yield actor, act, after


def meetings(first: str, second: str, *, alike: bool = False) -> Iterator[Meeting]:
    """Every way in which these two can meet: both allowed on what lies on the screens, by two people."""
    for n, at in enumerate(situations()):
        seconds = _legal(second, "b", n, alike)
        for one, act, after in _legal(first, "a", n, alike) if seconds else ():
            for other, late, _ in seconds:
                if one is not other or one in ALONE:
                    yield _meet(at, (one, act, after), (other, late))


def _meet(at: Situation, came: tuple[Actor, Act, Complaint], comes: tuple[Actor, Act]) -> Meeting:
    (one, act, after), (other, late) = came, comes
    seen, now = at.document.ver, at.now + timedelta(minutes=1)
    try:
        end = done(after, other, late, at.settings, seen=seen, now=now, id="b1")
    except Refused as refused:
        outcome, end = refused.code.value, after
    else:
        noted = end.events[-1].kind == "noted" and not isinstance(late, acts.Note)
        outcome = NOTHING if end is after else NOTED if noted else APPLIED
    kept = told_by(end)
    return Meeting(
        situation=at.name,
        first=one.id,
        second=other.id,
        outcome=outcome,
        first_kept=words(act) <= kept,
        second_kept=words(late) <= kept,
    )


def words(act: Act) -> set[str]:
    """What the author typed, as it is found again."""
    return {text for text in _texts(act) if text.startswith(("mots de", "réponse de"))}


def told_by(document: Complaint) -> set[str]:
    """Every text of the history."""
    return {line for event in document.events for text in _texts(event) for line in text.split("\n")}


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from _texts(part)
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from _texts(getattr(value, name))
