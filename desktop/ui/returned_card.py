"""One refused act of the tray: why, my text and their version side by side, and what can be done with it."""

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from desktop.core.errors import PersonError
from desktop.core.translation import Translation
from desktop.models.records import Draft
from desktop.ui import answer_presenter as presenter
from desktop.ui.actions_bar import ActionButton
from desktop.ui.answer_editor import AnswerEditor
from desktop.ui.answer_presenter import AnswerForm
from desktop.ui.attachments_view import AttachmentsView
from desktop.ui.draft_keeper import DraftKeeper
from desktop.ui.field import Field
from desktop.ui.flow_layout import FlowLayout
from desktop.ui.fonts import Role
from desktop.ui.labels import IconLabel, NearLabel
from desktop.ui.prose import Composer, Prose
from desktop.ui.returned_presenter import Returned, is_answer, my_text, text_field
from desktop.ui.theme import dress
from desktop.ui.timeline_presenter import Part
from protocol import acts
from protocol.acts import Act, files_of
from protocol.complaint import Channel

_NARROW = 560


class ReturnedCard(QFrame):
    """Signals say what the person wants; the tray does it."""

    resend_asked = Signal(object)
    copy_asked = Signal(str)
    discard_asked = Signal()
    open_asked = Signal()
    file_asked = Signal(object, str)

    def __init__(self, returned: Returned, words: Translation, keeper: DraftKeeper) -> None:
        super().__init__()
        self.returned, self._words, self.keeper = returned, words, keeper
        self._editor: AnswerEditor | None = None
        self._text: Field | None = None
        dress(self, kind="card")
        self.setAccessibleName(f"{returned.title}. {returned.why_title}")
        lines = QVBoxLayout(self)
        lines.setContentsMargins(16, 14, 16, 14)
        lines.setSpacing(10)
        lines.addWidget(NearLabel(returned.title, Role.STRONG))
        lines.addWidget(NearLabel(returned.when, Role.QUIET, "ink3"))
        lines.addWidget(self._why())
        self._sides = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._sides.setSpacing(20)
        self.files = AttachmentsView(files_of(returned.act.act), words)
        self.files.asked.connect(self.file_asked)
        self.files.setVisible(bool(files_of(returned.act.act)))
        self._mine = self._side(words("case.returned.mine"), returned.mine)
        self._theirs = self._side(words("case.returned.theirs"), returned.theirs)
        for side in (self._mine, self._theirs):
            self._sides.addWidget(side, 1, Qt.AlignmentFlag.AlignTop)
        lines.addLayout(self._sides)
        lines.addWidget(self.files)
        self._slot = QVBoxLayout()
        lines.addLayout(self._slot)
        lines.addWidget(self._foot())
        keeper.saved.connect(self._on_saved)
        keeper.failed.connect(self._on_not_saved)

    @property
    def editor(self) -> AnswerEditor | None:
        """The answer's editor while it is being edited."""
        return self._editor

    @property
    def text(self) -> Field | None:
        """The text's field while a note, a reason or a comment is being edited."""
        return self._text

    def edit(self, draft: Draft | None = None) -> None:
        """Edit in place: an answer in its editor, a text in a field; begun edits come back from the store."""
        if self._editor is not None or self._text is not None:
            return
        act = self.returned.act.act
        if is_answer(act):
            self._edit_answer(act, draft)
        elif text_field(act):
            self._edit_text(str(getattr(act, text_field(act))), draft)
        self.edit_button.hide()
        self._mine.hide()

    def wait(self, waiting: bool) -> None:
        """Being sent again: nothing is typed or pressed meanwhile."""
        self.setEnabled(not waiting)

    def refuse(self, error: PersonError) -> None:
        """Refused again: said beside the text, which stays."""
        why = self._words.error(error)
        if self._editor is not None:
            self._editor.refuse(error)
        elif self._text is not None:
            self._text.refuse(f"{why.title}. {why.text}")
        else:
            self._why_label.setText(f"{why.title}\n{why.text}")

    def resizeEvent(self, event: object) -> None:
        """Side by side when there is room, one above the other when not."""
        super().resizeEvent(event)  # type: ignore[arg-type]
        direction = QBoxLayout.Direction
        wide = self.width() >= _NARROW
        self._sides.setDirection(direction.LeftToRight if wide else direction.TopToBottom)

    def _why(self) -> QWidget:
        bar = QFrame()
        dress(bar, kind="bar", tone="warn")
        row = QHBoxLayout(bar)
        row.setContentsMargins(12, 8, 12, 8)
        row.setSpacing(10)
        row.addWidget(IconLabel("returned"), 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout()
        column.setSpacing(2)
        column.addWidget(NearLabel(self.returned.why_title, Role.STRONG))
        self._why_label = NearLabel(self.returned.why, Role.QUIET, "ink2")
        column.addWidget(self._why_label)
        row.addLayout(column, 1)
        return bar

    def _side(self, label: str, parts: tuple[Part, ...]) -> QWidget:
        side = QWidget()
        lines = QVBoxLayout(side)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(4)
        lines.addWidget(NearLabel(label, Role.QUIET_STRONG, "ink3"))
        for part in parts:
            if part.label:
                lines.addWidget(NearLabel(part.label, Role.QUIET, "ink3"))
            lines.addWidget(Prose(part.text))
        if not parts:
            lines.addWidget(NearLabel(self._words("case.returned.no_text"), Role.QUIET, "ink3"))
        return side

    def _foot(self) -> QWidget:
        words, act = self._words, self.returned.act
        foot = QWidget()
        flow = FlowLayout(foot, gap=8)
        editable = is_answer(act.act) or bool(text_field(act.act))
        self.edit_button = ActionButton(words("case.returned.edit" if editable else "case.returned.resend"))
        self.edit_button.clicked.connect(self.edit if editable else lambda: self.resend_asked.emit(act.act))
        self.edit_button.setEnabled(act.theirs is not None)
        self.open_button = ActionButton(words("case.returned.open"))
        self.open_button.clicked.connect(self.open_asked)
        self.open_button.setVisible(act.theirs is not None)
        self.copy_button = ActionButton(words("case.returned.copy"))
        self.copy_button.clicked.connect(lambda: self.copy_asked.emit(my_text(act.act)))
        self.copy_button.setVisible(bool(my_text(act.act)))
        self.discard_button = QPushButton(words("case.returned.discard"))
        dress(self.discard_button, kind="quiet")
        self.discard_button.clicked.connect(self.discard_asked)
        for button in (self.edit_button, self.open_button, self.copy_button, self.discard_button):
            button.setAccessibleDescription(self.returned.title)
            flow.addWidget(button)
        return foot

    def _edit_answer(self, act: Act, draft: Draft | None) -> None:
        channel = str(getattr(act, "channel", Channel.PORTAL))
        form = presenter.read_draft(draft.body) if draft else presenter.form_of(act.reply, channel)
        if not draft and isinstance(act, acts.DeclareInadmissible):
            form = msgspec.structs.replace(form, ground=act.ground)
        editor = AnswerEditor(self._words)
        editor.allow(dict.fromkeys(("answer", "submit"), "") | {act.kind: None})
        editor.show_form(form, draft.cursor if draft else -1)
        editor.discard.hide()
        editor.templates.hide()
        editor.closed.connect(self._close_editor)
        editor.files.open_asked.connect(lambda file: self.file_asked.emit(file, "open"))
        editor.send_asked.connect(lambda f, kind: self._send_answer(f, kind))
        seen = self.returned.act.seen
        editor.edited.connect(
            lambda: self.keeper.touch(
                lambda: (presenter.write_draft(editor.form()), editor.text_field.caret(), seen)
            )
        )
        self._editor = editor
        self.files.hide()  # the editor has them, to be taken off
        self._slot.addWidget(editor)
        editor.text_field.setFocus()

    def _send_answer(self, form: AnswerForm, kind: str) -> None:
        self.resend_asked.emit(presenter.act_of(form, kind))

    def _edit_text(self, text: str, draft: Draft | None) -> None:
        field = Field(Composer(least=3, most=12))
        field.say(self._words("case.returned.mine"))
        composer = field.control
        composer.set_text(draft.body if draft else text, draft.cursor if draft else -1)
        seen = self.returned.act.seen
        field.edited.connect(lambda: self.keeper.touch(lambda: (composer.text(), composer.caret(), seen)))
        resend = ActionButton(self._words("case.returned.resend"))
        resend.fill(True)
        resend.clicked.connect(self._send_text)
        self._text, self.resend_button = field, resend
        self._slot.addWidget(field)
        self._slot.addWidget(resend, 0, Qt.AlignmentFlag.AlignLeft)
        composer.setFocus()

    def _send_text(self) -> None:
        assert self._text is not None
        act = self.returned.act.act
        text = self._text.control.text().strip()
        if not text and not files_of(act):
            self._text.refuse(self._words("case.need.reason"))
            return
        self.resend_asked.emit(msgspec.structs.replace(act, **{text_field(act): text}))

    def _close_editor(self) -> None:
        self.keeper.flush()
        if self._editor is not None:
            self._slot.removeWidget(self._editor)
            self._editor.hide()
            self._editor.deleteLater()
            self._editor = None
        self.edit_button.show()
        self._mine.show()
        self.files.setVisible(bool(files_of(self.returned.act.act)))

    def _on_saved(self, at: object) -> None:
        if self._editor is not None:
            self._editor.show_saved(at)  # type: ignore[arg-type]

    def _on_not_saved(self, error: PersonError) -> None:
        if self._editor is not None:
            self._editor.show_not_saved(error)
        elif self._text is not None:
            why = self._words.error(error).text
            self._text.refuse(self._words("case.answer.not_saved", why=why))
