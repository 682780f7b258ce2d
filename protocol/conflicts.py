"""What happened since the author looked that makes the act void (PROTOCOL §2, conflict rules).

Judged before the state, so that the refusal says what happened rather than that it is too late.
"""

from typing import Any

from protocol import acts, history
from protocol.acts import Asked
from protocol.case import Case
from protocol.refusals import Refusal


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


def left_behind(case: Case, asked: Asked) -> Refusal | None:
    """A transfer of what somebody else moved out of the author's scope meanwhile.

    Told apart from never having been in scope, and only to somebody who could see it there: a confidential
    complaint says nothing about itself.
    """
    act, document = asked.act, case.document
    if not isinstance(act, acts.Transfer) or document.confidential or document.against == case.actor.id:
        return None
    if not any(grant.administration == act.from_administration for grant in case.actor.grants):
        return None
    gone = history.moved_away(document, asked.seen, act.from_administration, act.from_unit)
    return Refusal.ALREADY_MOVED if gone else None
