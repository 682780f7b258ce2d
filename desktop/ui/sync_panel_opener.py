"""Opens the sync panel over the window and keeps it true while it is open: at every change, each second."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QWidget

from desktop.core.waiting import WaitingNow
from desktop.ui.sync_panel_presenter import put_in_words
from desktop.ui.theme import theme

if TYPE_CHECKING:
    from desktop.ui.main_window import MainWindow
    from desktop.ui.sync_panel import SyncPanel

_SECOND_MS = 1_000
_READ_EVERY = 5
"""Seconds after which what waits is read again though nothing was told: a time to undo is over."""


class SyncPanelOpener(QObject):
    """`panel` is None until it was first wanted: a start does not pay for it."""

    def __init__(self, window: "MainWindow") -> None:
        super().__init__(window)
        self._window = window
        self.panel: SyncPanel | None = None
        self._waiting: WaitingNow | None = None
        self._before: QWidget | None = None
        self._seconds = 0
        self._tick = QTimer(self, interval=_SECOND_MS)
        self._tick.timeout.connect(self._on_second)
        for moves in (window, window.top.pill):
            moves.installEventFilter(self)
        theme().changed.connect(self._say)

    @property
    def is_open(self) -> bool:
        """Whether it is on show."""
        return self.panel is not None and self.panel.isVisible()

    def toggle(self) -> None:
        """Open it, or put it away."""
        if self.is_open:
            self.leave()
        else:
            self._before = self._window.focusWidget()
            self._read(opens=True)

    def leave(self) -> None:
        """Put it away; the keyboard goes back where it was."""
        self._tick.stop()
        if self.panel is None or not self.panel.isVisible():
            return
        had_keyboard = self.panel.isAncestorOf(self._window.focusWidget() or self._window)
        self.panel.hide()
        if had_keyboard and self._before is not None:
            self._before.setFocus(Qt.FocusReason.OtherFocusReason)
        self._before = None

    def refresh(self) -> None:
        """Something changed: read again if it is open."""
        if self.is_open:
            self._read()

    def retranslate(self) -> None:
        """The same in the language now."""
        self._say()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The pill moves with the window's size, its words and the direction."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Move) and self.is_open:
            QTimer.singleShot(0, self, self._place)
        return super().eventFilter(watched, event)

    # --- inside

    def _read(self, *, opens: bool = False) -> None:
        window = self._window
        then = self._open if opens else self._take
        window.background.read(lambda: window.desk.waiting.now(), then, key="waiting")

    def _take(self, waiting: WaitingNow) -> None:
        self._waiting = waiting
        self._say()

    def _open(self, waiting: WaitingNow) -> None:
        self._waiting = waiting
        panel = self.panel or self._made()
        self._say(anyway=True)
        panel.show()
        panel.raise_()
        self._place()
        panel.button.setFocus(Qt.FocusReason.PopupFocusReason)
        self._seconds = 0
        self._tick.start()

    def _say(self, *, anyway: bool = False) -> None:
        if self.panel is None or self._waiting is None or not (anyway or self.is_open):
            return
        self.panel.say(put_in_words(self._waiting, self._window.translation, self._window.clock()))
        self._place()

    def _place(self) -> None:
        if self.panel is not None:
            self.panel.place(self._window.top.pill)

    def _on_second(self) -> None:
        self._seconds += 1
        if self._seconds % _READ_EVERY == 0:
            self._read()
        else:
            self._say()

    def _made(self) -> "SyncPanel":
        from desktop.ui.sync_panel import SyncPanel

        window = self._window
        panel = self.panel = SyncPanel(window.translation, window.centralWidget())
        panel.left.connect(self.leave)
        panel.sync_wanted.connect(window.sync_now)
        panel.sign_in_wanted.connect(window.lock_wanted)
        panel.returned_wanted.connect(self._on_returned)
        panel.complaint_wanted.connect(self._on_complaint)
        panel.cancel_wanted.connect(self._on_cancel)
        return panel

    def _on_returned(self) -> None:
        self.leave()
        self._window.open_queue("returned")

    def _on_cancel(self, sha256: str) -> None:
        self._window.background.change(lambda: self._window.desk.waiting.cancel(sha256))

    def _on_complaint(self, complaint: str) -> None:
        self.leave()
        self._window.open_complaint(complaint)
