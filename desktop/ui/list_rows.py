"""The rows of the list pane: equally high; several may be chosen with Shift and Ctrl, one alone opens."""

from itertools import groupby

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QItemSelectionRange, QModelIndex, QPoint, Qt
from PySide6.QtWidgets import QAbstractItemView, QListView

from desktop.ui.complaints_model import ComplaintsModel
from desktop.ui.row_delegate import RowDelegate


class Rows(QListView):
    """A QListView over a ComplaintsModel."""

    def __init__(self, model: ComplaintsModel, delegate: RowDelegate) -> None:
        super().__init__()
        self._model = model
        self.setModel(model)
        self.setItemDelegate(delegate)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.verticalScrollBar().setSingleStep(20)

    def dataChanged(self, first: QModelIndex, last: QModelIndex, roles: object = None) -> None:
        """Rows are equally high: those changed are drawn again, where QListView lays out every row anew."""
        QAbstractItemView.dataChanged(self, first, last, roles or [])

    def chosen(self) -> tuple[int, ...]:
        """Row numbers of the chosen rows, in the order on screen."""
        numbers = (self._model.n_at(position) for position in self._positions())
        return tuple(n for n in numbers if n is not None)

    def chosen_count(self) -> int:
        """How many rows are chosen, without reading them."""
        return sum(part.height() for part in self.selectionModel().selection())

    def choose_again(self, numbers: tuple[int, ...]) -> None:
        """Choose these rows where they stand now; those that left the list are left out. Tells nobody."""
        found = (self._model.position_of(n) for n in numbers)
        positions = sorted(position for position in found if position is not None)
        selection = QItemSelection()
        for _, run in groupby(enumerate(positions), key=lambda pair: pair[1] - pair[0]):
            rows = [position for _, position in run]
            selection.append(QItemSelectionRange(self._model.index(rows[0]), self._model.index(rows[-1])))
        self.selectionModel().select(selection, QItemSelectionModel.SelectionFlag.ClearAndSelect)

    def anchor(self) -> tuple[int, int] | None:
        """The first row on screen and how far it is scrolled out; None at the beginning."""
        if self.verticalScrollBar().value() == 0:
            return None
        top = self.indexAt(QPoint(self.viewport().width() // 2, 1))
        n = self._model.n_at(top.row())
        return None if n is None else (n, self.visualRect(top).top())

    def scroll_back(self, n: int, offset: int) -> None:
        """Bring the row of an anchor where it was."""
        position = self._model.position_of(n)
        if position is not None:
            self.scrollTo(self._model.index(position), QAbstractItemView.ScrollHint.PositionAtTop)
            bar = self.verticalScrollBar()
            bar.setValue(bar.value() - offset)

    def _positions(self) -> list[int]:
        found: set[int] = set()
        for part in self.selectionModel().selection():
            found.update(range(part.top(), part.bottom() + 1))
        return sorted(found)
