"""The timeline as widgets: a card for what people wrote, a quiet line for what happened, in order of time.

Showing again keeps every widget whose entry has not changed, so that a selection, a scroll position or a long
text already laid out survives news from the server.
"""

from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from desktop.core.translation import Translation
from desktop.ui.attachments_view import AttachmentsView
from desktop.ui.case_header import badge
from desktop.ui.fonts import Role
from desktop.ui.labels import IconLabel, NearLabel
from desktop.ui.palette import Tone
from desktop.ui.prose import Prose
from desktop.ui.timeline_presenter import Entry, Form, Part

_KINDS = {Form.CITIZEN: "card", Form.NOTE: "note", Form.ANSWER: "draft"}


def quiet(text: str, ink: str = "ink3", role: Role = Role.QUIET) -> NearLabel:
    """A small label in quiet ink."""
    return NearLabel(text, role, ink, wrap=False)


class TimelineView(QWidget):
    """Entries from top to bottom; `file_asked(attachment, "open" | "save")` comes from their chips."""

    file_asked = Signal(object, str)

    def __init__(self) -> None:
        super().__init__()
        self._shown: list[tuple[Entry, QWidget]] = []
        self._language = ""
        self._lines = QVBoxLayout(self)
        self._lines.setContentsMargins(0, 0, 0, 0)
        self._lines.setSpacing(12)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """What is shown, in order."""
        return tuple(entry for entry, _ in self._shown)

    def show_entries(self, entries: tuple[Entry, ...], words: Translation, now: datetime) -> None:
        """Show these entries; widgets of unchanged ones stay."""
        self.setAccessibleName(words("case.pane.timeline"))
        keep = {} if words.language != self._language else dict(self._shown)
        self._language = words.language
        fresh: list[tuple[Entry, QWidget]] = []
        for entry in entries:
            widget = keep.pop(entry, None)
            fresh.append((entry, widget or self._made(entry, words, now)))
        kept = {id(widget) for _, widget in fresh}
        for _, widget in self._shown:
            if id(widget) not in kept:
                self._lines.removeWidget(widget)
                widget.hide()
                widget.deleteLater()
        for place, (_, widget) in enumerate(fresh):
            if self._lines.indexOf(widget) != place:
                self._lines.insertWidget(place, widget)
        self._shown = fresh

    def clear(self) -> None:
        """Show nothing."""
        for _, widget in self._shown:
            self._lines.removeWidget(widget)
            widget.hide()
            widget.deleteLater()
        self._shown = []

    def _made(self, entry: Entry, words: Translation, now: datetime) -> QWidget:
        made = EventLine(entry, words, now) if entry.form is Form.EVENT else Card(entry, words, now)
        made.file_asked.connect(self.file_asked)
        return made


class Card(QFrame):
    """What somebody wrote: who, when, the words, the files."""

    file_asked = Signal(object, str)

    def __init__(self, entry: Entry, words: Translation, now: datetime) -> None:
        super().__init__()
        answered = entry.form is Form.ANSWER and not entry.waiting
        self.setProperty("kind", "card" if answered else _KINDS[entry.form])
        self.setAccessibleName(entry.title)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(16, 12, 16, 14)
        lines.setSpacing(4)
        lines.addLayout(_head(entry, words, now))
        if entry.hint:
            lines.addWidget(quiet(f"{entry.hint} · {words.moment(entry.at, now)}"))
        for part in entry.parts:
            self._add_part(lines, part, entry)
        if entry.attachments:
            files = AttachmentsView(entry.attachments, words)
            files.asked.connect(self.file_asked)
            lines.addSpacing(6)
            lines.addWidget(files)

    def _add_part(self, lines: QVBoxLayout, part: Part, entry: Entry) -> None:
        if part.label:
            label = quiet(part.label, "ink2", Role.QUIET_STRONG)
            lines.addSpacing(4)
            lines.addWidget(label)
        reading = entry.form is Form.CITIZEN or (entry.form is Form.ANSWER and not part.label)
        lines.addWidget(Prose(part.text, Role.READING if reading else Role.BODY))


def _head(entry: Entry, words: Translation, now: datetime) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(8)
    row.addWidget(NearLabel(entry.title, Role.STRONG), 1)
    if entry.waiting:
        row.addWidget(badge(words("case.card.waiting"), Tone.WARN), 0, Qt.AlignmentFlag.AlignTop)
    if not entry.hint:
        row.addWidget(quiet(words.moment(entry.at, now)), 0, Qt.AlignmentFlag.AlignTop)
    return row


class EventLine(QWidget):
    """One fact in words, with its reason under it."""

    file_asked = Signal(object, str)

    def __init__(self, entry: Entry, words: Translation, now: datetime) -> None:
        super().__init__()
        self.setAccessibleName(entry.title)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        row.addSpacing(6)
        row.addWidget(IconLabel(entry.icon), 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout()
        column.setSpacing(2)
        title = quiet(entry.title, "ink2")
        title.setWordWrap(True)
        title.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        column.addWidget(title)
        for part in entry.parts:
            column.addWidget(Prose(part.text, Role.QUIET))
        if entry.attachments:
            files = AttachmentsView(entry.attachments, words)
            files.asked.connect(self.file_asked)
            column.addWidget(files)
        row.addLayout(column, 1)
        if entry.waiting:
            row.addWidget(badge(words("case.card.waiting"), Tone.WARN), 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(quiet(words.moment(entry.at, now)), 0, Qt.AlignmentFlag.AlignTop)
        row.addSpacing(7)
