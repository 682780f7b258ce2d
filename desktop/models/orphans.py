"""Unsent text on complaints that left this PC: it lies in the tray, to be read, copied or thrown away.

A complaint leaves by a transfer, a change of grants or the archive; what was being written on it stays.
"""

import msgspec

from desktop.models import cache
from desktop.models.drafts import Drafts
from desktop.models.local_file import LocalFile
from desktop.models.records import Draft, ReturnedAct
from protocol.acts import UNREADABLE, Act, Answer, Note
from protocol.complaint import Attachment, Language, Point, Reply
from protocol.refusals import Refusal

_ID = "draft"
_ANSWER = "answer"
_EDIT = "returned-"
"""Drafts of that kind are edits of a refused act, which has its own place in the tray."""


class _Form(msgspec.Struct, frozen=True):
    """What the body of an answer's draft holds, as far as it is told here."""

    nature: str = ""
    text: str = ""
    language: str = Language.ARABIC
    reasons_of_law: str = ""
    reasons_of_fact: str = ""
    french_only_reason: str = ""
    points: tuple[Point, ...] = ()
    attachments: tuple[Attachment, ...] = ()


class _Remark(msgspec.Struct, frozen=True):
    """What the body of a note's draft holds when it carries files; without, it is the text itself."""

    text: str = ""
    attachments: tuple[Attachment, ...] = ()


def every(drafts: Drafts, cached: LocalFile) -> tuple[ReturnedAct, ...]:
    """Drafts whose complaint is not here, newest first; none before everything has been fetched once."""
    if not drafts.complaints():
        return ()
    with cached.reading() as connection:
        if not cache.position(connection).snap_done:
            return ()
        here = cache.held(connection, drafts.complaints())
    gone = drafts.complaints() - here.keys()
    if not gone:
        return ()
    return tuple(
        _as_returned(draft)
        for draft in drafts.every()
        if draft.complaint in gone and not draft.kind.startswith(_EDIT)
    )


def named(returned_id: str) -> tuple[str, str] | None:
    """Complaint and kind of the draft shown under this id; None for a refused act."""
    mark, _, rest = returned_id.partition("/")
    complaint, _, kind = rest.partition("/")
    return (complaint, kind) if mark == _ID else None


def _as_returned(draft: Draft) -> ReturnedAct:
    return ReturnedAct(
        id=f"{_ID}/{draft.complaint}/{draft.kind}",
        complaint=draft.complaint,
        act=_act(draft),
        code=Refusal.OUT_OF_SCOPE,
        at=draft.updated,
        typed_at=draft.updated,
        theirs=None,
        seen=draft.seen,
    )


def _act(draft: Draft) -> Act:
    if draft.kind != _ANSWER:
        return _note(draft.body)
    try:
        form = msgspec.json.decode(draft.body, type=_Form)
    except UNREADABLE:
        form = _Form(text=draft.body)
    return Answer(reply=Reply(**msgspec.structs.asdict(form)))


def _note(body: str) -> Note:
    try:
        remark = msgspec.json.decode(body, type=_Remark) if body.startswith("{") else _Remark(text=body)
    except UNREADABLE:
        remark = _Remark(text=body)
    return Note(text=remark.text, attachments=remark.attachments)
