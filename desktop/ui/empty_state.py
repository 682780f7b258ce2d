"""What a list or a pane says when it has nothing to show: why, and one thing to do about it."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from desktop.ui import icons
from desktop.ui.fonts import Role
from desktop.ui.theme import dress, theme


class EmptyState(QWidget):
    """An icon on a soft disc, a title, a sentence, and at most one button."""

    acted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon = ""
        self._picture = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self._title = QLabel(alignment=Qt.AlignmentFlag.AlignCenter, wordWrap=True)
        self._text = QLabel(alignment=Qt.AlignmentFlag.AlignCenter, wordWrap=True)
        self.button = QPushButton()
        theme().wear(self._title, Role.TITLE)
        theme().wear(self._text, Role.BODY)
        dress(self._text, ink="ink3")
        self.button.clicked.connect(self.acted)
        column = QVBoxLayout(self)
        column.setContentsMargins(32, 24, 32, 48)
        column.setSpacing(8)
        column.addStretch(2)
        column.addWidget(self._picture)
        column.addSpacing(8)
        column.addWidget(self._title)
        column.addWidget(self._text)
        column.addSpacing(12)
        column.addWidget(self.button, alignment=Qt.AlignmentFlag.AlignCenter)
        column.addStretch(3)
        theme().changed.connect(self._paint_icon)

    def say(self, icon: str, title: str, text: str, button: str = "") -> None:
        """Show these words; without `button` there is none."""
        self._icon = icon
        self._title.setText(title)
        self._text.setText(text)
        self.button.setText(button)
        self.button.setVisible(bool(button))
        self.setAccessibleName(f"{title}. {text}")
        self._paint_icon()

    def _paint_icon(self) -> None:
        if self._icon:
            self._picture.setPixmap(icons.disc(self._icon, theme().palette, ratio=self.devicePixelRatioF()))
