"""The one search box: searches as you type; Ctrl+K or / brings the keyboard here, ">" opens the commands."""

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QToolButton

from desktop.core.translation import Translation
from desktop.ui.fonts import Role
from desktop.ui.icons import extent
from desktop.ui.theme import dress, theme

_TYPING_MS = 70


class SearchBox(QLineEdit):
    """`searched(text)` soon after typing, `escaped()` on Esc, `descended()` on Down, `entered()` on Enter."""

    searched = Signal(str)
    escaped = Signal()
    descended = Signal()
    entered = Signal()

    def __init__(self, translation: Translation) -> None:
        super().__init__()
        self._translation = translation
        self._picture, self._key = QLabel(), QLabel("Ctrl K")
        self._clear = QToolButton()
        dress(self, kind="search")
        dress(self._key, kind="key")
        theme().wear(self._key, Role.SMALL)
        self._clear.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._clear.setCursor(Qt.CursorShape.ArrowCursor)
        self._clear.clicked.connect(self.escaped)
        self._clear.setIconSize(extent(16))
        inside = QHBoxLayout(self)
        inside.setContentsMargins(10, 2, 8, 2)
        inside.addWidget(self._picture)
        inside.addStretch(1)
        inside.addWidget(self._key)
        inside.addWidget(self._clear)
        self._typing = QTimer(self, singleShot=True, interval=_TYPING_MS)
        self._typing.timeout.connect(lambda: self.searched.emit(self.text()))
        self.textChanged.connect(self._on_text_changed)
        theme().changed.connect(self._fit)
        self.retranslate()
        self._fit()

    def retranslate(self) -> None:
        """Placeholder and names again; the caret's side follows the layout."""
        say = self._translation
        self.setPlaceholderText(say("frame.search.placeholder"))
        self.setAccessibleName(say("frame.search.name"))
        self._clear.setToolTip(say("frame.search.clear"))
        self._clear.setAccessibleName(say("frame.search.clear"))
        self._leave_room()

    def put(self, text: str) -> None:
        """Set the text without searching."""
        self.blockSignals(True)
        self.setText(text)
        self.blockSignals(False)
        self._typing.stop()
        self._show_ends()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc, Down and Enter leave the box."""
        leaving = {
            Qt.Key.Key_Escape: self.escaped,
            Qt.Key.Key_Down: self.descended,
            Qt.Key.Key_Return: self.entered,
            Qt.Key.Key_Enter: self.entered,
        }.get(Qt.Key(event.key()))
        if leaving is None:
            super().keyPressEvent(event)
            return
        if self._typing.isActive() and leaving is not self.escaped:
            self._typing.stop()
            self.searched.emit(self.text())
        leaving.emit()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """A new search replaces the last one."""
        super().focusInEvent(event)
        self.selectAll()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the words clear of the icon and the key."""
        super().resizeEvent(event)
        self._leave_room()

    def _on_text_changed(self) -> None:
        self._show_ends()
        self._typing.start()

    def _show_ends(self) -> None:
        self._key.setVisible(not self.text())
        self._clear.setVisible(bool(self.text()))

    def _leave_room(self) -> None:
        near, far = 36, self._key.sizeHint().width() + 18
        rtl = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        self.setTextMargins(far if rtl else near, 0, near if rtl else far, 0)

    def _fit(self) -> None:
        self._picture.setPixmap(theme().icon("search", "ink3").pixmap(16, 16))
        self._clear.setIcon(theme().icon("close"))
        self.setFixedHeight(theme().px(34))
        self._show_ends()
        self._leave_room()
