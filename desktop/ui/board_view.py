"""The supervisor's board as a page: its unit, of when it is, the day and Monday morning, and its undo bar.

It is read again off this thread when the desk tells of changes, some moments apart; counts change in place,
and nothing moves under the pointer.
"""

from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QStackedWidget, QTabBar, QVBoxLayout, QWidget

from desktop.core.background import Background
from desktop.core.errors import PersonError
from desktop.core.records import Change
from desktop.core.translation import Translation
from desktop.core.workload_records import Line
from desktop.ui import board_presenter, board_reading, direction, shortcuts
from desktop.ui.board_content import BoardContent, prepare
from desktop.ui.board_day import BoardDay
from desktop.ui.board_lines import ComplaintOf, HandoverOf
from desktop.ui.board_monday import BoardMonday
from desktop.ui.board_presenter import NamedMark
from desktop.ui.board_units import UnitChooser
from desktop.ui.empty_state import EmptyState
from desktop.ui.fonts import Role
from desktop.ui.labels import NearLabel
from desktop.ui.theme import dress, theme
from desktop.ui.undo_bar import UndoBar

GATHER_MS = 400
_LOADING_AFTER_MS = 300
_AGES_MS = 60_000
"""A board left open is read again so often, for days and ages pass without any change."""
TABS = ("day", "monday")


