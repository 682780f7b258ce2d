"""The rail: queues with their counts, by group; below 1280 px it folds to icons with the counts under them.

One button per queue, made once: counts change in place, so that focus and screen readers keep their footing.
"""

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QLabel, QScrollArea, QVBoxLayout, QWidget

from desktop.core.records import QueueCount
from desktop.core.translation import Translation
from desktop.ui import icons
from desktop.ui.fonts import Role
from desktop.ui.theme import dress, theme

WIDTH, FOLDED = 232, 68
BOARD = "board"
_ICONS = {
    BOARD: "board",
    "mine": "inbox",
    "today": "star",
    "due_soon": "clock",
    "overdue": "overdue",
    "waiting": "waiting",
    "returned": "returned",
    "unassigned": "unassigned",
    "unit": "unit",
    "triage": "triage",
}
_ALARMING = {"overdue", "returned"}
"""Queues whose count is drawn in the danger colour, and bold, when it is not zero."""


class RailItem(QAbstractButton):
    """One queue: icon, name, count; painted by hand in both widths."""

    def __init__(self, code: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.code = code
        self.count = 0
        self.figure = ""
        self.folded = False
        self.setCheckable(True)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def sizeHint(self) -> QSize:
        """One line of the rail, or an icon over its count."""
        return QSize(theme().px(48), theme().px(48 if self.folded else 34))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Ground, icon, name, count, focus."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette = theme().palette
        area = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        ground = palette.selection if self.isChecked() else palette.hover if self.underMouse() else ""
        if ground:
            painter.setBrush(QColor(ground))
            edge = QColor(palette.accent) if self.isChecked() and not palette.tints else QColor(ground)
            painter.setPen(QPen(edge, 1))
            painter.drawRoundedRect(area, 6, 6)
        (self._paint_folded if self.folded else self._paint_line)(painter)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(palette.accent), 2))
            painter.drawRoundedRect(area, 6, 6)

    def _ink(self) -> QColor:
        palette = theme().palette
        return QColor(palette.ink if self.isChecked() else palette.ink2)

    def _count_ink(self) -> QColor:
        alarming = self.code in _ALARMING and self.count > 0
        return QColor(theme().palette.danger) if alarming else self._ink()

    def _mirror(self, box: QRectF) -> QRectF:
        if self.layoutDirection() is Qt.LayoutDirection.RightToLeft:
            box.moveLeft(self.width() - box.x() - box.width())
        return box

    def _icon(self, painter: QPainter, box: QRectF) -> None:
        colour = theme().palette.accent if self.isChecked() else theme().palette.ink3
        name = _ICONS.get(self.code, "inbox")
        ratio = self.devicePixelRatioF()
        picture = icons.pixmap(
            name, colour, round(box.width()), ratio=ratio, direction=self.layoutDirection()
        )
        painter.drawPixmap(self._mirror(box).toRect(), picture)

    def _paint_line(self, painter: QPainter) -> None:
        height, size = self.height(), theme().px(18)
        self._icon(painter, QRectF(12, (height - size) / 2, size, size))
        strong = theme().font(Role.STRONG)
        metrics = QFontMetricsF(strong)
        count_width = metrics.horizontalAdvance(self.figure) + 2
        count = self._mirror(QRectF(self.width() - 12 - count_width, 0, count_width, height))
        near = 12 + size + 10
        name_box = self._mirror(QRectF(near, 0, max(0, self.width() - 12 - count_width - 8 - near), height))
        font = strong if self.isChecked() else theme().font(Role.BODY)
        painter.setFont(font)
        painter.setPen(self._ink())
        name = QFontMetricsF(font).elidedText(self.text(), Qt.TextElideMode.ElideRight, name_box.width())
        painter.drawText(name_box, Qt.AlignmentFlag.AlignVCenter | _edge(self), name)
        if self.count:
            painter.setFont(strong if self.isChecked() or self.code in _ALARMING else theme().font())
            painter.setPen(self._count_ink())
            painter.drawText(count, Qt.AlignmentFlag.AlignCenter, self.figure)

    def _paint_folded(self, painter: QPainter) -> None:
        size = theme().px(20)
        top = theme().px(7) if self.count else (self.height() - size) / 2
        self._icon(painter, QRectF((self.width() - size) / 2, top, size, size))
        if self.count:
            painter.setFont(theme().font(Role.SMALL))
            painter.setPen(self._count_ink())
            low = QRectF(0, top + size, self.width(), self.height() - top - size - 2)
            painter.drawText(low, Qt.AlignmentFlag.AlignCenter, self.figure)


