"""Attached files as chips; pictures, PDF and plain text are shown inside the program, nothing is ever run.

Whatever else a file is, it can only be saved, after a warning: nothing here hands a file to another program.
"""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QResizeEvent
from PySide6.QtWidgets import QFileDialog, QMenu, QPushButton, QSizePolicy, QWidget

from desktop.core.settings import write_atomically
from desktop.core.translation import Translation
from desktop.ui.flow_layout import FlowLayout
from desktop.ui.fonts import Role
from desktop.ui.theme import theme
from protocol.complaint import Attachment
from protocol.text import clean_line
from resources.catalogue import ltr

PICTURES = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp", "image/bmp"})
PDF = "application/pdf"
PLAIN = "text/plain"
SHOWN = PICTURES | {PDF, PLAIN}
"""Types shown inside the program; everything else is only saved."""

_NAME_LIMIT = 120
_NARROWEST = 72


def safe_name(name: str) -> str:
    """A file name without folders, control characters or direction overrides, at most 120 characters."""
    bare = clean_line(name).replace("\\", "/").rsplit("/", 1)[-1].strip().lstrip(".")
    bare = "".join("_" if character in '<>:"|?*' else character for character in bare)
    if len(bare) > _NAME_LIMIT:
        stem, dot, ending = bare.rpartition(".")
        bare = f"{stem[: _NAME_LIMIT - len(ending) - 1]}{dot}{ending}"
    return bare or "_"


class AttachmentChip(QPushButton):
    """A file's name, left to right whatever the language, and its size; in its middle cut to its room."""

    def __init__(self, attachment: Attachment, words: Translation) -> None:
        super().__init__()
        self.attachment = attachment
        name, size = ltr(safe_name(attachment.name)), words.size(attachment.size)
        self._said = f"{name} · {size}"
        self.setText(self._said)
        self.setToolTip(self._said)
        icon = "image" if attachment.mime in PICTURES else "file"
        theme().wear(self, Role.QUIET)
        self.setAccessibleName(words("case.file.name", name=name, size=size))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._icon = icon
        theme().changed.connect(self._dress)
        self._dress()

    def sizeHint(self) -> QSize:
        """Room for the whole name, whatever is shown of it now."""
        metrics, hint = self.fontMetrics(), super().sizeHint()
        cut = metrics.horizontalAdvance(self._said) - metrics.horizontalAdvance(self.text())
        return hint + QSize(cut, 0)

    def minimumSizeHint(self) -> QSize:
        """A long name must not make a pane wider than it is."""
        return self.sizeHint().boundedTo(QSize(theme().px(_NARROWEST), self.sizeHint().height()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Cut the name to the new width."""
        super().resizeEvent(event)
        metrics, around = self.fontMetrics(), self.sizeHint().width()
        around -= metrics.horizontalAdvance(self._said)
        cut = metrics.elidedText(self._said, Qt.TextElideMode.ElideMiddle, self.width() - around)
        if cut != self.text():
            self.setText(cut)

    def _dress(self) -> None:
        tokens = theme().palette
        self.setIcon(theme().icon(self._icon, "ink3"))
        edge = tokens.line if tokens.tints else tokens.line_strong
        self.setStyleSheet(
            f"QPushButton {{ border: 1px solid {edge}; padding: 4px 9px; background: {tokens.surface}; }}"
            f"QPushButton:hover {{ border-color: {tokens.accent}; background: {tokens.hover}; }}"
            f"QPushButton:focus {{ border: 2px solid {tokens.accent}; padding: 3px 8px; }}"
        )


class AttachmentsView(QWidget):
    """Chips of one card; `asked(attachment, "open" | "save")` when a person wants one."""

    asked = Signal(object, str)

    def __init__(self, attachments: tuple[Attachment, ...], words: Translation) -> None:
        super().__init__()
        self._words = words
        flow = FlowLayout(self, gap=6)
        for attachment in attachments:
            chip = AttachmentChip(attachment, words)
            chip.clicked.connect(lambda _=False, a=attachment: self.asked.emit(a, "open"))
            flow.addWidget(chip)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Open or save the chip under the pointer, or the one that has the focus."""
        chip = self.childAt(event.pos())
        if not isinstance(chip, AttachmentChip):
            focused = self.focusWidget()
            chip = focused if isinstance(focused, AttachmentChip) else None
        if chip is not None:
            self._menu(chip.attachment, event.globalPos())

    def _menu(self, attachment: Attachment, at: QPoint) -> None:
        menu = QMenu(self)
        if attachment.mime in SHOWN:
            menu.addAction(self._words("case.file.open")).triggered.connect(
                lambda: self.asked.emit(attachment, "open")
            )
        menu.addAction(self._words("case.file.save")).triggered.connect(
            lambda: self.asked.emit(attachment, "save")
        )
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(at)


def save_to(attachment: Attachment, content: bytes, choose: Callable[[str], str]) -> Path | None:
    """Write the file where `choose(suggested name)` says; None when the person gave up. Raises OSError."""
    target = choose(safe_name(attachment.name))
    if not target:
        return None
    path = Path(target)
    write_atomically(path, content)
    return path


def ask_where(parent: QWidget, words: Translation) -> Callable[[str], str]:
    """The file dialog as a function of the suggested name."""
    return lambda name: QFileDialog.getSaveFileName(parent, words("case.file.save"), name)[0]
