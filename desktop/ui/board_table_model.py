"""A Grid as an item model: Qt's own table gives keyboard, screen readers and mirroring for it."""

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from desktop.ui.board_grid import Cell, Grid

_Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()


class BoardTableModel(QAbstractTableModel):
    """Lines in the order asked for; new counts of the same lines change cells in place."""

    def __init__(self) -> None:
        super().__init__()
        self.grid = Grid((), ())
        self._given = self.grid
        self._order = (0, False)

    @property
    def order(self) -> tuple[int, bool]:
        """The column it is sorted by, and whether the largest comes first."""
        return self._order

    def show(self, grid: Grid) -> None:
        """Another table; the same lines and columns with other counts reset nothing."""
        self._given = grid
        self._arrange()

    def arrange(self, column: int, *, falling: bool) -> None:
        """Sort by a column from now on."""
        self._order = (column, falling)
        self._arrange()

    def cell(self, index: _Index) -> Cell:
        """The cell at a place."""
        return self.grid.lines[index.row()].cells[index.column()]

    def rowCount(self, parent: _Index = _ROOT) -> int:
        """Lines."""
        return 0 if parent.isValid() else len(self.grid.lines)

    def columnCount(self, parent: _Index = _ROOT) -> int:
        """Columns."""
        return 0 if parent.isValid() else len(self.grid.columns)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Texts, and sentences for tool tips and screen readers."""
        if not index.isValid():
            return None
        cell = self.cell(index)
        if role == Qt.ItemDataRole.DisplayRole:
            return cell.text
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return cell.spoken or cell.text
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        """Heads of columns."""
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(self.grid.columns):
            return None
        column = self.grid.columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.title
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return column.hint or column.title
        return None

    def _arrange(self) -> None:
        column, falling = self._order
        given = self._given
        fresh = given.arranged(column, falling=falling) if column < len(given.columns) else given
        before, codes = self.grid, [line.code for line in fresh.lines]
        if fresh == before:
            return
        same = before.columns == fresh.columns and codes == [line.code for line in before.lines]
        if same:
            self.grid = fresh
            self.dataChanged.emit(self.index(0, 0), self.index(len(codes) - 1, len(fresh.columns) - 1))
            return
        self.beginResetModel()
        self.grid = fresh
        self.endResetModel()
