"""The chip that says whose board it is, and the menu that chooses the whole administration or one service."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QPushButton

from desktop.ui.fonts import Role
from desktop.ui.icons import beside_icon, extent
from desktop.ui.theme import dress, theme


class UnitChooser(QPushButton):
    """`chosen(unit code)`; with a single unit it only says which."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        dress(self, kind="chip")
        theme().wear(self, Role.QUIET)
        self.setIconSize(extent(16))
        self._menu = QMenu(self)
        self._group = QActionGroup(self._menu)
        self._group.triggered.connect(self._on_triggered)
        self._names: dict[str, str] = {}
        self._name = ""
        self.setMenu(self._menu)
        theme().changed.connect(self._fit)
        self._fit()

    def show_units(self, units: list[tuple[str, str]], current: str, name: str) -> None:
        """The units by code and name, the whole administration ("") first; `name` is what is chosen."""
        self._names = dict(units)
        for action in self._group.actions():
            self._group.removeAction(action)
        self._menu.clear()
        self._menu.setTitle(name)
        for code, title in units:
            action = self._menu.addAction(title.replace("&", "&&"))
            action.setData(code)
            action.setCheckable(True)
            action.setChecked(code == current)
            self._group.addAction(action)
        self._name = name
        self.setVisible(len(units) > 2)
        self._say(current)

    def _on_triggered(self, action) -> None:
        self._say(action.data())
        self.chosen.emit(action.data())

    def _say(self, current: str) -> None:
        shown = self._names.get(current, "")
        self.setText(beside_icon(shown.replace("&", "&&")))
        self.setAccessibleName(f"{self._name} : {shown}")
        self.setToolTip(self.accessibleName())

    def _fit(self) -> None:
        self.setFixedHeight(theme().px(28))
        self.setIcon(theme().icon("unit"))
