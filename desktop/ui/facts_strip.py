"""The facts beside an opened complaint: legal due date with its meter, who, where, what about, how it came.

At full width it is a strip of 216 px; in a narrow window it folds to one line that opens on demand.
"""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from desktop.core.translation import Translation
from desktop.ui.case_presenter import Fact, OpenedCase, facts
from desktop.ui.fonts import Role
from desktop.ui.labels import NearLabel
from desktop.ui.palette import Tone
from desktop.ui.theme import dress, theme

WIDTH = 216
MARGIN = 24


class Meter(QWidget):
    """The share of the legal delay already used, filled from the side where reading begins."""

    def __init__(self, share: float, tone: Tone) -> None:
        super().__init__()
        self._share, self._tone = share, tone
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def sizeHint(self) -> QSize:
        """A thin line."""
        return QSize(80, 6)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Well, then the part used."""
        del event
        tokens = theme().palette
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(tokens.line_strong) if not tokens.tints else Qt.PenStyle.NoPen)
        area = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setBrush(QColor(tokens.line))
        painter.drawRoundedRect(area, 3, 3)
        used = QRectF(area)
        used.setWidth(max(6.0, area.width() * self._share))
        if self.layoutDirection() is Qt.LayoutDirection.RightToLeft:
            used.moveRight(area.right())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tokens.accent if self._tone is Tone.NEUTRAL else tokens.tone(self._tone)))
        painter.drawRoundedRect(used, 3, 3)


class FactsStrip(QWidget):
    """A column of facts, or one line of them when folded."""

    def __init__(self) -> None:
        super().__init__()
        self._folded = False
        self._opened = False
        self._facts: tuple[Fact, ...] = ()
        self._words: Translation | None = None
        self.toggle = QToolButton()
        self.toggle.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.toggle.clicked.connect(self._on_toggled)
        theme().wear(self.toggle, Role.QUIET)
        self._grid_holder = QWidget()
        self._grid = QGridLayout(self._grid_holder)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(24)
        self._grid.setVerticalSpacing(14)
        self._grid.setColumnStretch(0, 1)
        self._lines = QVBoxLayout(self)
        self._lines.setSpacing(8)
        self._lines.addWidget(self.toggle, 0, Qt.AlignmentFlag.AlignLeft)
        self._lines.addWidget(self._grid_holder)
        self._lines.addStretch(1)
        self._shape()

    def show_case(self, opened: OpenedCase, words: Translation) -> None:
        """Say the facts of this case."""
        self._words = words
        self.setAccessibleName(words("case.pane.facts"))
        found = facts(opened, words)
        if found != self._facts:
            self._facts = found
            self._lay()

    def fold(self, folded: bool) -> None:
        """Strip at the side, or line on top."""
        if folded != self._folded:
            self._folded = folded
            self._shape()
            self._lay()

    def repaint_meters(self) -> None:
        """The palette changed."""
        for meter in self.findChildren(Meter):
            meter.update()

    @property
    def is_folded(self) -> bool:
        """Whether it is the line on top."""
        return self._folded

    def _on_toggled(self) -> None:
        self._opened = not self._opened
        self._lay()

    def _shape(self) -> None:
        self.toggle.setVisible(self._folded)
        if self._folded:
            self._lines.setContentsMargins(0, 0, 0, 0)
            self.setMinimumWidth(0)
            self.setMaximumWidth(16_777_215)
            self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)
        else:
            self._lines.setContentsMargins(12, MARGIN, 12, MARGIN)
            width = theme().px(WIDTH) + 24
            self.setMinimumWidth(width)
            self.setMaximumWidth(width)
            self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)

    def _lay(self) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        if self._words is None:
            return
        shown = not self._folded or self._opened
        self._grid_holder.setVisible(shown)
        if self._folded:
            self._say_line()
        columns = 2 if self._folded else 1
        self._grid.setColumnStretch(1, 1 if self._folded else 0)
        for n, fact in enumerate(self._facts if shown else ()):
            self._grid.addWidget(
                _fact(fact, self._words), n // columns, n % columns, Qt.AlignmentFlag.AlignTop
            )

    def _say_line(self) -> None:
        assert self._words is not None
        wanted = [fact for fact in self._facts if fact.code in ("due", "assignee", "place")]
        parts = [
            " · ".join(part for part in (f.hint if f.code == "due" else f.value,) if part) for f in wanted
        ]
        self.toggle.setText(" · ".join(part for part in parts if part))
        key = "case.fact.fold" if self._opened else "case.fact.unfold"
        self.toggle.setToolTip(self._words(key))
        self.toggle.setAccessibleName(f"{self._words(key)}: {self.toggle.text()}")
        self.toggle.setIcon(theme().icon("chevron_down" if self._opened else "chevron_end"))


def _fact(fact: Fact, words: Translation) -> QWidget:
    holder = QWidget()
    lines = QVBoxLayout(holder)
    lines.setContentsMargins(0, 0, 0, 0)
    lines.setSpacing(3)
    label = _label(fact.label, Role.QUIET, "ink3")
    lines.addWidget(label)
    if fact.meter is not None:
        meter = Meter(fact.meter, fact.tone)
        meter.setToolTip(words("case.due.meter", percent=words.percent(fact.meter)))
        lines.addSpacing(1)
        lines.addWidget(meter)
        lines.addSpacing(2)
    value = _label(fact.value, Role.BODY, "")
    lines.addWidget(value)
    if fact.hint:
        hint = _label(fact.hint, Role.STRONG if fact.code == "due" else Role.QUIET, "ink2")
        if fact.code == "due" and fact.tone is not Tone.NEUTRAL:
            dress(hint, tone=str(fact.tone))
            hint.setProperty("ink", "")
        lines.addWidget(hint)
        if fact.code == "person":
            for label in (value, hint):
                label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    holder.setAccessibleName(f"{fact.label}: {fact.value} {fact.hint}".strip())
    return holder


def _label(text: str, role: Role, ink: str) -> NearLabel:
    return NearLabel(text, role, ink)
