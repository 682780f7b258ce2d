"""The state machine of DOMAIN §3 as one table: who may do what, from where, to where, on what conditions.

Read a row as a sentence: this act, asked by one of these roles, takes a complaint from one of these states to
that one (or leaves it where it is), if every guard and check agrees, and leaves this fact in the history.
Roles in `own` act only on what is assigned to them; rows of one act share roles and conflict rule.
"""

import msgspec

from protocol import acts, checks, conflicts, effects, guards
from protocol.case import Case, Check, Condition, Conflict, Effect, Guard
from protocol.complaint import OPEN, EventKind, Nature, RequestType, Status
from protocol.settings import Chain, Role

ANY = frozenset(Status) - {Status.DRAFT}
COMPLAINT = frozenset({RequestType.COMPLAINT})
REMARK = frozenset({RequestType.OBSERVATION, RequestType.SUGGESTION})
EVERY_TYPE = frozenset(RequestType)

CLERK, AGENT, VALIDATOR, SUPERVISOR = Role.REGISTRY_CLERK, Role.AGENT, Role.VALIDATOR, Role.SUPERVISOR
SIGNATORY, LIAISON, COORDINATOR = Role.SIGNATORY, Role.OMBUDSMAN_LIAISON, Role.COORDINATION
CITIZEN, SYSTEM = Role.CITIZEN, Role.SYSTEM
HANDLERS = (AGENT, VALIDATOR, SUPERVISOR)
STAFF = (CLERK, AGENT, VALIDATOR, SUPERVISOR, SIGNATORY, LIAISON, COORDINATOR)


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the table; `to` None leaves the status as it is."""

    act: type[acts.Act]
    from_: frozenset[Status]
    to: Status | None
    by: frozenset[Role]
    own: frozenset[Role] = frozenset()
    event: EventKind
    effect: Effect
    types: frozenset[RequestType] = COMPLAINT
    when: Condition | None = None
    unless: Condition | None = None
    guards: tuple[Guard, ...] = ()
    checks: tuple[Check, ...] = ()
    conflict: Conflict = conflicts.nothing

    def concerns(self, case: Case, act: acts.Act | None) -> bool:
        """Whether this is the row for the complaint as it stands; `act` is None when nothing is typed yet."""
        if case.document.status not in self.from_:
            return False
        if self.when is not None and not self.when(case, act):
            return False
        return self.unless is None or not self.unless(case, act)


def signature_needed(case: Case, _: object) -> bool:
    """The administration has letters signed after validation."""
    return case.settings.chain == Chain.VALIDATE_AND_SIGN


def adverse(case: Case, _: object) -> bool:
    """What waits to leave is a decision of inadmissibility."""
    pending = case.document.pending
    return pending is not None and pending.nature == Nature.INADMISSIBLE


def one_hop_too_many(case: Case, act: acts.Transfer | None) -> bool:
    """Another transfer between administrations would pass the limit (default 3)."""
    return act is not None and effects.is_hop(case, act) and case.document.hops >= case.settings.hop_limit


def move(
    act: type[acts.Act],
    from_: frozenset[Status] | tuple[Status, ...],
    to: Status | None,
    by: tuple[Role, ...],
    event: EventKind,
    *,
    effect: Effect,
    own: tuple[Role, ...] = (),
    types: frozenset[RequestType] = COMPLAINT,
    when: Condition | None = None,
    unless: Condition | None = None,
    guards: tuple[Guard, ...] = (),
    checks: tuple[Check, ...] = (),
    conflict: Conflict = conflicts.nothing,
) -> Move:
    """A row, written without the noise of its sets."""
    return Move(
        act=act, from_=frozenset(from_), to=to, by=frozenset(by), own=frozenset(own), event=event,
        effect=effect, types=types, when=when, unless=unless, guards=guards, checks=checks, conflict=conflict,
    )  # fmt: skip


S, E = Status, EventKind
TRANSFERABLE = (
    S.RECEIVED, S.ASSIGNED, S.IN_PROGRESS, S.AWAITING_CITIZEN, S.AWAITING_ELEMENTS, S.TO_VALIDATE, S.REOPENED,
)  # fmt: skip
JOINABLE = (S.RECEIVED, S.ASSIGNED, S.IN_PROGRESS, S.AWAITING_CITIZEN, S.AWAITING_ELEMENTS, S.REOPENED)
REOPENABLE = (S.ANSWERED, S.CLOSED, S.INADMISSIBLE, S.JOINED, S.WITHDRAWN)

# fmt: off
MOVES: tuple[Move, ...] = (
    # 1, 2. Giving and taking work
    move(acts.Assign, (S.RECEIVED, S.ASSIGNED, S.IN_PROGRESS, S.REOPENED), S.ASSIGNED,
         (*HANDLERS, SYSTEM), E.ASSIGNED, types=EVERY_TYPE, conflict=conflicts.reassigned,
         guards=(guards.may_take,), checks=(checks.agent_takes_for_himself, checks.assignee_able),
         effect=effects.gives),
    move(acts.Assign, (S.AWAITING_CITIZEN, S.AWAITING_ELEMENTS), None,
         (*HANDLERS, SYSTEM), E.ASSIGNED, types=EVERY_TYPE, conflict=conflicts.reassigned,
         guards=(guards.may_take,), checks=(checks.agent_takes_for_himself, checks.assignee_able),
         effect=effects.gives),
    move(acts.Decline, (S.ASSIGNED,), S.RECEIVED, HANDLERS, E.DECLINED, types=EVERY_TYPE,
         own=HANDLERS, checks=(checks.reason_given,), effect=effects.declines),
    move(acts.Open, (S.ASSIGNED,), S.IN_PROGRESS, HANDLERS, E.OPENED, types=EVERY_TYPE,
         own=HANDLERS, effect=effects.reads),

    # Remarks and messages
    move(acts.Note, ANY, None, STAFF, E.NOTED, types=EVERY_TYPE,
         checks=(checks.text_or_file_given,), effect=effects.says),
    move(acts.Write, OPEN | {S.ANSWERED}, None, (CITIZEN, CLERK), E.CITIZEN_WROTE, types=EVERY_TYPE,
         checks=(checks.text_or_file_given,), effect=effects.says),

    # 3. The complement, asked once
    move(acts.AskComplement, (S.IN_PROGRESS,), S.AWAITING_CITIZEN, HANDLERS, E.COMPLEMENT_ASKED,
         own=(AGENT,), guards=(guards.complement_not_asked,), checks=(checks.complement_request,),
         effect=effects.asks_complement),
    move(acts.GiveComplement, (S.AWAITING_CITIZEN,), S.IN_PROGRESS, (CITIZEN, CLERK), E.COMPLEMENT_RECEIVED,
         checks=(checks.text_or_file_given,), effect=effects.receives_complement),
    move(acts.ExpireComplement, (S.AWAITING_CITIZEN,), S.IN_PROGRESS, (SYSTEM,), E.COMPLEMENT_EXPIRED,
         guards=(guards.limit_is_over,), effect=effects.gives_up_complement),

    # 4. Elements from another service
    move(acts.RequestElements, (S.IN_PROGRESS,), S.AWAITING_ELEMENTS, HANDLERS, E.ELEMENTS_REQUESTED,
         own=(AGENT,), checks=(checks.text_given, checks.elements_request),
         effect=effects.requests_elements),
    move(acts.ReceiveElements, (S.AWAITING_ELEMENTS,), S.IN_PROGRESS, HANDLERS, E.ELEMENTS_RECEIVED,
         own=(AGENT,), checks=(checks.text_or_file_given,),
         effect=effects.receives_elements),

    # 5, 6, 7. The answer through its chain
    move(acts.Submit, (S.ASSIGNED, S.IN_PROGRESS), S.TO_VALIDATE, HANDLERS, E.SUBMITTED,
         conflict=conflicts.answered_or_spoken,
         own=(AGENT,), guards=(guards.chain_validates, guards.another_hand),
         checks=(checks.reply_complete,), effect=effects.drafts),
    move(acts.Answer, (S.ASSIGNED, S.IN_PROGRESS, S.REOPENED), S.TO_DISPATCH, HANDLERS, E.ANSWERED,
         conflict=conflicts.answered_or_spoken,
         own=(AGENT,), guards=(guards.chain_is_direct, guards.is_assigned, guards.another_hand),
         checks=(checks.reply_complete, checks.channel_open), effect=effects.answers),
    move(acts.Validate, (S.TO_VALIDATE,), S.TO_SIGN, (VALIDATOR,), E.VALIDATED,
         when=signature_needed, conflict=conflicts.redrafted, guards=(guards.not_the_drafter,),
         effect=effects.validates),
    move(acts.Validate, (S.TO_VALIDATE,), S.TO_DISPATCH, (VALIDATOR,), E.VALIDATED,
         unless=signature_needed, conflict=conflicts.redrafted, guards=(guards.not_the_drafter,),
         effect=effects.validates),
    move(acts.Return, (S.TO_VALIDATE,), S.IN_PROGRESS, (VALIDATOR,), E.RETURNED,
         checks=(checks.comment_given,), effect=effects.sends_back),
    move(acts.Sign, (S.TO_SIGN,), S.TO_DISPATCH, (SIGNATORY,), E.SIGNED,
         conflict=conflicts.redrafted, guards=(guards.not_drafter_nor_validator,), effect=effects.signs),
    move(acts.RefuseSignature, (S.TO_SIGN,), S.IN_PROGRESS, (SIGNATORY,), E.SIGNATURE_REFUSED,
         checks=(checks.comment_given,), effect=effects.sends_back),

    # 7b. Leaving, coming back, leaving again
    move(acts.Dispatch, (S.TO_DISPATCH,), S.ANSWERED, (CLERK, SYSTEM), E.DISPATCHED, unless=adverse,
         checks=(checks.channel_open, checks.dispatch_recorded), effect=effects.sends),
    move(acts.Dispatch, (S.TO_DISPATCH,), S.INADMISSIBLE, (CLERK, SYSTEM), E.DISPATCHED, when=adverse,
         checks=(checks.channel_open, checks.dispatch_recorded), effect=effects.sends),
    move(acts.Dispatch, (S.INADMISSIBLE,), None, (CLERK, SYSTEM), E.DISPATCHED,
         guards=(guards.letter_came_back,), checks=(checks.channel_open, checks.dispatch_recorded),
         effect=effects.sends_again),
    move(acts.ReportUndelivered, (S.ANSWERED,), S.TO_DISPATCH, (CLERK, SYSTEM), E.UNDELIVERED,
         conflict=conflicts.sent_again, checks=(checks.reason_given, checks.returned_on),
         effect=effects.takes_back),
    move(acts.ReportUndelivered, (S.INADMISSIBLE, S.AWAITING_CITIZEN), None, (CLERK, SYSTEM), E.UNDELIVERED,
         conflict=conflicts.sent_again, checks=(checks.reason_given, checks.returned_on),
         effect=effects.notes_return),
    move(acts.SendInterim, OPEN - {S.ARBITRATION}, None, HANDLERS, E.INTERIM_SENT, own=(AGENT,),
         conflict=conflicts.answered_or_told, checks=(checks.text_given, checks.interim_date),
         effect=effects.sends_interim),

    # 8, 9. The end, and after it
    move(acts.Close, (S.ANSWERED,), S.CLOSED, (*HANDLERS, CITIZEN, SYSTEM), E.CLOSED,
         conflict=conflicts.spoken, guards=(guards.may_close,), checks=(checks.reason_given,),
         effect=effects.gives_reason),
    move(acts.Reopen, REOPENABLE, S.REOPENED, (CITIZEN, SUPERVISOR), E.REOPENED,
         guards=(guards.may_reopen,), checks=(checks.reason_given,), effect=effects.reopens),
    move(acts.Rate, (S.ANSWERED, S.CLOSED), None, (CITIZEN,), E.RATED,
         guards=(guards.not_yet_rated,), checks=(checks.dissatisfaction_explained,), effect=effects.rates),
    move(acts.KeepCommitment, ANY, None, HANDLERS, E.COMMITMENT_KEPT,
         checks=(checks.commitment_known,), effect=effects.keeps_commitment),

    # 10. To whom it belongs (the fourth hop is applied as a move to arbitration)
    move(acts.Transfer, TRANSFERABLE, S.RECEIVED, (*HANDLERS, COORDINATOR, SYSTEM), E.TRANSFERRED,
         types=EVERY_TYPE, unless=one_hop_too_many, conflict=conflicts.moved,
         own=(AGENT,), checks=(checks.reason_given, checks.target_open),
         effect=effects.transfers),
    move(acts.Transfer, TRANSFERABLE, S.ARBITRATION, (*HANDLERS, COORDINATOR, SYSTEM), E.TRANSFERRED,
         types=EVERY_TYPE, when=one_hop_too_many, conflict=conflicts.moved,
         own=(AGENT,), checks=(checks.reason_given, checks.target_open),
         effect=effects.goes_to_arbitration),
    move(acts.Arbitrate, (S.ARBITRATION,), S.RECEIVED, (COORDINATOR,), E.ARBITRATED, types=EVERY_TYPE,
         checks=(checks.reason_given, checks.target_open), effect=effects.is_decided),

    # 11. Inadmissible: an adverse decision, in force once its letter has left
    move(acts.DeclareInadmissible, (S.RECEIVED, S.IN_PROGRESS), S.TO_SIGN, (SUPERVISOR,),
         E.DECLARED_INADMISSIBLE, when=signature_needed, conflict=conflicts.answered_or_spoken,
         checks=(checks.ground_tenable, checks.adverse_reply), effect=effects.decides_inadmissible),
    move(acts.DeclareInadmissible, (S.RECEIVED, S.IN_PROGRESS), S.TO_DISPATCH, (SUPERVISOR,),
         E.DECLARED_INADMISSIBLE, unless=signature_needed, conflict=conflicts.answered_or_spoken,
         checks=(checks.ground_tenable, checks.adverse_reply), effect=effects.decides_inadmissible),

    # 12, 13. Joined, withdrawn
    move(acts.ProposeJoin, JOINABLE, None, HANDLERS, E.JOIN_PROPOSED, own=(AGENT,),
         conflict=conflicts.proposed_otherwise, checks=(checks.parent_given,), effect=effects.proposes_join),
    move(acts.Join, JOINABLE, S.JOINED, (SUPERVISOR,), E.JOINED,
         checks=(checks.parent_given, checks.parent_number_given), effect=effects.joins),
    move(acts.Withdraw, OPEN, S.WITHDRAWN, (CITIZEN, CLERK, *HANDLERS, COORDINATOR), E.WITHDRAWN,
         types=EVERY_TYPE, own=(AGENT,), checks=(checks.reason_given,), effect=effects.withdraws),

    # Observations and suggestions
    move(acts.TakeIntoAccount, (S.IN_PROGRESS,), S.NOTED, HANDLERS, E.TAKEN_INTO_ACCOUNT, types=REMARK,
         own=(AGENT,), checks=(checks.text_given,), effect=effects.says),
    move(acts.File, (S.IN_PROGRESS,), S.FILED, HANDLERS, E.FILED, types=REMARK,
         own=(AGENT,), checks=(checks.reason_given,), effect=effects.gives_reason),

    # What the header says
    move(acts.Flag, ANY, None, (SUPERVISOR, COORDINATOR), E.FLAGGED, types=EVERY_TYPE,
         conflict=conflicts.flagged_otherwise, checks=(checks.reason_given, checks.names_suit),
         effect=effects.flags),
    move(acts.Correct, OPEN, None, (CLERK, *HANDLERS, COORDINATOR), E.CORRECTED, types=EVERY_TYPE,
         own=(AGENT,), conflict=conflicts.corrected_otherwise,
         checks=(checks.reason_given, checks.correction_given), effect=effects.corrects),

    # The server's own file of a letter, whatever has happened to the complaint since
    move(acts.RecordLetter, ANY, None, (SYSTEM,), E.LETTER_RECORDED, checks=(checks.letter_numbered,),
         effect=effects.keeps_letter),
)
# fmt: on

_BY_ACT: dict[type[acts.Act], tuple[Move, ...]] = {
    kind: tuple(row for row in MOVES if row.act is kind) for kind in acts.KINDS.values()
}


def moves_of(kind: type[acts.Act]) -> tuple[Move, ...]:
    """All rows of one act, in the order of the table; none for an act this build does not know."""
    return _BY_ACT.get(kind, ())
