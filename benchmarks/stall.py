"""How long the window stands still while its threads work: a beat of 5 ms in the real window, offscreen.

Meanwhile a real server is synchronised from nothing over HTTP, the same thread then builds the search index,
and letters are drawn in the lane that printing uses. A beat is the time between two turns of a 5 ms timer: a
window that does nothing beats at 5.
"""

import gc
import os
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import desktop.ui  # noqa: F401, I001 (first: it keeps None alive, see desktop/ui/immortals.py)
from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication

from benchmarks.documents import AGENT
from benchmarks.figures import Timings
from benchmarks.register import serving
from benchmarks.window import LIMIT_S, raised, turn
from desktop.app import SWITCH_S, Bridge
from desktop.core.background import Background
from desktop.core.desk import Desk
from desktop.core.session import Session
from desktop.core.settings import Settings
from desktop.core.translation import Translation
from desktop.models.store import Store
from desktop.ui.main_window import MainWindow
from desktop.ui.rubbish import Rubbish
from letters.letter import render
from tests import letter_world
from tests.processes import PASSWORD

EVERY_MS = 5
LETTERS = 200
LONGEST_S = 20 * LIMIT_S


class Heart(QObject):
    """Beats in the window's thread; `phase` is what the threads do meanwhile."""

    def __init__(self) -> None:
        super().__init__()
        self.beats: dict[str, Timings] = {}
        self.phase = ""
        self._last = time.perf_counter()
        self._timer = QTimer(self, interval=EVERY_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._on_turn)
        self._timer.start()

    def _on_turn(self) -> None:
        now = time.perf_counter()
        if self.phase:
            self.beats.setdefault(self.phase, Timings()).values.append((now - self._last) * 1000)
        self._last = now

    def figures(self) -> dict[str, float]:
        """Of all phases together, and of each."""
        every = Timings()
        every.values = [value for timings in self.beats.values() for value in timings.values]
        figures = {
            "heartbeat_ms_p99": every.percentile(0.99),
            "heartbeat_ms_max": round(max(every.values), 3),
        }
        for phase, timings in self.beats.items():
            figures[f"{phase}_ms_p99"] = timings.percentile(0.99)
            figures[f"{phase}_ms_max"] = round(max(timings.values), 3)
        return figures


def run(folder: Path, *, complaints: int, seed: int) -> dict[str, float]:
    """Figures of one first sync of `complaints` documents, its index and a batch of letters."""
    now = datetime.now(UTC)
    application = QApplication.instance() or QApplication([])
    sys.setswitchinterval(SWITCH_S)
    with serving(folder / "server", count=complaints, seed=seed, now=now) as server:
        session = Session(folder / "profile", clock=lambda: datetime.now(UTC))
        store = session.sign_in(server.url, AGENT, PASSWORD).store
        desk = Desk(session, clock=lambda: datetime.now(UTC))
        bridge = Bridge()
        background = Background(bridge.deliver, raised)
        window = MainWindow(desk, background, Settings(folder / "settings"), Translation("fr"))
        Rubbish(window)
        window.show()
        window.open_queue("unit")
        gc.collect()
        gc.freeze()  # as the program does once it has imported what it needs
        heart = Heart()
        drawn: list[int] = []
        background.fetch(lambda: drawn.append(_letters()))

        def settled() -> bool:
            position = _count(store, "select snap_done from sync")
            heart.phase = "index" if position else "sync"
            return position == 1 and len(drawn) == 1 and not _count(store, "select count(*) from to_index")

        _turn_until(application, settled)
        heart.phase = ""
        stored = desk.status().stored
        window.close()
        background.close()
        desk.close()
    return {
        **heart.figures(),
        "beats": sum(len(one.values) for one in heart.beats.values()),
        "stored": stored,
    }


def _letters() -> int:
    """The bytes of a batch of letters."""
    return sum(len(render(letter_world.letter())) for _ in range(LETTERS))


def _count(store: Store, statement: str) -> int:
    with store.cache.reading() as connection:
        return int(connection.exec_driver_sql(statement).scalar_one())


def _turn_until(application: QApplication, settled: Callable[[], bool]) -> None:
    """Turn the event loop, looking seldom, so that looking is no part of what is measured."""
    end = time.monotonic() + LONGEST_S
    while not settled():
        if time.monotonic() > end:
            raise TimeoutError("the sync did not end")
        turn(application, 0.5)
