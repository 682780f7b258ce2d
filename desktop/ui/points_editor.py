"""The grievances of a complaint, one by one, each with the answer given to it."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from desktop.core.translation import Translation
from desktop.ui.fonts import Role
from desktop.ui.prose import Composer
from desktop.ui.theme import dress, theme
from protocol.complaint import Point


class PointRow(QFrame):
    """What is asked, and what is answered to it."""

    edited = Signal()
    removed = Signal()

    def __init__(self) -> None:
        super().__init__()
        dress(self, kind="well")
        self.number = QLabel()
        theme().wear(self.number, Role.QUIET_STRONG)
        self.asked = Composer(least=1, most=4)
        self.answered = Composer(least=1, most=8)
        self.remove = QToolButton()
        self.remove.setIcon(theme().icon("close"))
        self.remove.clicked.connect(self.removed)
        for composer in (self.asked, self.answered):
            composer.edited.connect(self.edited)
        grid = QGridLayout(self)
        grid.setContentsMargins(10, 6, 10, 10)
        grid.setVerticalSpacing(6)
        grid.addWidget(self.number, 0, 0)
        grid.addWidget(self.remove, 0, 1)
        grid.addWidget(self.asked, 1, 0, 1, 2)
        grid.addWidget(self.answered, 2, 0, 1, 2)
        grid.setColumnStretch(0, 1)

    def say(self, words: Translation, number: int) -> None:
        """Words of the row, which is the `number`-th."""
        self.number.setText(words("case.answer.point", n=number))
        self.asked.setPlaceholderText(words("case.answer.point_hint"))
        self.asked.setAccessibleName(words("case.answer.point", n=number))
        self.answered.setPlaceholderText(words("case.answer.point_answer_hint"))
        self.answered.setAccessibleName(words("case.answer.point_answer", n=number))
        name = words("case.answer.remove_point", n=number)
        self.remove.setToolTip(name)
        self.remove.setAccessibleName(name)

    def point(self) -> Point:
        """The row as typed."""
        return Point(text=self.asked.text(), answer=self.answered.text())


class PointsEditor(QWidget):
    """Rows of points, none at first."""

    edited = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[PointRow] = []
        self._words: Translation | None = None
        self._language = "ar"
        self.title = QLabel()
        theme().wear(self.title, Role.QUIET)
        dress(self.title, ink="ink2")
        self.problem = QLabel()
        self.problem.setWordWrap(True)
        theme().wear(self.problem, Role.QUIET)
        dress(self.problem, tone="danger")
        self._lines = QVBoxLayout(self)
        self._lines.setContentsMargins(0, 0, 0, 0)
        self._lines.setSpacing(8)
        self._lines.addWidget(self.title)
        self._lines.addWidget(self.problem)
        self.problem.hide()
        self.hide()

    def points(self) -> tuple[Point, ...]:
        """The points as typed, rows left wholly blank out."""
        typed = (row.point() for row in self._rows)
        return tuple(point for point in typed if point.text.strip() or point.answer.strip())

    def show_points(self, points: tuple[Point, ...]) -> None:
        """Replace the rows, announcing no edit."""
        for row in self._rows:
            row.hide()
            row.deleteLater()
        self._rows = []
        for point in points:
            row = self._append()
            row.asked.set_text(point.text)
            row.answered.set_text(point.answer)
        self._number()

    def add(self) -> None:
        """One more row, with the focus."""
        row = self._append()
        self._number()
        row.asked.setFocus()
        self.edited.emit()

    def set_language(self, language: str) -> None:
        """Where empty paragraphs begin."""
        self._language = language
        for row in self._rows:
            row.asked.set_language(language)
            row.answered.set_language(language)

    def refuse(self, why: str) -> None:
        """Say what is missing; "" for nothing."""
        self.problem.setText(why)
        self.problem.setVisible(bool(why))
        for row in self._rows:
            blank = bool(why) and bool(row.asked.text().strip()) != bool(row.answered.text().strip())
            row.answered.mark_wrong(blank and not row.answered.text().strip())
            row.asked.mark_wrong(blank and not row.asked.text().strip())

    def retranslate(self, words: Translation) -> None:
        """Every word again."""
        self._words = words
        self.title.setText(words("case.answer.points"))
        self._number()

    def _append(self) -> PointRow:
        row = PointRow()
        row.edited.connect(self.edited)
        row.removed.connect(lambda: self._remove(row))
        row.asked.set_language(self._language)
        row.answered.set_language(self._language)
        self._rows.append(row)
        self._lines.insertWidget(self._lines.count() - 1, row)
        return row

    def _remove(self, row: PointRow) -> None:
        self._rows.remove(row)
        row.hide()
        row.deleteLater()
        self._number()
        self.edited.emit()

    def _number(self) -> None:
        self.setVisible(bool(self._rows))
        if self._words is not None:
            for number, row in enumerate(self._rows, start=1):
                row.say(self._words, number)
