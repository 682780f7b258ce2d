"""A board put into words and shapes for one language, ready for its widgets: made off the window's thread."""

from dataclasses import dataclass
from datetime import date, datetime

from desktop.core.translation import Translation
from desktop.core.workload_records import Board, Mark
from desktop.ui import board_lines, board_presenter
from desktop.ui.board_grid import Grid
from desktop.ui.board_presenter import Directory, NamedMark
from desktop.ui.board_reading import BoardReading
from desktop.ui.chart_bars import ColumnData
from desktop.ui.chart_mark import MarkData

_AGES = {"age_46_60": "warn", "age_over_60": "danger"}


@dataclass(frozen=True, slots=True)
class BoardContent:
    """All that the pages of the board show; `previews` follows the order of `board.monday`."""

    reading: BoardReading
    known: Directory
    ages: tuple[ColumnData, ...]
    days: tuple[ColumnData, ...]
    agents: Grid
    units: Grid
    urgent: Grid
    absences: Grid
    previews: tuple[Grid, ...]
    desks: Grid

    @property
    def board(self) -> Board:
        """The counts themselves."""
        return self.reading.board


def prepare(reading: BoardReading, words: Translation, now: datetime) -> BoardContent:
    """Every sentence of a reading in the language of `words`; `now` is aware UTC."""
    board, people, today = reading.board, reading.people, reading.today
    known = board_presenter.directory(board, reading.units)
    overdue = known.named(Mark("overdue", board.unit))
    previews = zip(board.monday, reading.previews, strict=True)
    return BoardContent(
        reading=reading,
        known=known,
        ages=age_columns(board, known, words),
        days=day_columns(board, known, words),
        agents=board_lines.agents(board, known, words, gives=reading.gives),
        units=board_lines.units(board, known, words),
        urgent=board_lines.complaints(reading.urgent, today, people, overdue, words),
        absences=board_lines.absences(board, people, known, words),
        previews=tuple(
            board_lines.complaints(rows, today, people, known.named(figure.mark), words)
            for figure, rows in previews
        ),
        desks=board_lines.desks(board, known, words, now),
    )


def age_columns(board: Board, known: Directory, words: Translation) -> tuple[ColumnData, ...]:
    """One bar an age, each with its count."""
    columns = []
    for figure in board.ages:
        target = known.named(figure.mark)
        said = board_presenter.spoken(figure, target, words)
        colour = _AGES.get(figure.mark.measure, "accent")
        mark = MarkData(target, figure.count, words.number(figure.count), said, colour)
        columns.append(ColumnData(board_presenter.short(figure.mark.measure, words), (mark,)))
    return tuple(columns)


def day_columns(board: Board, known: Directory, words: Translation) -> tuple[ColumnData, ...]:
    """Two bars a day: arrivals hollow, answers full; days of rest in quiet ink."""
    columns = []
    for one in board.days:
        marks = []
        for figure, colour, hollow in ((one.arrived, "info", True), (one.answered, "accent", False)):
            target: NamedMark = known.named(figure.mark)
            said = board_presenter.spoken(figure, target, words)
            number = words.number(figure.count)
            marks.append(MarkData(target, figure.count, number, said, colour, hollow))
        columns.append(ColumnData(str(one.day.day), tuple(marks), quiet=is_rest(one.day)))
    return tuple(columns)


def is_rest(day: date) -> bool:
    """Whether it is a Saturday or a Sunday."""
    return day.isoweekday() > 5