class RailView(QWidget):
    """`chosen(queue code)` when a person picks a queue."""

    chosen = Signal(str)

    def __init__(self, translation: Translation, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._translation = translation
        self._items: dict[str, RailItem] = {}
        self._groups: dict[str, QLabel] = {}
        self._unit = ("", "")
        self._folded = False
        self._buttons = QButtonGroup(self)
        self._board = RailItem(BOARD, self)
        self._board.clicked.connect(lambda: self.chosen.emit(BOARD))
        self._board.hide()
        self._buttons.addButton(self._board)
        dress(self, kind="canvas")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        inside = QWidget()
        dress(inside, kind="canvas")
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(8, 16, 8, 16)
        self._column.setSpacing(2)
        self._column.addWidget(self._board)
        self._gap = QWidget()
        self._gap.setFixedHeight(10)
        self._gap.hide()
        self._column.addWidget(self._gap)
        self._column.addStretch(1)
        area = QScrollArea(widgetResizable=True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(inside)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(area)
        theme().changed.connect(self._fit)
        self._fit()

    @property
    def codes(self) -> tuple[str, ...]:
        """The queues in order."""
        return tuple(self._items)

    def item(self, code: str) -> RailItem:
        """The button of a queue, or of the board; raises KeyError."""
        return self._board if code == BOARD else self._items[code]

    @property
    def offers_board(self) -> bool:
        """Whether the board has its entry."""
        return not self._board.isHidden()

    def offer_board(self, offered: bool) -> None:
        """The board's entry, above the queues, for those who may see it."""
        self._board.setVisible(offered)
        self._gap.setVisible(offered)

    def focus(self, code: str) -> None:
        """Give the keyboard to the entry of a queue or of the board, or else to the first."""
        known = code in self._items or (code == BOARD and self.offers_board)
        code = code if known else next(iter(self._items), "")
        if code:
            self.item(code).setFocus(Qt.FocusReason.ShortcutFocusReason)

    def count(self, code: str) -> int:
        """The count shown for a queue, 0 for one that is not there."""
        return self._items[code].count if code in self._items else 0

    def show_counts(self, counts: tuple[QueueCount, ...]) -> None:
        """New counts; queues that are new to the rail get their button."""
        for known in counts:
            if known.code not in self._items:
                self._add(known)
            item = self._items[known.code]
            if item.count != known.count or not item.figure:
                item.count = known.count
                self._say_item(item)

    def name_unit(self, french: str, arabic: str) -> None:
        """The unit of daily work, which titles its group."""
        self._unit = (french, arabic)
        self.retranslate()

    def choose(self, code: str) -> None:
        """Mark a queue as the one on show, without telling."""
        if code in self._items or code == BOARD:
            self.item(code).setChecked(True)

    def fold(self, folded: bool) -> None:
        """Icons only, or names too."""
        if folded != self._folded:
            self._folded = folded
            self._fit()

    @property
    def folded(self) -> bool:
        """Whether only icons show."""
        return self._folded

    def retranslate(self) -> None:
        """All texts again."""
        for group, label in self._groups.items():
            label.setText(self._group_name(group))
        for item in (self._board, *self._items.values()):
            self._say_item(item)
        self.setAccessibleName(self._translation("frame.rail.name"))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up and down move between queues, across groups."""
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
        focused = self.focusWidget()
        if step is None or not isinstance(focused, RailItem):
            super().keyPressEvent(event)
            return
        items = [item for item in (self._board, *self._items.values()) if not item.isHidden()]
        items[(items.index(focused) + step) % len(items)].setFocus(Qt.FocusReason.TabFocusReason)

    def changeEvent(self, event: QEvent) -> None:
        """Repaint the hand-painted parts when the direction turns."""
        if event.type() is QEvent.Type.LayoutDirectionChange:
            for item in (self._board, *self._items.values()):
                item.update()
        super().changeEvent(event)

    # --- inside

    def _add(self, known: QueueCount) -> None:
        if known.group not in self._groups:
            label = QLabel(self._group_name(known.group), wordWrap=True)
            label.setContentsMargins(12, 6 if not self._groups else 18, 12, 6)
            theme().wear(label, Role.QUIET)
            dress(label, ink="ink3")
            self._groups[known.group] = label
            self._column.insertWidget(self._column.count() - 1, label)
            label.setVisible(not self._folded)
        item = RailItem(known.code, self)
        item.folded = self._folded
        item.clicked.connect(lambda _=False, code=known.code: self.chosen.emit(code))
        self._buttons.addButton(item)
        self._items[known.code] = item
        self._column.insertWidget(self._column.count() - 1, item)

    def _group_name(self, group: str) -> str:
        unit = self._unit[self._translation.language == "ar"]
        return unit if group == "unit" and unit else self._translation(f"group.{group}")

    def _say_item(self, item: RailItem) -> None:
        say = self._translation
        item.setText(say(f"queue.{item.code}"))
        item.figure = say.number(item.count)
        plain = item.code == BOARD
        spoken = item.text() if plain else say("frame.rail.item", queue=item.text(), figure=item.figure)
        item.setAccessibleName(spoken)
        item.setToolTip(spoken if self._folded else "")
        item.update()

    def _fit(self) -> None:
        self.setFixedWidth(theme().px(FOLDED if self._folded else WIDTH))
        for label in self._groups.values():
            label.setVisible(not self._folded)
        for item in (self._board, *self._items.values()):
            item.folded = self._folded
            item.updateGeometry()
            self._say_item(item)


def _edge(widget: QWidget) -> Qt.AlignmentFlag:
    right = widget.layoutDirection() is Qt.LayoutDirection.RightToLeft
    edge = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
    return edge | Qt.AlignmentFlag.AlignAbsolute
