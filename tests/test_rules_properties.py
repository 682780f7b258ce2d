"""Invariants of DOMAIN §3 over random lives of a complaint: wild acts, mostly refused, among sensible."""

from datetime import datetime, timedelta
from random import Random

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol import acts
from protocol.acts import Act
from protocol.complaint import FINAL, Attachment, Channel, Commitment, Complaint, Event, EventKind, Status
from protocol.deadlines import civil_date
from protocol.projection import fold
from protocol.rules import MOVES, Refused, allowed, apply, grants_scope, may
from protocol.settings import CITIZEN, SYSTEM, Actor, Settings
from tests.rule_cases import (
    ADVERSE,
    AMINA,
    BILAL,
    CLARA,
    CN,
    COORDINATOR,
    DIRECTOR,
    FOREIGN_HEAD,
    NOW,
    REASONED,
    REPLY,
    SALMA,
    SETTINGS,
    SIGNED,
    SINA,
    TODAY,
    VALIDATED,
    VERA,
    A,
    B,
    asked,
    complaint,
)  # fmt: skip

ACTORS = (
    AMINA, BILAL, SALMA, VERA, SINA, CLARA, DIRECTOR, FOREIGN_HEAD, COORDINATOR, CITIZEN, SYSTEM,
)  # fmt: skip

LETTER = Attachment(sha256="0" * 64, name="n.pdf", mime="application/pdf", size=1)
DAY = st.integers(-3, 90).map(lambda days: TODAY + timedelta(days=days))
TEXT = st.sampled_from(["", " ", "نص", "texte"])
USER = st.sampled_from(["", "amina", "bilal", "salma", "omar", "ghost"])
PLACE = st.sampled_from([(A, "U1"), (A, "U2"), (A, ""), (B, "V1"), (B, ""), (CN, "")])
REPLIES = st.sampled_from([REPLY, REASONED, ADVERSE, msgspec.structs.replace(REPLY, nature="")])
CHANNELS = st.sampled_from([Channel.PORTAL, Channel.MAIL, Channel.REGISTERED_MAIL, "pigeon"])
GROUNDS = st.sampled_from(["j1_before_court", "j5_not_competent", "j7_unclear", "x"])


def _moves(kind: type[Act]) -> st.SearchStrategy[Act]:
    def build(to: tuple[str, str], origin: tuple[str, str], reason: str) -> Act:
        if kind is acts.Arbitrate:
            return acts.Arbitrate(administration=to[0], unit=to[1], reason=reason)
        return acts.Transfer(
            administration=to[0],
            unit=to[1],
            from_administration=origin[0],
            from_unit=origin[1],
            reason=reason,
        )

    return st.builds(build, PLACE, PLACE, TEXT)


ACTS: st.SearchStrategy[Act] = st.one_of(
    st.builds(acts.Assign, assignee=USER, previous=USER),
    st.builds(acts.Decline, reason=TEXT),
    st.just(acts.Open()),
    st.builds(acts.Note, text=TEXT),
    st.builds(acts.Write, text=TEXT),
    st.builds(acts.AskComplement, items=st.sampled_from([(), ("x",)]), limit=DAY, override=TEXT),
    st.builds(acts.GiveComplement, text=TEXT),
    st.just(acts.ExpireComplement()),
    st.builds(acts.RequestElements, unit=st.sampled_from(["U2", "?"]), text=TEXT, due=DAY),
    st.builds(acts.ReceiveElements, text=TEXT),
    st.builds(acts.Submit, reply=REPLIES),
    st.builds(acts.Answer, reply=REPLIES, channel=CHANNELS),
    st.builds(acts.Validate),
    st.builds(acts.Return, comment=TEXT),
    st.builds(acts.Sign),
    st.builds(acts.RefuseSignature, comment=TEXT),
    st.builds(acts.Dispatch, channel=CHANNELS, on=DAY, number=TEXT),
    st.builds(acts.ReportUndelivered, reason=TEXT, on=DAY),
    st.builds(acts.SendInterim, text=TEXT, expected=DAY),
    _moves(acts.Transfer),
    _moves(acts.Arbitrate),
    st.builds(acts.DeclareInadmissible, ground=GROUNDS, reply=REPLIES),
    st.builds(acts.ProposeJoin, parent=st.sampled_from(["", "c1", "c0"])),
    st.builds(acts.Join, parent=st.sampled_from(["c1", "c0"]), parent_number=TEXT),
    st.builds(acts.Withdraw, reason=TEXT),
    st.builds(acts.Close, reason=TEXT),
    st.builds(acts.Reopen, reason=TEXT),
    st.builds(acts.Rate, satisfied=st.booleans(), reason=TEXT),
    st.builds(acts.KeepCommitment, commitment=TEXT, on=DAY),
    st.builds(acts.TakeIntoAccount, text=TEXT),
    st.builds(acts.File, reason=TEXT),
    st.builds(acts.Flag, reason=TEXT, urgent=st.sampled_from([None, True, False])),
    st.builds(acts.Correct, reason=TEXT, theme=TEXT),
    st.builds(acts.RecordLetter, act=TEXT, number=TEXT, file=st.just(LETTER)),
)
"""No server numbers letters here: recording one is only ever tried, and refused."""

