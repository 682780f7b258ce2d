"""Paints the cells of the board's tables from their records: words, counts, small bars, quiet heads."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from desktop.ui import icons
from desktop.ui.board_grid import Cell
from desktop.ui.board_table_model import BoardTableModel
from desktop.ui.chart_tint import tint
from desktop.ui.fonts import Role
from desktop.ui.palette import Tone
from desktop.ui.theme import theme

PAD = 8
_BAR = 12
_ONE_LINE = Qt.TextFlag.TextSingleLine
_SIDES = {"name": False, "text": False, "figure": True, "bar": False, "icon": True}
"""Whether a column's words stand at its far edge."""


def edge(direction: Qt.LayoutDirection, *, far: bool) -> Qt.AlignmentFlag:
    """The absolute alignment of the near or far edge, in the middle of the height."""
    right = far != (direction is Qt.LayoutDirection.RightToLeft)
    side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignAbsolute | Qt.AlignmentFlag.AlignVCenter


class BoardTableDelegate(QStyledItemDelegate):
    """Ground under the pointer, hairline, words, bar, focus."""

    def __init__(self, lines: BoardTableModel, table: QAbstractItemView) -> None:
        super().__init__(table)
        self._lines = lines
        self._fonts: dict[Role, tuple[QFont, QFontMetrics]] = {}
        theme().changed.connect(self._fonts.clear)

    def _font(self, role: Role) -> tuple[QFont, QFontMetrics]:
        """Kept, for a page of cells asks hundreds of times."""
        if role not in self._fonts:
            font = theme().font(role)
            self._fonts[role] = (font, QFontMetrics(font))
        return self._fonts[role]

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """One cell."""
        cell, tokens = self._lines.cell(index), theme().palette
        kind = self._lines.grid.columns[index.column()].kind
        area = QRect(option.rect)
        painter.save()
        painter.setLayoutDirection(option.direction)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if cell.target is not None and option.state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(tokens.hover))
            painter.drawRoundedRect(QRectF(area).adjusted(1, 2, -1, -3), 4, 4)
        painter.fillRect(QRect(area.left(), area.bottom(), area.width(), 1), QColor(tokens.line))
        inside = area.adjusted(PAD, 0, -PAD, -1)
        if kind == "bar":
            self._paint_bar(painter, inside, cell, option.direction)
        elif kind == "icon":
            self._paint_icon(painter, inside, cell, option)
        else:
            self._paint_words(painter, inside, cell, kind, option.direction)
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(tokens.accent), 2))
            painter.drawRoundedRect(QRectF(area).adjusted(1, 2, -1, -3), 4, 4)
        painter.restore()

    def _paint_words(
        self, painter: QPainter, inside: QRect, cell: Cell, kind: str, direction: Qt.LayoutDirection, /
    ) -> None:
        tokens = theme().palette
        strong = cell.tone is not Tone.NEUTRAL
        font, metrics = self._font(Role.STRONG if strong else Role.BODY)
        far = _SIDES[kind]
        painter.setFont(font)
        colour = tokens.tone(cell.tone) if strong else tokens.ink3 if cell.quiet else tokens.ink
        painter.setPen(QColor(colour))
        text = metrics.elidedText(cell.text, Qt.TextElideMode.ElideRight, inside.width())
        painter.drawText(inside, edge(direction, far=far) | _ONE_LINE, text)
        if not cell.aside:
            return
        used = metrics.horizontalAdvance(text) + PAD
        rest = QRect(inside)
        rest.setWidth(max(0, inside.width() - used))
        if direction is Qt.LayoutDirection.LeftToRight:
            rest.moveRight(inside.right())
        quiet, metrics = self._font(Role.QUIET)
        painter.setFont(quiet)
        painter.setPen(QColor(tokens.ink3))
        aside = metrics.elidedText(cell.aside, Qt.TextElideMode.ElideRight, rest.width())
        painter.drawText(rest, edge(direction, far=False) | _ONE_LINE, aside)

    def _paint_bar(self, painter: QPainter, inside: QRect, cell: Cell, direction: Qt.LayoutDirection) -> None:
        tokens, thick = theme().palette, theme().px(_BAR)
        well = QRectF(inside.left(), inside.center().y() - thick / 2 + 1, inside.width(), thick)
        painter.setPen(QColor(tokens.line_strong) if not tokens.tints else Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tokens.sunken))
        painter.drawRoundedRect(well, 2, 2)
        painter.setPen(Qt.PenStyle.NoPen)
        rtl = direction is Qt.LayoutDirection.RightToLeft
        at = well.right() if rtl else well.left()
        for part in cell.parts:
            width = well.width() * part.share
            piece = QRectF(at - width if rtl else at, well.top(), width, thick)
            painter.fillRect(piece, tint(part.token))
            at = piece.left() if rtl else piece.right()

    def _paint_icon(self, painter: QPainter, inside: QRect, cell: Cell, option: QStyleOptionViewItem) -> None:
        if not cell.icon:
            return
        hot = option.state & (QStyle.StateFlag.State_MouseOver | QStyle.StateFlag.State_HasFocus)
        colour = theme().palette.accent if hot else theme().palette.ink3
        size = theme().px(16)
        picture = icons.pixmap(
            cell.icon, colour, size, ratio=painter.device().devicePixelRatioF(), direction=option.direction
        )
        middle = inside.center()
        painter.drawPixmap(QPointF(middle.x() - size / 2 + 0.5, middle.y() - size / 2 + 0.5), picture)


class BoardHeader(QHeaderView):
    """Quiet heads on a hairline; the sorted column says so with an arrow and stronger ink."""

    def __init__(self, lines: BoardTableModel, table: QAbstractItemView) -> None:
        super().__init__(Qt.Orientation.Horizontal, table)
        self._lines = lines
        self.setHighlightSections(False)

    def paintSection(self, painter: QPainter, rect: QRect, section: int) -> None:
        """One head."""
        columns = self._lines.grid.columns
        if not 0 <= section < len(columns):
            return
        tokens = theme().palette
        painter.save()
        painter.fillRect(rect, QColor(tokens.surface))
        painter.fillRect(QRect(rect.left(), rect.bottom(), rect.width(), 1), QColor(tokens.line_strong))
        column, falling = self._lines.order
        sorted_ = section == column and self.sectionsClickable() and bool(columns[section].title)
        font = theme().font(Role.QUIET_STRONG if sorted_ else Role.QUIET)
        painter.setFont(font)
        painter.setPen(QColor(tokens.ink if sorted_ else tokens.ink3))
        inside = rect.adjusted(PAD, 0, -PAD, -1)
        arrow = " ↓" if falling else " ↑"
        text = columns[section].title + (arrow if sorted_ else "")
        text = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, inside.width())
        far = _SIDES[columns[section].kind]
        painter.drawText(inside, edge(self.layoutDirection(), far=far) | _ONE_LINE, text)
        painter.restore()
