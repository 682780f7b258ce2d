"""One act on one complaint, with all its judgement may depend on: what guards and effects are given."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import msgspec

from protocol.acts import Asked
from protocol.complaint import Complaint, Event
from protocol.refusals import Refusal
from protocol.settings import Actor, Role, Settings


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks, in which roles, on which document, under which settings, when (aware UTC; civil `today`)."""

    document: Complaint
    actor: Actor
    roles: frozenset[Role]
    settings: Settings
    now: datetime
    today: date

    def acts_as(self, *roles: Role) -> bool:
        """Whether the actor holds one of `roles` over this complaint."""
        return not self.roles.isdisjoint(roles)


class Outcome(msgspec.Struct, frozen=True):
    """What an effect gives: the header's new values and the fact for the history."""

    document: Complaint
    event: Event


Guard = Callable[[Case], Refusal | None]
"""Needs no act: answers also whether a command is greyed."""

Check = Callable[[Case, Any], Refusal | None]
"""Reads the act's content (its concrete class is the move's)."""

Conflict = Callable[[Case, Asked, Any], Refusal | None]
"""Compares what the author saw (`asked.seen` and the act's own fields) with what is."""

Condition = Callable[[Case, Any], bool]
"""Chooses between rows of one act (given None when nothing is typed yet); refuses nothing by itself."""

Effect = Callable[[Case, Any, Event], Outcome]
"""Header and fact after the act; the status and `ver` are the table's business."""
