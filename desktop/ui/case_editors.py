"""Where an answer or a note is written, after the timeline, with the draft that each one keeps."""

from datetime import datetime

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.core.errors import PersonError
from desktop.core.translation import Translation
from desktop.models.records import Draft
from desktop.ui import answer_presenter as presenter
from desktop.ui import note_presenter
from desktop.ui.answer_editor import AnswerEditor
from desktop.ui.answer_presenter import AnswerForm
from desktop.ui.case_presenter import OpenedCase
from desktop.ui.draft_keeper import Clock, DraftKeeper, UnsavedDrafts
from desktop.ui.encloser import Encloser
from desktop.ui.note_editor import NoteEditor

ANSWER, NOTE = "answer", "note"


class CaseEditors(QWidget):
    """At most one editor at a time; opening the other one keeps the first one's draft."""

    answer_asked = Signal(object, str)
    note_asked = Signal(object)
    templates_asked = Signal(str)
    preview_asked = Signal(object)
    answer_edited = Signal(object)
    changed = Signal()
    discarded = Signal(object)
    file_asked = Signal(object, str)

    def __init__(
        self, drafts: UnsavedDrafts, words: Translation, clock: Clock, encloser: Encloser | None = None
    ) -> None:
        super().__init__()
        self._encloser = encloser
        self._drafts, self._words, self._clock = drafts, words, clock
        self._keeper: DraftKeeper | None = None
        self._seen = 0
        self.answer: AnswerEditor | None = None
        self.note: NoteEditor | None = None
        self._lines = QVBoxLayout(self)
        self._lines.setContentsMargins(0, 0, 0, 0)
        self.hide()

    @property
    def kind(self) -> str:
        """ "answer", "note", or "" when nothing is being written."""
        return ANSWER if self.answer is not None else NOTE if self.note is not None else ""

    def write_answer(self, opened: OpenedCase, form: AnswerForm, caret: int = -1) -> AnswerEditor:
        """Open the answer's editor on this form."""
        self.close_editor()
        editor = AnswerEditor(self._words, self._encloser)
        self.answer = editor
        self._begin(opened, ANSWER, editor)
        editor.allow(opened.case.may)
        editor.show_form(form, caret)
        editor.edited.connect(self._on_answer_edited)
        editor.send_asked.connect(self.answer_asked)
        editor.templates_asked.connect(self.templates_asked)
        editor.preview_asked.connect(self.preview_asked)
        editor.closed.connect(self.close_editor)
        editor.discarded.connect(self.discard)
        self.changed.emit()
        return editor

    def write_note(self, opened: OpenedCase, body: str = "", caret: int = -1) -> NoteEditor:
        """Open the note's editor on the body of a draft."""
        self.close_editor()
        editor = NoteEditor(self._words, self._encloser)
        self.note = editor
        self._begin(opened, NOTE, editor)
        editor.show_form(note_presenter.read_draft(body), caret)
        editor.edited.connect(self._on_note_edited)
        editor.send_asked.connect(self.note_asked)
        editor.closed.connect(self.close_editor)
        self.changed.emit()
        return editor

    def show_saved(self, draft: Draft) -> None:
        """Say when the restored draft was saved."""
        editor = self.answer or self.note
        if editor is not None:
            editor.show_saved(draft.updated)
        self._seen = draft.seen

    def update_case(self, opened: OpenedCase) -> None:
        """News came: rights may have changed, and the thread may have moved under the draft."""
        if self.answer is None:
            return
        self.answer.allow(opened.case.may)
        if opened.case.confirmed_ver > self._seen and _others_since(opened, self._seen):
            self.answer.tell(self._words("case.answer.thread_moved"))

    def flush(self) -> None:
        """Put what is being typed into the store now."""
        if self._keeper is not None:
            self._keeper.flush()

    def settle(self) -> None:
        """What was written has been recorded: forget its draft and close."""
        if self._keeper is not None:
            self._keeper.drop()
        self._remove()

    def discard(self) -> None:
        """Throw the draft away on purpose; `discarded(AnswerForm)` so that it can be taken back."""
        form = self.answer.form() if self.answer is not None else None
        self.settle()
        if form is not None and not form.is_blank:
            self.discarded.emit(form)

    def close_editor(self) -> None:
        """Close; the draft stays in the store."""
        self.flush()
        self._remove()

    def retranslate(self) -> None:
        """The open editor in the language now; nothing typed is touched."""
        self.flush()
        editor = self.answer or self.note
        if editor is not None:
            editor.retranslate()

    def _begin(self, opened: OpenedCase, kind: str, editor: QWidget) -> None:
        self._seen = opened.case.confirmed_ver
        keeper = DraftKeeper(self._drafts, opened.document.id, kind, self._clock)
        keeper.setParent(self)
        keeper.saved.connect(self._on_saved)
        keeper.failed.connect(self._on_not_saved)
        self._keeper = keeper
        editor.files.open_asked.connect(lambda file: self.file_asked.emit(file, "open"))
        self._lines.addWidget(editor)
        self.show()

    def _on_answer_edited(self) -> None:
        editor = self.answer
        if editor is not None and self._keeper is not None:
            self.answer_edited.emit(editor)
            self._keeper.touch(lambda: (_body(editor.form()), editor.text_field.caret(), self._seen))

    def _on_note_edited(self) -> None:
        editor = self.note
        if editor is not None and self._keeper is not None:
            self._keeper.touch(
                lambda: (note_presenter.write_draft(editor.form()), editor.composer.caret(), self._seen)
            )

    def _on_saved(self, at: datetime) -> None:
        editor = self.answer or self.note
        if editor is not None and self.sender() is self._keeper:
            editor.show_saved(at)

    def _on_not_saved(self, error: PersonError) -> None:
        editor = self.answer or self.note
        if editor is not None:
            editor.show_not_saved(error)

    def _remove(self) -> None:
        editor = self.answer or self.note
        if editor is None:
            return
        if self._keeper is not None:
            self._keeper.stop()
            self._keeper.deleteLater()
        self.answer, self.note, self._keeper = None, None, None
        editor.files.end()
        self._lines.removeWidget(editor)
        editor.hide()
        editor.deleteLater()
        self.hide()
        self.changed.emit()


def _body(form: AnswerForm) -> str:
    return "" if form.is_blank else presenter.write_draft(form)


def _others_since(opened: OpenedCase, seen: int) -> bool:
    return any(event.n > seen and event.by != opened.me for event in opened.document.events)
