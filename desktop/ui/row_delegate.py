"""Paints the two-line rows of a list straight from ready records: the cost of a frame is here, and measured.

What a row says and where it stands comes from row_presenter; a small cache keeps rows as ready pictures, so
that scrolling only copies them.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QHelpEvent, QPaintDevice, QPainter, QPen, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolTip,
)

from desktop.core.translation import Translation
from desktop.models.records import ListedRow
from desktop.ui import direction, icons, row_presenter
from desktop.ui.complaints_model import ComplaintsModel
from desktop.ui.fonts import Role
from desktop.ui.row_presenter import Box, RowBoxes, RowWords, Widths
from desktop.ui.theme import Theme

HEIGHTS = {"compact": 60, "comfortable": 76}
_CACHED = 64
"""Rows kept as ready pictures: four screens, some 6 MB at ordinary density."""
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignAbsolute
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignAbsolute
_CENTER = Qt.AlignmentFlag.AlignCenter
_FORCED = {
    Qt.LayoutDirection.LeftToRight: Qt.TextFlag.TextForceLeftToRight,
    Qt.LayoutDirection.RightToLeft: Qt.TextFlag.TextForceRightToLeft,
}


@dataclass(frozen=True, slots=True)
class _Text:
    font: QFont
    colour: QColor
    box: QRectF
    flags: int
    text: str


@dataclass(frozen=True, slots=True)
class _Picture:
    """A row ready to be drawn: texts, the badge's ground, mark icons, the unread dot."""

    texts: tuple[_Text, ...]
    badge: QRectF
    badge_ground: QColor
    badge_edge: QColor
    marks: tuple[tuple[QPointF, QPixmap], ...]
    dot: QRectF | None


@dataclass(frozen=True, slots=True)
class _Ready:
    """A row drawn once, on nothing, for one width, density of pixels and direction."""

    line: ListedRow
    shape: tuple[int, float, Qt.LayoutDirection]
    pixmap: QPixmap


