"""The head of the list: title, count, the chips of order, scope and end of search."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMenu, QPushButton, QVBoxLayout

from desktop.core.translation import Translation
from desktop.ui.fonts import Role
from desktop.ui.icons import beside_icon, extent
from desktop.ui.theme import dress, theme

SORTS = ("due", "received", "changed", "number")


class ListHeader(QFrame):
    """`sorted_by(sort)`, `scoped(only this queue)`, `ended()` are what a person asks for here."""

    sorted_by = Signal(str)
    scoped = Signal(bool)
    ended = Signal()

    def __init__(self, sort: str) -> None:
        super().__init__()
        self.title, self.count = QLabel(), QLabel()
        theme().wear(self.title, Role.TITLE)
        theme().wear(self.count, Role.BODY)
        dress(self.count, ink="ink2")
        self.sort, self.scope, self.end = QPushButton(), QPushButton(checkable=True), QPushButton()
        self._end_icon = "close"
        self._sorts = self._made_menu(sort)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._made_title())
        column.addWidget(self._made_chips())
        self._sorts.triggered.connect(lambda action: self.sorted_by.emit(action.data()))
        self.scope.toggled.connect(self.scoped)
        self.end.clicked.connect(self.ended)
        theme().changed.connect(self._fit)
        self._fit()

    def retranslate(self, say: Translation) -> None:
        """The words that do not depend on what is shown."""
        for action in self._sorts.actions():
            action.setText(say(f"frame.sort.{action.data()}"))
        self.scope.setText(say("frame.search.here"))
        self.scope.setToolTip(say("frame.search.here.hint"))

    def say(self, *, title: str, count: str, spoken: str) -> None:
        """What is on show and how much of it."""
        self.title.setText(title)
        self.count.setText(count)
        self.count.setAccessibleName(spoken)

    def show_state(self, say: Translation, sort: str, *, searching: bool, figure: bool = False) -> None:
        """The order's chip for a queue or a figure, the scope's for a search, and the way back."""
        self.sort.setText(beside_icon(say("frame.sort.chip", sort=say(f"frame.sort.{sort}.short"))))
        self.sort.setVisible(not searching)
        self.scope.setVisible(searching and not figure)
        self.end.setVisible(searching or figure)
        back = figure and not searching
        key = "board.list.back" if back else "board.list.end_search" if figure else "frame.search.end"
        self.end.setText(beside_icon(say(key)))
        self._end_icon = "chevron_start" if back else "close"
        self.end.setIcon(theme().icon(self._end_icon))
        for action in self._sorts.actions():
            action.setChecked(action.data() == sort)

    def show_sorts(self) -> None:
        """Open the menu of orders."""
        if self.sort.isVisible():
            self.sort.showMenu()

    def _made_menu(self, sort: str) -> QActionGroup:
        menu = QMenu(self.sort)
        group = QActionGroup(menu)
        for code in SORTS:
            action = menu.addAction("")
            action.setData(code)
            action.setCheckable(True)
            action.setChecked(code == sort)
            group.addAction(action)
        self.sort.setMenu(menu)
        return group

    def _made_title(self) -> QFrame:
        self._bar = QFrame()
        dress(self._bar, kind="head")
        line = QHBoxLayout(self._bar)
        line.setContentsMargins(16, 0, 16, 0)
        line.addWidget(self.title, 1)
        line.addWidget(self.count)
        return self._bar

    def _made_chips(self) -> QFrame:
        bar = QFrame()
        dress(bar, kind="head")
        line = QHBoxLayout(bar)
        line.setContentsMargins(16, 6, 16, 6)
        line.setSpacing(8)
        for chip in (self.sort, self.scope, self.end):
            dress(chip, kind="chip")
            theme().wear(chip, Role.QUIET)
            chip.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            chip.setIconSize(extent(16))
            line.addWidget(chip)
        line.addStretch(1)
        return bar

    def _fit(self) -> None:
        self._bar.setFixedHeight(theme().px(46))
        for chip in (self.sort, self.scope, self.end):
            chip.setFixedHeight(theme().px(28))
        self.sort.setIcon(theme().icon("sort"))
        self.end.setIcon(theme().icon(self._end_icon))