Lives = tuple[int, list[tuple[Actor, Act]]]
"""The seed of the sensible acts, and the wild ones thrown between them."""

LIVES: st.SearchStrategy[Lives] = st.tuples(
    st.integers(0, 2**32), st.lists(st.tuples(st.sampled_from(ACTORS), ACTS), max_size=25)
)

COMMON = {
    "note",
    "write",
    "flag",
    "correct",
    "keep_commitment",
    "withdraw",
    "join",
    "transfer",
    "send_interim",
}
"""Possible nearly always, or the end of the story: taken less often, or nothing else would happen."""


def sensible(document: Complaint, now: datetime, book: Settings, chance: Random) -> tuple[Actor, Act]:
    """Something that somebody may do now, filled in as a careful person would."""
    choices = [
        (actor, acts.KINDS[code, 1])
        for actor in chance.sample(ACTORS, 5)
        for code, refusal in allowed(document, actor, book, now).items()
        if refusal is None
        and code != acts.RecordLetter.kind
        and (code not in COMMON or chance.random() < 0.1)
    ]
    actor, kind = chance.choice(choices or [(AMINA, acts.Note)])
    today, soon = civil_date(now), civil_date(now) + timedelta(days=3)
    values: dict[str, object] = {
        "text": "نص", "reason": "سبب", "comment": "ملاحظة", "items": ("x",), "limit": soon, "due": soon,
        "expected": soon, "on": today, "override": "x", "number": "n", "parent": "c0", "parent_number": "n",
        "assignee": chance.choice([actor.id, "bilal", "amina", "salma"]), "previous": document.assignee,
        "administration": B if document.administration != B else A, "channel": Channel.PORTAL,
        "from_administration": document.administration, "from_unit": document.unit, "commitment": "k",
        "satisfied": chance.random() < 0.5, "ground": "j8_insults", "urgent": not document.urgent,
        "reply": ADVERSE if kind is acts.DeclareInadmissible else REPLY, "theme": f"t{document.ver}",
    }  # fmt: skip
    if kind is acts.RequestElements:
        values["unit"] = "U2" if document.unit != "U2" else "U1"
    return actor, kind(**{field: values[field] for field in kind.__struct_fields__ if field in values})


CHAINS = (SETTINGS, VALIDATED, SIGNED)
STARTING = (
    complaint(),
    complaint(administration=CN, unit=""),
    complaint(type="suggestion"),
    complaint(status=Status.IN_PROGRESS, assignee="amina"),
    complaint(
        status=Status.TO_SIGN,
        assignee="amina",
        pending=REPLY,
        drafter="amina",
        events=(Event(n=1, act="a0", kind=EventKind.SUBMITTED, at=NOW, by="amina", reply=REPLY),),
    ),
    complaint(commitments=(Commitment(id="k", text="x", due=TODAY),)),
    complaint(hops=3, status=Status.ASSIGNED, assignee="amina"),
)
BOOKS, STARTS = st.sampled_from(CHAINS), st.sampled_from(STARTING)


