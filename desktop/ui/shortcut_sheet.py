"""The sheet of shortcuts (F1 or ?): every action with a key, in both languages side by side."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QGridLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from desktop.core.translation import Translation
from desktop.ui import direction
from desktop.ui.commands import Command, commands
from desktop.ui.fonts import Role
from desktop.ui.theme import dress, theme


class ShortcutSheet(QDialog):
    """Key, text in the interface's language, text in the other one."""

    def __init__(self, window: QWidget, translation: Translation) -> None:
        super().__init__(window)
        self.setWindowTitle(translation("frame.shortcuts.title"))
        title = QLabel(translation("frame.shortcuts.title"))
        theme().wear(title, Role.TITLE)
        inside = QWidget()
        dress(inside, kind="canvas")
        grid = QGridLayout(inside)
        grid.setContentsMargins(0, 8, 12, 8)
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(2, 1)
        self.commands = tuple(
            command for command in commands(window, translation.language, enabled=False) if command.key
        )
        for row, command in enumerate(self.commands):
            _add(grid, row, command)
        grid.setRowStretch(len(self.commands), 1)
        area = QScrollArea(widgetResizable=True)
        area.setWidget(inside)
        area.setAccessibleName(translation("frame.shortcuts.title"))
        close = QPushButton(translation("frame.close"))
        close.clicked.connect(self.accept)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.addWidget(title)
        column.addWidget(area, 1)
        column.addWidget(close, alignment=Qt.AlignmentFlag.AlignTrailing)
        close.setFocus()
        self.resize(theme().px(720), theme().px(520))


def _add(grid: QGridLayout, row: int, command: Command) -> None:
    key, text, twin = QLabel(command.key), QLabel(command.text), QLabel(command.twin)
    theme().wear(key, Role.SMALL)
    dress(key, kind="key")
    dress(twin, ink="ink3")
    twin.setAlignment(direction.align(direction.of(command.twin)))
    grid.addWidget(key, row, 0, alignment=Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter)
    grid.addWidget(text, row, 1)
    grid.addWidget(twin, row, 2)
