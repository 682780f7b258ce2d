"""Collects Python's rubbish in the windows' thread alone.

A cycle may hold a widget, and a widget that another thread ends takes the program with it: left to itself,
Python collects in whichever thread happens to make the next object.
"""

import gc

from PySide6.QtCore import QObject, QTimer

EVERY_MS = 100


class Rubbish(QObject):
    """While it lives, nobody else collects."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        gc.disable()
        self._timer = QTimer(self, interval=EVERY_MS)
        self._timer.timeout.connect(collect_due)
        self._timer.start()


def collect_due() -> None:
    """The oldest generation that Python itself would collect by now, with the younger ones."""
    made, most = gc.get_count(), gc.get_threshold()
    due = [generation for generation in (2, 1, 0) if made[generation] > most[generation]]
    if due:
        gc.collect(due[0])
