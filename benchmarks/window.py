"""The desk's real list widget over a benchmark store, on an offscreen screen."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import desktop.ui  # noqa: F401, I001 (first: it keeps None alive, see desktop/ui/immortals.py)
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from benchmarks.filled import PROFILE, TODAY
from desktop.app import Bridge
from desktop.core.background import Background
from desktop.core.settings import Settings
from desktop.core.translation import Translation
from desktop.models.reading import Reading
from desktop.models.records import ListedRow, Listing
from desktop.models.store import Store
from desktop.ui.list_view import ListView
from desktop.ui.theme import theme
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

    def __init__(self, widget: ListView, application: QApplication) -> None:
        self.view = widget.view
        self._widget = widget
        self._application = application

    def settle(self, *, paint: bool = True) -> None:
        """Wait for the records of the rows in sight; without `paint` they are not drawn meanwhile."""
        model, view = self._widget.model, self.view
        view.viewport().setUpdatesEnabled(paint)
        top = view.indexAt(view.viewport().rect().topLeft()).row()
        last = min(model.rowCount() - 1, top + 14)
        until(self._application, lambda: model.line(top) is not None and model.line(last) is not None)
        view.viewport().setUpdatesEnabled(True)

    def forget_pictures(self) -> None:
        """Nothing is drawn in advance."""
        self._widget.delegate.forget()

    def open(self, queue: str) -> None:
        """Choose a queue and wait for its first line."""
        model = self._widget.model
        before = model.n_at(0)
        self._widget.open_queue(queue)
        until(self._application, lambda: model.n_at(0) != before and model.line(0) is not None)


@contextmanager
def list_of(store: Store) -> Iterator[ListOnScreen]:
    """The list of the whole unit, 424×800 as in the window."""
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
        yield ListOnScreen(widget, application)
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
