"""A chart of standing bars, painted by hand: scale, lines, columns from the near edge, a limit between two.

Columns are widgets in a row, so that they mirror with the language and every bar is a button of its own; the
chart is one stop of the Tab key, arrows walk its bars.
"""

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from desktop.core.translation import Translation
from desktop.ui.chart_mark import ChartMark, MarkData
from desktop.ui.chart_scale import label_every, ticks
from desktop.ui.fonts import Role
from desktop.ui.theme import theme

_FOOT = 22
_AXIS = 8


@dataclass(frozen=True, slots=True)
class ColumnData:
    """One category: its label on the axis, whether it is quiet (a day of rest), and its bars."""

    label: str
    marks: tuple[MarkData, ...]
    quiet: bool = False


class Column(QWidget):
    """The bars of one category side by side, with room for its label below, which the chart paints."""

    def __init__(self, parent: QWidget, marks: int, *, says_figure: bool) -> None:
        super().__init__(parent)
        self.data: ColumnData | None = None
        self.shows_label = True
        self.marks = tuple(ChartMark(self, says_figure=says_figure) for _ in range(marks))
        self._row = QHBoxLayout(self)
        self._row.setSpacing(0)
        for mark in self.marks:
            self._row.addWidget(mark)
        self.fit()

    def fit(self) -> None:
        """Room for the label, which grows with the text."""
        between = 0 if len(self.marks) == 1 else 3
        self._row.setContentsMargins(between, 0, between, theme().px(_FOOT))


