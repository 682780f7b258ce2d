"""What a note's editor holds, and how its draft is kept: its text, or text and files as JSON. No Qt."""

import msgspec

from protocol.acts import UNREADABLE, Note
from protocol.complaint import Attachment, Document


class NoteForm(Document, frozen=True, kw_only=True):
    """Everything in the editor."""

    text: str = ""
    attachments: tuple[Attachment, ...] = ()

    @property
    def is_blank(self) -> bool:
        """Nothing worth keeping."""
        return not (self.text.strip() or self.attachments)


def read_draft(body: str) -> NoteForm:
    """The form of a draft's body; a body that is no JSON of ours is the text, never dropped."""
    if not body.startswith("{"):
        return NoteForm(text=body)
    try:
        return msgspec.json.decode(body, type=NoteForm)
    except UNREADABLE:
        return NoteForm(text=body)


def write_draft(form: NoteForm) -> str:
    """The draft's body, "" for a blank note."""
    if form.is_blank:
        return ""
    # A text that looks like our JSON must not be read as it.
    if form.attachments or form.text.startswith("{"):
        return msgspec.json.encode(form).decode()
    return form.text


def act_of(form: NoteForm) -> Note:
    """The act that adds it."""
    return Note(text=form.text.strip(), attachments=form.attachments)


def form_of(note: Note) -> NoteForm:
    """The form of a note taken back."""
    return NoteForm(text=note.text, attachments=note.attachments)
