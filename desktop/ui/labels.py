"""Labels that begin at the near edge of the interface, whatever the script of the words they carry.

Qt aligns a plain label by the first letter of its text: a citizen's Arabic name would jump to the far side of
a French window. The words keep their own direction inside; only their edge is the interface's.
"""

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtWidgets import QLabel, QToolButton

from desktop.ui import direction
from desktop.ui.fonts import Role
from desktop.ui.theme import theme


class NearLabel(QLabel):
    """Plain text at the near edge."""

    def __init__(self, text: str = "", role: Role = Role.BODY, ink: str = "", *, wrap: bool = True) -> None:
        super().__init__(text)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(wrap)
        theme().wear(self, role)
        if ink:
            self.setProperty("ink", ink)
        self._align()

    def changeEvent(self, event: QEvent) -> None:
        """The near edge changes sides with the language."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.LayoutDirectionChange:
            self._align()

    def _align(self) -> None:
        vertical = self.alignment() & Qt.AlignmentFlag.AlignVertical_Mask
        self.setAlignment(direction.align(self.layoutDirection()) | vertical)


class IconButton(QToolButton):
    """A small button of one icon, which says its name in a tool tip and to screen readers."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        theme().changed.connect(self._draw)
        self._draw()

    def say(self, text: str) -> None:
        """What it does."""
        self.setToolTip(text)
        self.setAccessibleName(text)

    def _draw(self) -> None:
        self.setIcon(theme().icon(self._name))


class IconLabel(QLabel):
    """A quiet icon that follows the palette and the direction."""

    def __init__(self, name: str, size: int = 16) -> None:
        super().__init__()
        self._name, self._size = name, size
        theme().changed.connect(self._draw)
        self._draw()

    def changeEvent(self, event: QEvent) -> None:
        """Directional icons mirror with the language."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.LayoutDirectionChange:
            self._draw()

    def _draw(self) -> None:
        self.setPixmap(theme().icon(self._name, "ink3").pixmap(QSize(self._size, self._size)))
