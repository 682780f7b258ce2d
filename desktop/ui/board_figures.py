"""The figures across the top of the board: buttons with their oldest age, which open the list behind them."""

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QKeyEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QGridLayout, QSizePolicy, QWidget

from desktop.core.translation import Translation
from desktop.core.workload_records import Figure
from desktop.ui import board_presenter as presenter
from desktop.ui.board_presenter import Directory, NamedMark
from desktop.ui.board_table_delegate import edge
from desktop.ui.fonts import Role
from desktop.ui.palette import Tone
from desktop.ui.theme import theme

_PAD = 12
_NARROWEST = 116


class FigureCard(QAbstractButton):
    """Name, count, age; painted by hand."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.target: NamedMark | None = None
        self.figure = self.age = self._narrow = ""
        self.tone = Tone.NEUTRAL
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_figure(self, figure: Figure, target: NamedMark, words: Translation, label: str = "") -> None:
        """Another count, drawn in place."""
        self.target, self.tone = target, presenter.tone(figure)
        self.figure = words.number(figure.count)
        self.age = presenter.age(figure, words)
        self.setText(label or presenter.measure(figure.mark.measure, words))
        self._narrow = label or presenter.narrow(figure.mark.measure, words)
        spoken = presenter.spoken(figure, target, words)
        if spoken != self.accessibleName():
            self.setAccessibleName(spoken)
            self.setToolTip(spoken)
        self.update()

    def sizeHint(self) -> QSize:
        """Three lines."""
        return QSize(theme().px(150), theme().px(92))

    def minimumSizeHint(self) -> QSize:
        """Words are elided before that, the count never."""
        return QSize(theme().px(96), theme().px(92))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens, as Space does; arrows walk the figures."""
        row = self.parentWidget()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        elif not (isinstance(row, FigureRow) and row.walk(self, Qt.Key(event.key()))):
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Card, words, focus."""
        del event
        tokens = theme().palette
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        over = self.underMouse() or self.isDown()
        painter.setBrush(QColor(tokens.hover if over else tokens.surface))
        focused = self.hasFocus()
        edge_ = tokens.accent if focused or over else tokens.line
        painter.setPen(QPen(QColor(edge_), 2 if focused else 1))
        painter.drawRoundedRect(frame.adjusted(0.5, 0.5, -0.5, -0.5) if focused else frame, 8, 8)
        self._write(painter, (11, 20), Role.QUIET, tokens.ink2, self._label())
        ink = tokens.ink if self.tone is Tone.NEUTRAL else tokens.tone(self.tone)
        self._write(painter, (31, 34), Role.DISPLAY, ink, self.figure)
        self._write(painter, (65, 18), Role.QUIET, tokens.ink3, self.age)

    def _label(self) -> str:
        room = self.width() - 2 * _PAD
        fits = QFontMetricsF(theme().font(Role.QUIET)).horizontalAdvance(self.text()) <= room
        return self.text() if fits else self._narrow

    def _write(self, painter: QPainter, place: tuple[int, int], role: Role, colour: str, text: str) -> None:
        if not text:
            return
        font, (top, high) = theme().font(role), place
        area = QRectF(_PAD, theme().px(top), self.width() - 2 * _PAD, theme().px(high))
        painter.setFont(font)
        painter.setPen(QColor(colour))
        shown = QFontMetricsF(font).elidedText(text, Qt.TextElideMode.ElideRight, area.width())
        painter.drawText(area, edge(self.layoutDirection(), far=False) | Qt.TextFlag.TextSingleLine, shown)


class FigureRow(QWidget):
    """As many cards in a row as there is room for, all equally wide; `opened(NamedMark)`."""

    opened = Signal(object)

    def __init__(self, words: Translation) -> None:
        super().__init__()
        self._words = words
        self._across = 0
        self.cards: list[FigureCard] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(12)
        theme().changed.connect(self._fit)

    def show_figures(
        self, figures: tuple[Figure, ...], known: Directory, labels: dict[str, str] | None = None
    ) -> None:
        """The figures in their order; cards are made once. `labels` names some measures otherwise."""
        while len(self.cards) < len(figures):
            card = FigureCard(self)
            card.clicked.connect(lambda _=False, card=card: self.opened.emit(card.target))
            self.cards.append(card)
        for place, card in enumerate(self.cards):
            card.setVisible(place < len(figures))
        for card, figure in zip(self.cards, figures, strict=False):
            label = (labels or {}).get(figure.mark.measure, "")
            card.show_figure(figure, known.named(figure.mark), self._words, label)
        self._fit()

    def walk(self, card: FigureCard, key: Qt.Key) -> bool:
        """Move the keyboard to the neighbour in the order of reading; False when the key means nothing."""
        rtl = self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        onward, back = (Qt.Key.Key_Left, Qt.Key.Key_Right) if rtl else (Qt.Key.Key_Right, Qt.Key.Key_Left)
        if key not in (onward, back):
            return False
        place = self.cards.index(card) + (1 if key == onward else -1)
        if 0 <= place < len(self.cards) and not self.cards[place].isHidden():
            self.cards[place].setFocus(Qt.FocusReason.TabFocusReason)
        return True

    def resizeEvent(self, event: QResizeEvent) -> None:
        """More or fewer cards in a row."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        shown = [card for card in self.cards if not card.isHidden()]
        if not shown:
            return
        room = max(1, (self.width() + 12) // (theme().px(_NARROWEST) + 12))
        rows = -(-len(shown) // room)
        across = -(-len(shown) // rows)
        if across != self._across or self._grid.count() != len(shown):
            for place, card in enumerate(shown):
                self._grid.addWidget(card, place // across, place % across)
            for column in range(self._grid.columnCount()):
                self._grid.setColumnStretch(column, 1 if column < across else 0)
            self._across = across
        for card in shown:
            card.updateGeometry()
