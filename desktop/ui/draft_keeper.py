"""Keeps what is being typed: each change reaches the encrypted store within a second, and at once on `flush`.

It never holds the only copy: the text stays in its editor until the store has answered.
"""

from collections.abc import Callable
from datetime import UTC, datetime

from PySide6.QtCore import QObject, QTimer, Signal

from desktop.core.background import Background
from desktop.core.errors import PersonError
from desktop.models.records import Draft

DELAY_MS = 700
Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The PC's clock, aware UTC; it only labels drafts."""
    return datetime.now(UTC)


class DraftKeeper(QObject):
    """The draft of one kind of text on one complaint. `saved(datetime)` and `failed(PersonError)` follow."""

    saved = Signal(object)
    failed = Signal(object)

    def __init__(
        self, desk: object, background: Background, complaint: str, kind: str, clock: Clock = utc_now, /
    ) -> None:
        super().__init__()
        self._desk, self._background, self._clock = desk, background, clock
        self.complaint, self.kind = complaint, kind
        self._write: Callable[[], tuple[str, int, int]] | None = None
        self._stopped = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DELAY_MS)
        self._timer.timeout.connect(self.flush)

    def touch(self, write: Callable[[], tuple[str, int, int]]) -> None:
        """Something was typed; `write()` gives (body, caret, version seen), body "" for nothing left."""
        if self._stopped:
            return
        self._write = write
        # Not restarted on every key: a fast typist must not postpone the saving for ever.
        if not self._timer.isActive():
            self._timer.start()

    def flush(self) -> None:
        """Write now what was touched."""
        self._timer.stop()
        write, self._write = self._write, None
        if write is None or self._stopped:
            return
        body, caret, seen = write()
        if not body:
            self._background.change(lambda: self._desk.drop_draft(self.complaint, self.kind))
            return
        draft = Draft(self.complaint, self.kind, body, caret, seen, self._clock())
        self._background.change(
            lambda: self._desk.save_draft(draft), lambda _: self._on_saved(draft), self._on_failed
        )

    def drop(self) -> None:
        """Forget the draft: it was sent, or thrown away on purpose."""
        self.stop()
        self._background.change(lambda: self._desk.drop_draft(self.complaint, self.kind))

    def stop(self) -> None:
        """Write nothing more."""
        self._timer.stop()
        self._write = None
        self._stopped = True

    def _on_saved(self, draft: Draft) -> None:
        if not self._stopped:
            self.saved.emit(draft.updated)

    def _on_failed(self, error: PersonError) -> None:
        if not self._stopped:
            self.failed.emit(error)