class RowDelegate(QStyledItemDelegate):
    """Rows of ComplaintsModel; call `forget` when language, theme, density or day changed."""

    def __init__(
        self,
        model: ComplaintsModel,
        translation: Translation,
        theme: Theme,
        today: Callable[[], date],
        me: str,
    ) -> None:
        super().__init__()
        self._model = model
        self._translation = translation
        self._theme = theme
        self._today = today
        self._me = me
        self._cache: dict[int, _Ready] = {}
        self.density = "compact"
        self.forget()

    def forget(self) -> None:
        """Draw everything anew."""
        self._cache.clear()
        theme = self._theme
        self._fonts = {
            role: theme.font(role) for role in (Role.BODY, Role.STRONG, Role.QUIET, Role.QUIET_STRONG)
        }
        self._metrics = {role: QFontMetricsF(font) for role, font in self._fonts.items()}
        self._advances: dict[tuple[Role, str], float] = {}
        self._colours = {
            name: QColor(value) for name, value in theme.palette.colours().items() if value[0] == "#"
        }
        self._height = theme.px(HEIGHTS[self.density])
        self._shift = (self._height - theme.px(60)) / 2

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """All rows are equally high."""
        return QSize(200, self._height)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Ground, then the ready picture, then the marks of focus."""
        rect = QRectF(option.rect)
        line = self._model.line(index.row())
        painter.save()
        self._paint_ground(painter, rect, option)
        painter.translate(rect.topLeft() + QPointF(0, self._shift))
        if line is None:
            self._paint_skeleton(painter, rect, option.direction)
        else:
            picture = self._picture(line, round(rect.width()), option.direction, painter.device())
            painter.drawPixmap(QPointF(0, 0), picture.pixmap)
        painter.restore()

    def helpEvent(
        self,
        event: QHelpEvent,
        view: QAbstractItemView,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> bool:
        """The whole row in words, for whoever cannot read the elided line or a mark."""
        line = self._model.line(index.row())
        if event.type() is not QEvent.Type.ToolTip or line is None:
            return False
        QToolTip.showText(
            event.globalPos(), row_presenter.spoken(line, self._translation, self._today()), view
        )
        return True

    # --- drawing

    def _paint_ground(self, painter: QPainter, rect: QRectF, option: QStyleOptionViewItem) -> None:
        colours, state = self._colours, option.state
        selected = bool(state & QStyle.StateFlag.State_Selected)
        if selected:
            painter.fillRect(rect, colours["selection"])
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, colours["hover"])
        painter.fillRect(QRectF(rect.left(), rect.bottom() - 1, rect.width(), 1), colours["line"])
        if selected:
            rtl = option.direction is Qt.LayoutDirection.RightToLeft
            x = rect.right() - 3 if rtl else rect.left()
            painter.fillRect(QRectF(x, rect.top(), 3, rect.height() - 1), colours["accent"])
        if state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(colours["accent"], 2))
            painter.drawRect(rect.adjusted(1, 1, -1, -2))

    def _paint_skeleton(self, painter: QPainter, rect: QRectF, towards: Qt.LayoutDirection) -> None:
        unit = self._theme.scale
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._colours["sunken"])
        for box in (
            Box(36 * unit, 14 * unit, rect.width() * 0.5, 10 * unit),
            Box(36 * unit, 37 * unit, rect.width() * 0.35, 8 * unit),
        ):
            shown = box.mirrored(rect.width()) if towards is Qt.LayoutDirection.RightToLeft else box
            painter.drawRoundedRect(_rect(shown), 4, 4)

    def _paint_picture(self, painter: QPainter, picture: _Picture) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(picture.badge_edge, 1))
        painter.setBrush(picture.badge_ground)
        painter.drawRoundedRect(picture.badge, 4, 4)
        if picture.dot is not None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._colours["accent"])
            painter.drawEllipse(picture.dot)
        for text in picture.texts:
            painter.setFont(text.font)
            painter.setPen(text.colour)
            painter.drawText(text.box, text.flags, text.text)
        for at, pixmap in picture.marks:
            painter.drawPixmap(at, pixmap)

    # --- preparing

    def _picture(
        self, line: ListedRow, width: int, towards: Qt.LayoutDirection, device: QPaintDevice
    ) -> _Ready:
        ratio = device.devicePixelRatioF()
        found = self._cache.get(line.n)
        if found is not None and found.line is line and found.shape == (width, ratio, towards):
            return found
        if len(self._cache) > _CACHED:
            self._cache.pop(next(iter(self._cache)))
        pixmap = QPixmap(math.ceil(width * ratio), math.ceil(self._theme.px(60) * ratio))
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        self._paint_picture(painter, self._prepare(line, width, towards))
        painter.end()
        made = _Ready(line, (width, ratio, towards), pixmap)
        self._cache[line.n] = made
        return made

    def _prepare(self, line: ListedRow, width: int, towards: Qt.LayoutDirection) -> _Picture:
        says = row_presenter.words(line, self._translation, self._today(), self._me, self._model.name)
        rtl = towards is Qt.LayoutDirection.RightToLeft
        placed = row_presenter.boxes(width, self._widths(says), len(says.marks))
        placed = placed.mirrored(width) if rtl else placed
        tints = self._theme.palette.tints
        tone = self._tone(says.badge_tone)
        ground = QColor(self._theme.palette.soft(says.badge_tone))
        return _Picture(
            texts=self._texts(says, placed, towards),
            badge=_rect(placed.badge).adjusted(0.5, 0.5, -0.5, -0.5),
            badge_ground=ground,
            badge_edge=ground if tints else tone,
            marks=tuple(
                self._mark(name, box, towards) for name, box in zip(says.marks, placed.marks, strict=True)
            ),
            dot=_rect(placed.dot) if says.unread else None,
        )

    def _widths(self, says: RowWords) -> Widths:
        return Widths(
            due=self._advance(Role.QUIET_STRONG, says.due) + 2,
            badge=self._advance(Role.QUIET, says.badge) + self._theme.px(16),
            assignee=self._advance(Role.QUIET, says.assignee) + 2 if says.assignee else 0,
            number=self._metrics[Role.QUIET].horizontalAdvance(says.number),
            scale=self._theme.scale,
        )

    def _advance(self, role: Role, text: str) -> float:
        """Width of a word that many rows say, measured once."""
        known = self._advances.get((role, text))
        if known is None:
            known = self._advances[role, text] = self._metrics[role].horizontalAdvance(text)
        return known

    def _texts(self, says: RowWords, placed: RowBoxes, towards: Qt.LayoutDirection) -> tuple[_Text, ...]:
        near, far = (_RIGHT, _LEFT) if towards is Qt.LayoutDirection.RightToLeft else (_LEFT, _RIGHT)
        own = direction.of(says.object)
        due_role = Role.QUIET if says.due_tone == "neutral" else Role.QUIET_STRONG
        texts = [
            self._text(
                says.object,
                Role.STRONG if says.unread else Role.BODY,
                self._colours["ink"],
                placed.object,
                align=near,
                towards=own,
            ),
            self._text(says.due, due_role, self._tone(says.due_tone), placed.due, align=far, towards=towards),
            self._text(
                self._origin(says, placed.origin.width),
                Role.QUIET,
                self._colours["ink3"],
                placed.origin,
                align=near,
                towards=towards,
            ),
            self._text(
                says.badge,
                Role.QUIET,
                self._tone(says.badge_tone),
                placed.badge,
                align=_CENTER,
                towards=towards,
            ),
        ]
        if placed.assignee is not None:
            own = direction.of(says.assignee)
            quiet = self._colours["ink2"]
            texts.append(
                self._text(says.assignee, Role.QUIET, quiet, placed.assignee, align=far, towards=own)
            )
        return tuple(texts)

    def _origin(self, says: RowWords, room: float) -> str:
        metrics = self._metrics[Role.QUIET]
        if metrics.horizontalAdvance(says.origin) <= room:
            return says.origin
        return row_presenter.fitted_origin(
            says,
            room,
            metrics.horizontalAdvance,
            lambda text, width: metrics.elidedText(text, Qt.TextElideMode.ElideRight, width),
        )

    def _text(
        self,
        text: str,
        role: Role,
        colour: QColor,
        box: Box,
        *,
        align: Qt.AlignmentFlag,
        towards: Qt.LayoutDirection,
    ) -> _Text:
        known = self._advances.get((role, text))
        if known is None or known > box.width:
            text = self._metrics[role].elidedText(text, Qt.TextElideMode.ElideRight, box.width)
        flags = int(align.value) | int(Qt.TextFlag.TextSingleLine.value) | int(_FORCED[towards].value)
        return _Text(self._fonts[role], colour, _rect(box), flags, text)

    def _tone(self, tone: str) -> QColor:
        return QColor(self._theme.palette.tone(tone))

    def _mark(self, name: str, box: Box, towards: Qt.LayoutDirection) -> tuple[QPointF, QPixmap]:
        colour = self._theme.palette.ink3
        picture = icons.pixmap(name, colour, round(box.width), ratio=2.0, direction=towards)
        return QPointF(box.x, box.y), picture


def _rect(box: Box) -> QRectF:
    return QRectF(box.x, box.y, box.width, box.height)
