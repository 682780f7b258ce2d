"""May this act be done, and what does it make of the complaint? The same answer on desktop and server.

The desktop predicts with it, the server decides with it. The rules themselves are the rows of moves.py; here
they are only applied, in one order: scope, role, what is already so, conflicts, type, state, guards, checks.
"""

from datetime import datetime

import msgspec

from protocol import acts
from protocol.acts import Act, Asked
from protocol.case import Case
from protocol.checks import CHECKS_OF_EVERY_ACT, cleaned
from protocol.complaint import Complaint, Event, EventKind
from protocol.conflicts import left_behind
from protocol.deadlines import civil_date
from protocol.history import dispatch_channel, sent_reply, taken_away
from protocol.moves import MOVES, Move, moves_of
from protocol.refusals import Refusal, Refused
from protocol.scope import grants_scope, roles_over
from protocol.settings import CITIZEN, SYSTEM, Actor, Role, Settings
from protocol.standing import already_so, words_unsaid

__all__ = [
    "MOVES",
    "Move",
    "Refusal",
    "Refused",
    "allowed",
    "apply",
    "dispatch_channel",
    "grants_scope",
    "may",
    "sent_reply",
]


def may(
    document: Complaint, kind: type[Act], actor: Actor, settings: Settings, now: datetime
) -> Refusal | None:
    """Why this kind of act cannot be done now (for greying), or None; what would be typed is not judged."""
    return _foreseen(_case(document, actor, settings, now), kind)


def allowed(
    document: Complaint, actor: Actor, settings: Settings, now: datetime
) -> dict[str, Refusal | None]:
    """`may` for every kind of act, by its wire code."""
    case = _case(document, actor, settings, now)
    return {kind.kind: _foreseen(case, kind) for kind in acts.KINDS.values()}


def apply(document: Complaint, asked: Asked, actor: Actor, settings: Settings, now: datetime) -> Complaint:
    """The document after the act: one version and one event more, or itself when nothing had to change.

    What is already so is left so; only words that the history does not have yet are added to it, as a note.

    Raises Refused. `now` is aware UTC: the server's acceptance, or the act's own `at` in a fold.
    """
    case = _case(document, actor, settings, now)
    kind, act = type(asked.act), cleaned(asked.act)
    _refuse(left_behind(case, asked) or _admitted(case, kind))
    if already_so(document, act):
        return _with_words(case, asked, words_unsaid(document, act))
    _refuse(moves_of(kind)[0].conflict(case, asked, act))
    row = _row(case, kind, act)
    if isinstance(row, Refusal):
        raise Refused(_said(case, asked, row))
    refusal = _guarded(case, row)
    _refuse(refusal and _said(case, asked, refusal))
    for check in (*CHECKS_OF_EVERY_ACT, *row.checks):
        _refuse(check(case, act))
    event = Event(n=document.ver + 1, act=asked.id, kind=row.event, at=now, typed_at=asked.at, by=actor.id)
    outcome = row.effect(case, act, event)
    return msgspec.structs.replace(
        outcome.document,
        ver=document.ver + 1,
        status=document.status if row.to is None else row.to,
        events=(*document.events, outcome.event),
    )


def _said(case: Case, asked: Asked, refusal: Refusal) -> Refusal:
    """To whom work was taken away meanwhile that is said, rather than that it is too late."""
    lost = refusal in (Refusal.NOT_ASSIGNED, Refusal.ILLEGAL_TRANSITION) and moves_of(type(asked.act))[0].own
    taken = lost and taken_away(case.document, asked.seen, case.actor.id)
    return Refusal.ASSIGNEE_CHANGED if taken else refusal


def _with_words(case: Case, asked: Asked, words: str) -> Complaint:
    """The complaint as it stands, with these words of the staff noted if there are any."""
    document = case.document
    if not words or case.actor in (SYSTEM, CITIZEN):
        return document
    for check in CHECKS_OF_EVERY_ACT:
        _refuse(check(case, asked.act))
    n = document.ver + 1
    note = Event(
        n=n,
        act=asked.id,
        kind=EventKind.NOTED,
        at=case.now,
        typed_at=asked.at,
        by=case.actor.id,
        text=words,
    )
    return msgspec.structs.replace(document, ver=n, events=(*document.events, note))


def _refuse(refusal: Refusal | None) -> None:
    if refusal is not None:
        raise Refused(refusal)


def _case(document: Complaint, actor: Actor, settings: Settings, now: datetime) -> Case:
    today = civil_date(now)
    return Case(
        document=document,
        actor=actor,
        roles=roles_over(document, actor, today),
        settings=settings,
        now=now,
        today=today,
    )


def _foreseen(case: Case, kind: type[Act]) -> Refusal | None:
    refusal = _admitted(case, kind)
    if refusal is not None:
        return refusal
    row = _row(case, kind, None)
    return row if isinstance(row, Refusal) else _guarded(case, row)


def _admitted(case: Case, kind: type[Act]) -> Refusal | None:
    rows = moves_of(kind)
    if not rows:
        return Refusal.UNKNOWN_ACT
    if not grants_scope(case.document, case.actor, case.today):
        return Refusal.OUT_OF_SCOPE
    return None if any(case.acts_as(*row.by) for row in rows) else Refusal.NOT_ALLOWED


def _row(case: Case, kind: type[Act], act: Act | None) -> Move | Refusal:
    rows = [row for row in moves_of(kind) if case.document.type in row.types]
    if not rows:
        return Refusal.WRONG_TYPE
    found = next((row for row in rows if row.concerns(case, act)), None)
    return Refusal.ILLEGAL_TRANSITION if found is None else found


def _entitles(case: Case, row: Move, role: Role) -> bool:
    return role not in row.own or case.document.assignee == case.actor.id


def _guarded(case: Case, row: Move) -> Refusal | None:
    if not any(_entitles(case, row, role) for role in case.roles & row.by):
        return Refusal.NOT_ASSIGNED
    refusals = (guard(case) for guard in row.guards)
    return next((refusal for refusal in refusals if refusal is not None), None)
