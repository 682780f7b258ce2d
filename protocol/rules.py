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
from protocol.complaint import Complaint, Event
from protocol.conflicts import left_behind
from protocol.deadlines import civil_date
from protocol.history import dispatch_channel, sent_reply, taken_away
from protocol.moves import MOVES, Move, moves_of
from protocol.refusals import Refusal, Refused
from protocol.scope import grants_scope, roles_over
from protocol.settings import Actor, Role, Settings
from protocol.standing import already_so

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

    Raises Refused. `now` is aware UTC: the server's acceptance, or the act's own `at` in a fold.
    """
    case = _case(document, actor, settings, now)
    kind, act = type(asked.act), cleaned(asked.act)
    _refuse(left_behind(case, asked) or _admitted(case, kind))
    if already_so(document, act):
        return document
    _refuse(moves_of(kind)[0].conflict(case, asked, act))
    row = _row(case, kind, act)
    if isinstance(row, Refusal):
        raise Refused(row)
    refusal = _guarded(case, row)
    if refusal is Refusal.NOT_ASSIGNED and taken_away(document, asked.seen, actor.id):
        raise Refused(Refusal.ASSIGNEE_CHANGED)
    _refuse(refusal)
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
