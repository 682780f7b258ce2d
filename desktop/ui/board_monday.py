"""Monday morning: what came since the last working day, what falls due this week, what waits in silence.

Each figure shows its first rows; the desks with unsent acts close the page, with the moment they are of.
"""

from datetime import date, datetime

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from desktop.core.translation import Translation
from desktop.core.workload_records import Board
from desktop.ui.board_card import Card
from desktop.ui.board_content import BoardContent
from desktop.ui.board_day import GAP, TWO_ABREAST
from desktop.ui.board_figures import FigureRow
from desktop.ui.board_table import BoardTable
from desktop.ui.board_table_delegate import PAD
from desktop.ui.theme import theme


class BoardMonday(QWidget):
    """`opened(target)`: a NamedMark or a ComplaintOf."""

    opened = Signal(object)

    def __init__(self, words: Translation) -> None:
        super().__init__()
        self._words = words
        self._abreast: bool | None = None
        self.figures = FigureRow(words)
        self.figures.opened.connect(self.opened)
        self.previews: list[BoardTable] = []
        self.cards: list[Card] = []
        self.desks = BoardTable()
        self.desks.opened.connect(self.opened)
        self.desks_card = Card(self.desks, indent=PAD)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(GAP)
        theme().changed.connect(self._arrange)

    def show_content(self, content: BoardContent, now: datetime) -> None:
        """New counts and rows, in place."""
        board, words = content.board, self._words
        since = words("board.monday.since", date=weekday_of(board.arrived_since, words))
        self.figures.show_figures(board.monday, content.known, {"arrived_since": since})
        while len(self.previews) < len(board.monday):
            self._add()
        for figure, grid, table, card in zip(
            board.monday, content.previews, self.previews, self.cards, strict=True
        ):
            code, shown = figure.mark.measure, len(grid.lines)
            table.show_grid(grid)
            title = since if code == "arrived_since" else words(f"board.measure.{code}")
            part = words("board.monday.first", shown=words.number(shown), figure=words.number(figure.count))
            card.say(title, part if figure.count > shown else "", words(f"board.monday.{code}.nothing"))
            card.show_empty(not shown)
        self.desks.show_grid(content.desks)
        self.desks_card.say(
            words("board.desks.title"), desks_moment(board, words, now), words("board.desks.nothing")
        )
        self.desks_card.show_empty(not board.desks)
        self._arrange()

    # --- inside

    def _add(self) -> None:
        table = BoardTable(sorts=False)
        table.opened.connect(self.opened)
        self.previews.append(table)
        self.cards.append(Card(table, indent=PAD))
        self._abreast = None

    def _arrange(self) -> None:
        abreast = self.width() >= theme().px(TWO_ABREAST)
        if abreast == self._abreast or not self.cards:
            return
        self._abreast = abreast
        across = 2 if abreast else 1
        self._grid.addWidget(self.figures, 0, 0, 1, 2)
        for place, card in enumerate(self.cards):
            self._grid.addWidget(card, 1 + place // across, place % across, 1, 3 - across)
        below = 1 + -(-len(self.cards) // across)
        self._grid.addWidget(self.desks_card, below, 0, 1, 2)
        for column in range(2):
            self._grid.setColumnStretch(column, 1)
        for row in range(below + 2):
            self._grid.setRowStretch(row, 1 if row == below + 1 else 0)

    def resizeEvent(self, event: object) -> None:
        """Cards abreast where there is room."""
        super().resizeEvent(event)
        self._arrange()


def weekday_of(day: date, words: Translation) -> str:
    """ "vendredi 20 nov.", without the year: it is of the days before."""
    weekday = words(f"dates.weekday.{day.isoweekday()}")
    return words("dates.weekday_day", weekday=weekday, date=words.short_date(day, day))


def desks_moment(board: Board, words: Translation, now: datetime) -> str:
    """Of when the contacts of the desks are, as the server told them."""
    if board.desks_at is None:
        return words("board.desks.never")
    return words("board.desks.as_of", moment=words.moment(board.desks_at, now))
