"""Conditions on what was typed, each with its refusal; moves.py names them by row."""

from collections.abc import Iterator
from typing import Any

import msgspec

from protocol import acts, history
from protocol.blanks import unfilled
from protocol.case import Case, Check
from protocol.complaint import SENT_BY_SYSTEM, Channel, Inadmissibility, Nature, Reply
from protocol.deadlines import civil_date
from protocol.refusals import Refusal
from protocol.scope import known_person, sees, unit_with, works_in
from protocol.settings import COORDINATION, Role, Staff
from protocol.text import clean_text
from protocol.wire import MAX_FILE, MAX_FILES, MAX_TEXT


def cleaned(value: Any) -> Any:
    """The same content with every text as it may be stored: NFC, no control, no bidi override."""
    if isinstance(value, str):
        return clean_text(value) if not value.isascii() or not value.isprintable() else value
    if isinstance(value, tuple):
        return tuple(cleaned(part) for part in value)
    if isinstance(value, msgspec.Struct):
        return type(value)(**{f: cleaned(getattr(value, f)) for f in value.__struct_fields__})
    return value


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from _strings(part)
    elif isinstance(value, msgspec.Struct):
        for field in value.__struct_fields__:
            yield from _strings(getattr(value, field))


def size(_: Case, act: acts.Act) -> Refusal | None:
    """No text above the limit of the wire, no more and no larger files than allowed; for every act."""
    if any(len(text) > MAX_TEXT for text in _strings(act)):
        return Refusal.TEXT_TOO_LONG
    files = acts.files_of(act)
    if len(files) > MAX_FILES:
        return Refusal.TOO_MANY_FILES
    return Refusal.FILE_TOO_LARGE if any(file.size > MAX_FILE for file in files) else None


def text_given(_: Case, act: Any) -> Refusal | None:
    """Something is said in `text`."""
    return None if act.text.strip() else Refusal.TEXT_MISSING


def text_or_file_given(case: Case, act: Any) -> Refusal | None:
    """Something is said, or a file is attached."""
    return None if act.attachments else text_given(case, act)


def reason_given(_: Case, act: Any) -> Refusal | None:
    """The reason of the act is written."""
    return None if act.reason.strip() else Refusal.TEXT_MISSING


def comment_given(_: Case, act: acts.Return | acts.RefuseSignature) -> Refusal | None:
    """The drafter is told what is wrong."""
    return None if act.comment.strip() else Refusal.TEXT_MISSING


def assignee_able(case: Case, act: acts.Assign) -> Refusal | None:
    """The assignee works in this unit, is present, may see it, and is another one after a reopening."""
    document, person = case.document, known_person(act.assignee, case.actor, case.settings)
    if act.assignee and act.assignee == document.against:
        return Refusal.PERSON_COMPLAINED_OF
    if person is None:
        return Refusal.NOT_IN_UNIT
    there = msgspec.structs.replace(document, unit=unit_with(document, person, case.today))
    if works_in(there, person, case.today).isdisjoint({"", there.unit}):
        return Refusal.NOT_IN_UNIT
    if not sees(there, person, case.today):
        return Refusal.NOT_NAMED if document.confidential else Refusal.NOT_IN_UNIT
    if _absent(person, case):
        return Refusal.ASSIGNEE_ABSENT
    again = document.reopenings > 0 and document.first_author == act.assignee
    return Refusal.SAME_PERSON if again else None


def agent_takes_for_himself(case: Case, act: acts.Assign) -> Refusal | None:
    """Only supervisors (and a confirmed routing) give work to others."""
    if case.acts_as(Role.SUPERVISOR, Role.SYSTEM) or act.assignee == case.actor.id:
        return None
    return Refusal.NOT_ALLOWED


def _absent(person: Staff, case: Case) -> bool:
    left, back = person.absent_from, person.absent_until
    return left is not None and left <= case.today and (back is None or case.today <= back)


