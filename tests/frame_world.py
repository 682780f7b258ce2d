"""A main window over the in-memory desk, for tests of the frame."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal

from desktop.core.background import Background
from desktop.core.settings import Settings
from desktop.core.translation import Translation
from desktop.ui.main_window import MainWindow
from tests.fake_desk import ME, NOW, FakeDesk


class Deliverer(QObject):
    """Runs what background threads hand over in the window's thread."""

    came = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.came.connect(self._run, Qt.ConnectionType.QueuedConnection)

    def _run(self, call: Callable[[], None]) -> None:
        call()


class Frame:
    """A window on screen with all it stands on; `close` ends its threads."""

    def __init__(self, qtbot, folder: Path, *, user: str = ME, desk=None, **preferences: object) -> None:
        self.qtbot = qtbot
        self.desk = desk or FakeDesk(user=user)
        self.deliverer = Deliverer()
        self.background = Background(self.deliverer.came.emit)
        self.settings = Settings(folder)
        self.settings.change(**{"language": "fr", "theme": "light", **preferences})
        self.translation = Translation(self.settings.preferences.language)
        self.window = MainWindow(
            self.desk, self.background, self.settings, self.translation, clock=lambda: NOW
        )
        qtbot.addWidget(self.window)
        self.window.resize(1440, 900)
        self.window.show()
        self.window.activateWindow()
        self.wait(lambda: self.window.rail.codes and self.settled())
        self.wait(self.window.isActiveWindow)

    def wait(self, condition: Callable[[], object]) -> None:
        """Let events pass until `condition` holds."""
        self.qtbot.waitUntil(lambda: bool(condition()), timeout=5_000)

    def settled(self) -> bool:
        """Whether the list on show is the one asked for, and its first record is here."""
        shown = self.window.list
        model = shown.model
        return shown._shown == shown._wanted and (not model.rowCount() or model.line(0) is not None)

    def queue(self, code: str) -> None:
        """Open a queue and wait for it."""
        self.window.open_queue(code)
        self.wait(self.settled)

    def complaints(self) -> list[str]:
        """Ids in the order on screen, once all records are here."""
        model = self.window.list.model
        self.wait(lambda: all(model.line(position) for position in range(model.rowCount())))
        return [model.line(position).row.id for position in range(model.rowCount())]

    def open_row(self, position: int) -> str:
        """Select a row and wait until its complaint is open; gives its id."""
        complaint = self.complaints()[position]
        self.window.list._select(position)
        self.wait(lambda: self.window.case.complaint == complaint)
        return complaint

    def close(self) -> None:
        """End."""
        self.window.close()
        self.background.close()