class BarChart(QWidget):
    """`opened(NamedMark)` when a bar is asked for its list."""

    opened = Signal(object)

    def __init__(self, words: Translation, *, bars: int = 1, height: int = 200) -> None:
        super().__init__()
        self._words, self._bars, self._tall = words, bars, height
        self.columns: list[Column] = []
        self.scale: tuple[int, ...] = (0, 1)
        self._limit, self._limit_after = "", -1
        self._current: ChartMark | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._axis = QWidget()
        self._axis.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(0)
        self._row.addWidget(self._axis)
        theme().changed.connect(self._fit)

    # --- what it shows

    def show_columns(self, columns: tuple[ColumnData, ...]) -> None:
        """Counts drawn in place; columns are made only when their number changes."""
        while len(self.columns) < len(columns):
            self._add()
        while len(self.columns) > len(columns):
            self._drop(self.columns.pop())
        counts = [mark.count for data in columns for mark in data.marks]
        self.scale = ticks(max(counts, default=0))
        for column, data in zip(self.columns, columns, strict=True):
            column.data = data
            for mark, shown in zip(column.marks, data.marks, strict=True):
                mark.show_data(shown, shown.count / self.scale[-1])
        self._fit()

    def show_limit(self, text: str, *, after: int) -> None:
        """A dashed line after the column at that place, with its meaning above."""
        self._limit, self._limit_after = text, after
        self._fit()

    @property
    def marks(self) -> list[ChartMark]:
        """The bars in the order of reading."""
        return [mark for column in self.columns for mark in column.marks]

    def plot(self) -> QRectF:
        """Where bars may stand, from the highest line of the scale to the ground."""
        if not self.columns:
            return QRectF()
        first, last = self.columns[0].geometry(), self.columns[-1].geometry()
        across = first.united(last)
        top = across.top() + ChartMark.head()
        return QRectF(across.left(), top, across.width(), across.bottom() + 1 - theme().px(_FOOT) - top)

    def limit_x(self) -> float | None:
        """Where the limit stands, between its two columns in either direction of reading."""
        if not 0 <= self._limit_after < len(self.columns) - 1:
            return None
        one = self.columns[self._limit_after].geometry().center().x()
        other = self.columns[self._limit_after + 1].geometry().center().x()
        return (one + other + 1) / 2

    # --- keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows walk the bars as they are read; Home and End go to the ends."""
        marks = self.marks
        focused = self.focusWidget()
        if not isinstance(focused, ChartMark) or focused not in marks:
            super().keyPressEvent(event)
            return
        keys = Qt.Key
        onward, back = (keys.Key_Right, keys.Key_Left)
        if self.layoutDirection() is Qt.LayoutDirection.RightToLeft:
            onward, back = back, onward
        here = marks.index(focused)
        places = {
            onward: here + 1,
            keys.Key_Down: here + 1,
            back: here - 1,
            keys.Key_Up: here - 1,
            keys.Key_Home: 0,
            keys.Key_End: len(marks) - 1,
        }
        place = places.get(keys(event.key()))
        if place is None:
            super().keyPressEvent(event)
        elif 0 <= place < len(marks):
            self._take_focus(marks[place])
            marks[place].setFocus(Qt.FocusReason.TabFocusReason)

    # --- drawing

    def sizeHint(self) -> QSize:
        """As high as it was asked to be at the present size of text."""
        return QSize(theme().px(240), theme().px(self._tall) + self._above())

    def minimumSizeHint(self) -> QSize:
        """Narrow columns remain columns."""
        return QSize(theme().px(200), theme().px(self._tall) + self._above())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Lines and figures of the scale, the ground, the limit."""
        del event
        plot = self.plot()
        if plot.isEmpty():
            return
        painter = QPainter(self)
        self._paint_scale(painter, plot)
        self._paint_labels(painter)
        x = self.limit_x()
        if x is not None and self._limit:
            self._paint_limit(painter, plot, x)

    def _paint_scale(self, painter: QPainter, plot: QRectF) -> None:
        tokens = theme().palette
        painter.setFont(theme().font(Role.QUIET))
        rtl = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        axis = QRectF(self._axis.geometry())
        room = axis.adjusted(_AXIS if rtl else 0, 0, 0 if rtl else -_AXIS, 0)
        side = Qt.AlignmentFlag.AlignLeft if rtl else Qt.AlignmentFlag.AlignRight
        half = theme().px(9)
        for tick in self.scale:
            y = round(plot.bottom() - plot.height() * tick / self.scale[-1]) - 0.5
            colour = tokens.line_strong if tick == 0 or not tokens.tints else tokens.line
            style = Qt.PenStyle.SolidLine if tick == 0 or tokens.tints else Qt.PenStyle.DotLine
            painter.setPen(QPen(QColor(colour), 1, style))
            painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
            painter.setPen(QColor(tokens.ink3))
            box = QRectF(room.left(), y - half, room.width(), 2 * half)
            flags = side | Qt.AlignmentFlag.AlignAbsolute | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(box, flags, self._words.number(tick))

    def _paint_labels(self, painter: QPainter) -> None:
        """Under their columns, over whose edges they may reach where neighbours have none."""
        tokens, foot = theme().palette, theme().px(_FOOT)
        for column in self.columns:
            if column.data is None or not column.shows_label:
                continue
            painter.setPen(QColor(tokens.ink3 if column.data.quiet else tokens.ink2))
            place = column.geometry()
            box = QRectF(place.center().x() - 60, place.bottom() + 1 - foot, 121, foot)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, column.data.label)

    def _paint_limit(self, painter: QPainter, plot: QRectF, x: float) -> None:
        tokens = theme().palette
        font = theme().font(Role.QUIET_STRONG)
        painter.setFont(font)
        width = QFontMetricsF(font).horizontalAdvance(self._limit) + 4
        left = min(max(0.0, x - width / 2), max(0.0, self.width() - width))
        box = QRectF(left, 0, width, self._above())
        painter.setPen(QColor(tokens.danger))
        painter.drawText(box, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop, self._limit)
        painter.setPen(QPen(QColor(tokens.danger), 1.5, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(x, self._above() - 2), QPointF(x, plot.bottom()))

    # --- inside

    def _above(self) -> int:
        return theme().px(20) if self._limit else 0

    def _add(self) -> None:
        column = Column(self, self._bars, says_figure=self._bars == 1)
        self.columns.append(column)
        self._row.addWidget(column, 1)
        for mark in column.marks:
            mark.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
            mark.clicked.connect(lambda _=False, mark=mark: self._on_clicked(mark))
        if self._current is None:
            self._take_focus(column.marks[0])

    def _drop(self, column: Column) -> None:
        if self._current in column.marks:
            self._current = None
            if self.columns:
                self._take_focus(self.columns[0].marks[0])
        self._row.removeWidget(column)
        column.hide()
        column.deleteLater()

    def _take_focus(self, mark: ChartMark) -> None:
        """Only one bar is a stop of the Tab key: the last one that was visited."""
        if self._current is not None:
            self._current.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        mark.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._current = mark

    def _on_clicked(self, mark: ChartMark) -> None:
        self._take_focus(mark)
        if mark.data is not None:
            self.opened.emit(mark.data.target)

    def _fit(self) -> None:
        metrics = QFontMetricsF(theme().font(Role.QUIET))
        widest = max(metrics.horizontalAdvance(self._words.number(tick)) for tick in self.scale)
        self._axis.setFixedWidth(round(widest) + _AXIS + 2)
        self._row.setContentsMargins(0, self._above(), 0, 0)
        for column in self.columns:
            column.fit()
        self.updateGeometry()
        self._thin_labels()
        self.update()

    def resizeEvent(self, event: object) -> None:
        """Labels that no longer fit leave room to their neighbours."""
        super().resizeEvent(event)
        self._thin_labels()

    def _thin_labels(self) -> None:
        metrics = QFontMetricsF(theme().font(Role.QUIET))
        labels = [column.data.label for column in self.columns if column.data is not None]
        widest = max((metrics.horizontalAdvance(label) for label in labels), default=0)
        every = label_every(len(self.columns), self.width() - self._axis.width(), widest)
        for place, column in enumerate(self.columns):
            shown = (len(self.columns) - 1 - place) % every == 0
            if shown != column.shows_label:
                column.shows_label = shown
                self.update()
