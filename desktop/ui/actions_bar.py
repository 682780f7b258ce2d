"""The bar of acts above an opened complaint: what this person may do now, each with its key in quiet ink.

At most one button is filled. A greyed one says why in its tool tip and to screen readers; what does not
fit, and the rarer acts, are in the menu at the end.
"""

import itertools

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QAction, QColor, QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QMenu,
    QPushButton,
    QSizePolicy,
    QStyle,
    QStyleOptionButton,
    QStylePainter,
    QToolButton,
    QWidget,
)

from desktop.core.translation import Translation
from desktop.ui.action import Action
from desktop.ui.fonts import Role
from desktop.ui.theme import dress, theme
from resources.catalogue import ltr

GAP = 8
_PAD = 13


class ActionButton(QPushButton):
    """A button with its shortcut in quiet ink after its words."""

    def __init__(self, text: str, key: str = "", role: Role = Role.STRONG) -> None:
        super().__init__()
        self._key = key
        theme().wear(self, role)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.say(text, key)

    def say(self, text: str, key: str = "") -> None:
        """Other words, other key."""
        self._key = key
        self.setText(text)
        self.updateGeometry()

    def fill(self, filled: bool) -> None:
        """Draw it as the next step, or as an ordinary button."""
        kind = "primary" if filled else "plain"
        if self.property("kind") is None:
            self.setProperty("kind", kind)
        elif self.property("kind") != kind:
            dress(self, kind=kind)

    def sizeHint(self) -> QSize:
        """Words, key and room around them."""
        words = QFontMetrics(self.font()).horizontalAdvance(self.text())
        key = self._key_width()
        height = QFontMetrics(self.font()).height() + 16
        return QSize(words + (key + GAP if key else 0) + 2 * _PAD, max(theme().px(34), height))

    def minimumSizeHint(self) -> QSize:
        """Never clipped."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The style's button, then the two texts."""
        del event
        option = QStyleOptionButton()
        self.initStyleOption(option)
        option.text = ""
        painter = QStylePainter(self)
        painter.drawControl(QStyle.ControlElement.CE_PushButton, option)
        tokens = theme().palette
        filled = self.property("kind") == "primary"
        ink = tokens.accent_ink if filled else tokens.ink
        area = self.rect().adjusted(_PAD, 0, -_PAD, 0)
        self._write(painter, area, self.text(), ink if self.isEnabled() else tokens.ink3, near=True)
        if self._key:
            painter.setFont(theme().font(Role.QUIET))
            quiet = tokens.accent_ink if filled and self.isEnabled() else tokens.ink3
            self._write(painter, area, ltr(self._key), quiet, near=False)

    def _key_width(self) -> int:
        return QFontMetrics(theme().font(Role.QUIET)).horizontalAdvance(self._key) if self._key else 0

    def _write(self, painter: QPainter, area: QRect, text: str, colour: str, *, near: bool) -> None:
        edge = Qt.AlignmentFlag.AlignLeft if near else Qt.AlignmentFlag.AlignRight
        if not self._key:
            edge = Qt.AlignmentFlag.AlignHCenter
        side = QStyle.visualAlignment(self.layoutDirection(), edge)
        painter.setPen(QColor(colour))
        painter.drawText(area, side | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, text)


