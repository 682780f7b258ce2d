"""The window: top bar, rail, list, complaint, status line; and the keys that lead from one to the other.

It reads the desk only through the background and refreshes what a Change names, so that nothing jumps
under a reader's eyes. The language turns while it is open: every part says its words again.
"""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from PySide6.QtCore import QByteArray, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QCloseEvent, QResizeEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QMainWindow, QVBoxLayout, QWidget

from desktop.core.background import Background
from desktop.core.records import Change, ConnectionStatus, QueueCount
from desktop.core.settings import Settings
from desktop.core.translation import Translation
from desktop.ui import direction, window_actions
from desktop.ui.command_palette import CommandPalette
from desktop.ui.pages import BOARD, Pages
from desktop.ui.rail_view import RailView
from desktop.ui.shortcut_sheet import ShortcutSheet
from desktop.ui.status_line import StatusLine
from desktop.ui.sync_panel_opener import SyncPanelOpener
from desktop.ui.theme import SCALES, dress, theme
from desktop.ui.top_bar import TopBar
from desktop.ui.unsaved_box import UnsavedBox

FOLDS_BELOW = 1280
LIST_WIDTH = 424
_GATHER_MS = 30
_CLOCK_MS = 30_000
_MESSAGE_MS = 8_000
SETTLE_S = 2.0
"""Seconds that closing waits for the last texts to reach the store."""


@dataclass(frozen=True, slots=True)
class _Rail:
    """What the rail shows, read at once: counts, the unit's name in both languages, who may see and give."""

    counts: tuple[QueueCount, ...]
    unit: tuple[str, str]
    board: bool
    gives: bool


