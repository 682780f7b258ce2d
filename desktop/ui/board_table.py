"""A table of the board as high as its lines: the page scrolls, not the table; every count opens its list.

Sorted by name until a person asks for another column: nobody is ranked by default.
"""

from PySide6.QtCore import QEvent, QModelIndex, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QScrollArea, QSizePolicy, QTableView

from desktop.ui.board_grid import Grid
from desktop.ui.board_table_delegate import PAD, BoardHeader, BoardTableDelegate
from desktop.ui.board_table_model import BoardTableModel
from desktop.ui.fonts import Role
from desktop.ui.theme import theme

LINE = 32


class BoardTable(QTableView):
    """`opened(target)` when a cell that has one is clicked, or Enter pressed on it."""

    opened = Signal(object)

    def __init__(self, *, sorts: bool = True) -> None:
        super().__init__()
        self.lines = BoardTableModel()
        self._later: Grid | None = None
        self.setModel(self.lines)
        self.setItemDelegate(BoardTableDelegate(self.lines, self))
        self.setHorizontalHeader(BoardHeader(self.lines, self))
        self.verticalHeader().hide()
        self.setShowGrid(False)
        self.setMouseTracking(True)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFrameShape(QTableView.Shape.NoFrame)
        head = self.horizontalHeader()
        head.setSectionsClickable(sorts)
        head.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        head.setMinimumSectionSize(16)
        head.sectionClicked.connect(self._on_head_clicked)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setMinimumSectionSize(1)
        theme().changed.connect(self._fit)
        self._fit()

    def show_grid(self, grid: Grid) -> None:
        """New lines; the keyboard stays where it was, and nothing moves under the pointer.

        While it is over the table, lines keep their places: their counts are the new ones, lines that came or
        went wait until it leaves.
        """
        self._later = None
        if self.viewport().underMouse() and self.isVisible():
            self._later = grid
            grid = self._in_place(grid)
        current = self.currentIndex()
        at = self.lines.grid.lines[current.row()].code if current.isValid() else ""
        column = current.column()
        before = (self.lines.rowCount(), self.lines.grid.columns)
        self.lines.show(grid)
        if before != (self.lines.rowCount(), self.lines.grid.columns):
            self._fit()
        codes = [line.code for line in self.lines.grid.lines]
        if current.isValid() and not self.currentIndex().isValid() and at in codes:
            self.setCurrentIndex(self.lines.index(codes.index(at), column))

    def sizeHint(self) -> QSize:
        """Head and all lines."""
        head = self.horizontalHeader().height() if not self.horizontalHeader().isHidden() else 0
        return QSize(theme().px(240), head + self.lines.rowCount() * theme().px(LINE))

    def minimumSizeHint(self) -> QSize:
        """All lines, always."""
        return QSize(theme().px(160), self.sizeHint().height())

    # --- opening

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter and Space open what the cell counts."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._open(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click opens."""
        super().mouseReleaseEvent(event)
        if event.button() is Qt.MouseButton.LeftButton:
            index = self.indexAt(event.position().toPoint())
            if index == self.currentIndex():
                self._open(index)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """A hand over what opens."""
        super().mouseMoveEvent(event)
        index = self.indexAt(event.position().toPoint())
        opens = index.isValid() and self.lines.cell(index).target is not None
        shape = Qt.CursorShape.PointingHandCursor if opens else Qt.CursorShape.ArrowCursor
        if self.viewport().cursor().shape() is not shape:
            self.viewport().setCursor(shape)

    def leaveEvent(self, event: QEvent) -> None:
        """The pointer is gone: lines may come and go."""
        super().leaveEvent(event)
        if self._later is not None:
            QTimer.singleShot(0, self, self._catch_up)

    def _catch_up(self) -> None:
        grid = self._later
        if grid is not None and not self.viewport().underMouse():
            self.show_grid(grid)

    def _in_place(self, grid: Grid) -> Grid:
        shown = self.lines.grid
        if shown.columns != grid.columns:
            return grid
        fresh = {line.code: line for line in grid.lines}
        return Grid(grid.columns, tuple(fresh.get(line.code, line) for line in shown.lines))

    def focusInEvent(self, event: QEvent) -> None:
        """The keyboard always stands somewhere."""
        super().focusInEvent(event)
        if not self.currentIndex().isValid() and self.lines.rowCount():
            self.setCurrentIndex(self.lines.index(0, 0))
        self.viewport().update()

    def currentChanged(self, current: QModelIndex, previous: QModelIndex) -> None:
        """Keep the place of the keyboard in sight of the page that scrolls."""
        super().currentChanged(current, previous)
        page = self.parentWidget()
        while page is not None and not isinstance(page, QScrollArea):
            page = page.parentWidget()
        if page is None or not current.isValid() or not self.hasFocus():
            return
        rect: QRect = self.visualRect(current)
        at = self.viewport().mapTo(page.widget(), rect.center())
        page.ensureVisible(at.x(), at.y(), 0, rect.height() + theme().px(LINE))

    def _open(self, index: QModelIndex) -> None:
        if index.isValid():
            target = self.lines.cell(index).target
            if target is not None:
                self.opened.emit(target)

    # --- order and sizes

    def _on_head_clicked(self, section: int) -> None:
        column, falling = self.lines.order
        kind = self.lines.grid.columns[section].kind
        first = kind in ("figure", "bar")
        self.lines.arrange(section, falling=not falling if section == column else first)
        self.horizontalHeader().viewport().update()

    def _fit(self) -> None:
        self.verticalHeader().setDefaultSectionSize(theme().px(LINE))
        self.horizontalHeader().setFixedHeight(theme().px(30))
        self._share()
        self.updateGeometry()
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Columns share the new width."""
        super().resizeEvent(event)
        self._share()

    def _share(self) -> None:
        columns = self.lines.grid.columns
        if not columns:
            return
        metrics = QFontMetrics(theme().font(Role.QUIET_STRONG))
        heads = [metrics.horizontalAdvance(column.title + " ↑") if column.title else 0 for column in columns]
        least = [max(theme().px(c.width), head + 2 * PAD) for c, head in zip(columns, heads, strict=True)]
        shown = set(range(len(columns)))
        while sum(least[place] for place in shown) > self.viewport().width():
            spare = max(shown, key=lambda place: columns[place].spare)
            if not columns[spare].spare:
                break
            shown.remove(spare)
        room = max(0, self.viewport().width() - sum(least[place] for place in shown))
        weights = sum(columns[place].weight for place in shown) or 1
        for place, column in enumerate(columns):
            self.setColumnHidden(place, place not in shown)
            if place in shown:
                self.setColumnWidth(place, least[place] + room * column.weight // weights)
