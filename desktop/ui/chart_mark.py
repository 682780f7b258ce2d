"""One bar of a chart: a count that can be pointed at, reached by key, heard, and opened as its list."""

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from desktop.ui.board_presenter import NamedMark
from desktop.ui.chart_tint import tint
from desktop.ui.fonts import Role
from desktop.ui.theme import theme

_WIDEST = 56
_RADIUS = 3
_WALKS = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Home, Qt.Key.Key_End)


@dataclass(frozen=True, slots=True)
class MarkData:
    """What a bar shows; `tint` is its colour in the palette, a hollow bar an outline on its soft ground."""

    target: NamedMark
    count: int
    figure: str
    spoken: str
    tint: str = "accent"
    hollow: bool = False


class ChartMark(QAbstractButton):
    """A bar standing on the ground of its column; `share` is its height, 0..1 of the room under `head`."""

    def __init__(self, parent: QWidget, *, says_figure: bool) -> None:
        super().__init__(parent)
        self.data: MarkData | None = None
        self.share = 0.0
        self._says_figure = says_figure
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumWidth(6)

    def show_data(self, data: MarkData, share: float) -> None:
        """Another count, drawn in place."""
        if (data, share) == (self.data, self.share):
            return
        if self.data is None or data.spoken != self.data.spoken:
            self.setAccessibleName(data.spoken)
            self.setToolTip(data.spoken)
        self.data, self.share = data, share
        self.update()

    def sizeHint(self) -> QSize:
        """Any size will do."""
        return QSize(24, 80)

    @staticmethod
    def head() -> int:
        """Room above the highest bar, for its figure."""
        return theme().px(20)

    def bar(self) -> QRectF:
        """Where the bar stands."""
        width = min(theme().px(_WIDEST), self.width() * (0.62 if self._says_figure else 0.78))
        height = (self.height() - self.head()) * self.share
        if self.data is not None and self.data.count:
            height = max(2.0, height)
        return QRectF((self.width() - width) / 2, self.height() - height, width, height)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens, as Space does."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        elif event.key() in _WALKS:
            event.ignore()  # a button would give the keyboard to its neighbour: the chart knows better
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Ground under the pointer, bar, figure, focus."""
        del event
        if self.data is None:
            return
        tokens, bar = theme().palette, self.bar()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.underMouse():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(tokens.hover))
            painter.drawRoundedRect(QRectF(self.rect()), 4, 4)
        if bar.height():
            self._paint_bar(painter, bar)
        if self._says_figure:
            painter.setFont(theme().font(Role.QUIET_STRONG))
            painter.setPen(QColor(tokens.ink if self.data.count else tokens.ink3))
            above = QRectF(0, bar.top() - self.head(), self.width(), self.head() - 2)
            painter.drawText(above, Qt.AlignmentFlag.AlignCenter, self.data.figure)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(tokens.accent), 2))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 4, 4)

    def _paint_bar(self, painter: QPainter, bar: QRectF) -> None:
        assert self.data is not None
        tokens = theme().palette
        colour = tint(self.data.tint)
        if self.data.hollow:
            painter.setPen(QPen(colour, 1.5))
            painter.setBrush(QColor(tokens.soft(self.data.tint)))
            bar = bar.adjusted(0.75, 0.75, -0.75, 0)
        else:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
        painter.drawPath(standing(bar))


def standing(bar: QRectF) -> QPainterPath:
    """A bar with round upper corners on a flat foot."""
    radius = min(_RADIUS, bar.height(), bar.width() / 2)
    path = QPainterPath(bar.bottomLeft())
    path.lineTo(bar.left(), bar.top() + radius)
    path.quadTo(bar.topLeft(), bar.topLeft() + QPointF(radius, 0))
    path.lineTo(bar.right() - radius, bar.top())
    path.quadTo(bar.topRight(), bar.topRight() + QPointF(0, radius))
    path.lineTo(bar.bottomRight())
    path.closeSubpath()
    return path
