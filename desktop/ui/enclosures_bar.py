"""Files that go with the text being written: chosen, dropped or pasted, shown as chips, taken off again.

A file is in the encrypted store before its chip appears, and its chip is in the draft as the text is.
"""

from pathlib import Path

from PySide6.QtCore import QBuffer, QEvent, QIODevice, QMimeData, QObject, Signal
from PySide6.QtGui import QImage, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QApplication,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QTextEdit,
    QVBoxLayout,
    QWidget,
)

from desktop.core.errors import PersonError, TooManyFiles
from desktop.core.translation import Translation
from desktop.ui.actions_bar import ActionButton
from desktop.ui.attachments_view import AttachmentChip, safe_name
from desktop.ui.encloser import Encloser
from desktop.ui.flow_layout import FlowLayout
from desktop.ui.fonts import Role
from desktop.ui.labels import IconButton
from desktop.ui.theme import dress, theme
from protocol.complaint import Attachment
from protocol.files import ACCEPTED
from protocol.wire import MAX_FILES
from resources.catalogue import ltr

PASTED = "capture.png"


class EnclosuresBar(QWidget):
    """`changed` when a file was added or taken off; `open_asked(Attachment)` to see one."""

    changed = Signal()
    open_asked = Signal(object)

    def __init__(self, words: Translation, encloser: Encloser | None) -> None:
        super().__init__()
        self._words, self._encloser = words, encloser
        self._files: list[Attachment] = []
        self._checking: list[str] = []
        self._ended = False
        self.button = ActionButton("", role=Role.QUIET)
        self.button.clicked.connect(self.choose)
        self.button.setVisible(encloser is not None)
        self.told = QLabel()
        self.told.setWordWrap(True)
        theme().wear(self.told, Role.QUIET)
        dress(self.told, kind="bar", tone="warn")
        self.told.hide()
        self._chips = QWidget()
        self._flow = FlowLayout(self._chips, gap=6)
        self._rows: list[QWidget] = []
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(6)
        lines.addWidget(self._chips)
        lines.addWidget(self.told)
        self.retranslate()
        self._show()

    @property
    def files(self) -> tuple[Attachment, ...]:
        """Files that are in the store and go with the text."""
        return tuple(self._files)

    @property
    def is_busy(self) -> bool:
        """Whether a file is still being checked."""
        return bool(self._checking)

    def end(self) -> None:
        """Its editor goes: a file still being checked finds nobody."""
        self._ended = True

    def show_files(self, files: tuple[Attachment, ...]) -> None:
        """Put these files there, announcing nothing."""
        self._files = list(files)
        self._tell("")
        self._show()

    def choose(self) -> None:
        """Ask which files."""
        words = self._words
        endings = " ".join(f"*{ending}" for ending in ACCEPTED.split(","))
        kinds = f"{words('case.files.kinds')} ({endings})"
        chosen, _ = QFileDialog.getOpenFileNames(self, words("case.files.title"), "", kinds)
        self.add([Path(one) for one in chosen])

    def add(self, files: list[Path]) -> None:
        """Check and keep these files, one after the other, as far as there is room."""
        self._tell("")
        for file in files:
            if not self._has_room():
                return
            self._begin(file.name)
            self._encloser.take(file, self._done(file.name), self._failed(file.name))

    def add_picture(self, image: QImage) -> None:
        """Keep a picture that was pasted."""
        self._tell("")
        if image.isNull() or not self._has_room():
            return
        buffer = QBuffer()
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        image.save(buffer, "PNG")
        self._begin(PASTED)
        content = bytes(buffer.data().data())
        self._encloser.take_picture(PASTED, content, self._done(PASTED), self._failed(PASTED))

    def watch(self, owner: QWidget, *texts: QTextEdit) -> None:
        """Files dropped on `owner` are attached, and those dropped on its texts or pasted into them."""
        if self._encloser is None:
            return
        owner.setAcceptDrops(True)
        for watched in (owner, *texts, *(text.viewport() for text in texts)):
            watched.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take files of this PC, and a pasted picture; anything else goes its way."""
        kind = event.type()
        if kind in (QEvent.Type.DragEnter, QEvent.Type.DragMove, QEvent.Type.Drop):
            files = files_in(event.mimeData())
            if files:
                event.acceptProposedAction()
                if kind == QEvent.Type.Drop:
                    self.add(files)
                return True
        elif kind == QEvent.Type.KeyPress and _pastes(event):
            return self._paste(QApplication.clipboard().mimeData())
        return super().eventFilter(watched, event)

    def _paste(self, data: QMimeData) -> bool:
        """Whether what was copied is attached; words are pasted as words, also beside a picture of them."""
        files = files_in(data)
        if files:
            self.add(files)
        elif data.hasImage() and not data.hasText():
            self.add_picture(QImage(data.imageData()))
        else:
            return False
        return True

    def retranslate(self) -> None:
        """Every word in the language now."""
        self.button.say(self._words("case.files.attach"))
        self._show()

    # --- inside

    def _has_room(self) -> bool:
        if len(self._files) + len(self._checking) < MAX_FILES:
            return True
        why = self._words.error(TooManyFiles())
        self._tell(f"{why.text} {why.next}", "warn")
        return False

    def _begin(self, name: str) -> None:
        self._checking.append(name)
        self._tell(self._words("case.files.checking", name=ltr(safe_name(name))), "info")
        self.changed.emit()

    def _done(self, name: str):
        def then(file: Attachment) -> None:
            if self._ended:
                return
            self._checking.remove(name)
            if file.sha256 not in {one.sha256 for one in self._files}:
                self._files.append(file)
            if not self._checking and self.told.property("tone") == "info":
                self._tell("")
            self._show()
            self.changed.emit()

        return then

    def _failed(self, name: str):
        def failed(error: PersonError) -> None:
            if self._ended:
                return
            self._checking.remove(name)
            why = self._words.error(error)
            self._tell(f"{why.title}. {why.text} {why.next}".strip(), "danger")
            self.changed.emit()

        return failed

    def _remove(self, file: Attachment) -> None:
        self._files.remove(file)
        self._tell("")
        self._show()
        self.changed.emit()

    def _tell(self, text: str, tone: str = "warn") -> None:
        self.told.setText(text)
        self.told.setVisible(bool(text))
        dress(self.told, kind="bar", tone=tone)
        self._fit()

    def _show(self) -> None:
        for row in self._rows:
            self._flow.removeWidget(row)
            row.deleteLater()
        self._rows = [self._row(file) for file in self._files]
        for row in self._rows:
            self._flow.addWidget(row)
        names = "، ".join if self._words.language == "ar" else ", ".join
        self.setAccessibleName(self._words("case.files.names", names=names(f.name for f in self._files)))
        self._chips.setVisible(bool(self._files))
        self._fit()

    def _row(self, file: Attachment) -> QWidget:
        row = QWidget()
        chip = AttachmentChip(file, self._words)
        chip.clicked.connect(lambda: self.open_asked.emit(file))
        off = IconButton("close")
        off.say(self._words("case.files.remove", name=ltr(safe_name(file.name))))
        off.clicked.connect(lambda: self._remove(file))
        lines = QHBoxLayout(row)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(2)
        lines.addWidget(chip)
        lines.addWidget(off)
        return row

    def _fit(self) -> None:
        self.setVisible(bool(self._files) or self.told.isVisibleTo(self))


def _pastes(event: QEvent) -> bool:
    return isinstance(event, QKeyEvent) and event.matches(QKeySequence.StandardKey.Paste)


def files_in(data: QMimeData | None) -> list[Path]:
    """Files of this PC among what is dragged or pasted."""
    if data is None or not data.hasUrls():
        return []
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
