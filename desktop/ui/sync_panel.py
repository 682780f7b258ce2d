"""The sync panel: what is waiting and why, beside what one is doing.

It hangs under the connection pill, takes no key that is not meant for it, and goes with Escape; nothing in it
must be answered.
"""

from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFormLayout, QFrame, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from desktop.core.translation import Translation
from desktop.ui.actions_bar import ActionButton
from desktop.ui.fonts import Role
from desktop.ui.labels import IconButton, NearLabel
from desktop.ui.sync_panel_presenter import ActLine, FileLine, Panel
from desktop.ui.sync_panel_rows import ActRow, FileRow, StateBar
from desktop.ui.theme import dress, theme

WIDTH = 420
GAP = 8
MARGIN = 16
_SCROLL_BAR = 8
MOST = 50
"""Acts shown one by one; who has more is told how many."""


class SyncPanel(QFrame):
    """Shows a Panel; signals say what a person wants."""

    sync_wanted = Signal()
    sign_in_wanted = Signal()
    returned_wanted = Signal()
    complaint_wanted = Signal(str)
    cancel_wanted = Signal(str)
    left = Signal()

    def __init__(self, words: Translation, parent: QWidget) -> None:
        super().__init__(parent)
        self._words = words
        self._panel: Panel | None = None
        self.acts: dict[str, ActRow] = {}
        self.files: dict[str, FileRow] = {}
        dress(self, kind="panel")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._build_head()
        self._build_lists()
        self._lay_out()
        escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), self)
        escape.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        escape.activated.connect(self.left)
        self.hide()

    # --- what is told

    def say(self, panel: Panel) -> None:
        """Show this now; rows that stay keep their place and the keyboard."""
        self._panel = panel
        self.title.setText(self._words("sync.title"))
        self.close_button.say(self._words("sync.close"))
        self.state.say(panel.state)
        self._say_facts(panel)
        self.button.say(panel.button, "F5" if panel.does == "sync" else "")
        self.button.fill(panel.state.tone in ("warn", "danger"))
        self._say_acts(panel.acts)
        self._say_files(panel.files)
        self._returned.setText(panel.returned)
        self._returned_line.setVisible(bool(panel.returned))
        self.returned_button.setText(self._words("sync.returned.open"))
        self.returned_button.setAccessibleName(f"{panel.returned} · {self._words('sync.returned.open')}")
        self.setAccessibleName(f"{self._words('sync.title')} · {panel.state.title}")
        self._fit()

    def place(self, under: QWidget) -> None:
        """Hang under `under`, far edges in line, within the window."""
        self._fit()
        window = self.parentWidget()
        at = under.mapTo(window, QPoint(0, 0))
        if self.layoutDirection() is Qt.LayoutDirection.RightToLeft:
            x = at.x()
        else:
            x = at.x() + under.width() - self.width()
        x = max(MARGIN, min(x, window.width() - self.width() - MARGIN))
        self.move(x, at.y() + under.height() + GAP)

    def changeEvent(self, event: QEvent) -> None:
        """Other fonts or another direction need other room."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.LayoutDirectionChange, QEvent.Type.FontChange) and self._panel:
            self._fit()

    # --- building

    def _build_head(self) -> None:
        self.title = NearLabel(role=Role.TITLE)
        self.close_button = IconButton("close")
        self.close_button.clicked.connect(self.left)
        self.state = StateBar()
        self._facts = QFormLayout()
        self._facts.setContentsMargins(16, 0, 16, 0)
        self._facts.setHorizontalSpacing(16)
        self._facts.setVerticalSpacing(4)
        self._fact_labels: list[tuple[NearLabel, NearLabel]] = []
        self.button = ActionButton("")
        self.button.clicked.connect(self._on_pressed)

    def _build_lists(self) -> None:
        self._acts_title, self._acts_more = (
            NearLabel(role=Role.QUIET_STRONG, ink="ink3"),
            NearLabel(role=Role.QUIET),
        )
        self._files_title = NearLabel(role=Role.QUIET_STRONG, ink="ink3")
        self._content = QWidget()
        dress(self._content, kind="surface")
        column = QVBoxLayout(self._content)
        column.setContentsMargins(6, 0, 6, 0)
        column.setSpacing(2)
        self._acts_column, self._files_column = QVBoxLayout(), QVBoxLayout()
        for title, inner in (
            (self._files_title, self._files_column),
            (self._acts_title, self._acts_column),
        ):
            inner.setSpacing(2)
            title.setContentsMargins(10, 8, 10, 2)
            column.addWidget(title)
            column.addLayout(inner)
        self._acts_more.setContentsMargins(10, 2, 10, 4)
        column.addWidget(self._acts_more)
        self._scroll = QScrollArea()
        self._scroll.setWidget(self._content)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._returned = NearLabel(role=Role.QUIET_STRONG)
        self.returned_button = QPushButton()
        dress(self.returned_button, kind="quiet")
        self.returned_button.clicked.connect(self.returned_wanted)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(16, 0, 16, 0)
        head.addWidget(self.title, 1)
        head.addWidget(self.close_button)
        self._returned_line = QFrame()
        dress(self._returned_line, kind="bar", tone="warn")
        returned = QHBoxLayout(self._returned_line)
        returned.setContentsMargins(12, 4, 12, 4)
        returned.addWidget(self._returned, 1)
        returned.addWidget(self.returned_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 10, 0, 12)
        column.setSpacing(10)
        column.addLayout(head)
        column.addLayout(_inset(self.state))
        column.addLayout(_inset(self._returned_line))
        column.addLayout(self._facts)
        column.addLayout(_inset(self.button, 0))
        column.addWidget(self._scroll)

    # --- parts

    def _say_facts(self, panel: Panel) -> None:
        while len(self._fact_labels) < len(panel.facts):
            pair = (
                NearLabel(role=Role.QUIET, ink="ink3", wrap=False),
                NearLabel(role=Role.QUIET, ink="ink2", wrap=False),
            )
            self._fact_labels.append(pair)
            self._facts.addRow(*pair)
        for place, pair in enumerate(self._fact_labels):
            told = place < len(panel.facts)
            for label, text in zip(pair, panel.facts[place] if told else ("", ""), strict=True):
                label.setText(text)
                label.setVisible(told)

    def _say_acts(self, lines: tuple[ActLine, ...]) -> None:
        shown, more = lines[:MOST], len(lines) - MOST
        self._acts_title.setText(f"{self._words('sync.acts')} · {self._words.number(len(lines))}")
        self._acts_title.setVisible(bool(lines))
        self._acts_more.setText(self._words.count("sync.acts.more", more) if more > 0 else "")
        self._acts_more.setVisible(more > 0)
        for gone in self.acts.keys() - {line.id for line in shown}:
            _drop(self.acts.pop(gone))
        for line in shown:
            row = self.acts.get(line.id)
            if row is not None:
                row.say(line)
                continue
            row = self.acts[line.id] = ActRow(line)
            row.clicked.connect(lambda _=False, row=row: self.complaint_wanted.emit(row.line.complaint))
            self._acts_column.addWidget(row)

    def _say_files(self, lines: tuple[FileLine, ...]) -> None:
        self._files_title.setText(self._words("sync.moving"))
        self._files_title.setVisible(bool(lines))
        for gone in self.files.keys() - {line.sha256 for line in lines}:
            _drop(self.files.pop(gone))
        for line in lines:
            row = self.files.get(line.sha256)
            if row is not None:
                row.say(line)
                continue
            row = self.files[line.sha256] = FileRow(line)
            row.cancelled.connect(self.cancel_wanted)
            self._files_column.addWidget(row)

    def _on_pressed(self) -> None:
        assert self._panel is not None
        (self.sign_in_wanted if self._panel.does == "sign_in" else self.sync_wanted).emit()

    def _fit(self) -> None:
        """As tall as what is told, as far as the window has room; the lists scroll beyond that."""
        window = self.parentWidget()
        width = min(theme().px(WIDTH), window.width() - 2 * MARGIN)
        listed = bool(self.acts or self.files)
        self._scroll.setVisible(listed)
        self._scroll.setFixedHeight(0)
        self.layout().activate()
        around = self.layout().totalHeightForWidth(width)
        room = window.height() - theme().px(52) - theme().px(28) - 2 * GAP - around
        self._content.layout().activate()
        wanted = self._content.layout().totalHeightForWidth(width - 2 - _SCROLL_BAR) if listed else 0
        self._scroll.setFixedHeight(max(0, min(wanted, room)))
        self.resize(width, around + self._scroll.height())


def _inset(widget: QWidget, stretch: int = 1) -> QHBoxLayout:
    line = QHBoxLayout()
    line.setContentsMargins(16, 0, 16, 0)
    line.addWidget(widget, stretch)
    if not stretch:
        line.addStretch(1)
    return line


def _drop(row: QWidget) -> None:
    row.hide()
    row.deleteLater()