def complement_request(case: Case, act: acts.AskComplement) -> Refusal | None:
    """A list of things, a limit still ahead, and the supervisor's reason when it is the second time."""
    if not act.items or not all(item.strip() for item in act.items):
        return Refusal.TEXT_MISSING
    if act.limit <= case.today:
        return Refusal.LIMIT_PAST
    again = history.complement_was_asked(case.document) and not act.override.strip()
    return Refusal.COMPLEMENT_ALREADY_ASKED if again else None


def elements_request(case: Case, act: acts.RequestElements) -> Refusal | None:
    """Another service of the register, and a due date still ahead."""
    if act.unit not in case.settings.units or act.unit == case.document.unit:
        return Refusal.BAD_TARGET
    return Refusal.LIMIT_PAST if act.due <= case.today else None


def interim_date(case: Case, act: acts.SendInterim) -> Refusal | None:
    """The expected date of the answer is still ahead."""
    return Refusal.LIMIT_PAST if act.expected <= case.today else None


def reply_complete(case: Case, act: acts.Answer | acts.Submit) -> Refusal | None:
    """Nature chosen, text written, every point answered, reasons of law and of fact when unfavourable."""
    if act.reply.nature == Nature.INADMISSIBLE:
        return Refusal.INADMISSIBLE_INSTEAD
    return _reply(case, act.reply, reasoned=act.reply.nature == Nature.UNFAVOURABLE)


def _reply(case: Case, reply: Reply, *, reasoned: bool) -> Refusal | None:
    if reply.nature not in set(Nature):
        return Refusal.NATURE_MISSING
    if not reply.text.strip():
        return Refusal.TEXT_MISSING
    if unfilled(reply):
        return Refusal.FIELDS_UNFILLED
    if reasoned and not (reply.reasons_of_law.strip() and reply.reasons_of_fact.strip()):
        return Refusal.REASONS_MISSING
    if not all(point.answer.strip() for point in reply.points):
        return Refusal.POINTS_UNANSWERED
    if not all(promise.text.strip() for promise in reply.commitments):
        return Refusal.TEXT_MISSING
    return Refusal.LIMIT_PAST if any(p.due < case.today for p in reply.commitments) else None


def channel_open(case: Case, act: acts.Answer | acts.Dispatch) -> Refusal | None:
    """A channel answers leave by, and on which this citizen can be reached."""
    if act.channel not in history.OUTGOING:
        return Refusal.CHANNEL_MISSING
    person = case.document.person
    needed = {Channel.EMAIL: person.email, Channel.SMS: person.phone}.get(Channel(act.channel), "-")
    return None if needed else Refusal.CHANNEL_UNREACHABLE


def dispatch_recorded(case: Case, act: acts.Dispatch) -> Refusal | None:
    """Registered mail has its number; the date lies between signature and today; the system sends its own."""
    if case.acts_as(Role.SYSTEM) and act.channel not in SENT_BY_SYSTEM:
        return Refusal.NOT_ALLOWED
    if act.channel == Channel.REGISTERED_MAIL and not act.number.strip():
        return Refusal.NUMBER_MISSING
    signed = history.last(case.document, *history.MADE_READY)
    earliest = civil_date(signed.at) if signed is not None else case.document.received_on
    return None if earliest <= act.on <= case.today else Refusal.BAD_DATE


def returned_on(case: Case, act: acts.ReportUndelivered) -> Refusal | None:
    """The letter came back between its sending and today."""
    sent = case.document.answered_on
    return None if (sent is None or sent <= act.on) and act.on <= case.today else Refusal.BAD_DATE


def target_open(case: Case, act: acts.Transfer | acts.Arbitrate) -> Refusal | None:
    """An operational administration (or national coordination), one of its units, elsewhere than here."""
    document, book = case.document, case.settings
    elsewhere = act.administration != document.administration
    if elsewhere and act.administration != COORDINATION and act.administration not in book.operational:
        return Refusal.BAD_TARGET
    if act.unit and book.units.get(act.unit) != act.administration:
        return Refusal.BAD_TARGET
    return None if elsewhere or act.unit != document.unit else Refusal.BAD_TARGET


