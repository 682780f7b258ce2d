"""The desk's real list widget over a benchmark store, on an offscreen screen."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import desktop.ui  # noqa: F401, I001 (first: it keeps None alive, see desktop/ui/immortals.py)
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication, QListView

from benchmarks.filled import PROFILE, TODAY
from desktop.core.background import Background
from desktop.core.settings import Settings
from desktop.core.translation import Translation
from desktop.models.reading import Reading
from desktop.models.records import ListedRow, Listing
from desktop.models.store import Store
from protocol.directory import Profile

LIMIT_S = 30.0
BEAT_MS = 20
"""The loop looks around at least so often, should nothing happen."""


class StoredLines:
    """What a list asks of a desk, straight from the store's reading."""

    def __init__(self, store: Store) -> None:
        self._reading = Reading(store, PROFILE)
        self.profile: Profile = PROFILE
        self.today: date = TODAY

    def listing(self, queue: str, sort: str = "due") -> Listing:
        """A queue in order."""
        return self._reading.listing(queue, sort, TODAY)

    def rows(self, ns: list[int]) -> tuple[ListedRow, ...]:
        """Lines by number."""
        return self._reading.rows(ns)

    def search(self, text: str, queue: str = "") -> Listing:
        """A search."""
        return self._reading.search(text, queue, today=TODAY)

    def name_of(self, user: str, _language: str) -> str:
        """Benchmarks know people by their ids."""
        return user


class ListOnScreen:
    """The shown list; `settle` turns the event loop until the rows in sight are here."""

    def __init__(self, view: QListView, model, application: QApplication) -> None:
        self.view = view
        self._model = model
        self._application = application

    def settle(self) -> None:
        """Wait for the rows in sight."""
        top = self.view.indexAt(self.view.viewport().rect().topLeft()).row()
        last = min(self._model.rowCount() - 1, top + 14)
        while self._model.line(top) is None or self._model.line(last) is None:
            self._application.processEvents()
        self._application.processEvents()


@contextmanager
def list_of(store: Store) -> Iterator[ListOnScreen]:
    """The list of the whole unit, 424×800 as in the window."""
    from desktop.app import Bridge
    from desktop.ui.list_view import ListView
    from desktop.ui.theme import theme

    application = QApplication.instance() or QApplication([])
    theme().choose("light")
    bridge = Bridge()
    background = Background(bridge.deliver, raised)
    translation = Translation("fr")
    widget = ListView(StoredLines(store), background, Settings(store.folder), translation)
    widget.resize(424, 800)
    widget.show()
    widget.open_queue("unit")
    until(application, lambda: widget.model.rowCount() > 0)
    try:
        yield ListOnScreen(widget.view, widget.model, application)
    finally:
        widget.close()
        background.close()


def until(application: QApplication, happened: Callable[[], bool]) -> None:
    """Turn the event loop, sleeping between events as it does, until it happened; raises TimeoutError."""
    end = time.monotonic() + LIMIT_S
    heartbeat = QTimer(interval=BEAT_MS)
    heartbeat.start()
    while not happened():
        if time.monotonic() > end:
            raise TimeoutError("what was waited for did not come")
        application.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)


def turn(application: QApplication, seconds: float) -> None:
    """Turn the event loop for so long."""
    end = time.monotonic() + seconds
    until(application, lambda: time.monotonic() >= end)


def raised(error: BaseException) -> None:
    """A fault of background work fails the measurement."""
    raise error
