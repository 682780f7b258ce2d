"""The complaint pane: bar of acts, header, timeline, editors and facts of one opened complaint.

It holds no state of its own beyond what is being typed: news from the desk makes it read and show again, and
what is typed is in the store before anything else happens.
"""

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QAction

from desktop.core.background import Background
from desktop.core.errors import PersonError
from desktop.core.records import Change
from desktop.core.translation import Translation
from desktop.models.records import Draft
from desktop.ui import answer_presenter as presenter
from desktop.ui import direction, shortcuts
from desktop.ui.answer_presenter import AnswerForm
from desktop.ui.attachments_opener import AttachmentsOpener
from desktop.ui.case_actions import KEYS, main_actions, may_write_answer, rare_actions
from desktop.ui.case_conductor import CaseConductor, HeldAnswer
from desktop.ui.case_dialogs import CaseDialogs
from desktop.ui.case_editors import CaseEditors
from desktop.ui.case_frame import CaseFrame
from desktop.ui.case_presenter import OpenedCase, gather, template_values, with_drafts
from desktop.ui.draft_keeper import Clock, UnsavedDrafts, utc_now
from desktop.ui.theme import theme
from desktop.ui.timeline_presenter import entries, held_entry
from desktop.ui.undo_bar import UndoBar
from protocol import acts

_LOADING_AFTER_MS = 200
_GONE = frozenset({"not_here", "not_found", "out_of_scope"})


