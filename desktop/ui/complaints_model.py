"""The rows of an opened queue or search as a list model: an order of row numbers, records fetched in slices.

The delegate reads `line(position)` directly; `data` serves only keyboard search and screen readers. There is
no proxy: sorting and filtering are the store's. Row numbers (`n`) are the cache's and stay while it is open.
The base class only counts: a rowCount in Python is asked for every row at each layout (20 ms for 5,000 rows).
"""

from array import array
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QStringListModel, Qt, Signal

from desktop.core.background import Background
from desktop.core.errors import PersonError
from desktop.models.records import ListedRow, Listing
from resources import places

SLICE = 120
"""Rows fetched at once: three screens."""
KEPT = 6_000
"""Records kept before those far from the latest slice are forgotten."""

_Index = QModelIndex | QPersistentModelIndex


class Rows(Protocol):
    """What the model asks of the desk."""

    def rows(self, ns: list[int]) -> tuple[ListedRow, ...]: ...

    def name_of(self, user_id: str, language: str) -> str: ...


@dataclass(frozen=True, slots=True)
class _Fetched:
    """Records asked for, with the names of their assignees."""

    asked: tuple[int, ...]
    lines: tuple[ListedRow, ...]
    names: dict[str, str]


class ComplaintsModel(QStringListModel):
    """Positions 0..len(order)-1 of a Listing; a record not fetched yet is None.

    `failed(error)`: records could not be read; they are asked for again when the order is.
    """

    fetched = Signal()
    failed = Signal(object)

    def __init__(self, desk: Rows, background: Background, language: Callable[[], str]) -> None:
        super().__init__()
        self._desk = desk
        self._background = background
        self._language = language
        self._order: array[int] = array("q")
        self._positions: dict[int, int] | None = None
        self._lines: dict[int, ListedRow] = {}
        self._names: dict[str, str] = {}
        self._asked: set[int] = set()
        self.spoken: Callable[[ListedRow], str] = lambda line: line.row.object

    # --- what views and the delegate read

    def flags(self, index: _Index) -> Qt.ItemFlag:
        """Rows are chosen, never edited in place."""
        return Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEnabled

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """The object for keyboard search, the whole row in words for screen readers."""
        if role == Qt.ItemDataRole.DisplayRole:
            line = self.line(index.row())
            return line.row.object if line else ""
        if role == Qt.ItemDataRole.AccessibleTextRole:
            line = self.line(index.row())
            return self.spoken(line) if line else ""
        return None

    def line(self, position: int) -> ListedRow | None:
        """The record at a position, asking for its slice when it is not here yet."""
        if not 0 <= position < len(self._order):
            return None
        n = self._order[position]
        found = self._lines.get(n)
        if found is None and n not in self._asked:
            self._fetch_slice(position)
        return found

    def name(self, user: str) -> str:
        """A colleague's name in the interface's language, "" while unknown."""
        return self._names.get(user, "")

    def n_at(self, position: int) -> int | None:
        """The row number at a position."""
        return self._order[position] if 0 <= position < len(self._order) else None

    def position_of(self, n: int) -> int | None:
        """Where row number `n` stands, or None when it is not in this listing."""
        if self._positions is None:
            self._positions = {number: position for position, number in enumerate(self._order)}
        return self._positions.get(n)

    def position_of_complaint(self, complaint: str) -> int | None:
        """Where a complaint stands, when its record is here."""
        for n, line in self._lines.items():
            if line.row.id == complaint:
                return self.position_of(n)
        return None

    # --- what the list view tells it

    def show(self, listing: Listing) -> None:
        """Show another order; records already here are kept, an equal order changes nothing."""
        if listing.order == self._order:
            return
        self._order = listing.order
        self._positions = None
        self._asked.clear()
        self.setStringList([""] * len(listing.order))

    def clear(self) -> None:
        """Show nothing."""
        self.show(Listing("", "", array("q")))

    def refresh(self, complaints: frozenset[str]) -> None:
        """Fetch the records of these complaints again; rows on screen change when they come."""
        stale = [n for n, line in self._lines.items() if line.row.id in complaints]
        if stale:
            self._fetch(stale)

    def retranslate(self) -> None:
        """Fetch names again, in the language now."""
        self._names.clear()
        if self._lines:
            self._fetch(list(self._lines)[-SLICE:])

    # --- fetching

    def _fetch_slice(self, position: int) -> None:
        start = max(0, position - SLICE // 4)
        wanted = [n for n in self._order[start : start + SLICE] if n not in self._lines]
        self._asked.update(wanted)
        self._fetch(wanted)

    def _fetch(self, ns: list[int]) -> None:
        language = self._language()

        def failed(error: PersonError) -> None:
            self._asked.difference_update(ns)
            self.failed.emit(error)

        self._background.read(lambda: _read(self._desk, ns, language), self._receive, failed)

    def _receive(self, fetched: _Fetched) -> None:
        if len(self._lines) > KEPT:
            self._lines.clear()
            self._asked.clear()
        self._names.update(fetched.names)
        for line in fetched.lines:
            self._lines[line.n] = line
        self._asked.difference_update(fetched.asked)
        missing = set(fetched.asked).difference(line.n for line in fetched.lines)
        for n in missing:
            self._lines.pop(n, None)
            self._asked.add(n)
        self._announce([self.position_of(n) for n in fetched.asked])
        self.fetched.emit()

    def _announce(self, positions: list[int | None]) -> None:
        known = [position for position in positions if position is not None]
        if known:
            self.dataChanged.emit(self.index(min(known)), self.index(max(known)))


def _read(desk: Rows, ns: list[int], language: str) -> _Fetched:
    lines = desk.rows(ns)
    for line in lines:
        places.label(line.row.place, language)  # the register of places is read here, not while painting
    users = {line.row.assignee for line in lines if line.row.assignee}
    return _Fetched(tuple(ns), lines, {user: desk.name_of(user, language) for user in users})
