"""Acts asked in the real window of a signed-in desk: when each is durable, and when its row is repainted."""

import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QModelIndex, QPersistentModelIndex
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QApplication, QStyleOptionViewItem

from benchmarks.figures import Timings
from benchmarks.window import raised, turn, until
from desktop.app import SWITCH_S, Bridge
from desktop.core.background import Background
from desktop.core.desk import Desk
from desktop.core.session import Session
from desktop.core.settings import Settings
from desktop.core.translation import Translation
from desktop.ui import list_view
from desktop.ui.main_window import MainWindow
from desktop.ui.row_delegate import RowDelegate
from protocol.acts import Note

ACTS = 40
WARM = 5
REST_S = 0.15
"""Between two acts the event loop turns so long: what the last one started has ended."""


def shown_acts(session: Session, settings: Path) -> dict[str, float]:
    """Write a note on each of the first complaints, opened in turn; closes the session at the end."""
    application = QApplication.instance() or QApplication([])
    sys.setswitchinterval(SWITCH_S)
    desk = Desk(session, clock=lambda: datetime.now(UTC))
    bridge = Bridge()
    background = Background(bridge.deliver, raised)
    list_view.RowDelegate = WatchedDelegate
    window = MainWindow(desk, background, Settings(settings), Translation("fr"))
    window.show()
    window.open_queue("unit")
    until(application, lambda: window.list.model.rowCount() > 0 and desk.status().state == "online")
    durable, visible = Timings(), Timings()
    for position in range(min(ACTS + WARM, window.list.model.rowCount())):
        times = _act(application, window, background, desk, position)
        if position >= WARM:
            durable.values.append(times[0])
            visible.values.append(times[1])
    window.close()
    background.close()
    desk.close()
    return {
        "act_durable_ms_p95": durable.p95,
        "act_visible_ms_p50": visible.p50,
        "act_visible_ms_p95": visible.p95,
    }


def _act(
    application: QApplication, window: MainWindow, background: Background, desk: Desk, position: int
) -> tuple[float, float]:
    """Milliseconds until the act on the row at `position` is durable, and until the row is repainted."""
    rows = window.list
    rows.view.setCurrentIndex(rows.model.index(position, 0))
    until(application, lambda: rows.model.line(position) is not None)
    turn(application, REST_S)
    row, before = rows.model.line(position).row, rows.model.line(position).waiting
    seen = desk.case(row.id).confirmed_ver
    ended: list[float] = []

    def ask() -> None:
        desk.ask(row.id, Note(text="pièce reçue au guichet"), seen=seen)
        ended.append(time.perf_counter())

    painted = window.list.delegate.watch(position, before)
    started = time.perf_counter()
    background.change(ask)
    until(application, lambda: painted and ended)
    return (ended[0] - started) * 1000, (painted[0] - started) * 1000


class WatchedDelegate(RowDelegate):
    """Notes when a row was drawn with one act more waiting than before."""

    _awaited: tuple[int, int] | None = None
    _painted: list[float]

    def watch(self, position: int, before: int) -> list[float]:
        """The moment will be in the list given."""
        self._awaited, self._painted = (position, before), []
        return self._painted

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """As every row, and then the moment."""
        super().paint(painter, option, index)
        if self._awaited and index.row() == self._awaited[0]:
            line = self._model.line(index.row())
            if line is not None and line.waiting > self._awaited[1]:
                self._awaited = None
                self._painted.append(time.perf_counter())