class CaseView(CaseFrame):
    """`open(id)` shows a complaint; `acted(id)` when something was done to it, `navigate(id)` leads away."""

    acted = Signal(str)
    navigate = Signal(str)
    _told = Signal(object)

    def __init__(
        self,
        desk: object,
        background: Background,
        words: Translation,
        settings: object = None,
        *,
        clock: Clock = utc_now,
    ) -> None:
        super().__init__()
        self._desk, self._background, self._words, self._settings = desk, background, words, settings
        self._clock, self._id = clock, ""
        self._opened: OpenedCase | None = None
        self._make_services()
        self.add_editors(self.editors)
        self.add_foot(self.undo_bar)
        self._connect()
        self.retranslate()
        self._show_empty()

    # --- what the window calls

    @property
    def complaint(self) -> str:
        """Id of the opened complaint, "" when none is."""
        return self._id

    def open(self, complaint_id: str) -> None:
        """Show a complaint; what was being written on another stays in the store as a draft."""
        if complaint_id == self._id and self._opened is not None:
            self.reload()
            return
        self.editors.close_editor()
        self._id, self._opened = complaint_id, None
        self.timeline.clear()
        self._waiting.start()
        self._read()

    def clear(self) -> None:
        """Show no complaint."""
        self.editors.close_editor()
        self._id, self._opened = "", None
        self._waiting.stop()
        self.timeline.clear()
        self._show_empty()

    def reload(self) -> None:
        """Read again and show what changed; editors stay."""
        if self._id:
            self._read()

    def flush(self) -> None:
        """Before closing, locking or signing out: drafts into the store, a held answer sent."""
        self.editors.flush()
        self.dialogs.flush()
        self.conductor.flush()

    def do(self, code: str) -> bool:
        """Do an act of the bar by its code ("answer", "transfer"…); False when it is not offered now."""
        return self.bar.trigger(code)

    def retranslate(self) -> None:
        """Every word in the language now; what is typed stays typed."""
        words = self._words
        self.setLayoutDirection(direction.layout_direction(words.language))
        self.setAccessibleName(words("case.pane.name"))
        self.empty.say("inbox", words("case.empty.title"), words("case.empty.hint"))
        self.loading.say("clock", words("case.loading"), "")
        self.undo_bar.retranslate()
        self.editors.retranslate()
        if self._opened is not None:
            self.reload()

    # --- wiring

    def _make_services(self) -> None:
        words = self._words
        self.undo_bar = UndoBar(words)
        self.drafts = UnsavedDrafts(self._desk, self._background)
        self.editors = CaseEditors(self.drafts, words, self._clock)
        self.conductor = CaseConductor(
            self._desk, self._background, words, self.undo_bar, self.drafts, settings=self._settings
        )
        self.dialogs = CaseDialogs(self._desk, self._background, words, self.drafts, self)
        self.files = AttachmentsOpener(self._desk, self._background, words, self)
        self._waiting = QTimer(self)
        self._waiting.setSingleShot(True)
        self._waiting.setInterval(_LOADING_AFTER_MS)

    def _connect(self) -> None:
        self._waiting.timeout.connect(lambda: self.show_page(self.loading))
        self.failed.acted.connect(self.reload)
        self.bar.triggered.connect(self._on_triggered)
        self.editors.answer_asked.connect(self._on_answer_asked)
        self.editors.note_asked.connect(self._on_note_asked)
        self.editors.templates_asked.connect(self._on_templates_asked)
        self.editors.changed.connect(self._show_actions)
        self.editors.discarded.connect(self._on_discarded)
        self.conductor.acted.connect(self._on_acted)
        self.conductor.held_changed.connect(self._show_timeline)
        self.conductor.given_back.connect(self._on_given_back)
        self.conductor.taken_back.connect(self._on_taken_back)
        self.dialogs.asked.connect(self._on_dialog_asked)
        self.timeline.file_asked.connect(self.files.open_file)
        self.files.told.connect(lambda text, tone: self.undo_bar.notice(text, tone=tone))
        theme().changed.connect(self._on_theme_changed)
        self._told.connect(self._on_told, Qt.ConnectionType.QueuedConnection)
        stop = self._desk.listen(self._told.emit)
        self.destroyed.connect(lambda: stop())
        self.actions_by_code: dict[str, QAction] = {}
        for code, key in KEYS.items():
            action = shortcuts.action(self, f"case.act.{code}", key)
            action.triggered.connect(lambda _=False, c=code: self.do(c))
            self.actions_by_code[code] = action
        undo = shortcuts.action(self, "case.undo.undo", "Ctrl+Z")
        undo.triggered.connect(self.undo_bar.undo)

    # --- reading

    def _read(self) -> None:
        wanted, language = self._id, self._words.language

        def work() -> OpenedCase:
            # Taken before the store is read: what reaches the store meanwhile is in neither otherwise.
            unsaved = self.drafts.of(wanted)
            return with_drafts(gather(self._desk, wanted, language), unsaved)

        self._background.read(
            work,
            self._on_opened,
            self._on_failed,
            key=f"case{id(self)}",
        )

    def _on_opened(self, opened: OpenedCase) -> None:
        if opened.document.id != self._id:
            return
        first = self._opened is None
        self._opened = opened = with_drafts(opened, self.drafts.of(self._id))
        self._waiting.stop()
        self.header.show_case(opened, self._words)
        self.facts.show_case(opened, self._words)
        self._show_timeline()
        self.editors.update_case(opened)
        if first:
            self._restore(opened)
            self.scroll.verticalScrollBar().setValue(0)
        self._show_actions()
        self.show_page(self.content)
        self.fold()

    def _on_failed(self, error: PersonError) -> None:
        self._waiting.stop()
        self.editors.close_editor()
        words = self._words
        text = words("case.failed.gone" if error.code in _GONE else "case.failed.other")
        self.failed.say("offline", words("case.failed.title"), text, words("case.retry"))
        self.show_page(self.failed)

    def _restore(self, opened: OpenedCase) -> None:
        """Bring back what was being written here, the caret where it was."""
        drafts, held = opened.case.drafts, self.conductor.held
        if held is not None and held.complaint == self._id:
            return
        if "answer" in drafts:
            draft = drafts["answer"]
            editor = self.editors.write_answer(opened, presenter.read_draft(draft.body), draft.cursor)
            self.editors.show_saved(draft)
            self.editors.update_case(opened)
            refusal = may_write_answer(opened.case)
            if refusal is not None:
                why = self._words.refusal(refusal).text
                editor.tell(self._words("case.answer.not_allowed", why=why))
        elif "note" in drafts:
            self.editors.write_note(opened, drafts["note"].body, drafts["note"].cursor)
            self.editors.show_saved(drafts["note"])

    # --- showing

    def _show_empty(self) -> None:
        self.show_page(self.empty)
        for action in self.actions_by_code.values():
            action.setEnabled(False)

    def _show_timeline(self) -> None:
        opened = self._opened
        if opened is None:
            return
        shown = entries(opened, self._words)
        held = self.conductor.held
        if held is not None and held.complaint == self._id:
            shown = (*shown, held_entry(presenter.reply_of(held.form), self._words, self._clock()))
        self.timeline.show_entries(shown, self._words, self._clock())

    def _show_actions(self) -> None:
        opened = self._opened
        if opened is None:
            return
        case, words = opened.case, self._words
        held = self.conductor.held
        editing = bool(self.editors.kind) or (held is not None and held.complaint == self._id)
        self.bar.show_actions(
            main_actions(case, words, me=opened.me, editing=editing), rare_actions(case, words), words
        )
        for code, action in self.actions_by_code.items():
            shown = self.bar.action(code)
            action.setEnabled(shown is not None and not shown.why)
            action.setText(shown.text if shown is not None else words(f"case.act.{code}"))

    def _on_theme_changed(self) -> None:
        if self._opened is not None:
            self.facts.repaint_meters()
            self.bar.show_actions((), (), self._words)
            self._show_actions()

    # --- acting

    def _on_told(self, change: Change) -> None:
        if self._id and (self._id in change.complaints or change.reference):
            self.reload()

    def _on_acted(self, complaint: str) -> None:
        self.reload()
        self.acted.emit(complaint)

    def _on_triggered(self, code: str) -> None:
        opened = self._opened
        if opened is None:
            return
        if code == "answer":
            self._answer(opened)
        elif code == "note":
            draft = opened.case.drafts.get("note")
            editor = self.editors.note or self.editors.write_note(
                opened, draft.body if draft else "", draft.cursor if draft else -1
            )
            self.reveal(editor, editor.composer)
        elif code == "open":
            self._ask(acts.Open())
        elif code == "assign" and not opened.document.assignee:
            self._ask(acts.Assign(assignee=opened.me, previous=""))
        else:
            self.dialogs.show_dialog(code, opened)

    def _answer(self, opened: OpenedCase) -> None:
        held = self.conductor.held
        if held is not None and held.complaint == self._id:
            self.undo_bar.undo()
        elif self.editors.answer is not None:
            self.reveal(self.editors.answer, self.editors.answer.text_field)
        else:
            self._begin_answer()

    def _begin_answer(self) -> None:
        opened = self._opened
        if opened is None or may_write_answer(opened.case) is not None:
            return
        draft = opened.case.drafts.get("answer")
        form = presenter.read_draft(draft.body) if draft else self._first_form(opened)
        editor = self.editors.write_answer(opened, form, draft.cursor if draft else -1)
        if draft is not None:
            self.editors.show_saved(draft)
        self.reveal(editor, editor.field("nature").control if draft is None else editor.text_field)

    def _first_form(self, opened: OpenedCase) -> AnswerForm:
        preferences = getattr(self._settings, "preferences", None)
        language = "ar" if preferences is None else preferences.reply_language
        return presenter.first_form(opened.document, language)

    def _ask(self, act: acts.Act) -> None:
        opened = self._opened
        assert opened is not None
        self.conductor.ask(opened.document.id, act, opened.case.confirmed_ver, failed=self._say_refused)

    def _say_refused(self, error: PersonError) -> None:
        self.undo_bar.notice(lambda: self._words.error(error).summary, tone="danger")

    def _on_dialog_asked(self, act: acts.Act) -> None:
        opened, dialog = self._opened, self.dialogs.current
        if opened is None or dialog is None:
            return
        self.dialogs.flush()

        def failed(error: PersonError) -> None:
            (dialog.refuse if self.dialogs.current is dialog else self._say_refused)(error)

        id_, seen, done = opened.document.id, opened.case.confirmed_ver, lambda: self.dialogs.settle(dialog)
        self.conductor.ask(id_, act, seen, done=done, failed=failed)

    def _on_note_asked(self, text: str) -> None:
        opened, editor = self._opened, self.editors.note
        if opened is None or editor is None:
            return
        self.editors.flush()
        editor.wait(True)

        def done() -> None:
            self.drafts.forget(opened.document.id, acts.Note.kind)
            if self.editors.note is editor:
                self.editors.settle()

        def failed(error: PersonError) -> None:
            (editor.refuse if self.editors.note is editor else self._say_refused)(error)

        seen = opened.case.confirmed_ver
        self.conductor.ask(opened.document.id, acts.Note(text=text), seen, done=done, failed=failed)

    def _on_answer_asked(self, form: AnswerForm, kind: str) -> None:
        opened, editor = self._opened, self.editors.answer
        if opened is None or editor is None:
            return
        document = opened.document
        caret = editor.text_field.caret()
        self.editors.close_editor()
        self.scroll.setFocus()
        self.conductor.hold(
            HeldAnswer(document.id, document.number, form, kind, opened.case.confirmed_ver, caret)
        )
        self._show_actions()

    def _on_discarded(self, form: AnswerForm) -> None:
        opened = self._opened
        assert opened is not None
        self.reload()

        def back() -> None:
            if self._id == opened.document.id:
                self.editors.write_answer(opened, form).edited.emit()

        self.undo_bar.notice(lambda: self._words("case.answer.discarded"), back)

    def _on_given_back(self, answer: HeldAnswer, error: PersonError | None) -> None:
        opened = self._opened
        if opened is None or answer.complaint != self._id:
            if error is not None:
                self.conductor.say_refused(answer, error, lambda: self.navigate.emit(answer.complaint))
            else:
                self.navigate.emit(answer.complaint)
            return
        editor = self.editors.write_answer(opened, answer.form, answer.caret)
        editor.edited.emit()
        if error is not None:
            editor.refuse(error)
        self.reveal(editor, editor.text_field)

    def _on_taken_back(self, draft: Draft) -> None:
        opened, here = self._opened, draft.complaint == self._id and not self.editors.kind
        if opened is not None and here and draft.kind == acts.Note.kind:
            editor = self.editors.write_note(opened, draft.body, draft.cursor)
            self.reveal(editor, editor.composer)

    def _on_templates_asked(self, language: str) -> None:
        opened = self._opened
        if opened is None or self.editors.answer is None:
            return
        values = template_values(opened, self._words)
        theme_ = opened.document.theme
        self.dialogs.show_templates(theme_, language, values, self.editors.answer.insert_template)