class BoardView(QWidget):
    """`figure_wanted(NamedMark)`, `complaint_wanted(id, NamedMark)`, `handover_wanted(NamedMark)`."""

    figure_wanted = Signal(object)
    complaint_wanted = Signal(str, object)
    handover_wanted = Signal(object)

    def __init__(
        self, desk, background: Background, words: Translation, clock: Callable[[], datetime]
    ) -> None:
        super().__init__()
        self._desk, self._background, self._words, self._clock = desk, background, words, clock
        self._content: BoardContent | None = None
        self._fault: PersonError | None = None
        self._monday: BoardMonday | None = None
        self._unit = ""
        self._lines: tuple[Line, ...] = ()
        self._left_from: QWidget | None = None
        self.undo_bar = UndoBar(words)
        self._build()
        self._connect()
        self.retranslate()

    # --- what the pages call

    @property
    def monday(self) -> BoardMonday:
        """Monday morning, made when it is first wanted."""
        if self._monday is None:
            self._monday = made = BoardMonday(self._words)
            made.hide()
            made.opened.connect(self._on_opened)
            self._page.addWidget(made)
            if self._content is not None:
                made.show_content(self._content, self._clock())
        return self._monday

    @property
    def is_ready(self) -> bool:
        """Whether a board is on show."""
        return self._content is not None

    def come_back(self) -> None:
        """Shown again: at the same place, the keyboard where it was, counts read anew."""
        self.reload()
        target = self._left_from or self.tabs
        target.setFocus(Qt.FocusReason.OtherFocusReason)

    def note(self, change: Change) -> None:
        """The desk changed: read again in a moment, or when the board is next shown."""
        concerned = change.queues or change.complaints or change.reference or change.connection
        if concerned and self.isVisible() and not self._gather.isActive():
            self._gather.start()

    def reload(self) -> None:
        """Read the board of the chosen unit."""
        desk, unit, now = self._desk, self._unit, self._clock()
        words = Translation(self._words.language)
        self._gather.stop()
        if self._content is None:
            self._waiting.start()
        self._background.read(
            lambda: prepare(board_reading.read(desk, unit), words, now),
            lambda content: self._on_read(content, words.language),
            self._on_failed,
            key=f"board{id(self)}",
        )

    def retranslate(self) -> None:
        """All texts again, in the language now."""
        words = self._words
        self.setLayoutDirection(direction.layout_direction(words.language))
        self.setAccessibleName(words("board.title"))
        self.title.setText(words("board.title"))
        for place, code in enumerate(TABS):
            self.tabs.setTabText(place, words(f"board.tab.{code}"))
        self.tabs.setAccessibleName(words("board.tabs"))
        self.scroll.setAccessibleName(words("board.title"))
        self.loading.say("board", words("board.loading.title"), words("board.loading.text"))
        self.day.retranslate()
        self.undo_bar.retranslate()
        self._show_units()
        if self._fault is not None:
            self._say_fault()
        if self._content is not None:
            self._show(prepare(self._content.reading, words, self._clock()))
        else:
            self._say_moment()

    # --- building

    def _build(self) -> None:
        self.title = NearLabel(role=Role.HEADING, wrap=False)
        self.units = UnitChooser()
        self.moment = NearLabel(role=Role.QUIET, ink="ink3")
        self.tabs = QTabBar()
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        theme().wear(self.tabs, Role.BODY)
        for _ in TABS:
            self.tabs.addTab("")
        self.day = BoardDay(self._words)
        self.parts = QStackedWidget()
        page = QWidget()
        dress(page, kind="canvas")
        self._page = QVBoxLayout(page)
        self._page.setContentsMargins(24, 14, 24, 24)
        self._page.addWidget(self.day)
        self.scroll = QScrollArea(widgetResizable=True)
        self.scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.scroll.setWidget(page)
        self.loading, self.failed = EmptyState(), EmptyState()
        blank = QWidget()
        for part in (blank, self.loading, self.failed, self.scroll):
            self.parts.addWidget(part)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._made_head())
        column.addWidget(self.parts, 1)
        foot = QVBoxLayout()
        foot.setContentsMargins(24, 0, 24, 0)
        foot.addWidget(self.undo_bar)
        column.addLayout(foot)

    def _made_head(self) -> QFrame:
        head = QFrame()
        dress(head, kind="head")
        first, second = QHBoxLayout(), QHBoxLayout()
        first.setSpacing(16)
        first.addWidget(self.title)
        first.addWidget(self.units)
        first.addStretch(1)
        second.setSpacing(16)
        second.addWidget(self.tabs)
        second.addWidget(self.moment, 1)
        lines = QVBoxLayout(head)
        lines.setContentsMargins(24, 12, 24, 0)
        lines.setSpacing(4)
        lines.addLayout(first)
        lines.addLayout(second)
        return head

    def _connect(self) -> None:
        self._gather = QTimer(self, singleShot=True, interval=GATHER_MS)
        self._gather.timeout.connect(self.reload)
        self._waiting = QTimer(self, singleShot=True, interval=_LOADING_AFTER_MS)
        self._waiting.timeout.connect(lambda: self.parts.setCurrentWidget(self.loading))
        self._aging = QTimer(self, interval=_AGES_MS)
        self._aging.timeout.connect(lambda: self.reload() if self.isVisible() else None)
        self._aging.start()
        self.units.chosen.connect(self._on_unit_chosen)
        self.tabs.currentChanged.connect(self._on_tab_changed)
        self.failed.acted.connect(self.reload)
        self.day.opened.connect(self._on_opened)
        undo = shortcuts.action(self, "case.undo.undo", "Ctrl+Z")
        undo.triggered.connect(self.undo_bar.undo)

    # --- reading and showing

    def _on_read(self, content: BoardContent, language: str) -> None:
        self._waiting.stop()
        if content.board.unit != self._unit:
            return
        if language != self._words.language:  # it turned while the board was being read
            content = prepare(content.reading, self._words, self._clock())
        self._show(content)

    def _on_failed(self, error: PersonError) -> None:
        self._waiting.stop()
        self._fault, self._content = error, None
        self._say_fault()
        self._say_moment()
        self.parts.setCurrentWidget(self.failed)

    def _say_fault(self) -> None:
        told = self._words.error(self._fault)
        self.failed.say("overdue", told.title, f"{told.text} {told.next}", self._words("frame.retry"))

    def _show(self, content: BoardContent) -> None:
        self._content, self._fault = content, None
        board = content.board
        if not board.unit and board.units != self._lines:
            self._lines = board.units
            self._show_units()
        self.day.show_content(content)
        if self._monday is not None:
            self._monday.show_content(content, self._clock())
        self._say_moment()
        self.parts.setCurrentWidget(self.scroll)

    def _show_units(self) -> None:
        words = self._words
        named = [(line.code, board_presenter.name(line, words)) for line in self._lines if line.code]
        self.units.show_units([("", words("board.whole")), *named], self._unit, words("board.units.name"))

    def _say_moment(self) -> None:
        words, content = self._words, self._content
        if content is None:
            self.moment.setText("")
            return
        now, board = self._clock(), content.board
        parts = [words("board.as_of", moment=words.moment(board.as_of, now))]
        synced = board.synced_at
        parts.append(
            words("board.synced", ago=words.ago(synced, now)) if synced else words("board.never_synced")
        )
        self.moment.setText(" · ".join(parts))

    # --- events

    def _on_unit_chosen(self, unit: str) -> None:
        if unit != self._unit:
            self._unit = unit
            self.scroll.verticalScrollBar().setValue(0)
            self.reload()

    def _on_tab_changed(self, place: int) -> None:
        self.day.setVisible(TABS[place] == "day")
        if TABS[place] == "monday" or self._monday is not None:
            self.monday.setVisible(TABS[place] == "monday")
        self.scroll.verticalScrollBar().setValue(0)

    def _on_opened(self, target: object) -> None:
        self._left_from = self.focusWidget()
        if isinstance(target, NamedMark):
            self.figure_wanted.emit(target)
        elif isinstance(target, ComplaintOf):
            self.complaint_wanted.emit(target.complaint, target.figure)
        elif isinstance(target, HandoverOf):
            self.handover_wanted.emit(target.mark)
