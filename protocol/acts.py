"""Every act a person (or `system`, or the citizen) may ask for: typed, frozen, versioned.

An act names its wire code in `kind` and its shape's version in `kv`. To find an act's whole life, follow
its class name: here its content, in rules.py when it is allowed, in desktop/core/desk.py who asks for it.
"""

from datetime import date, datetime
from typing import ClassVar

import msgspec

from protocol.complaint import Attachment, Channel, Place, Reply


class Act(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Content of an act; the envelope around it says who, when and on which version."""

    kind: ClassVar[str]
    kv: ClassVar[int] = 1


class Assign(Act, frozen=True, kw_only=True):
    """Give to `assignee`; `previous` is who had it on the author's screen ("" for nobody)."""

    kind = "assign"
    assignee: str
    previous: str = ""
    note: str = ""


class Decline(Act, frozen=True, kw_only=True):
    """The assignee hands the complaint back to the unit's queue."""

    kind = "decline"
    reason: str


class Open(Act, frozen=True, kw_only=True):
    """The assignee starts working; records that it was read."""

    kind = "open"


class Note(Act, frozen=True, kw_only=True):
    """An internal remark, never shown to the citizen."""

    kind = "note"
    text: str
    attachments: tuple[Attachment, ...] = ()


class AskComplement(Act, frozen=True, kw_only=True):
    """Ask the citizen once, as one list, with a limit date; `override` carries a supervisor's reason."""

    kind = "ask_complement"
    items: tuple[str, ...]
    limit: date
    override: str = ""


class GiveComplement(Act, frozen=True, kw_only=True):
    """The citizen answers a complement request."""

    kind = "give_complement"
    text: str
    attachments: tuple[Attachment, ...] = ()


class ExpireComplement(Act, frozen=True, kw_only=True):
    """The limit date of the complement request has passed (by `system`)."""

    kind = "expire_complement"


class Write(Act, frozen=True, kw_only=True):
    """The citizen adds a message of his own accord."""

    kind = "write"
    text: str
    attachments: tuple[Attachment, ...] = ()


class RequestElements(Act, frozen=True, kw_only=True):
    """Ask another service for elements of the answer, by its own due date."""

    kind = "request_elements"
    unit: str
    text: str
    due: date


class ReceiveElements(Act, frozen=True, kw_only=True):
    """The other service's elements have come, or are no longer expected."""

    kind = "receive_elements"
    text: str
    attachments: tuple[Attachment, ...] = ()


class Submit(Act, frozen=True, kw_only=True):
    """Hand a drafted answer to validation (chains `validate` and `validate_and_sign`)."""

    kind = "submit"
    reply: Reply


class Answer(Act, frozen=True, kw_only=True):
    """Chain `direct`: an agent with the signing right answers; `channel` is how it leaves."""

    kind = "answer"
    reply: Reply
    channel: str = Channel.PORTAL


class Validate(Act, frozen=True, kw_only=True):
    """The head of service accepts the drafted answer."""

    kind = "validate"
    comment: str = ""


class Return(Act, frozen=True, kw_only=True):
    """The head of service sends the draft back with a comment."""

    kind = "return"
    comment: str


class Sign(Act, frozen=True, kw_only=True):
    """The signatory signs; the server reserves the outgoing number."""

    kind = "sign"
    delegation: str = ""


class RefuseSignature(Act, frozen=True, kw_only=True):
    """The signatory sends the answer back with a comment."""

    kind = "refuse_signature"
    comment: str


class Dispatch(Act, frozen=True, kw_only=True):
    """The signed answer left; `number` is compulsory for registered mail."""

    kind = "dispatch"
    channel: str
    on: date
    number: str = ""


class ReportUndelivered(Act, frozen=True, kw_only=True):
    """The letter came back; another channel is to be tried."""

    kind = "report_undelivered"
    reason: str
    on: date


class SendInterim(Act, frozen=True, kw_only=True):
    """A reply that gives the reason of the delay and an expected date; it stops no clock."""

    kind = "send_interim"
    text: str
    expected: date


class Transfer(Act, frozen=True, kw_only=True):
    """Move to another administration; `from_administration`/`from_unit` are what the author saw."""

    kind = "transfer"
    administration: str
    unit: str = ""
    from_administration: str
    from_unit: str = ""
    reason: str


class Arbitrate(Act, frozen=True, kw_only=True):
    """National coordination decides which administration handles the complaint."""

    kind = "arbitrate"
    administration: str
    unit: str = ""
    reason: str


class DeclareInadmissible(Act, frozen=True, kw_only=True):
    """An adverse decision from the closed list, with reasons of law and fact (DOMAIN §4)."""

    kind = "declare_inadmissible"
    ground: str
    reply: Reply


class ProposeJoin(Act, frozen=True, kw_only=True):
    """An agent proposes that this duplicates the complaint `parent` (its id)."""

    kind = "propose_join"
    parent: str
    reason: str = ""


class Join(Act, frozen=True, kw_only=True):
    """A supervisor confirms the duplicate."""

    kind = "join"
    parent: str
    parent_number: str


class Withdraw(Act, frozen=True, kw_only=True):
    """The citizen's request to withdraw, recorded."""

    kind = "withdraw"
    reason: str


class Close(Act, frozen=True, kw_only=True):
    """The reopening window is over, or the citizen is satisfied."""

    kind = "close"
    reason: str


class Reopen(Act, frozen=True, kw_only=True):
    """By the citizen inside window and count, or by a supervisor."""

    kind = "reopen"
    reason: str


class Rate(Act, frozen=True, kw_only=True):
    """The citizen's satisfaction, once per answer."""

    kind = "rate"
    satisfied: bool
    reason: str = ""
    comment: str = ""


class KeepCommitment(Act, frozen=True, kw_only=True):
    """A promise made in an answer has been kept."""

    kind = "keep_commitment"
    commitment: str
    on: date
    text: str = ""


class TakeIntoAccount(Act, frozen=True, kw_only=True):
    """An observation or a suggestion is taken into account."""

    kind = "take_into_account"
    text: str


class File(Act, frozen=True, kw_only=True):
    """An observation or a suggestion is filed without further action."""

    kind = "file"
    reason: str


class Flag(Act, frozen=True, kw_only=True):
    """Set or clear `urgent`, or class the complaint confidential for the `named` persons."""

    kind = "flag"
    reason: str
    urgent: bool | None = None
    confidential: bool | None = None
    named: tuple[str, ...] = ()


class Correct(Act, frozen=True, kw_only=True):
    """Rectify place or theme after reading the text; old values stay in history."""

    kind = "correct"
    reason: str
    theme: str = ""
    place: Place | None = None


class RecordLetter(Act, frozen=True, kw_only=True):
    """The file of record of a letter is there (by `system`): `act` made the answer ready under `number`."""

    kind = "record_letter"
    act: str
    number: str
    file: Attachment


KINDS: dict[tuple[str, int], type[Act]] = {
    (cls.kind, cls.kv): cls
    for cls in (
        Assign, Decline, Open, Note, AskComplement, GiveComplement, ExpireComplement, Write,
        RequestElements, ReceiveElements, Submit, Answer, Validate, Return, Sign, RefuseSignature,
        Dispatch, ReportUndelivered, SendInterim, Transfer, Arbitrate, DeclareInadmissible,
        ProposeJoin, Join, Withdraw, Close, Reopen, Rate, KeepCommitment, TakeIntoAccount, File,
        Flag, Correct, RecordLetter,
    )
}  # fmt: skip
"""Every (kind, kv) this build can read."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """An act with its envelope, as both sides reason about it.

    `seen` is the version the author looked at; `prev` this device's latest unsettled act on the same
    complaint, or None; `at` is the author's clock (aware UTC) and decides nothing on the server.
    """

    id: str
    complaint: str
    seen: int
    at: datetime
    act: Act
    n: int = 0
    prev: str | None = None
    skew_ms: int = 0


def files_of(act: Act) -> tuple[Attachment, ...]:
    """Files that the act carries: its own, or its answer's."""
    reply = getattr(act, "reply", None)
    return reply.attachments if reply is not None else getattr(act, "attachments", ())


def with_files(act: Act, files: tuple[Attachment, ...]) -> Act:
    """The same act with these files in place of its own."""
    reply = getattr(act, "reply", None)
    if reply is not None:
        return msgspec.structs.replace(act, reply=msgspec.structs.replace(reply, attachments=files))
    return msgspec.structs.replace(act, attachments=files)


UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""All that decoding foreign bytes may raise: wrong shape or syntax, not UTF-8, nested without end."""


class UnknownAct(ValueError):
    """The (kind, kv) is not of this build, or its content does not have that shape."""


def read_act(kind: str, kv: int, args: bytes) -> Act:
    """Decode the JSON `args` of an act; raises UnknownAct."""
    shape = KINDS.get((kind, kv))
    if shape is None:
        raise UnknownAct(f"{kind}/{kv}")
    try:
        return msgspec.json.decode(args, type=shape)
    except UNREADABLE as error:
        raise UnknownAct(f"{kind}/{kv}: {error}") from error


def write_act(act: Act) -> bytes:
    """Encode the content of an act as UTF-8 JSON, never ASCII-escaped."""
    return msgspec.json.encode(act)
