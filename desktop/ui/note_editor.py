"""An internal note being written, on the warm tint that keeps it from being mistaken for an answer."""

from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout

from desktop.core.errors import PersonError
from desktop.core.translation import Translation
from desktop.ui.actions_bar import ActionButton
from desktop.ui.answer_presenter import TEXT_LIMIT
from desktop.ui.encloser import Encloser
from desktop.ui.enclosures_bar import EnclosuresBar
from desktop.ui.field import Field
from desktop.ui.fonts import Role
from desktop.ui.labels import IconButton, NearLabel
from desktop.ui.note_presenter import NoteForm
from desktop.ui.prose import Composer
from desktop.ui.theme import dress, theme


class NoteEditor(QFrame):
    """`send_asked(NoteForm)` when a person adds the note; a blank one is marked and stays."""

    edited = Signal()
    send_asked = Signal(object)
    closed = Signal()

    def __init__(self, words: Translation, encloser: Encloser | None = None) -> None:
        super().__init__()
        self._words = words
        self.files = EnclosuresBar(words, encloser)
        self.files.changed.connect(self._on_edited)
        self._saved_at: datetime | None = None
        dress(self, kind="note")
        self.title = NearLabel(role=Role.STRONG)
        self.saved = QLabel()
        theme().wear(self.saved, Role.QUIET)
        dress(self.saved, ink="ink3")
        self.composer = Composer(least=3, most=12)
        self.files.watch(self, self.composer)
        self.field = Field(self.composer)
        self.field.edited.connect(self._on_edited)
        self.close_button = IconButton("close")
        self.close_button.clicked.connect(self.closed)
        self.send_button = ActionButton("")
        self.send_button.fill(True)
        self.send_button.clicked.connect(self.send)
        self._lay_out()
        for keys, slot in (("Ctrl+Return", self.send), ("Ctrl+Enter", self.send), ("Esc", self.closed.emit)):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(slot)
        self.retranslate()

    def text(self) -> str:
        """What was typed."""
        return self.composer.text()

    def form(self) -> NoteForm:
        """What is in the editor now."""
        return NoteForm(text=self.text(), attachments=self.files.files)

    def show_form(self, form: NoteForm, caret: int = -1) -> None:
        """Put a note there, announcing no edit."""
        self.composer.set_text(form.text, caret)
        self.files.show_files(form.attachments)
        self.field.refuse("")

    def send(self) -> None:
        """Ask to add the note."""
        form = self.form()
        if self.files.is_busy:
            return
        if form.is_blank:
            self.field.refuse(self._words("case.need.note"))
        elif len(form.text) > TEXT_LIMIT:
            self.field.refuse(self._words("case.need.length", limit=TEXT_LIMIT))
        else:
            self.send_asked.emit(form)

    def wait(self, waiting: bool) -> None:
        """Being recorded: nothing is typed meanwhile that would be lost with the editor."""
        self.composer.setReadOnly(waiting)
        self.files.setEnabled(not waiting)
        self.send_button.setEnabled(not waiting)

    def refuse(self, error: PersonError) -> None:
        """The rules said no; the text stays."""
        self.wait(False)
        why = self._words.error(error)
        self.field.refuse(f"{why.title}. {why.text}")

    def show_saved(self, at: datetime) -> None:
        """The draft is in the store since `at`."""
        self._saved_at = at
        self.saved.setText(self._words("case.answer.saved", time=self._words.time(at)))

    def show_not_saved(self, error: PersonError) -> None:
        """The store refused the draft."""
        self.field.refuse(self._words("case.answer.not_saved", why=self._words.error(error).text))

    def retranslate(self) -> None:
        """Every word again in the language now."""
        words = self._words
        self.setAccessibleName(words("case.note.title"))
        self.title.setText(words("case.note.title"))
        self.field.say("", words("case.note.hint"))
        self.composer.set_language(words.language)
        self.composer.setAccessibleName(words("case.note.title"))
        self.close_button.say(words("case.note.close"))
        self.files.retranslate()
        self.send_button.say(words("case.note.send"), "Ctrl+↵")
        self.send_button.setAccessibleName(
            words("case.act.shortcut", action=words("case.note.send"), letter="Ctrl+Enter")
        )
        if self._saved_at is not None:
            self.show_saved(self._saved_at)

    def _on_edited(self) -> None:
        self.field.refuse("")
        self.send_button.setEnabled(not self.files.is_busy)
        self.edited.emit()

    def _lay_out(self) -> None:
        lines = QVBoxLayout(self)
        lines.setContentsMargins(16, 12, 16, 12)
        lines.setSpacing(8)
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.saved)
        head.addWidget(self.close_button)
        lines.addLayout(head)
        lines.addWidget(self.field)
        lines.addWidget(self.files)
        foot = QHBoxLayout()
        foot.addWidget(self.files.button)
        foot.addStretch(1)
        foot.addWidget(self.send_button)
        lines.addLayout(foot)
