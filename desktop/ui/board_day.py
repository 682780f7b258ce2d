"""The board of the day: figures, ages of the stock, arrivals and answers, load, what is urgent, absences."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from desktop.core.translation import Translation
from desktop.core.workload_records import Board
from desktop.ui.board_card import Card, Legend, LegendItem
from desktop.ui.board_content import BoardContent
from desktop.ui.board_figures import FigureRow
from desktop.ui.board_presenter import FIGURES
from desktop.ui.board_table import BoardTable
from desktop.ui.board_table_delegate import PAD
from desktop.ui.chart_bars import BarChart
from desktop.ui.theme import theme

GAP = 12
TWO_ABREAST = 860
"""Least width in pixels at 100 % for two cards beside each other."""
_LIMIT_AFTER = 3
"""The legal limit of sixty days stands between the fourth and the fifth age."""


class BoardDay(QWidget):
    """`opened(target)`: a NamedMark, a ComplaintOf or a HandoverOf."""

    opened = Signal(object)

    def __init__(self, words: Translation) -> None:
        super().__init__()
        self._words = words
        self._abreast: bool | None = None
        self.figures = FigureRow(words)
        self.ages = BarChart(words, height=176)
        self.days = BarChart(words, bars=2, height=176)
        self.legend = Legend()
        self.load_legend = Legend(indent=PAD)
        self.agents, self.units = BoardTable(), BoardTable()
        self.urgent, self.absences = BoardTable(sorts=False), BoardTable(sorts=False)
        self._make_cards()
        for part in (self.figures, self.ages, self.days, self.agents, self.units, self.urgent, self.absences):
            part.opened.connect(self.opened)
        self._arrange()
        theme().changed.connect(self._arrange)

    def show_content(self, content: BoardContent) -> None:
        """New counts, drawn in place."""
        board = content.board
        by_measure = {figure.mark.measure: figure for figure in board.totals}
        figures = tuple(by_measure[code] for code in FIGURES if code in by_measure)
        self.figures.show_figures(figures, content.known)
        self.ages.show_columns(content.ages)
        self.ages.show_limit(self._words("board.ages.limit"), after=_LIMIT_AFTER)
        self.days.show_columns(content.days)
        self.agents.show_grid(content.agents)
        self.units.show_grid(content.units)
        self.urgent.show_grid(content.urgent)
        self.absences.show_grid(content.absences)
        self._say(board)
        self.cards["urgent"].show_empty(not content.urgent.lines)
        self.cards["absences"].show_empty(not content.absences.lines)
        self.cards["units"].setVisible(len(board.units) > 1)

    def retranslate(self) -> None:
        """Words that do not depend on the counts."""
        words = self._words
        self.legend.say(
            LegendItem(words("board.days.arrived"), "info", hollow=True),
            LegendItem(words("board.days.answered"), "accent"),
        )
        self.load_legend.say(
            LegendItem(words("board.load.in_time"), "accent"),
            LegendItem(words("board.load.due_5"), "warn"),
            LegendItem(words("board.load.overdue"), "danger"),
        )

    # --- inside

    def _make_cards(self) -> None:
        self.cards = {
            "ages": Card(self.ages, stretches=True),
            "days": Card(self.days, stretches=True),
            **{
                code: Card(getattr(self, code), indent=PAD)
                for code in ("agents", "urgent", "absences", "units")
            },
        }
        self.cards["days"].column.insertWidget(2, self.legend)
        self.cards["agents"].column.insertWidget(2, self.load_legend)
        self._beside = QWidget()
        column = QVBoxLayout(self._beside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP)
        for code in ("urgent", "absences", "units"):
            column.addWidget(self.cards[code])
        column.addStretch(1)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(GAP)

    def _say(self, board: Board) -> None:
        words = self._words
        stock = next((figure.count for figure in board.totals if figure.mark.measure == "open"), 0)
        figure = words.count("frame.list.count", stock, figure=words.number(stock))
        first, last = (words.short_date(one.day, one.day) for one in (board.days[0], board.days[-1]))
        for code, card in self.cards.items():
            lead = words(f"board.{code}.lead", stock=figure, first=first, last=last)
            card.say(words(f"board.{code}.title"), lead, words(f"board.{code}.nothing"))

    def _arrange(self) -> None:
        """Two cards abreast or one; done anew only when that changes."""
        abreast = self.width() >= theme().px(TWO_ABREAST)
        if abreast == self._abreast:
            return
        self._abreast = abreast
        grid, cards = self._grid, self.cards
        grid.addWidget(self.figures, 0, 0, 1, 12)
        half = 6 if abreast else 12
        grid.addWidget(cards["ages"], 1, 0, 1, half)
        grid.addWidget(cards["days"], 1 if abreast else 2, half % 12, 1, half)
        wide = 7 if abreast else 12
        grid.addWidget(cards["agents"], 3, 0, 1, wide)
        grid.addWidget(self._beside, 3 if abreast else 4, wide % 12, 1, 12 - wide if abreast else 12)
        for column in range(12):
            grid.setColumnStretch(column, 1)
            grid.setColumnMinimumWidth(column, 0)
        grid.setRowStretch(5, 1)

    def resizeEvent(self, event: object) -> None:
        """Cards abreast where there is room."""
        super().resizeEvent(event)
        self._arrange()
