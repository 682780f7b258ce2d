"""What an allowed act changes in the header, and the fact it leaves in the history.

The status, `ver` and the event's kind, author and dates come from the table; nothing here moves `due`.
"""

from datetime import timedelta

import msgspec

from protocol import acts, history
from protocol.case import Case, Outcome
from protocol.complaint import Commitment, Event, Reply, Status
from protocol.scope import known_person, unit_with
from protocol.settings import COORDINATION

_with = msgspec.structs.replace


def says(case: Case, act: acts.Note | acts.Write | acts.TakeIntoAccount, event: Event) -> Outcome:
    """A text, with its files if any."""
    return Outcome(case.document, _with(event, text=act.text, attachments=getattr(act, "attachments", ())))


def gives_reason(case: Case, act: acts.Close | acts.File, event: Event) -> Outcome:
    """A reason, and nothing but the status changes."""
    return Outcome(case.document, _with(event, reason=act.reason))


def reads(case: Case, _: acts.Open, event: Event) -> Outcome:
    """The assignee has it before his eyes."""
    return Outcome(case.document, event)


def gives(case: Case, act: acts.Assign, event: Event) -> Outcome:
    """Hand over; a complaint of no unit yet joins the assignee's only unit."""
    document = case.document
    person = known_person(act.assignee, case.actor, case.settings)
    unit = document.unit if person is None else unit_with(document, person, case.today)
    joined = unit != document.unit
    header = _with(
        document,
        assignee=act.assignee,
        unit=unit,
        unit_since=case.now if joined else document.unit_since,
    )
    fact = _with(event, assignee=act.assignee, previous=document.assignee, text=act.note)
    return Outcome(header, _with(fact, unit=unit) if joined else fact)


def declines(case: Case, act: acts.Decline, event: Event) -> Outcome:
    """Back to the unit's queue."""
    fact = _with(event, previous=case.document.assignee, reason=act.reason)
    return Outcome(_with(case.document, assignee=""), fact)


def asks_complement(case: Case, act: acts.AskComplement, event: Event) -> Outcome:
    """One list, one limit date."""
    fact = _with(event, items=act.items, limit=act.limit, reason=act.override)
    return Outcome(_with(case.document, complement_limit=act.limit), fact)


def receives_complement(case: Case, act: acts.GiveComplement, event: Event) -> Outcome:
    """The citizen's complement has come."""
    fact = _with(event, text=act.text, attachments=act.attachments)
    return Outcome(_with(case.document, complement_limit=None), fact)


def gives_up_complement(case: Case, _: acts.ExpireComplement, event: Event) -> Outcome:
    """The limit has passed."""
    fact = _with(event, limit=case.document.complement_limit)
    return Outcome(_with(case.document, complement_limit=None), fact)


def requests_elements(case: Case, act: acts.RequestElements, event: Event) -> Outcome:
    """Another service is asked, by its own due date."""
    fact = _with(event, unit=act.unit, text=act.text, limit=act.due)
    return Outcome(_with(case.document, elements_due=act.due), fact)


def receives_elements(case: Case, act: acts.ReceiveElements, event: Event) -> Outcome:
    """The elements are in the file."""
    fact = _with(event, text=act.text, attachments=act.attachments)
    return Outcome(_with(case.document, elements_due=None), fact)


def _replies(event: Event, reply: Reply) -> Event:
    return _with(event, reply=reply, attachments=reply.attachments)


def drafts(case: Case, act: acts.Submit, event: Event) -> Outcome:
    """The draft waits for validation."""
    return Outcome(_with(case.document, pending=act.reply, drafter=case.actor.id), _replies(event, act.reply))


def answers(case: Case, act: acts.Answer, event: Event) -> Outcome:
    """The agent's own signature: the answer only has to leave."""
    header = _with(case.document, pending=act.reply, drafter=case.actor.id)
    return Outcome(header, _with(_replies(event, act.reply), channel=act.channel))