def ground_tenable(case: Case, act: acts.DeclareInadmissible) -> Refusal | None:
    """A ground of the closed list, none that calls for another act, both reasons (DOMAIN §4)."""
    other_act = {
        Inadmissibility.NOT_COMPETENT: Refusal.TRANSFER_INSTEAD,
        Inadmissibility.DUPLICATE: Refusal.JOIN_INSTEAD,
    }
    if act.ground not in set(Inadmissibility):
        return Refusal.GROUND_MISSING
    ground = Inadmissibility(act.ground)
    if ground in other_act:
        return other_act[ground]
    if ground in (Inadmissibility.WRONG_FORM, Inadmissibility.UNCLEAR):
        return None if history.complement_reached(case.document) else Refusal.COMPLEMENT_FIRST
    if ground == Inadmissibility.ANONYMOUS and case.settings.anonymous_allowed:
        return Refusal.GROUND_NOT_ALLOWED
    private = ground == Inadmissibility.PRIVATE_DISPUTE
    return Refusal.GROUND_NOT_ALLOWED if private and not case.settings.private_dispute_inadmissible else None


def adverse_reply(case: Case, act: acts.DeclareInadmissible) -> Refusal | None:
    """The decision's letter: its nature, and reasons of law and of fact."""
    if act.reply.nature != Nature.INADMISSIBLE:
        return Refusal.NATURE_MISSING
    return _reply(case, act.reply, reasoned=True)


def parent_given(case: Case, act: acts.ProposeJoin | acts.Join) -> Refusal | None:
    """Another complaint to join."""
    return Refusal.BAD_TARGET if act.parent in ("", case.document.id) else None


def parent_number_given(_: Case, act: acts.Join) -> Refusal | None:
    """The number the citizen is told."""
    return None if act.parent_number.strip() else Refusal.NUMBER_MISSING


def dissatisfaction_explained(_: Case, act: acts.Rate) -> Refusal | None:
    """A reason when not satisfied."""
    return None if act.satisfied or act.reason.strip() else Refusal.TEXT_MISSING


def commitment_known(case: Case, act: acts.KeepCommitment) -> Refusal | None:
    """A promise of this complaint, kept on a day that has come."""
    if act.commitment not in {promise.id for promise in case.document.commitments}:
        return Refusal.COMMITMENT_UNKNOWN
    return Refusal.BAD_DATE if act.on > case.today else None


def names_suit(case: Case, act: acts.Flag) -> Refusal | None:
    """A confidential complaint has named readers: its assignee, never the person complained of."""
    document = case.document
    if not act.confidential:
        return None
    if not act.named:
        return Refusal.NAMES_MISSING
    if document.against and document.against in act.named:
        return Refusal.PERSON_COMPLAINED_OF
    flagged = msgspec.structs.replace(document, confidential=True, named=act.named)
    for user in act.named:
        person = known_person(user, case.actor, case.settings)
        if person is None or not sees(flagged, person, case.today):
            return Refusal.NOT_IN_UNIT
    return None if document.assignee in ("", *act.named) else Refusal.NOT_NAMED


def correction_given(_: Case, act: acts.Correct) -> Refusal | None:
    """A theme or a place."""
    return None if act.theme or act.place is not None else Refusal.TEXT_MISSING


def letter_numbered(case: Case, act: acts.RecordLetter) -> Refusal | None:
    """A letter of this complaint, under the outgoing number its act was given."""
    ready = history.made_ready(case.document, act.act)
    return None if act.act and ready is not None and ready.number == act.number else Refusal.BAD_TARGET


CHECKS_OF_EVERY_ACT: tuple[Check, ...] = (size,)
