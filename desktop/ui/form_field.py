"""A labelled line to type in, its error under it; the password one can be shown and warns of caps lock."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QLabel, QLineEdit, QVBoxLayout, QWidget

from desktop.core.translation import Translation
from desktop.ui.fonts import Role
from desktop.ui.theme import dress, restyle, theme


class FormField(QWidget):
    """Label, line, error; `ltr` keeps addresses and account names left to right in Arabic too."""

    def __init__(self, *, ltr: bool = False, edit: QLineEdit | None = None) -> None:
        super().__init__()
        self.label, self.error = QLabel(), QLabel(wordWrap=True)
        self.edit = edit or QLineEdit()
        self.label.setBuddy(self.edit)
        theme().wear(self.label, Role.QUIET_STRONG)
        theme().wear(self.error, Role.QUIET)
        dress(self.label, ink="ink2")
        dress(self.error, tone="danger")
        if ltr:
            self.edit.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 6)
        column.setSpacing(4)
        column.addWidget(self.label)
        column.addWidget(self.edit)
        column.addWidget(self.error)
        self.error.hide()

    def name(self, label: str, hint: str) -> None:
        """The field's words."""
        self.label.setText(label)
        self.edit.setAccessibleName(label)
        self.edit.setPlaceholderText(hint)

    def complain(self, sentence: str) -> None:
        """Say what is wrong with what was typed; an empty sentence takes it back."""
        self.error.setText(sentence)
        self.error.setVisible(bool(sentence))
        self.edit.setAccessibleDescription(sentence)
        wrong = "true" if sentence else "false"
        if self.edit.property("wrong") != wrong:
            self.edit.setProperty("wrong", wrong)
            restyle(self.edit)


class PasswordField(FormField):
    """Hidden characters, a button to show them, a hint while caps lock is on."""

    def __init__(self, translation: Translation) -> None:
        self._translation = translation
        edit = _PasswordEdit()
        super().__init__(ltr=True, edit=edit)
        self.hint = QLabel()
        theme().wear(self.hint, Role.QUIET)
        dress(self.hint, tone="warn")
        self.hint.hide()
        self.layout().addWidget(self.hint)
        self._show = QAction(edit)
        self._show.setCheckable(True)
        self._show.toggled.connect(self._on_show_toggled)
        edit.addAction(self._show, QLineEdit.ActionPosition.TrailingPosition)
        edit.caps_seen.connect(self.hint.setVisible)
        theme().changed.connect(self.retranslate)
        self.retranslate()

    def retranslate(self) -> None:
        """The words of the hint and of the button."""
        shown = self._show.isChecked()
        self.hint.setText(self._translation("frame.sign_in.caps_lock"))
        self._show.setText(self._translation("frame.sign_in.hide" if shown else "frame.sign_in.show"))
        self._show.setIcon(theme().icon("eye_off" if shown else "eye"))

    def _on_show_toggled(self, shown: bool) -> None:
        self.edit.setEchoMode(QLineEdit.EchoMode.Normal if shown else QLineEdit.EchoMode.Password)
        self.retranslate()


class _PasswordEdit(QLineEdit):
    caps_seen = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self.setEchoMode(QLineEdit.EchoMode.Password)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """A capital without Shift, or a small letter with it, betrays caps lock."""
        text = event.text()
        if text.isalpha() and text.isascii():
            shifted = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self.caps_seen.emit(text.isupper() is not shifted)
        super().keyPressEvent(event)