def decides_inadmissible(case: Case, act: acts.DeclareInadmissible, event: Event) -> Outcome:
    """The adverse decision waits for signature or sending, like any letter."""
    header = _with(case.document, pending=act.reply, drafter=case.actor.id)
    return Outcome(header, _with(_replies(event, act.reply), other=act.ground))


def validates(case: Case, act: acts.Validate, event: Event) -> Outcome:
    """The draft stands."""
    return Outcome(case.document, _with(event, text=act.comment))


def sends_back(case: Case, act: acts.Return | acts.RefuseSignature, event: Event) -> Outcome:
    """The draft goes back to whoever has the complaint, else to its author; text kept, one return more."""
    document = case.document
    header = _with(document, returns=document.returns + 1, assignee=document.assignee or document.drafter)
    return Outcome(header, _with(event, reason=act.comment))


def signs(case: Case, act: acts.Sign, event: Event) -> Outcome:
    """Signed; the server gives the outgoing number."""
    return Outcome(case.document, _with(event, other=act.delegation))


def sends(case: Case, act: acts.Dispatch, event: Event) -> Outcome:
    """The answer has left: this date stops the sixty days and opens the reopening window (DOMAIN §3, 7b)."""
    document = case.document
    known = {commitment.id for commitment in document.commitments}
    promises: tuple[Commitment, ...] = document.pending.commitments if document.pending else ()
    promises = tuple(promise for promise in promises if promise.id not in known)
    header = _with(
        document,
        answered_on=act.on,
        reopen_until=act.on + timedelta(days=case.settings.reopening_days),
        first_author=document.first_author or document.drafter,
        commitments=document.commitments + promises,
        pending=None,
    )
    return Outcome(header, _with(event, channel=act.channel, on=act.on, number=act.number))


def takes_back(case: Case, act: acts.ReportUndelivered, event: Event) -> Outcome:
    """Nobody was notified: the letter waits again for another channel, and the sixty days run on."""
    header = _with(
        case.document, answered_on=None, reopen_until=None, pending=history.sent_reply(case.document)
    )
    return Outcome(header, _with(event, reason=act.reason, on=act.on))


def notes_return(case: Case, act: acts.ReportUndelivered, event: Event) -> Outcome:
    """The decision stands; its letter is to be sent another way."""
    return Outcome(case.document, _with(event, reason=act.reason, on=act.on))


def sends_again(case: Case, act: acts.Dispatch, event: Event) -> Outcome:
    """Another channel for a decision that came back: the window counts from the new date."""
    until = act.on + timedelta(days=case.settings.reopening_days)
    header = _with(case.document, answered_on=act.on, reopen_until=until)
    return Outcome(header, _with(event, channel=act.channel, on=act.on, number=act.number))


def sends_interim(case: Case, act: acts.SendInterim, event: Event) -> Outcome:
    """The citizen knows why and until when; no clock stops."""
    return Outcome(_with(case.document, interim_sent=True), _with(event, text=act.text, limit=act.expected))


def is_hop(case: Case, act: acts.Transfer) -> bool:
    """Whether a transfer counts: between administrations, and not the relay out of coordination's triage."""
    document = case.document
    relay = document.administration == COORDINATION and document.status == Status.RECEIVED
    return act.administration != document.administration and not relay


def transfers(case: Case, act: acts.Transfer, event: Event) -> Outcome:
    """Move house: work in hand stays in history, the citizen's clock runs on, a hop more between houses."""
    return _moves(case, event, act, hops=case.document.hops + is_hop(case, act))


def _moves(case: Case, event: Event, act: acts.Transfer | acts.Arbitrate, *, hops: int) -> Outcome:
    document = case.document
    header = _with(
        document,
        administration=act.administration,
        unit=act.unit,
        unit_since=case.now,
        assignee="",
        hops=hops,
        named=(),
        pending=None,
        drafter="",
        complement_limit=None,
        elements_due=None,
        join_proposed="",
    )
    fact = _with(
        event,
        administration=act.administration,
        unit=act.unit,
        from_administration=document.administration,
        from_unit=document.unit,
        previous=document.assignee,
        reason=act.reason,
    )
    return Outcome(header, fact)


