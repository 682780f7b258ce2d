"""The people of a handover: tick several or choose one; those who are absent are greyed and say why."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QStyle, QStyleOptionViewItem

from desktop.ui import icons
from desktop.ui.choice_list import CHOICE, Choice, ChoiceDelegate
from desktop.ui.theme import theme

_BOX = 16


class PersonDelegate(ChoiceDelegate):
    """A Choice after a box (several may be ticked) or a ring (one is chosen)."""

    one = False

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """A little tighter than a plain list of choices."""
        return QSize(120, super().sizeHint(option, index).height() - 2)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """The mark at the near edge, the choice beside it."""
        inner = QStyleOptionViewItem(option)
        room = theme().px(_BOX) + 14
        rtl = option.direction is Qt.LayoutDirection.RightToLeft
        inner.rect = option.rect.adjusted(0, 0, -room, 0) if rtl else option.rect.adjusted(room, 0, 0, 0)
        # ticked rows say so with their mark; the ground follows pointer and keyboard only
        if not option.state & QStyle.StateFlag.State_HasFocus:
            inner.state &= ~QStyle.StateFlag.State_Selected
        super().paint(painter, inner, index)
        choice: Choice = index.data(CHOICE)
        if not choice.why:
            self._paint_mark(painter, option, index.data(Qt.ItemDataRole.CheckStateRole), rtl)

    def _paint_mark(self, painter: QPainter, option: QStyleOptionViewItem, state: object, rtl: bool) -> None:
        tokens, side = theme().palette, theme().px(_BOX)
        x = option.rect.right() - 8 - side if rtl else option.rect.left() + 9
        box = QRectF(x, option.rect.center().y() - side / 2 + 1, side, side)
        ticked = Qt.CheckState(state) is Qt.CheckState.Checked
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(tokens.accent if ticked else tokens.line_strong), 1))
        filled = ticked and not self.one
        painter.setBrush(QColor(tokens.accent if filled else tokens.surface))
        inside = box.adjusted(0.5, 0.5, -0.5, -0.5)
        if self.one:
            painter.drawEllipse(inside)
            if ticked:
                painter.setBrush(QColor(tokens.accent))
                painter.drawEllipse(box.adjusted(4, 4, -4, -4))
        else:
            painter.drawRoundedRect(inside, 4, 4)
            if ticked:
                ratio = painter.device().devicePixelRatioF()
                painter.drawPixmap(box.topLeft(), icons.pixmap("check", tokens.accent_ink, side, ratio=ratio))
        painter.restore()


class HandoverPeople(QListWidget):
    """`changed()` when other people are ticked."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._delegate = PersonDelegate(self)
        self._filling = False
        self.setItemDelegate(self._delegate)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.itemClicked.connect(self._turn)
        self.itemActivated.connect(lambda item: None if self._just_clicked(item) else self._turn(item))
        theme().changed.connect(self.doItemsLayout)

    @property
    def ticked(self) -> tuple[str, ...]:
        """Ids of the people ticked, in the order on screen."""
        items = (self.item(row) for row in range(self.count()))
        return tuple(_key(item) for item in items if item.checkState() is Qt.CheckState.Checked)

    def show_people(self, choices: list[Choice], ticked: frozenset[str]) -> None:
        """The people; those who may not receive can be read but not ticked."""
        self._filling = True
        current = self.currentRow()
        while self.count() > len(choices):
            self.takeItem(self.count() - 1)
        while self.count() < len(choices):
            self.addItem(QListWidgetItem())
        for row, choice in enumerate(choices):
            self._fill(self.item(row), choice, choice.key in ticked and not choice.why)
        if current < 0 and self.count():
            self.setCurrentRow(0)
        self._filling = False
        self.viewport().update()

    def choose_one(self, one: bool) -> None:
        """One person only, or as many as wanted; the first one ticked stays."""
        self._delegate.one = one
        if one:
            self._keep(self.ticked[:1])
        self.viewport().update()

    def tick(self, people: frozenset[str]) -> None:
        """Tick these and no others."""
        self._keep(tuple(people))

    def keyPressEvent(self, event) -> None:
        """Space ticks, and chooses where one is chosen; arrows walk."""
        if event.key() == Qt.Key.Key_Space and self.currentItem() is not None:
            self._turn(self.currentItem())
        else:
            super().keyPressEvent(event)

    def _just_clicked(self, item: QListWidgetItem) -> bool:
        """Whether a mouse click already turned it: a double click would turn it a third time."""
        return self.itemFromIndex(self.indexAt(self.viewport().mapFromGlobal(self.cursor().pos()))) is item

    def _turn(self, item: QListWidgetItem) -> None:
        if item.data(CHOICE).why:
            return
        ticked = item.checkState() is Qt.CheckState.Checked
        if self._delegate.one:
            self._keep((_key(item),))
        else:
            _check(item, not ticked)
        self.viewport().update()
        self.changed.emit()

    def _keep(self, keys: tuple[str, ...]) -> None:
        for row in range(self.count()):
            item = self.item(row)
            _check(item, _key(item) in keys and not item.data(CHOICE).why)

    def _fill(self, item: QListWidgetItem, choice: Choice, ticked: bool) -> None:
        item.setData(CHOICE, choice)
        item.setToolTip(choice.why)
        said = (choice.title, choice.end, choice.why or choice.hint)
        item.setData(Qt.ItemDataRole.AccessibleTextRole, ", ".join(part for part in said if part))
        flags = Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEnabled
        item.setFlags(flags if not choice.why else Qt.ItemFlag.ItemIsSelectable)
        _check(item, ticked)


def _key(item: QListWidgetItem) -> str:
    choice: Choice = item.data(CHOICE)
    return choice.key


def _check(item: QListWidgetItem, ticked: bool) -> None:
    item.setCheckState(Qt.CheckState.Checked if ticked else Qt.CheckState.Unchecked)