class MainWindow(QMainWindow):
    """`lock_wanted` and `sign_out_wanted` are for the composition root; `clock` gives aware UTC."""

    lock_wanted = Signal()
    sign_out_wanted = Signal()
    _changed = Signal(object)

    def __init__(
        self,
        desk,
        background: Background,
        settings: Settings,
        translation: Translation,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__()
        self.desk, self.background = desk, background
        self._settings, self.translation, self.clock = settings, translation, clock
        self._status = ConnectionStatus(state="connecting")
        self._gathered = Change()
        self._unsaved: UnsavedBox | None = None
        self._gives_up = False
        self._folded_by_hand = settings.preferences.rail_folded
        theme().choose(settings.preferences.theme)
        theme().set_scale(settings.preferences.text_size / 100)
        direction.turn_application(translation.language)
        # before the parts listen: a row is read again sooner than the opened complaint, which takes longer
        self._changed.connect(self._take, Qt.ConnectionType.QueuedConnection)
        self._stop_listening = desk.listen(self._changed.emit)
        self._build()
        self.actions_by_key = window_actions.build(self)
        self._connect()
        self._restore()
        self._retranslate()
        self._take(Change(queues=True, connection=True, reference=True))
        self.open_queue(settings.preferences.queue)

    # --- what actions and the composition root call

    def open_queue(self, queue: str) -> None:
        """Show a queue of the rail, the tray of returned acts, or the board."""
        if queue == BOARD:
            self.open_board()
            return
        self.top.search.put("")
        self._area.open_queue(queue)
        self._prefer("queue", queue)

    def open_board(self) -> None:
        """Show the supervisor's board, for those who may see it."""
        if self.rail.offers_board:
            self.top.search.put("")
            self._area.open_board()

    def open_complaint(self, complaint: str) -> None:
        """Show one complaint, from wherever we are."""
        self._area.open_complaint(complaint)

    def focus_search(self) -> None:
        """Bring the keyboard to the search box."""
        self.top.search.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def next_pane(self) -> None:
        """Rail, list, complaint, and round again; or rail and board."""
        panes = (self.rail, self.list, self.case)
        here = next((n for n, pane in enumerate(panes) if pane.isAncestorOf(self.focusWidget() or pane)), -1)
        if here == 0 and not self._split.isVisible():
            self._area.currentWidget().setFocus(Qt.FocusReason.ShortcutFocusReason)
        elif here == -1 or here == 2:
            self.rail.focus(self._area.code)
        elif here == 0:
            self.list.focus_list()
        else:
            self.focus_case()

    def focus_case(self) -> None:
        """Bring the keyboard into the complaint."""
        self.case.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def turn_language(self) -> None:
        """French to Arabic or back, at once."""
        self.translation.change(self.translation.other())
        self._prefer("language", self.translation.language)

    def scale_text(self, by: int) -> None:
        """One step larger or smaller."""
        here = min(range(len(SCALES)), key=lambda n: abs(SCALES[n] - theme().scale))
        scale = SCALES[min(len(SCALES) - 1, max(0, here + by))]
        theme().set_scale(scale)
        self._prefer("text_size", round(scale * 100))

    def fold_rail(self) -> None:
        """Fold or unfold the rail by hand."""
        self._folded_by_hand = not self._folded_by_hand
        self._prefer("rail_folded", self._folded_by_hand)
        self._fit()

    def sync_now(self) -> None:
        """Ask for a synchronisation now."""
        self.background.change(self.desk.sync_now)

    def show_palette(self) -> None:
        """The command palette."""
        CommandPalette(self, self.translation).open()

    def show_shortcuts(self) -> None:
        """The sheet of shortcuts."""
        ShortcutSheet(self, self.translation).open()

    def say(self, text: str) -> None:
        """A message of the moment in the status line."""
        self.foot.say(text)
        self._message.start()

    # --- building

    def _build(self) -> None:
        self.top = TopBar(self.desk.profile, self._settings, self.translation)
        self.rail = RailView(self.translation)
        self._area = area = Pages(
            self.desk, self.background, self._settings, self.translation, clock=self.clock
        )
        self.list, self.case, self.returned, self._split = area.list, area.case, area.returned, area.split
        self.foot = StatusLine(self.translation)
        middle = QHBoxLayout()
        middle.setSpacing(0)
        middle.addWidget(self.rail)
        middle.addWidget(_upright_line())
        middle.addWidget(self._area, 1)
        inside = QWidget()
        dress(inside, kind="canvas")
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.top)
        column.addLayout(middle, 1)
        column.addWidget(self.foot)
        self.setCentralWidget(inside)
        self.sync_panel = SyncPanelOpener(self)
        self.setMinimumSize(960, 600)

    def _connect(self) -> None:
        self._gather = QTimer(self, singleShot=True, interval=_GATHER_MS)
        self._gather.timeout.connect(self._refresh)
        self._message = QTimer(self, singleShot=True, interval=_MESSAGE_MS)
        self._message.timeout.connect(lambda: self.foot.say(""))
        self._sizes = QTimer(self, singleShot=True, interval=400)
        self._sizes.timeout.connect(lambda: self._prefer("splitter", tuple(self._split.sizes())))
        self._tick = QTimer(self, interval=_CLOCK_MS)
        self._tick.timeout.connect(self._say_status)
        self._tick.start()
        self._stop_words = self.translation.listen(self._retranslate)
        self._split.splitterMoved.connect(lambda: (self._sizes.start(), self._align_search()))
        self._connect_parts()
        theme().changed.connect(self._fit)

    def _connect_parts(self) -> None:
        search, top = self.top.search, self.top
        search.searched.connect(self._on_searched)
        search.escaped.connect(self.end_search)
        search.descended.connect(self.list.focus_list)
        search.entered.connect(self.list.focus_list)
        self.list.search_ended.connect(self.end_search)
        self.list.queue_wanted.connect(self.open_queue)
        self.rail.chosen.connect(self.open_queue)
        self._area.turned.connect(self.rail.choose)
        top.language_wanted.connect(self.turn_language)
        top.sync_panel_wanted.connect(self.sync_panel.toggle)
        top.shortcuts_wanted.connect(self.show_shortcuts)
        top.lock_wanted.connect(self.lock_wanted)
        top.sign_out_wanted.connect(self.sign_out_wanted)
        top.preferred.connect(self._on_preferred)

    def _restore(self) -> None:
        kept = self._settings.preferences
        self.resize(1440, 900)
        if kept.window:
            self.restoreGeometry(QByteArray.fromBase64(kept.window.encode()))
        if kept.maximised:
            self.setWindowState(Qt.WindowState.WindowMaximized)
        if len(kept.splitter) == 2:
            self._split.setSizes(list(kept.splitter))
        else:
            self._split.setSizes([theme().px(LIST_WIDTH), 4 * LIST_WIDTH])
        self._fit()

    # --- changes

    def _take(self, change: Change) -> None:
        """Rows follow at once; the rest of what arrives within a few milliseconds is one refresh."""
        if change.complaints:
            self.list.refresh(change.complaints)
        if not self._gather.isActive():
            self._gather.start()
        before = self._gathered
        self._gathered = Change(
            complaints=before.complaints | change.complaints,
            queues=before.queues or change.queues,
            reference=before.reference or change.reference,
            connection=before.connection or change.connection,
            returned=before.returned or change.returned,
        )

    def _refresh(self) -> None:
        change, self._gathered = self._gathered, Change()
        if change.queues or change.reference:
            self.background.read(self._read_rail, self._show_rail, key="rail")
        self._area.refresh(change)
        if change.connection:
            self.background.read(self.desk.status, self._show_status, key="status")
            self.sync_panel.refresh()
        if change.reference:
            self.top.show_profile(self.desk.profile)

    def _read_rail(self) -> _Rail:
        profile = self.desk.profile
        units = self.desk.units(profile.main_administration)
        names = next(((u.name_fr, u.name_ar) for u in units if u.code == profile.main_unit), ("", ""))
        workload = self.desk.workload
        return _Rail(self.desk.queues(), names, workload.may_see, workload.may_hand_over)

    def _show_rail(self, read: _Rail) -> None:
        self.rail.show_counts(read.counts)
        self.rail.name_unit(*read.unit)
        self.rail.offer_board(read.board)
        self.list.allow_several(read.gives)
        self.actions_by_key["board"].setEnabled(read.board)
        self.actions_by_key["hand_over"].setEnabled(read.gives)
        if not read.board and self._area.code == BOARD:
            kept, offered = self._settings.preferences.queue, self.rail.codes
            self.open_queue(kept if kept in offered else next(iter(offered), kept))
        self.rail.choose(self._area.code)

    def _show_status(self, status: ConnectionStatus) -> None:
        self._status = status
        self._say_status()

    def _say_status(self) -> None:
        now = self.clock()
        self.top.show_status(self._status, now)
        self.foot.show_status(self._status, now)

    # --- search, opening

    def _on_searched(self, text: str) -> None:
        if text.startswith(">"):
            self.top.search.put("")
            self.show_palette()
            return
        self._area.search(text)

    def end_search(self) -> None:
        """Back to the queue, keyboard in the list."""
        self.top.search.put("")
        self._area.end_search()

    # --- language, look, sizes

    def _retranslate(self) -> None:
        direction.turn_application(self.translation.language)
        self.setWindowTitle(self.translation("frame.title"))
        for action in self.findChildren(QAction):
            if action.property("text_key"):
                action.setText(self.translation(action.property("text_key")))
        for part in (self.top, self.rail, self._area, self.sync_panel):
            part.retranslate()
        self._say_status()
        self._fit()

    def _on_preferred(self, name: str, value: object) -> None:
        if name == "density":
            self.list.set_density(str(value))
        self._prefer(name, value)

    def _prefer(self, name: str, value: object) -> None:
        self.background.change(
            lambda: self._settings.change(**{name: value}),
            failed=lambda error: self.say(self.translation.error(error).title),
        )

    def _fit(self) -> None:
        narrow = self.width() < theme().px(FOLDS_BELOW)
        self.rail.fold(narrow or self._folded_by_hand)
        self.list.setMinimumWidth(min(theme().px(352), self.width() * 2 // 5))
        self._align_search()

    def _align_search(self) -> None:
        rail = self.rail.width() if not self.rail.folded else max(self.rail.width(), theme().px(96))
        self.top.align_search(rail, max(theme().px(520), self.list.width()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fold the rail when the window is narrow."""
        super().resizeEvent(event)
        self._fit()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Remember the window, stop listening; a text that the store cannot take keeps the window open."""
        self._area.flush()
        if not self._may_close():
            event.ignore()
            return
        for dialog in self.findChildren(QDialog):
            if dialog.isVisible():
                dialog.reject()  # Qt leaves them on the screen: a locked one shows nothing of anybody
        self._stop_listening()
        self._stop_words()
        self._tick.stop()
        geometry = bytes(self.saveGeometry().toBase64().data()).decode()
        with contextlib.suppress(OSError):  # where a window stood is not worth keeping it open
            self._settings.change(window=geometry, maximised=self.isMaximized())
        super().closeEvent(event)

    def _may_close(self) -> bool:
        self.background.settle(SETTLE_S)
        kept_back = self.case.conductor.leaving or self._area.unsaved
        if self._gives_up or not kept_back:
            return True
        if self.case.conductor.leaving:
            return False  # a held answer did not leave: it comes back into its editor, and says why
        if self._unsaved is None:
            self._unsaved = UnsavedBox(self.translation, self)
            self._unsaved.accepted.connect(self._on_given_up)
            self._unsaved.finished.connect(lambda _: setattr(self, "_unsaved", None))
            self._unsaved.open()
        return False

    def _on_given_up(self) -> None:
        self._gives_up = True
        self.close()


def _upright_line() -> QWidget:
    line = QWidget()
    line.setFixedWidth(1)
    line.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    dress(line, kind="rule")
    return line
