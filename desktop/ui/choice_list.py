"""A searchable list of things to choose: title, second line, a word at the far end, and why one is greyed.

Shared by the assign, transfer and template dialogs. Rows are painted from ready-made records; search folds
both sides with `protocol.text`, so that accents, hamza and harakat do not matter.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from desktop.ui.fonts import Role
from desktop.ui.palette import Tone
from desktop.ui.theme import dress, theme
from protocol.text import fold

CHOICE = Qt.ItemDataRole.UserRole + 1


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to choose; with `why` it is greyed and says so. A `heading` cannot be chosen at all."""

    key: str
    title: str
    hint: str = ""
    end: str = ""
    why: str = ""
    tone: Tone = Tone.NEUTRAL
    heading: bool = False
    searched: str = ""


class ChoiceDelegate(QStyledItemDelegate):
    """Paints a Choice in one or two lines, from the near edge."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Headings are low; a row with a second line is tall enough for both."""
        del option
        choice: Choice = index.data(CHOICE)
        look = theme()
        if choice.heading:
            return QSize(120, look.px(34))
        return QSize(120, look.px(52 if choice.hint or choice.why else 38))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Ground, title, far end, second line."""
        choice: Choice = index.data(CHOICE)
        look = theme()
        painter.save()
        painter.setLayoutDirection(option.direction)
        area = option.rect.adjusted(2, 1, -2, -1)
        if choice.heading:
            self._write(painter, area.adjusted(10, 8, -10, 0), choice.title, Role.QUIET_STRONG, "ink3")
            painter.restore()
            return
        self._ground(painter, option, area, choice)
        inside = area.adjusted(10, 6, -10, -6)
        ink = "ink3" if choice.why else "ink"
        second = choice.why or choice.hint
        head = QRect(inside)
        if second:
            head.setHeight(inside.height() // 2)
        end_width = 0
        if choice.end:
            metrics = QFontMetrics(look.font(Role.QUIET))
            end_width = metrics.horizontalAdvance(choice.end) + 12
            self._write(painter, head, choice.end, Role.QUIET, _token(choice), far=True)
        title = QRect(head)
        title.setWidth(max(20, head.width() - end_width))
        if option.direction is Qt.LayoutDirection.RightToLeft:
            title.moveRight(head.right())
        self._write(painter, title, choice.title, Role.BODY, ink)
        if second:
            below = QRect(inside)
            below.setTop(head.bottom() + 1)
            self._write(painter, below, second, Role.QUIET, "ink3")
        painter.restore()

    def _ground(
        self, painter: QPainter, option: QStyleOptionViewItem, area: QRect, choice: Choice, /
    ) -> None:
        tokens = theme().palette
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        if option.state & QStyle.StateFlag.State_Selected and not choice.why:
            painter.setBrush(QColor(tokens.selection))
            painter.drawRoundedRect(area, 6, 6)
            if option.state & QStyle.StateFlag.State_HasFocus:
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QColor(tokens.accent))
                painter.drawRoundedRect(area.adjusted(0, 0, -1, -1), 6, 6)
        elif option.state & QStyle.StateFlag.State_MouseOver and not choice.why:
            painter.setBrush(QColor(tokens.hover))
            painter.drawRoundedRect(area, 6, 6)

    def _write(
        self, painter: QPainter, area: QRect, text: str, role: Role, token: str, *, far: bool = False
    ) -> None:
        font: QFont = theme().font(role)
        painter.setFont(font)
        painter.setPen(QColor(_colour(token)))
        elided = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, area.width())
        edge = Qt.AlignmentFlag.AlignRight if far else Qt.AlignmentFlag.AlignLeft
        # Alignment mirrors by the painter's direction, so "left" is the near edge in both languages.
        mirrored = QStyle.visualAlignment(painter.layoutDirection(), edge)
        painter.drawText(area, mirrored | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, elided)


def _token(choice: Choice) -> str:
    return "ink3" if choice.why or choice.tone is Tone.NEUTRAL else str(choice.tone)


def _colour(token: str) -> str:
    return str(getattr(theme().palette, token))


class ChoiceList(QWidget):
    """A search field over a list; arrows move in the list while the search keeps the focus."""

    chosen = Signal(str)
    accepted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._choices: tuple[Choice, ...] = ()
        self.search = QLineEdit()
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._on_search_changed)
        self.search.installEventFilter(self)
        self.list = QListWidget()
        self.list.setItemDelegate(ChoiceDelegate(self.list))
        self.list.setMouseTracking(True)
        self.list.setUniformItemSizes(False)
        self.list.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.currentItemChanged.connect(lambda item, _: self.chosen.emit(_key(item)))
        self.list.itemActivated.connect(lambda item: self.accepted.emit(_key(item)))
        self.nothing = QLabel()
        self.nothing.setWordWrap(True)
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        dress(self.nothing, ink="ink3")
        self.nothing.hide()
        frame = QFrame()
        dress(frame, kind="card")
        inside = QVBoxLayout(frame)
        inside.setContentsMargins(3, 3, 3, 3)
        inside.addWidget(self.list)
        inside.addWidget(self.nothing, 1)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(8)
        lines.addWidget(self.search)
        lines.addWidget(frame, 1)

    def speak(self, *, search: str, name: str, empty: str) -> None:
        """Placeholder of the search, accessible name of the list, sentence when nothing matches."""
        self.search.setPlaceholderText(search)
        self.search.setAccessibleName(search.rstrip("…"))
        self.list.setAccessibleName(name)
        self.nothing.setText(empty)

    def show_choices(self, choices: Sequence[Choice], current: str = "") -> None:
        """Replace the list; `current` is selected when it may be chosen."""
        self._choices = tuple(choices)
        self._fill(current)

    def current(self) -> str:
        """Key of the chosen row, "" when none is."""
        return _key(self.list.currentItem())

    def select(self, key: str) -> None:
        """Choose a row by key."""
        for row in range(self.list.count()):
            item = self.list.item(row)
            if _key(item) == key and item.flags() & Qt.ItemFlag.ItemIsEnabled:
                self.list.setCurrentItem(item)
                return

    def eventFilter(self, watched: object, event: object) -> bool:
        """Up and down in the search field move in the list; Enter there takes the current row."""
        if (
            watched is self.search
            and isinstance(event, QKeyEvent)
            and event.type() == QKeyEvent.Type.KeyPress
        ):
            if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_PageDown, Qt.Key.Key_PageUp):
                self._move(1 if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_PageDown) else -1)
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.current():
                self.accepted.emit(self.current())
                return True
        return super().eventFilter(watched, event)  # type: ignore[arg-type]

    def _move(self, step: int) -> None:
        row = self.list.currentRow()
        while 0 <= (row := row + step) < self.list.count():
            if self.list.item(row).flags() & Qt.ItemFlag.ItemIsSelectable:
                self.list.setCurrentRow(row)
                self.list.scrollToItem(self.list.item(row))
                return

    def _on_search_changed(self) -> None:
        self._fill(self.current())
        if not self.current():
            self._move(1)

    def _fill(self, current: str) -> None:
        wanted = fold(self.search.text()).split()
        shown = [c for c in self._choices if c.heading or _matches(c, wanted)]
        shown = [
            c
            for n, c in enumerate(shown)
            if not c.heading or (n + 1 < len(shown) and not shown[n + 1].heading)
        ]
        self.list.blockSignals(True)
        self.list.clear()
        for choice in shown:
            self.list.addItem(_item(choice))
        self.list.setCurrentRow(-1)
        self.list.blockSignals(False)
        self.nothing.setVisible(not shown)
        self.list.setVisible(bool(shown))
        if current:
            self.select(current)
        if not self.current():
            self.chosen.emit("")


def _item(choice: Choice) -> QListWidgetItem:
    item = QListWidgetItem()
    item.setData(CHOICE, choice)
    spoken = ", ".join(part for part in (choice.title, choice.end, choice.why or choice.hint) if part)
    item.setData(Qt.ItemDataRole.AccessibleTextRole, spoken)
    item.setToolTip(choice.why)
    if choice.heading or choice.why:
        item.setFlags(Qt.ItemFlag.NoItemFlags)
    return item


def _key(item: QListWidgetItem | None) -> str:
    if item is None or not item.flags() & Qt.ItemFlag.ItemIsSelectable:
        return ""
    choice: Choice = item.data(CHOICE)
    return choice.key


def _matches(choice: Choice, wanted: list[str]) -> bool:
    words = fold(f"{choice.title} {choice.hint} {choice.searched}").split()
    # The Arabic article is written with its word: "صحة" must find "الصحة".
    words += [word.removeprefix("ال") for word in words if word.startswith("ال")]
    return all(any(word.startswith(prefix) for word in words) for prefix in wanted)
