"""The command palette: type a few letters of what you want to do, in French or Arabic, and press Enter.

It teaches: every command shows its shortcut.
"""

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from desktop.core.translation import Translation
from desktop.ui.commands import Command, commands
from desktop.ui.fonts import Role
from desktop.ui.theme import dress, theme
from protocol.text import fold

_MOVES = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


class CommandPalette(QDialog):
    """Commands of `window` that can be used now; running one closes the palette first."""

    def __init__(self, window: QWidget, translation: Translation) -> None:
        super().__init__(window)
        self._translation = translation
        self._commands = commands(window, translation.language)
        self.setWindowTitle(translation("frame.palette.title"))
        self.field = QLineEdit()
        self.field.setPlaceholderText(translation("frame.palette.placeholder"))
        self.field.setAccessibleName(translation("frame.palette.title"))
        self.list = QListWidget()
        self.list.setAccessibleName(translation("frame.palette.title"))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.field.installEventFilter(self)
        self.field.textChanged.connect(self._fill)
        self.field.returnPressed.connect(self._run)
        self.list.itemClicked.connect(lambda _: self._run())
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 12, 12)
        column.addWidget(self.field)
        column.addWidget(self.list)
        self.resize(theme().px(560), theme().px(420))
        self._fill("")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Arrows move in the list while the keyboard stays in the field."""
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress and event.key() in _MOVES:
            self.list.keyPressEvent(event)
            return True
        return super().eventFilter(watched, event)

    def texts(self) -> tuple[str, ...]:
        """The commands on show."""
        return tuple(
            self.list.item(row).data(Qt.ItemDataRole.UserRole).text for row in range(self.list.count())
        )

    def _fill(self, typed: str) -> None:
        words = fold(typed).split()
        self.list.clear()
        for command in self._commands:
            if command.matches(words):
                item = QListWidgetItem(self.list)
                item.setData(Qt.ItemDataRole.UserRole, command)
                item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{command.text} {command.key}")
                item.setSizeHint(QSize(100, theme().px(36)))
                self.list.setItemWidget(item, _line(command))
        self.list.setCurrentRow(0)

    def _run(self) -> None:
        item = self.list.currentItem()
        self.accept()
        if item is not None:
            item.data(Qt.ItemDataRole.UserRole).action.trigger()


def _line(command: Command) -> QWidget:
    made = QWidget()
    line = QHBoxLayout(made)
    line.setContentsMargins(10, 0, 10, 0)
    text = QLabel(command.text)
    line.addWidget(text, 1)
    if command.key:
        key = QLabel(command.key)
        theme().wear(key, Role.SMALL)
        dress(key, kind="key")
        line.addWidget(key, alignment=Qt.AlignmentFlag.AlignVCenter)
    return made
