"""Finding words in the pages of a PDF: a field, how many places say them, the way from one to the next."""

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QWidget

from desktop.core.translation import Translation
from desktop.ui.fonts import Role
from desktop.ui.labels import IconButton
from desktop.ui.theme import dress, theme
from desktop.ui.viewer_pages import PdfPages
from resources.catalogue import ltr

_SETTLED_MS = 250
_WIDE = 220
_NARROW = 120


class FindBox(QWidget):
    """Searches the pages it was given while words are typed; Enter goes on, Shift+Enter back, Esc lets go."""

    def __init__(self, words: Translation) -> None:
        super().__init__()
        self._words = words
        self._pages: PdfPages | None = None
        self._at = -1
        self.field = QLineEdit()
        self.field.setClearButtonEnabled(True)
        self.field.setMinimumWidth(theme().px(_NARROW))
        self.field.setMaximumWidth(theme().px(_WIDE))
        self.field.installEventFilter(self)
        self.told = QLabel()
        theme().wear(self.told, Role.QUIET)
        dress(self.told, ink="ink3")
        self.before, self.after = IconButton("chevron_start"), IconButton("chevron_end")
        self.before.clicked.connect(lambda: self.go(-1))
        self.after.clicked.connect(lambda: self.go(1))
        self._settled = QTimer(self)
        self._settled.setSingleShot(True)
        self._settled.setInterval(_SETTLED_MS)
        self._settled.timeout.connect(self._search)
        self.field.textChanged.connect(lambda _: self._settled.start())
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        for widget in (self.told, self.before, self.after, self.field):
            row.addWidget(widget)
        self.retranslate()

    def attach(self, pages: PdfPages | None) -> None:
        """Search these pages from now on; None for a content without words."""
        self._pages, self._at = pages, -1
        self.setVisible(pages is not None)
        if pages is not None:
            pages.found.countChanged.connect(self._on_count)
            if self.field.text():
                pages.find(self.field.text())
        self._tell()

    def begin(self) -> None:
        """The keyboard goes to the field, what is in it selected."""
        if self._pages is not None:
            self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
            self.field.selectAll()

    def go(self, by: int) -> None:
        """The next (1) or the former (-1) place, round and round."""
        if self._pages is None:
            return
        if self._settled.isActive():
            self._search()
        count = self._pages.found.count()
        if count:
            self._at = (self._at + by) % count if self._at >= 0 else (0 if by > 0 else count - 1)
            self._pages.show_found(self._at)
        self._tell()

    def retranslate(self) -> None:
        """Its words in the language now."""
        words = self._words
        self.field.setPlaceholderText(words("viewer.find"))
        self.field.setAccessibleName(words("viewer.find"))
        self.before.say(words("viewer.find_before"))
        self.after.say(words("viewer.find_after"))
        self._tell()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keys of the field that mean something to the window otherwise."""
        if watched is self.field and isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self.go(-1 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1)
                return True
            if event.key() == Qt.Key.Key_Escape:
                self.field.clear()
                if self._pages is not None:
                    self._pages.setFocus()
                return True
        return super().eventFilter(watched, event)

    def _search(self) -> None:
        self._settled.stop()
        self._at = -1
        if self._pages is not None:
            self._pages.find(self.field.text())
        self._tell()

    def _on_count(self) -> None:
        if self._pages is not None and self._pages.found.count() and self._at < 0 and self.field.text():
            self._at = 0
            self._pages.show_found(0)
        self._tell()

    def _tell(self) -> None:
        asked = bool(self.field.text()) and self._pages is not None
        count = self._pages.found.count() if asked else 0
        for button in (self.before, self.after):
            button.setEnabled(count > 1)
            button.setVisible(asked)
        if asked and count:
            self.told.setText(ltr(f"{max(0, self._at) + 1} / {count}"))
        else:
            self.told.setText(self._words("viewer.find_none") if asked else "")
