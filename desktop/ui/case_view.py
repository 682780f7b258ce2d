"""The complaint pane: bar of acts, header, timeline, editors and facts of one opened complaint.

It holds no state of its own beyond what is being typed: news from the desk makes it read and show again, and
what is typed is in the store before anything else happens.
"""

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QAction

from desktop.core.background import Background
from desktop.core.errors import PersonError
from desktop.core.printing import Access
from desktop.core.records import Change
from desktop.core.translation import Translation
from desktop.ui import answer_presenter as presenter
from desktop.ui import direction, shortcuts
from desktop.ui.attachments_opener import AttachmentsOpener
from desktop.ui.case_actions import KEYS, main_actions, may_write_answer, rare_actions
from desktop.ui.case_acts import CaseActs
from desktop.ui.case_conductor import CaseConductor
from desktop.ui.case_dialogs import CaseDialogs
from desktop.ui.case_editors import CaseEditors
from desktop.ui.case_frame import CaseFrame
from desktop.ui.case_presenter import OpenedCase, gather, with_drafts
from desktop.ui.draft_keeper import Clock, UnsavedDrafts, utc_now
from desktop.ui.encloser import Encloser
from desktop.ui.letter_opener import LetterOpener
from desktop.ui.letter_presenter import letter_act
from desktop.ui.theme import theme
from desktop.ui.timeline_presenter import entries, held_entry
from desktop.ui.undo_bar import UndoBar
from protocol.complaint import Attachment

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
        self._desk, self._background, self.words, self.settings = desk, background, words, settings
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

    @property
    def opened(self) -> OpenedCase | None:
        """What is known of it, None while it is being read."""
        return self._opened

    def open(self, complaint_id: str) -> None:
        """Show a complaint; what was being written on another stays in the store as a draft."""
        if complaint_id == self._id and self._opened is not None:
            self.reload()
            return
        self.editors.close_editor()
        self._id, self._opened = complaint_id, None
        self._waiting.start()  # the one before stays on screen, whole, until this one is read or takes long
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
        self.letters.close_windows()

    def do(self, code: str) -> bool:
        """Do an act of the bar by its code ("answer", "transfer"…); False when it is not offered now."""
        return self.bar.trigger(code)

    def retranslate(self) -> None:
        """Every word in the language now; what is typed stays typed."""
        words = self.words
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
        words = self.words
        self.undo_bar = UndoBar(words)
        self.drafts = UnsavedDrafts(self._desk, self._background)
        encloser = Encloser(self._desk, self._background)
        self.editors = CaseEditors(self.drafts, words, self._clock, encloser)
        self.conductor = CaseConductor(
            self._desk, self._background, words, self.undo_bar, self.drafts, settings=self.settings
        )
        self.dialogs = CaseDialogs(self._desk, self._background, words, self.drafts, self)
        self.files = AttachmentsOpener(self._desk, self._background, words, self)
        self.letters = LetterOpener(self._desk, self._background, words, self)
        self.acts = CaseActs(self)
        self._waiting = QTimer(self)
        self._waiting.setSingleShot(True)
        self._waiting.setInterval(_LOADING_AFTER_MS)

    def _connect(self) -> None:
        self._waiting.timeout.connect(lambda: self.show_page(self.loading))
        self.failed.acted.connect(self.reload)
        self.editors.changed.connect(self.show_actions)
        self.conductor.acted.connect(self._on_acted)
        self.conductor.held_changed.connect(self._show_timeline)
        self.timeline.file_asked.connect(self._on_file_asked)
        self.editors.file_asked.connect(self._on_file_asked)
        self.files.opened.connect(lambda viewer, file, id_: self.letters.watch(viewer, id_, file))
        self.files.saved.connect(lambda file, id_: self.letters.note(id_, Access.EXPORTED, file))
        self.letters.told.connect(self._say)
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
        wanted, language = self._id, self.words.language

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
        self.header.show_case(opened, self.words)
        self.facts.show_case(opened, self.words)
        self._show_timeline()
        self.editors.update_case(opened)
        if first:
            self._restore(opened)
            self.scroll.verticalScrollBar().setValue(0)
        self.show_actions()
        self.show_page(self.content)
        self.fold()
        self.letters.bring_record(opened.document)

    def _on_failed(self, error: PersonError) -> None:
        self._waiting.stop()
        self.editors.close_editor()
        words = self.words
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
                why = self.words.refusal(refusal).text
                editor.tell(self.words("case.answer.not_allowed", why=why))
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
        shown = entries(opened, self.words)
        held = self.conductor.held
        if held is not None and held.complaint == self._id:
            shown = (*shown, held_entry(presenter.reply_of(held.form), self.words, self._clock()))
        self.timeline.show_entries(shown, self.words, self._clock())

    def show_actions(self) -> None:
        """The bar and the keys as the rules stand now."""
        opened = self._opened
        if opened is None:
            return
        case, words = opened.case, self.words
        held = self.conductor.held
        editing = bool(self.editors.kind) or (held is not None and held.complaint == self._id)
        self.bar.show_actions(
            main_actions(case, words, me=opened.me, editing=editing),
            rare_actions(case, words, self._desk.actor),
            words,
        )
        for code, action in self.actions_by_code.items():
            shown = self.bar.action(code)
            action.setEnabled(shown is not None and not shown.why)
            action.setText(shown.text if shown is not None else words(f"case.act.{code}"))

    def _on_theme_changed(self) -> None:
        if self._opened is not None:
            self.facts.repaint_meters()
            self.bar.show_actions((), (), self.words)
            self.show_actions()

    # --- acting

    def _on_told(self, change: Change) -> None:
        if self._id and (self._id in change.complaints or change.reference):
            self.reload()

    def _on_acted(self, complaint: str) -> None:
        self.reload()
        self.acted.emit(complaint)

    def _on_file_asked(self, file: Attachment, how: str) -> None:
        """A letter of record is opened as one: its second print is a copy; other files as they are."""
        opened = self._opened
        if opened is None:
            return  # a chip of the complaint that is leaving the screen
        act = letter_act(opened.document, file)
        if act and how == "open":
            self.letters.show_letter(opened.document, act)
        else:
            self.files.open_file(file, how, self._id)

    def _say(self, text: str, tone: str) -> None:
        if text:
            self.undo_bar.notice(text, tone=tone)