def goes_to_arbitration(case: Case, act: acts.Transfer, event: Event) -> Outcome:
    """One transfer too many: national coordination decides; `other` keeps where the author wanted it."""
    to_coordination = _with(act, administration=COORDINATION, unit="")
    moved = _moves(case, event, to_coordination, hops=case.document.hops + 1)
    return Outcome(moved.document, _with(moved.event, other=act.administration))


def is_decided(case: Case, act: acts.Arbitrate, event: Event) -> Outcome:
    """National coordination has decided who answers."""
    return _moves(case, event, act, hops=case.document.hops)


def proposes_join(case: Case, act: acts.ProposeJoin, event: Event) -> Outcome:
    """A supervisor will confirm or not."""
    return Outcome(
        _with(case.document, join_proposed=act.parent), _with(event, other=act.parent, reason=act.reason)
    )


def joins(case: Case, act: acts.Join, event: Event) -> Outcome:
    """Handled with its parent; it keeps its own due date."""
    header = _with(
        case.document, parent=act.parent, join_proposed="", complement_limit=None, elements_due=None
    )
    return Outcome(header, _with(event, other=act.parent, number=act.parent_number))


def withdraws(case: Case, act: acts.Withdraw, event: Event) -> Outcome:
    """The citizen gives it up."""
    header = _with(case.document, pending=None, complement_limit=None, elements_due=None)
    return Outcome(header, _with(event, reason=act.reason))


def reopens(case: Case, act: acts.Reopen, event: Event) -> Outcome:
    """Back at the top of the pile, for another handler; the due date stays what it was."""
    document = case.document
    header = _with(
        document,
        assignee="",
        urgent=True,
        reopenings=document.reopenings + 1,
        reopen_until=None,
        parent="",
        drafter="",
    )
    return Outcome(header, _with(event, reason=act.reason, previous=document.assignee))


def rates(case: Case, act: acts.Rate, event: Event) -> Outcome:
    """The citizen's judgement of the answer."""
    fact = _with(event, satisfied=act.satisfied, reason=act.reason, text=act.comment)
    return Outcome(case.document, fact)


def keeps_commitment(case: Case, act: acts.KeepCommitment, event: Event) -> Outcome:
    """The promise is done."""
    promises = tuple(
        _with(p, kept_on=act.on) if p.id == act.commitment else p for p in case.document.commitments
    )
    fact = _with(event, other=act.commitment, on=act.on, text=act.text)
    return Outcome(_with(case.document, commitments=promises), fact)


def flags(case: Case, act: acts.Flag, event: Event) -> Outcome:
    """Set what was given, leave the rest; `items` names what was set."""
    document, items = case.document, []
    if act.urgent is not None:
        document = _with(document, urgent=act.urgent)
        items.append("urgent" if act.urgent else "not_urgent")
    if act.confidential is not None:
        named = act.named if act.confidential else ()
        document = _with(document, confidential=act.confidential, named=named)
        items.append("confidential" if act.confidential else "not_confidential")
    return Outcome(document, _with(event, reason=act.reason, items=tuple(items)))


def corrects(case: Case, act: acts.Correct, event: Event) -> Outcome:
    """Rectify theme or place; `items` keeps what was there before."""
    document, items = case.document, []
    if act.theme and act.theme != document.theme:
        items.append(f"theme={document.theme}")
        document = _with(document, theme=act.theme)
    if act.place is not None and act.place != document.place:
        old = document.place
        items.append(f"place={old.region}/{old.province}/{old.commune}/{old.detail}")
        document = _with(document, place=act.place)
    return Outcome(document, _with(event, reason=act.reason, items=tuple(items)))


def keeps_letter(case: Case, act: acts.RecordLetter, event: Event) -> Outcome:
    """The file of record joins the history; nothing else moves."""
    return Outcome(case.document, _with(event, number=act.number, other=act.act, attachments=(act.file,)))