class ActionsBar(QFrame):
    """Buttons from the near edge; `triggered(code)` whichever way an act is asked for."""

    triggered = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        dress(self, kind="head")
        self._actions: tuple[Action, ...] = ()
        self._rare: tuple[Action, ...] = ()
        self._words: Translation | None = None
        self._buttons: list[ActionButton] = []
        self.more = QToolButton()
        dress(self.more, kind="button")
        self.more.setAutoRaise(False)
        self.more.clicked.connect(self.open_menu)
        self.more.hide()
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(24, 8, 24, 8)
        self._row.setSpacing(GAP)
        self._row.addWidget(self.more)
        self._row.addStretch(1)

    def sizeHint(self) -> QSize:
        """Wide enough for one button; the rest goes into the menu."""
        return QSize(240, theme().px(34) + 17)

    def minimumSizeHint(self) -> QSize:
        """As the hint."""
        return self.sizeHint()

    def show_actions(self, actions: tuple[Action, ...], rare: tuple[Action, ...], words: Translation) -> None:
        """Show these acts as buttons and `rare` in the menu; the same acts again change nothing."""
        if (actions, rare) == (self._actions, self._rare) and self._words is words:
            return
        focused = next((b.property("code") for b in self._buttons if b.hasFocus()), "")
        self._actions, self._rare, self._words = actions, rare, words
        for button in self._buttons:
            self._row.removeWidget(button)
            button.hide()
            button.deleteLater()
        self._buttons = [self._made(action) for action in actions]
        for place, button in enumerate(self._buttons):
            self._row.insertWidget(place, button)
            if button.property("code") == focused:
                button.setFocus()
        for before, after in itertools.pairwise((*self._buttons, self.more)):
            QWidget.setTabOrder(before, after)
        self.more.setIcon(theme().icon("more", "ink"))
        self.more.setToolTip(words("case.act.more"))
        self.more.setAccessibleName(words("case.act.more"))
        self._fit()

    def action(self, code: str) -> Action | None:
        """The act `code` as it stands now, wherever it is shown."""
        return next((a for a in (*self._actions, *self._rare) if a.code == code), None)

    def trigger(self, code: str) -> bool:
        """Ask for an act as by its key; greyed and unknown ones do nothing. Gives whether it was asked."""
        action = self.action(code)
        if action is None or action.why:
            return False
        self.triggered.emit(code)
        return True

    def buttons(self) -> tuple[ActionButton, ...]:
        """The buttons, in order."""
        return tuple(self._buttons)

    def open_menu(self) -> None:
        """The menu of what does not fit and of rarer acts."""
        assert self._words is not None
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        hidden = [a for a, b in zip(self._actions, self._buttons, strict=True) if b.isHidden()]
        for action in hidden:
            self._entry(menu, action)
        if hidden and self._rare:
            menu.addSeparator()
        for action in self._rare:
            self._entry(menu, action)
        corner = self.more.rect().bottomLeft()
        if self.layoutDirection() is Qt.LayoutDirection.RightToLeft:
            corner = QPoint(self.more.width() - menu.sizeHint().width(), self.more.height())
        menu.popup(self.more.mapToGlobal(corner))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep only the buttons that fit."""
        super().resizeEvent(event)
        self._fit()

    def _entry(self, menu: QMenu, action: Action) -> QAction:
        entry = menu.addAction(action.text)
        if action.icon:
            entry.setIcon(theme().icon(action.icon))
        entry.setEnabled(not action.why)
        entry.setToolTip(action.why or action.text)
        entry.triggered.connect(lambda: self.triggered.emit(action.code))
        return entry

    def _made(self, action: Action) -> ActionButton:
        assert self._words is not None
        words = self._words
        button = ActionButton(action.text, action.key)
        button.setProperty("code", action.code)
        button.fill(action.filled)
        button.setEnabled(not action.why)
        button.setToolTip(action.why)
        name = (
            words("case.act.shortcut", action=action.text, letter=action.key) if action.key else action.text
        )
        button.setAccessibleName(name)
        button.setAccessibleDescription(action.why)
        button.clicked.connect(lambda: self.triggered.emit(action.code))
        return button

    def _fit(self) -> None:
        margins = self._row.contentsMargins()
        room = self.width() - margins.left() - margins.right()
        wanted = [button.sizeHint().width() + GAP for button in self._buttons]
        menu_needed = bool(self._rare) or sum(wanted) - GAP > room
        left = room - (self.more.sizeHint().width() + GAP if menu_needed else 0)
        fits = True
        for button, width in zip(self._buttons, wanted, strict=True):
            fits = fits and width - GAP <= left
            button.setVisible(fits)
            left -= width
        self.more.setVisible(menu_needed)
