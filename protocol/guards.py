"""Conditions of an act that can be judged before anything is typed; moves.py names them by row.

They grey a command as well as refuse an act. What was typed is judged by checks.py.
"""

from datetime import timedelta

from protocol import history
from protocol.case import Case
from protocol.complaint import EventKind, Status
from protocol.deadlines import civil_date
from protocol.refusals import Refusal
from protocol.settings import Chain, Role


def is_assigned(case: Case) -> Refusal | None:
    """Work has been given to somebody."""
    return None if case.document.assignee else Refusal.NOT_ASSIGNED


def may_take(case: Case) -> Refusal | None:
    """An agent takes only what nobody has; a supervisor gives anything."""
    if case.acts_as(Role.SUPERVISOR, Role.SYSTEM):
        return None
    return Refusal.NOT_ALLOWED if case.document.assignee else _another_handler(case, case.actor.id)


def another_hand(case: Case) -> Refusal | None:
    """After a reopening, not the author of the first answer (DOMAIN §3, move 9)."""
    return _another_handler(case, case.actor.id)


def _another_handler(case: Case, person: str) -> Refusal | None:
    reopened = case.document.reopenings > 0 or case.document.status == Status.REOPENED
    return Refusal.SAME_PERSON if reopened and case.document.first_author == person else None


def not_the_drafter(case: Case) -> Refusal | None:
    """The validator did not draft the answer, unless the administration allows it."""
    if case.settings.drafter_may_validate or case.document.drafter != case.actor.id:
        return None
    return Refusal.SAME_PERSON


def not_drafter_nor_validator(case: Case) -> Refusal | None:
    """The signatory neither drafted nor validated the answer, unless the administration allows it."""
    if not case.settings.drafter_may_validate and history.validator(case.document) == case.actor.id:
        return Refusal.SAME_PERSON
    return not_the_drafter(case)


def chain_is_direct(case: Case) -> Refusal | None:
    """The administration lets its agents sign."""
    return None if case.settings.chain == Chain.DIRECT else Refusal.WRONG_CHAIN


def chain_validates(case: Case) -> Refusal | None:
    """The administration has answers validated."""
    return Refusal.WRONG_CHAIN if case.settings.chain == Chain.DIRECT else None


def complement_not_asked(case: Case) -> Refusal | None:
    """A complement is asked once; only a supervisor may override (DOMAIN §2)."""
    if history.complement_was_asked(case.document) and not case.acts_as(Role.SUPERVISOR):
        return Refusal.COMPLEMENT_ALREADY_ASKED
    return None


def limit_is_over(case: Case) -> Refusal | None:
    """The limit date of the complement request has passed."""
    limit = case.document.complement_limit
    return None if limit is not None and case.today > limit else Refusal.LIMIT_NOT_REACHED


def letter_came_back(case: Case) -> Refusal | None:
    """Sending again needs an undelivered return."""
    return None if history.came_back(case.document) else Refusal.ILLEGAL_TRANSITION


def may_close(case: Case) -> Refusal | None:
    """The reopening window is over, or the citizen is satisfied (or closes himself)."""
    until = case.document.reopen_until
    rated = history.rating(case.document)
    satisfied = rated is not None and rated.satisfied is True
    over = until is not None and case.today > until
    return None if over or satisfied or case.acts_as(Role.CITIZEN) else Refusal.WINDOW_OPEN


def may_reopen(case: Case) -> Refusal | None:
    """A supervisor always; the citizen inside window and count (DOMAIN §8)."""
    if case.acts_as(Role.SUPERVISOR):
        return None
    if case.document.reopenings >= case.settings.reopening_limit:
        return Refusal.REOPENING_LIMIT
    until = case.document.reopen_until
    if until is None:
        ended = history.last(case.document, EventKind.JOINED, EventKind.WITHDRAWN)
        since = case.document.received_on if ended is None else civil_date(ended.at)
        until = since + timedelta(days=case.settings.reopening_days)
    return None if case.today <= until else Refusal.WINDOW_OVER


def not_yet_rated(case: Case) -> Refusal | None:
    """Satisfaction is told once per answer."""
    return Refusal.ALREADY_RATED if history.rating(case.document) is not None else None
