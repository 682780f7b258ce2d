"""Keeps what is being typed: each change reaches the encrypted store within a second, and at once on `flush`.

What the store could not take (disk full) stays here, is tried again, and comes back into its editor; closing
the window asks first.
"""

import threading
from collections.abc import Callable
from datetime import UTC, datetime

from PySide6.QtCore import QObject, QTimer, Signal

from desktop.core.background import Background
from desktop.core.errors import PersonError
from desktop.models.records import Draft

DELAY_MS = 700
AGAIN_MS = 5_000
Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The PC's clock, aware UTC; it only labels drafts."""
    return datetime.now(UTC)


class UnsavedDrafts(QObject):
    """Texts on their way into the store. `saved(Draft)` and `failed(Draft, PersonError)` follow each try."""

    saved = Signal(object)
    failed = Signal(object, object)

    def __init__(self, desk: object, background: Background) -> None:
        super().__init__()
        self._desk, self._background = desk, background
        self._lock = threading.Lock()
        self._texts: dict[tuple[str, str], Draft] = {}
        self._again = QTimer(self, singleShot=True, interval=AGAIN_MS)
        self._again.timeout.connect(self._try_again)

    @property
    def pending(self) -> tuple[Draft, ...]:
        """Texts that the store has not confirmed."""
        with self._lock:
            return tuple(self._texts.values())

    def of(self, complaint: str) -> dict[str, Draft]:
        """The same on one complaint, by kind: newer than what the store has."""
        return {draft.kind: draft for draft in self.pending if draft.complaint == complaint}

    def save(self, draft: Draft) -> None:
        """Bring a text into the store; it is held here until it is there."""
        with self._lock:
            self._texts[draft.complaint, draft.kind] = draft
        self._try(draft)

    def drop(self, complaint: str, kind: str) -> None:
        """Forget a text here and in the store: it was sent, or thrown away on purpose."""
        self.forget(complaint, kind)
        self._background.change(lambda: self._desk.drop_draft(complaint, kind))

    def forget(self, complaint: str, kind: str) -> None:
        """Forget a text here; from any thread."""
        with self._lock:
            self._texts.pop((complaint, kind), None)

    def _try(self, draft: Draft) -> None:
        self._background.change(
            lambda: self._store(draft),
            lambda _: self.saved.emit(draft),
            lambda error: self._on_failed(draft, error),
        )

    def _store(self, draft: Draft) -> None:
        """In the background: unless a newer text, or none, is wanted by now."""
        key = draft.complaint, draft.kind
        with self._lock:
            if self._texts.get(key) is not draft:
                return
        self._desk.save_draft(draft)
        with self._lock:
            if self._texts.get(key) is draft:
                del self._texts[key]

    def _on_failed(self, draft: Draft, error: PersonError) -> None:
        self._again.start()
        self.failed.emit(draft, error)

    def _try_again(self) -> None:
        for draft in self.pending:
            self._try(draft)


class DraftKeeper(QObject):
    """The draft of one kind of text on one complaint. `saved(datetime)` and `failed(PersonError)` follow."""

    saved = Signal(object)
    failed = Signal(object)

    def __init__(self, drafts: UnsavedDrafts, complaint: str, kind: str, clock: Clock = utc_now) -> None:
        super().__init__()
        self._drafts, self._clock = drafts, clock
        self.complaint, self.kind = complaint, kind
        self._write: Callable[[], tuple[str, int, int]] | None = None
        self._stopped = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DELAY_MS)
        self._timer.timeout.connect(self.flush)
        drafts.saved.connect(self._on_saved)
        drafts.failed.connect(self._on_failed)

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
        if body:
            self._drafts.save(Draft(self.complaint, self.kind, body, caret, seen, self._clock()))
        else:
            self._drafts.drop(self.complaint, self.kind)

    def drop(self) -> None:
        """Forget the draft: it was sent, or thrown away on purpose."""
        self.stop()
        self._drafts.drop(self.complaint, self.kind)

    def stop(self) -> None:
        """Write nothing more."""
        self._timer.stop()
        self._write = None
        self._stopped = True

    def _is_mine(self, draft: Draft) -> bool:
        return not self._stopped and (draft.complaint, draft.kind) == (self.complaint, self.kind)

    def _on_saved(self, draft: Draft) -> None:
        if self._is_mine(draft):
            self.saved.emit(draft.updated)

    def _on_failed(self, draft: Draft, error: PersonError) -> None:
        if self._is_mine(draft):
            self.failed.emit(error)
