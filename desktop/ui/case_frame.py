"""The parts of the complaint pane and where they stand: bar, scrolling page, facts beside it, foot.

The facts are a strip in a wide window and fold to one line under the header in a narrow one.
"""

from PySide6.QtCore import QRect, Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QScrollArea, QStackedLayout, QVBoxLayout, QWidget

from desktop.ui.actions_bar import ActionsBar
from desktop.ui.case_header import CaseHeader
from desktop.ui.empty_state import EmptyState
from desktop.ui.facts_strip import FactsStrip
from desktop.ui.theme import dress, theme
from desktop.ui.timeline_view import TimelineView

FOLD_BELOW = 1280
"""Width of the window, at 100 % text, under which the facts fold."""

NARROWEST = 620
"""Width of the pane itself under which they fold in any window."""

COLUMN = 860
"""Longest line of the column, at 100 % text."""


class CaseFrame(QWidget):
    """Parts without behaviour: `show_page`, `fold` and `reveal` move them about."""

    def __init__(self) -> None:
        super().__init__()
        self.bar = ActionsBar()
        self.header = CaseHeader()
        self.timeline = TimelineView()
        self.facts = FactsStrip()
        self.empty, self.loading, self.failed = EmptyState(), EmptyState(), EmptyState()
        self._make_page()
        self._make_content()
        self._stack = QStackedLayout()
        for page in (self.empty, self.loading, self.failed, self.content):
            self._stack.addWidget(page)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addLayout(self._stack, 1)
        self._foot = QVBoxLayout()
        self._foot.setContentsMargins(24, 0, 24, 0)
        outer.addLayout(self._foot)

    def add_editors(self, editors: QWidget) -> None:
        """Where texts are written: after the timeline."""
        self._editors = editors
        self._column.insertWidget(self._column.indexOf(self.timeline) + 1, editors)
        self.scroll.verticalScrollBar().rangeChanged.connect(self._keep_in_sight)

    def add_foot(self, line: QWidget) -> None:
        """A line under everything."""
        self._foot.addWidget(line)

    def show_page(self, page: QWidget) -> None:
        """One of `empty`, `loading`, `failed`, `content`."""
        self._stack.setCurrentWidget(page)

    def page_shown(self) -> QWidget:
        """The page on the screen."""
        return self._stack.currentWidget()

    def reveal(self, editor: QWidget, focus: QWidget) -> None:
        """Give the focus to `focus` and bring the whole editor into sight."""
        focus.setFocus(Qt.FocusReason.ShortcutFocusReason)

        def scroll() -> None:
            if self._editors.isVisible():
                area = QRect(
                    self._editors.mapTo(self.page, self._editors.rect().topLeft()), self._editors.size()
                )
                self.scroll.ensureVisible(area.left(), area.bottom(), 0, 24)
                self.scroll.ensureVisible(area.left(), area.top(), 0, 24)

        QTimer.singleShot(0, editor, scroll)

    def _keep_in_sight(self) -> None:
        """The page grew or got less room (a line at the foot): what is being typed stays whole if it can."""
        focus = QApplication.focusWidget()
        if focus is None or not self._editors.isAncestorOf(focus):
            return
        foot = self._editors.mapTo(self.page, self._editors.rect().bottomLeft())
        self.scroll.ensureVisible(foot.x(), foot.y(), 0, 24)
        caret = focus.inputMethodQuery(Qt.InputMethodQuery.ImCursorRectangle)
        if isinstance(caret, QRect):
            at = focus.mapTo(self.page, caret.center())
            self.scroll.ensureVisible(at.x(), at.y(), 0, 48)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Facts fold when the window is narrow."""
        super().resizeEvent(event)
        self.fold()

    def fold(self) -> None:
        """Put the facts where the width allows."""
        folded = self.window().width() < theme().px(FOLD_BELOW) or self.width() < theme().px(NARROWEST)
        if folded == self.facts.is_folded and self.facts.parent() is not None:
            return
        self.facts.fold(folded)
        if folded:
            self._middle.removeWidget(self.facts)
            self._column.insertWidget(1, self.facts)
        else:
            self._column.removeWidget(self.facts)
            self._middle.insertWidget(1, self.facts)

    def _make_page(self) -> None:
        self.page = QWidget()
        dress(self.page, kind="canvas")
        column = QWidget()
        column.setMaximumWidth(theme().px(COLUMN))
        self._column = QVBoxLayout(column)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(16)
        self._column.addWidget(self.header)
        self._column.addWidget(self.timeline)
        self._column.addStretch(1)
        across = QHBoxLayout(self.page)
        across.setContentsMargins(0, 20, 0, 32)
        across.setSpacing(0)
        across.addSpacing(24)
        across.addWidget(column, 100)
        across.addSpacing(12)
        across.addStretch(1)
        self.scroll = QScrollArea()
        self.scroll.setWidgetResizable(True)
        self.scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.scroll.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.scroll.setWidget(self.page)

    def _make_content(self) -> None:
        self.content = QWidget()
        dress(self.content, kind="canvas")
        lines = QVBoxLayout(self.content)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(0)
        lines.addWidget(self.bar)
        self._middle = QHBoxLayout()
        self._middle.setSpacing(0)
        self._middle.addWidget(self.scroll, 1)
        self._middle.addWidget(self.facts)
        self._middle.addSpacing(12)
        lines.addLayout(self._middle, 1)
