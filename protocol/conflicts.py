"""What happened since the author looked that makes the act void (PROTOCOL §2, conflict rules).

Judged before the state, so that the refusal says what happened rather than that it is too late.
"""

from collections.abc import Iterator
from typing import Any

from protocol import acts, history
from protocol.acts import Asked
from protocol.case import Case
from protocol.complaint import Event, EventKind
from protocol.refusals import Refusal
from protocol.settings import COORDINATION


def nothing(_: Case, __: Asked, ___: Any) -> Refusal | None:
    """What others did meanwhile matters only through the state it left."""
    return None


def answered_or_spoken(case: Case, asked: Asked, _: Any) -> Refusal | None:
    """Another official answer, or words of the citizen that this one does not answer."""
    if history.officially_answered(case.document, asked.seen):
        return Refusal.ALREADY_ANSWERED
    return spoken(case, asked, _)


def redrafted(case: Case, asked: Asked, _: Any) -> Refusal | None:
    """The draft is not the one that was read, has been signed by another, or the citizen spoke."""
    if history.redrafted(case.document, asked.seen, case.actor.id):
        return Refusal.STALE_THREAD
    if history.signed(case.document, asked.seen):
        return Refusal.ALREADY_ANSWERED
    return spoken(case, asked, _)


def spoken(case: Case, asked: Asked, _: Any) -> Refusal | None:
    """The citizen said something that the author had not read."""
    return Refusal.STALE_THREAD if history.citizen_spoke(case.document, asked.seen) else None


def reassigned(case: Case, _: Asked, act: acts.Assign) -> Refusal | None:
    """Somebody else has it now than on the author's screen."""
    return None if act.previous == case.document.assignee else Refusal.ASSIGNEE_CHANGED


def moved(case: Case, _: Asked, act: acts.Transfer) -> Refusal | None:
    """It is not where the author saw it."""
    here = (case.document.administration, case.document.unit)
    return None if here == (act.from_administration, act.from_unit) else Refusal.ALREADY_MOVED


def answered_or_told(case: Case, asked: Asked, _: Any) -> Refusal | None:
    """The answer itself is made, or the citizen has just been given another date by somebody else."""
    if history.officially_answered(case.document, asked.seen):
        return Refusal.ALREADY_ANSWERED
    return _changed(any(_others(case, asked, EventKind.INTERIM_SENT)))


def sent_again(case: Case, asked: Asked, _: Any) -> Refusal | None:
    """Another letter has left since: what came back is not the one that a return would now be noted of."""
    return _changed(any(_others(case, asked, EventKind.DISPATCHED)))


def proposed_otherwise(case: Case, asked: Asked, act: acts.ProposeJoin) -> Refusal | None:
    """Somebody else has proposed another parent."""
    others = _others(case, asked, EventKind.JOIN_PROPOSED)
    return _changed(any(event.other != act.parent for event in others))


def flagged_otherwise(case: Case, asked: Asked, act: acts.Flag) -> Refusal | None:
    """Somebody else has set the same flag, or named other readers."""
    wished = set()
    if act.urgent not in (None, case.document.urgent):
        wished |= {"urgent", "not_urgent"}
    if act.confidential is not None:
        wished |= {"confidential", "not_confidential"}
    others = _others(case, asked, EventKind.FLAGGED)
    return _changed(any(not wished.isdisjoint(event.items) for event in others))


def corrected_otherwise(case: Case, asked: Asked, act: acts.Correct) -> Refusal | None:
    """Somebody else has corrected the same thing into something else."""
    document = case.document
    wished = {"theme"} if act.theme not in ("", document.theme) else set()
    if act.place not in (None, document.place):
        wished.add("place")
    others = _others(case, asked, EventKind.CORRECTED)
    return _changed(any(item.partition("=")[0] in wished for event in others for item in event.items))


def _others(case: Case, asked: Asked, kind: EventKind) -> Iterator[Event]:
    return history.others_did(case.document, asked.seen, case.actor.id, kind)


def _changed(overtaken: bool) -> Refusal | None:
    return Refusal.CHANGED_MEANWHILE if overtaken else None


def left_behind(case: Case, asked: Asked) -> Refusal | None:
    """A transfer, or an arbitration, of what somebody else moved out of the author's scope meanwhile.

    Told apart from never having been in scope, and only to somebody who could see it there: a confidential
    complaint says nothing about itself.
    """
    act, document = asked.act, case.document
    if isinstance(act, acts.Transfer):
        house, unit = act.from_administration, act.from_unit
    elif isinstance(act, acts.Arbitrate):
        house, unit = COORDINATION, None
    else:
        return None
    if document.confidential or document.against == case.actor.id:
        return None
    if not any(grant.administration == house for grant in case.actor.grants):
        return None
    return Refusal.ALREADY_MOVED if history.moved_away(document, asked.seen, house, unit) else None
