"""Cycles that hold windows end in the windows' thread, whichever thread makes objects meanwhile."""

import gc
import threading

import pytest
from PySide6.QtCore import QObject

from desktop.ui import rubbish
from desktop.ui.rubbish import Rubbish

MADE = 200_000
"""Cycles of another thread, many times what makes Python collect."""


class Part(QObject):
    """Says in which thread it ended."""

    def __init__(self, ended: list[threading.Thread]) -> None:
        super().__init__()
        self.me, self.ended = self, ended

    def __del__(self) -> None:
        self.ended.append(threading.current_thread())


@pytest.fixture
def collecting():
    was = gc.isenabled()
    gc.enable()
    yield
    (gc.enable if was else gc.disable)()


def make_cycles() -> None:
    for _ in range(MADE):
        one: list = []
        one.append(one)


def test_a_window_in_a_cycle_ends_in_the_windows_thread(qtbot, monkeypatch, collecting):
    monkeypatch.setattr(rubbish, "EVERY_MS", 5)
    ended: list[threading.Thread] = []
    keeper = Rubbish()
    for _ in range(20):
        Part(ended)
    busy = threading.Thread(target=make_cycles)
    busy.start()
    busy.join()
    assert not ended
    qtbot.waitUntil(lambda: len(ended) == 20)
    assert set(ended) == {threading.main_thread()}
    keeper.deleteLater()
