"""The list pane: an opened queue or search, its sorting, its empty states, the reading position kept.

Selecting a row opens it; selecting several opens none, and offers to give them to others. When an act of
mine takes the open complaint out of the queue the next one opens; when somebody else's does, all stays.
"""

from array import array
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QModelIndex, QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtWidgets import QAbstractItemView, QProgressBar, QStackedWidget, QVBoxLayout, QWidget

from desktop.core.background import Background
from desktop.core.errors import PersonError
from desktop.core.settings import Settings
from desktop.core.translation import Translation
from desktop.models.records import ListedRow, Listing
from desktop.ui import list_wanted, row_presenter
from desktop.ui.board_presenter import NamedMark
from desktop.ui.complaints_model import ComplaintsModel
from desktop.ui.empty_state import EmptyState
from desktop.ui.handover_strip import HandoverStrip
from desktop.ui.list_header import ListHeader
from desktop.ui.list_rows import Rows
from desktop.ui.list_wanted import EMPTY_ICONS, Answer, Wanted
from desktop.ui.row_delegate import RowDelegate
from desktop.ui.theme import dress, theme
from protocol.complaint import Status

_OPEN_DELAY_MS = 40
_BUSY_DELAY_MS = 400
IN_HAND = frozenset({Status.ASSIGNED, Status.IN_PROGRESS})