def lives(start: Complaint, book: Settings, drawn: Lives) -> list[tuple[Complaint, Complaint, Act, Actor]]:
    """Every accepted step of sixty: before, after, act, actor."""
    seed, wild = drawn
    chance, document, now, told = Random(seed), start, NOW, []
    for number in range(60):
        now += timedelta(days=chance.choice([0, 0, 0, 0, 1, 4, 35]), minutes=1)
        strange = bool(wild) and number % 2 == 1
        actor, act = wild.pop() if strange else sensible(document, now, book, chance)
        try:
            after = apply(document, asked(document, act, now=now, id=f"a{number}"), actor, book, now)
        except Refused:
            continue
        told.append((document, after, act, actor))
        document = after
    return told


@settings(max_examples=25, deadline=None)
@given(STARTS, BOOKS, LIVES)
def test_what_no_act_may_do(start: Complaint, book: Settings, drawn: Lives) -> None:
    for before, after, act, actor in lives(start, book, drawn):
        assert after.due == before.due
        assert (after.number, after.received_on, after.person) == (
            before.number,
            before.received_on,
            before.person,
        )
        if after is before:
            continue
        assert after.ver == before.ver + 1
        assert after.events[:-1] == before.events
        event = after.events[-1]
        assert (event.n, event.by) == (after.ver, actor.id)
        if before.status in FINAL and after.status != before.status:
            assert isinstance(act, acts.Reopen)
        if after.status in (Status.ANSWERED, Status.INADMISSIBLE) and after.status != before.status:
            assert event.kind == EventKind.DISPATCHED
            assert event.channel and event.on == after.answered_on
        if after.status in FINAL and after.status != before.status and after.status != Status.INADMISSIBLE:
            assert event.reason or event.text or event.other
        assert after.hops - before.hops in (0, 1)
        assert grants_scope(before, actor, TODAY)


@settings(max_examples=25, deadline=None)
@given(STARTS, BOOKS, LIVES)
def test_what_every_document_satisfies(start: Complaint, book: Settings, drawn: Lives) -> None:
    for _, after, _, _ in lives(start, book, drawn):
        if after.status in (Status.ASSIGNED, Status.IN_PROGRESS):
            assert after.assignee
        if after.status in (Status.RECEIVED, Status.REOPENED, Status.ARBITRATION):
            assert not after.assignee
        if after.status in (Status.TO_VALIDATE, Status.TO_SIGN, Status.TO_DISPATCH):
            assert after.pending is not None and after.drafter
        if after.status in (Status.ANSWERED, Status.CLOSED):
            assert after.answered_on is not None and after.reopen_until is not None
        if after.status == Status.ARBITRATION:
            assert after.administration == CN
        assert [event.n for event in after.events] == sorted({event.n for event in after.events})


@settings(max_examples=15, deadline=None)
@given(STARTS, BOOKS, LIVES)
def test_may_never_forbids_what_apply_accepts(start: Complaint, book: Settings, drawn: Lives) -> None:
    for before, after, act, actor in lives(start, book, drawn):
        if after is not before:
            assert may(before, type(act), actor, book, after.events[-1].at) is None


@settings(max_examples=60, deadline=None)
@given(STARTS, BOOKS, st.sampled_from(ACTORS), st.lists(ACTS, max_size=12))
def test_folding_is_deterministic_and_repeatable(
    start: Complaint, book: Settings, actor: Actor, pending: list[Act]
) -> None:
    mine = [asked(start, act, now=NOW + timedelta(minutes=n), id=f"a{n}") for n, act in enumerate(pending)]
    once = fold(start, mine, actor, book)
    assert fold(start, mine, actor, book) == once
    assert fold(once, mine, actor, book).events[: len(once.events)] == once.events
    encoded = msgspec.json.encode(once)
    assert msgspec.json.decode(encoded, type=Complaint) == once


def test_the_random_lives_reach_the_whole_table() -> None:
    """A property over lives that never get anywhere proves nothing."""
    reached = {
        after.events[-1].kind
        for seed in range(60)
        for _, after, _, _ in lives(STARTING[seed % len(STARTING)], CHAINS[seed % len(CHAINS)], (seed, []))
    }
    # A letter needs the number only a server gives: tests/test_letters_rules.py.
    assert {row.event for row in MOVES} - reached == {EventKind.LETTER_RECORDED}
