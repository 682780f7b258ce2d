"""What the bar, editors and dialogs of the complaint pane ask for, made into acts of the opened complaint.

Nothing typed is given up before its act is recorded: a refusal finds the words where they were.
"""

from PySide6.QtCore import QObject

from desktop.core.errors import PersonError
from desktop.models.records import Draft
from desktop.ui import answer_presenter as presenter
from desktop.ui import note_presenter
from desktop.ui.answer_editor import AnswerEditor
from desktop.ui.answer_presenter import AnswerForm
from desktop.ui.case_actions import may_write_answer
from desktop.ui.case_conductor import HeldAnswer
from desktop.ui.case_presenter import OpenedCase, template_values
from desktop.ui.note_presenter import NoteForm
from protocol import acts


class CaseActs(QObject):
    """Acts of one pane: it reads what is open there, and writes only through its conductor."""

    def __init__(self, pane: object) -> None:
        super().__init__(pane)
        self._pane, self._words = pane, pane.words
        self._editors, self._dialogs = pane.editors, pane.dialogs
        self._conductor, self._bar = pane.conductor, pane.undo_bar
        pane.bar.triggered.connect(self._on_triggered)
        self._editors.answer_asked.connect(self._on_answer_asked)
        self._editors.note_asked.connect(self._on_note_asked)
        self._editors.templates_asked.connect(self._on_templates_asked)
        self._editors.discarded.connect(self._on_discarded)
        self._editors.preview_asked.connect(self._on_preview_asked)
        self._editors.answer_edited.connect(self._on_answer_edited)
        self._editors.changed.connect(self._on_editors_changed)
        self._conductor.given_back.connect(self._on_given_back)
        self._conductor.taken_back.connect(self._on_taken_back)
        self._dialogs.asked.connect(self._on_dialog_asked)

    def _on_triggered(self, code: str) -> None:
        opened = self._pane.opened
        if opened is None:
            return
        if code == "answer":
            self._answer(opened)
        elif code == "note":
            draft = opened.case.drafts.get("note")
            editor = self._editors.note or self._editors.write_note(
                opened, draft.body if draft else "", draft.cursor if draft else -1
            )
            self._pane.reveal(editor, editor.composer)
        elif code == "letter":
            self._pane.letters.show_letter(opened.document)
        elif code == "receipt":
            self._pane.letters.ask_receipt(opened.document)
        elif code == "open":
            self._ask(acts.Open())
        elif code == "assign" and not opened.document.assignee:
            self._ask(acts.Assign(assignee=opened.me, previous=""))
        else:
            self._dialogs.show_dialog(code, opened)

    def _answer(self, opened: OpenedCase) -> None:
        held = self._conductor.held
        if held is not None and held.complaint == self._pane.complaint:
            self._bar.undo()
        elif self._editors.answer is not None:
            self._pane.reveal(self._editors.answer, self._editors.answer.text_field)
        else:
            self._begin_answer()

    def _begin_answer(self) -> None:
        opened = self._pane.opened
        if opened is None or may_write_answer(opened.case) is not None:
            return
        draft = opened.case.drafts.get("answer")
        form = presenter.read_draft(draft.body) if draft else self._first_form(opened)
        editor = self._editors.write_answer(opened, form, draft.cursor if draft else -1)
        if draft is not None:
            self._editors.show_saved(draft)
        self._pane.reveal(editor, editor.field("nature").control if draft is None else editor.text_field)

    def _first_form(self, opened: OpenedCase) -> AnswerForm:
        preferences = getattr(self._pane.settings, "preferences", None)
        language = "ar" if preferences is None else preferences.reply_language
        return presenter.first_form(opened.document, language)

    def _ask(self, act: acts.Act) -> None:
        opened = self._pane.opened
        assert opened is not None
        self._conductor.ask(opened.document.id, act, opened.case.confirmed_ver, failed=self._say_refused)

    def _say_refused(self, error: PersonError) -> None:
        self._bar.notice(lambda: self._words.error(error).summary, tone="danger")

    def _on_dialog_asked(self, act: acts.Act) -> None:
        opened, dialog = self._pane.opened, self._dialogs.current
        if opened is None or dialog is None:
            return
        self._dialogs.flush()

        def failed(error: PersonError) -> None:
            (dialog.refuse if self._dialogs.current is dialog else self._say_refused)(error)

        id_, seen, done = opened.document.id, opened.case.confirmed_ver, lambda: self._dialogs.settle(dialog)
        self._conductor.ask(id_, act, seen, done=done, failed=failed)

    def _on_note_asked(self, form: NoteForm) -> None:
        opened, editor = self._pane.opened, self._editors.note
        if opened is None or editor is None:
            return
        self._editors.flush()
        editor.wait(True)

        def done() -> None:
            self._pane.drafts.forget(opened.document.id, acts.Note.kind)
            if self._editors.note is editor:
                self._editors.settle()

        def failed(error: PersonError) -> None:
            (editor.refuse if self._editors.note is editor else self._say_refused)(error)

        note, seen = note_presenter.act_of(form), opened.case.confirmed_ver
        self._conductor.ask(opened.document.id, note, seen, done=done, failed=failed)

    def _on_answer_asked(self, form: AnswerForm, kind: str) -> None:
        opened, editor = self._pane.opened, self._editors.answer
        if opened is None or editor is None:
            return
        document = opened.document
        caret = editor.text_field.caret()
        self._editors.close_editor()
        self._pane.scroll.setFocus()
        self._conductor.hold(
            HeldAnswer(document.id, document.number, form, kind, opened.case.confirmed_ver, caret)
        )
        self._pane.show_actions()

    def _on_preview_asked(self, form: AnswerForm) -> None:
        opened = self._pane.opened
        if opened is not None:
            self._pane.letters.show_preview(opened.document, form)

    def _on_answer_edited(self, editor: AnswerEditor) -> None:
        self._pane.letters.follow(self._pane.complaint, editor)

    def _on_editors_changed(self) -> None:
        if self._editors.answer is None:
            self._pane.letters.end_preview()

    def _on_discarded(self, form: AnswerForm) -> None:
        opened = self._pane.opened
        assert opened is not None
        self._pane.reload()

        def back() -> None:
            if self._pane.complaint == opened.document.id:
                self._editors.write_answer(opened, form).edited.emit()

        self._bar.notice(lambda: self._words("case.answer.discarded"), back)

    def _on_given_back(self, answer: HeldAnswer, error: PersonError | None) -> None:
        opened = self._pane.opened
        if opened is None or answer.complaint != self._pane.complaint:
            if error is not None:
                self._conductor.say_refused(answer, error, lambda: self._pane.navigate.emit(answer.complaint))
            else:
                self._pane.navigate.emit(answer.complaint)
            return
        editor = self._editors.write_answer(opened, answer.form, answer.caret)
        editor.edited.emit()
        if error is not None:
            editor.refuse(error)
        self._pane.reveal(editor, editor.text_field)

    def _on_taken_back(self, draft: Draft) -> None:
        opened, here = self._pane.opened, draft.complaint == self._pane.complaint and not self._editors.kind
        if opened is not None and here and draft.kind == acts.Note.kind:
            editor = self._editors.write_note(opened, draft.body, draft.cursor)
            self._pane.reveal(editor, editor.composer)

    def _on_templates_asked(self, language: str) -> None:
        opened = self._pane.opened
        if opened is None or self._editors.answer is None:
            return
        values = template_values(opened, self._words)
        theme_ = opened.document.theme
        self._dialogs.show_templates(theme_, language, values, self._editors.answer.insert_template)
