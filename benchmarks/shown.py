"""Acts asked in the real window of a signed-in desk: when each is durable, and when its row is repainted."""

import os
import time
from datetime import UTC, datetime
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication

from benchmarks.figures import Timings
from benchmarks.window import raised, turn, until
from desktop.app import Bridge
from desktop.core.background import Background
from desktop.core.desk import Desk
from desktop.core.session import Session
from desktop.core.settings import Settings
from desktop.core.translation import Translation
from desktop.ui.main_window import MainWindow
from protocol.acts import Note

ACTS = 60
WARM = 5
REST_S = 0.05
"""Between two acts the event loop turns so long: what the last one started has ended."""


def shown_acts(session: Session, settings: Path) -> dict[str, float]:
    """Write a note on each of the first complaints, opened in turn; closes the session at the end."""
    application = QApplication.instance() or QApplication([])
    desk = Desk(session, clock=lambda: datetime.now(UTC))
    bridge = Bridge()
    background = Background(bridge.deliver, raised)
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
    rows.step(0 if position == 0 else 1)
    until(application, lambda: rows.model.line(position) is not None)
    complaint = rows.model.line(position).row.id
    turn(application, REST_S)
    before = rows.model.line(position).waiting
    ended: list[float] = []

    def ask() -> None:
        desk.ask(complaint, Note(text="pièce reçue au guichet"), seen=desk.case(complaint).confirmed_ver)
        ended.append(time.perf_counter())

    started = time.perf_counter()
    background.change(ask)
    until(application, lambda: rows.model.line(position).waiting > before)
    rows.view.viewport().repaint()
    seen = time.perf_counter()
    return (ended[0] - started) * 1000, (seen - started) * 1000
