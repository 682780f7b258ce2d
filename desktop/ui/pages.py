"""The middle of the window: the list beside the complaint, the tray, the board; how one leads to the other.

The board and what reassigns are made when they are first wanted: a start pays for neither.
"""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QSplitter, QStackedWidget, QWidget

from desktop.core.background import Background
from desktop.core.records import Change
from desktop.core.settings import Settings
from desktop.core.translation import Translation
from desktop.ui.board_presenter import NamedMark
from desktop.ui.case_view import CaseView
from desktop.ui.list_view import ListView
from desktop.ui.returned_view import ReturnedView
from desktop.ui.undo_bar import UndoBar

if TYPE_CHECKING:
    from desktop.ui.board_view import BoardView
    from desktop.ui.handover_conductor import HandoverConductor

RETURNED = "returned"
BOARD = "board"


class Pages(QStackedWidget):
    """`turned(code)` names the queue, the tray or the board that is on show from now on."""

    turned = Signal(str)

    def __init__(
        self,
        desk,
        background: Background,
        settings: Settings,
        translation: Translation,
        *,
        clock: Callable[[], datetime],
    ) -> None:
        super().__init__()
        self._desk, self._background, self._translation = desk, background, translation
        self._clock = clock
        self.list = ListView(desk, background, settings, translation)
        self.case = CaseView(desk, background, translation, settings, clock=clock)
        self.returned = ReturnedView(desk, background, translation, clock=clock)
        self.split = QSplitter(Qt.Orientation.Horizontal)
        self.split.setHandleWidth(1)
        self.split.setChildrenCollapsible(False)
        self.split.addWidget(self.list)
        self.split.addWidget(self.case)
        self.split.setStretchFactor(1, 1)
        self.addWidget(self.split)
        self.addWidget(self.returned)
        self._board: BoardView | None = None
        self._handover: HandoverConductor | None = None
        self._connect()

    # --- where we are

    @property
    def code(self) -> str:
        """The queue, "returned" or "board", as the rail names them; a figure's list belongs to the board."""
        if self.currentWidget() is self.returned:
            return RETURNED
        on_board = self._board is not None and self.currentWidget() is self._board
        return BOARD if on_board or self.list.figure is not None else self.list.queue

    @property
    def board(self) -> "BoardView":
        """The board, made now if it was not there."""
        if self._board is None:
            from desktop.ui.board_view import BoardView

            self._board = board = BoardView(self._desk, self._background, self._translation, self._clock)
            board.figure_wanted.connect(self.open_figure)
            board.complaint_wanted.connect(self._on_complaint_wanted)
            board.handover_wanted.connect(lambda mark: self.handover.begin_with_list(mark))
            self.addWidget(board)
        return self._board

    @property
    def handover(self) -> "HandoverConductor":
        """What reassigns several at once, made now if it was not there."""
        if self._handover is None:
            from desktop.ui.handover_conductor import HandoverConductor

            self._handover = HandoverConductor(
                self._desk, self._background, self._translation, self, bar=self._bar
            )
            self._handover.done.connect(self.list.clear_several)
        return self._handover

    # --- going somewhere

    def open_queue(self, queue: str) -> None:
        """Show a queue, or the tray of returned acts."""
        if queue == RETURNED:
            self.setCurrentWidget(self.returned)
            self.returned.reload()
        else:
            self.setCurrentWidget(self.split)
            self.list.open_queue(queue)
        self.turned.emit(self.code)

    def open_complaint(self, complaint: str) -> None:
        """Show one complaint, from wherever we are."""
        self.setCurrentWidget(self.split)
        self.list.follow(complaint)
        self.case.open(complaint)
        self.turned.emit(self.code)

    def open_board(self) -> None:
        """Show the board as it was left."""
        self.setCurrentWidget(self.board)
        self.board.come_back()
        self.turned.emit(self.code)

    def open_figure(self, figure: NamedMark) -> None:
        """Show the list behind a figure, the keyboard in it."""
        self.setCurrentWidget(self.split)
        self.list.open_figure(figure)
        self.list.view.setFocus(Qt.FocusReason.OtherFocusReason)
        self.turned.emit(self.code)

    def search(self, text: str) -> None:
        """Show what holds every word of the text."""
        self.setCurrentWidget(self.split)
        self.list.search(text)

    def end_search(self) -> None:
        """Back to the queue, keyboard in the list."""
        self.list.search("")
        self.list.view.setFocus(Qt.FocusReason.OtherFocusReason)

    # --- what the window tells all pages

    def retranslate(self) -> None:
        """Every word in the language now."""
        for part in (self.list, self.case, self.returned, self._board):
            if part is not None:
                part.retranslate()
        self.split.setAccessibleName(self._translation("frame.splitter"))

    def refresh(self, change: Change) -> None:
        """What changed, gathered over some milliseconds."""
        if change.queues or change.complaints:
            self.list.reload()
        if self._board is not None:
            self._board.note(change)

    def flush(self) -> None:
        """Before closing: texts into the store, held answers sent."""
        self.case.flush()
        self.returned.flush()

    @property
    def unsaved(self) -> bool:
        """Whether a text has not reached the store."""
        return bool(self.case.drafts.pending or self.returned.drafts.pending)

    # --- inside

    def _connect(self) -> None:
        self.list.opened.connect(self.case.open)
        self.list.entered.connect(lambda: self.case.setFocus(Qt.FocusReason.ShortcutFocusReason))
        self.list.left.connect(self.case.clear)
        self.list.figure_left.connect(self.open_board)
        self.list.handover_wanted.connect(lambda numbers: self.handover.begin(numbers))
        self.case.navigate.connect(self.open_complaint)
        self.case.acted.connect(self.list.note_act)
        self.returned.navigate.connect(self.open_complaint)
        back = QShortcut(QKeySequence(Qt.Key.Key_Escape), self.list)
        back.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        back.activated.connect(self._on_escape)

    def _on_escape(self) -> None:
        if self.list.view.chosen_count() > 1:
            self.list.clear_several()
        elif self.list.figure is not None:
            self.list.leave()

    def _on_complaint_wanted(self, complaint: str, figure: NamedMark) -> None:
        self.open_figure(figure)
        self.open_complaint(complaint)

    def _bar(self) -> UndoBar:
        shown: QWidget | None = self.currentWidget()
        return self.board.undo_bar if shown is self._board else self.case.undo_bar