class ListView(QWidget):
    """Signals: `opened(complaint id)`, `entered()` on Enter, `left()` when nothing is open any more.

    `handover_wanted(row numbers)` asks to give several to others, `figure_left()` to return to the board.
    """

    opened = Signal(str)
    entered = Signal()
    left = Signal()
    queue_wanted = Signal(str)
    search_ended = Signal()
    figure_left = Signal()
    handover_wanted = Signal(object)

    def __init__(
        self, desk, background: Background, settings: Settings, translation: Translation, parent=None
    ) -> None:
        super().__init__(parent)
        self._desk, self._background = desk, background
        self._settings, self._translation = settings, translation
        self._wanted = Wanted(sort=settings.preferences.sort)
        self._open_n: int | None = None
        self._chosen_n: int | None = None
        self._acted = ""
        self._shown: Wanted | None = None
        self._fault: PersonError | None = None
        self.model = ComplaintsModel(desk, background, lambda: translation.language)
        self.model.spoken = lambda line: row_presenter.spoken(line, translation, desk.today)
        self.delegate = RowDelegate(self.model, translation, theme(), lambda: desk.today, me=desk.profile.id)
        self.delegate.density = settings.preferences.density
        self.delegate.forget()
        self._timer = QTimer(self, singleShot=True, interval=_OPEN_DELAY_MS)
        self._busy = QTimer(self, singleShot=True, interval=_BUSY_DELAY_MS)
        self._build()
        self._connect()
        self.retranslate()

    # --- what the window asks

    @property
    def queue(self) -> str:
        """Code of the queue on show, also while searching."""
        return self._wanted.queue

    @property
    def figure(self) -> NamedMark | None:
        """The figure of the board whose list is on show, None for a queue."""
        return self._wanted.figure

    def allow_several(self, allowed: bool) -> None:
        """Whether several rows may be chosen, to give them to others."""
        modes = QAbstractItemView.SelectionMode
        self.view.setSelectionMode(modes.ExtendedSelection if allowed else modes.SingleSelection)

    def open_queue(self, queue: str) -> None:
        """Show a queue from its beginning; ends a search."""
        self._begin(replace(self._wanted, queue=queue, text="", figure=None))

    def open_figure(self, figure: NamedMark) -> None:
        """Show the list behind a figure of the board."""
        self._begin(replace(self._wanted, text="", figure=figure))

    def _begin(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self._open_n = self._chosen_n = None
        self._mark(QModelIndex())
        self.left.emit()
        self._ask()

    def search(self, text: str) -> None:
        """Show what holds every word of `text`; an empty text shows the queue again."""
        if text.strip() != self._wanted.text:
            self._wanted = replace(self._wanted, text=text.strip())
            self._ask()

    def reload(self) -> None:
        """Ask for the order again; selection and reading position are kept."""
        self._ask()

    def refresh(self, complaints: frozenset[str]) -> None:
        """Records of these complaints changed."""
        self.model.refresh(complaints)

    def note_act(self, complaint: str) -> None:
        """An act of mine was just done on this complaint: if it leaves the queue, the next one opens."""
        self._acted = complaint

    def step(self, by: int) -> None:
        """Open the row `by` places further, staying inside the list."""
        count = self.model.rowCount()
        if count:
            # Qt makes the first row current, unselected, when the list gets the keyboard
            here = self.view.currentIndex().row() if self.view.selectionModel().hasSelection() else -1
            self._select(min(count - 1, max(0, here + by if here >= 0 else 0)))

    def focus_list(self) -> None:
        """Give the list the keyboard, on its first row if none is current."""
        self.view.setFocus(Qt.FocusReason.ShortcutFocusReason)
        if not self.view.selectionModel().hasSelection():
            self.step(0)

    def show_sorts(self) -> None:
        """Open the menu of orders."""
        self.head.show_sorts()

    def set_density(self, density: str) -> None:
        """Row height: "compact" (60 px) or "comfortable" (76 px)."""
        self.delegate.density = density
        self._on_theme_changed()

    def retranslate(self) -> None:
        """All texts again, in the language now."""
        say = self._translation
        self.delegate.forget()
        self.model.retranslate()
        self.view.setAccessibleName(say("frame.list.name"))
        self.head.retranslate(say)
        self.strip.retranslate()
        self._say()

    # --- building

    def _build(self) -> None:
        dress(self, kind="surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.head = ListHeader(self._wanted.sort)
        self.view = Rows(self.model, self.delegate)
        self.strip = HandoverStrip(self._translation)
        self.empty = EmptyState()
        self._stack = QStackedWidget()
        self._stack.addWidget(self.view)
        self._stack.addWidget(self.empty)
        self._progress = QProgressBar(textVisible=False, minimum=0, maximum=0)
        self._progress.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.head)
        column.addWidget(self._progress)
        column.addWidget(self._stack, 1)
        column.addWidget(self.strip)

    def _connect(self) -> None:
        self.view.selectionModel().selectionChanged.connect(self._on_selection_changed)
        self.view.clicked.connect(self._on_clicked)
        self.view.activated.connect(self._on_activated)
        self.model.fetched.connect(self._open_current)
        self.model.failed.connect(self._on_failed)
        self.model.dataChanged.connect(self._on_rows_changed)
        self._timer.timeout.connect(self._open_current)
        self._busy.timeout.connect(self._progress.show)
        self.head.sorted_by.connect(self.sort_by)
        self.head.scoped.connect(self._on_scope_toggled)
        self.head.ended.connect(self.leave)
        self.strip.asked.connect(self.hand_over)
        self.strip.cleared.connect(self.clear_several)
        self.empty.acted.connect(self._on_empty_acted)
        theme().changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    # --- asking and showing

    def sort_by(self, sort: str) -> None:
        """Order by "due", "received", "changed" or "number", and remember it."""
        self._wanted = replace(self._wanted, sort=sort)
        self._background.change(lambda: self._settings.change(sort=sort))
        self._say()
        self._ask()

    def _ask(self) -> None:
        wanted, opened, desk = self._wanted, self._open_n, self._desk
        self._busy.start()
        work = partial(list_wanted.read, desk, wanted, opened)
        self._background.read(work, self._show, self._on_failed, key="listing")

    def _show(self, answer: Answer) -> None:
        self._busy.stop()
        self._progress.hide()
        self._fault = None
        same_place = answer.wanted == self._shown
        self._shown = answer.wanted
        position = self.view.currentIndex().row()
        anchor = self.view.anchor() if same_place else None
        several = self.view.chosen() if same_place and self.view.chosen_count() > 1 else ()
        selection = self.view.selectionModel()
        selection.blockSignals(True)
        self.model.show(answer.listing)
        selection.blockSignals(False)
        self._restore_current()
        self._restore_several(several)
        if anchor is not None:
            self.view.scroll_back(*anchor)
        elif not same_place:
            self.view.scrollToTop()
        self._say()
        gone = answer.left
        if same_place and gone is not None and position >= 0 and self._finished(gone):
            self._advance(position)

    def _finished(self, gone: ListedRow) -> bool:
        """Whether my own act took the line away; what I have just taken on stays before me."""
        mine = gone.row.assignee == self._desk.profile.id and gone.row.status in IN_HAND
        return not mine and bool(gone.waiting or gone.row.id == self._acted)

    def _advance(self, position: int) -> None:
        count = self.model.rowCount()
        if count:
            self._select(min(position, count - 1))
        else:
            self._open_n = None
            self.left.emit()

    def _restore_current(self) -> None:
        position = None if self._open_n is None else self.model.position_of(self._open_n)
        if position is not None and position != self.view.currentIndex().row():
            self._mark(self.model.index(position))

    def _restore_several(self, several: tuple[int, ...]) -> None:
        if several:
            with QSignalBlocker(self.view.selectionModel()):
                self.view.choose_again(several)
        self.strip.show_count(self.view.chosen_count())

    def hand_over(self) -> None:
        """Ask to give the chosen rows to others, where several may be chosen."""
        if self.view.selectionMode() is QAbstractItemView.SelectionMode.ExtendedSelection:
            self.handover_wanted.emit(self.view.chosen())

    def clear_several(self) -> None:
        """Back to the one row that is open, or to none."""
        position = None if self._open_n is None else self.model.position_of(self._open_n)
        self._mark(self.model.index(-1 if position is None else position))

    def _select(self, position: int) -> None:
        # Said outright: the view would read Ctrl or Shift, still held from "send", as choosing several.
        selection, index = self.view.selectionModel(), self.model.index(position)
        selection.setCurrentIndex(index, selection.SelectionFlag.ClearAndSelect)
        self.view.scrollTo(index)

    def follow(self, complaint: str) -> None:
        """A complaint was opened from elsewhere: its row is the chosen one, or none is."""
        self._timer.stop()
        position = self.model.position_of_complaint(complaint)
        self._open_n = self._chosen_n = None if position is None else self.model.n_at(position)
        self._mark(self.model.index(-1 if position is None else position))

    def _mark(self, index: QModelIndex) -> None:
        """Choose a row without opening it; no row for an invalid index: the next click opens any."""
        selection = self.view.selectionModel()
        with QSignalBlocker(selection):
            selection.setCurrentIndex(index, selection.SelectionFlag.ClearAndSelect)
        self.strip.show_count(self.view.chosen_count())
        self.view.viewport().update()

    def _open_current(self) -> None:
        n = self._chosen_n
        position = None if n is None else self.model.position_of(n)
        if position is None or n == self._open_n or self._timer.isActive():
            return
        line = self.model.line(position)
        if line is not None:
            self._open_n = n
            self.opened.emit(line.row.id)

    # --- events

    def _on_selection_changed(self) -> None:
        count = self.view.chosen_count()
        self.strip.show_count(count)
        if count == 1:
            self._choose(self.view.selectionModel().selectedIndexes()[0])
        else:
            self._timer.stop()  # what was just clicked is chosen with others: it does not open

    def _on_clicked(self, index: QModelIndex) -> None:
        if self.view.chosen_count() == 1 and self.view.selectionModel().isSelected(index):
            self._choose(index)

    def leave(self) -> None:
        """Out of the search, or back to the board."""
        (self.search_ended if self._wanted.text else self.figure_left).emit()

    def _choose(self, index: QModelIndex) -> None:
        """Open this row in a moment: its number, not its place, for rows may move before the timer ends."""
        self._chosen_n = self.model.n_at(index.row())
        self._timer.start()

    def _on_activated(self, index: QModelIndex) -> None:
        self._timer.stop()
        self._chosen_n = self.model.n_at(index.row())
        self._open_current()
        self.entered.emit()

    def _on_rows_changed(self, first: QModelIndex, last: QModelIndex, _roles: object = None) -> None:
        """A row alone (an act of mine) is painted now, not after whatever the opened complaint has to do."""
        if first.row() == last.row():
            self.view.viewport().repaint(self.view.visualRect(first))

    def _on_failed(self, error: PersonError) -> None:
        self._busy.stop()
        self._progress.hide()
        self._fault = error
        self.model.show(Listing("", "", array("q")))
        self._say()

    def _on_scope_toggled(self, here: bool) -> None:
        self._wanted = replace(self._wanted, everywhere=not here)
        self._ask()

    def _on_empty_acted(self) -> None:
        if self._fault is not None:
            self._ask()
        elif self._wanted.text or self._wanted.figure is not None:
            self.leave()
        else:
            self.queue_wanted.emit("mine" if self._wanted.queue != "mine" else "unassigned")

    def _on_theme_changed(self) -> None:
        self.delegate.forget()
        self.view.doItemsLayout()
        self.view.viewport().update()

    # --- words

    def _say(self) -> None:
        say, wanted, count = self._translation, self._wanted, self.model.rowCount()
        searching = bool(wanted.text)
        found = say.count("frame.search.found", count, figure=say.number(count))
        self.head.say(
            title=say("frame.search.title") if searching else self._title(),
            count=found if searching else say.number(count),
            spoken=say.count("frame.list.count", count, figure=say.number(count)),
        )
        figure = wanted.figure is not None
        self.head.show_state(say, wanted.sort, searching=searching, figure=figure)
        self._stack.setCurrentIndex(0 if count or self._shown is None else 1)
        if self._fault is not None:
            told = say.error(self._fault)
            self.empty.say("overdue", told.title, f"{told.text} {told.next}", say("frame.retry"))
            self._stack.setCurrentIndex(1)
        elif count or self._shown is None:
            return
        elif searching:
            self.empty.say("search", *self._words("search", text=wanted.text))
        elif figure:
            self.empty.say(
                "check", *(say(f"board.list.empty.{part}") for part in ("title", "text", "action"))
            )
        else:
            self.empty.say(EMPTY_ICONS.get(wanted.queue, "inbox"), *self._words(wanted.queue))

    def _title(self) -> str:
        figure = self._wanted.figure
        return figure.title(self._translation) if figure else self._translation(f"queue.{self._wanted.queue}")

    def _words(self, subject: str, **values: str) -> tuple[str, str, str]:
        key = f"frame.empty.{subject}"
        say = self._translation
        return say(f"{key}.title"), say(f"{key}.text", **values), say(f"{key}.action")
