"""A card of the board: title, a quiet line of what it counts, content; a sentence when there is none."""

from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QSizePolicy, QVBoxLayout, QWidget

from desktop.ui.chart_tint import tint
from desktop.ui.fonts import Role
from desktop.ui.labels import NearLabel
from desktop.ui.theme import dress, theme


class Card(QFrame):
    """`say` its words, `show_empty(True)` when there is nothing to show."""

    def __init__(self, content: QWidget, *, stretches: bool = False, indent: int = 0) -> None:
        super().__init__()
        dress(self, kind="card")
        self.content = content
        self.title = NearLabel(role=Role.STRONG)
        self.lead = NearLabel(role=Role.QUIET, ink="ink3")
        self.nothing = NearLabel(role=Role.BODY, ink="ink3")
        self.nothing.hide()
        self.column = QVBoxLayout(self)
        # a table's cells bring their own room: words above it begin where its words do
        self.column.setContentsMargins(16 - indent, 14, 16 - indent, 14)
        for label in (self.title, self.lead, self.nothing):
            label.setContentsMargins(indent, 0, indent, 0)
        self.column.setSpacing(2)
        self.column.addWidget(self.title)
        self.column.addWidget(self.lead)
        self.column.addSpacing(8)
        self.column.addWidget(content, 1 if stretches else 0)
        self.column.addWidget(self.nothing)
        if not stretches:
            self.column.addStretch(1)

    def say(self, title: str, lead: str, nothing: str = "") -> None:
        """Title, the line under it, and what stands there when nothing is to be shown."""
        self.title.setText(title)
        self.lead.setText(lead)
        self.lead.setVisible(bool(lead))
        self.nothing.setText(nothing)
        self.content.setAccessibleName(f"{title}. {lead}" if lead else title)

    def show_empty(self, empty: bool) -> None:
        """The sentence instead of the content."""
        if self.content.isHidden() != empty:
            self.content.setHidden(empty)
            self.nothing.setHidden(not empty)


@dataclass(frozen=True, slots=True)
class LegendItem:
    """A word of a legend and the look it explains."""

    text: str
    token: str
    hollow: bool = False


class Legend(QWidget):
    """Words beside small squares, from the near edge."""

    def __init__(self, *, indent: int = 0) -> None:
        super().__init__()
        self._items: tuple[LegendItem, ...] = ()
        self._indent = indent
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme().changed.connect(self.updateGeometry)

    def say(self, *items: LegendItem) -> None:
        """Other words."""
        self._items = items
        self.setAccessibleName(", ".join(item.text for item in items))
        self.update()

    def sizeHint(self) -> QSize:
        """One line."""
        return QSize(theme().px(160), theme().px(22))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Squares and words."""
        del event
        tokens, side = theme().palette, theme().px(10)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = theme().font(Role.QUIET)
        painter.setFont(font)
        metrics, at = QFontMetricsF(font), float(self._indent)
        for item in self._items:
            width = metrics.horizontalAdvance(item.text) + 2
            square = self._mirrored(QRectF(at, (self.height() - side) / 2, side, side))
            colour = tint(item.token)
            painter.setPen(QPen(colour, 1.5) if item.hollow else Qt.PenStyle.NoPen)
            painter.setBrush(QColor(tokens.soft(item.token)) if item.hollow else colour)
            inner = square.adjusted(0.75, 0.75, -0.75, -0.75) if item.hollow else square
            painter.drawRoundedRect(inner, 2, 2)
            painter.setPen(QColor(tokens.ink3))
            box = self._mirrored(QRectF(at + side + 6, 0, width, self.height()))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, item.text)
            at += side + 6 + width + 16

    def _mirrored(self, box: QRectF) -> QRectF:
        if self.layoutDirection() is Qt.LayoutDirection.RightToLeft:
            box.moveLeft(self.width() - box.x() - box.width())
        return box
