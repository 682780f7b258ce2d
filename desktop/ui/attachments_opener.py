"""Fetches an attached file in the background to show or save it; what may be harmful is only ever saved."""

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QMessageBox, QWidget

from desktop.core.background import Background
from desktop.core.errors import NO_SERVER, PersonError
from desktop.core.printing import file_paper
from desktop.core.translation import Translation
from desktop.ui.attachments_view import SHOWN, ask_where, safe_name, save_to
from desktop.ui.palette import Tone
from protocol.complaint import Attachment
from resources.catalogue import ltr


class AttachmentsOpener(QObject):
    """`told(text, tone)` for what a person must know.

    For the log, with the complaint it was asked on: `opened(viewer, paper, id)`, `saved(paper, id)`.
    """

    told = Signal(str, str)
    opened = Signal(object, str, str)
    saved = Signal(str, str)

    def __init__(self, desk: object, background: Background, words: Translation, owner: QWidget) -> None:
        super().__init__(owner)
        self._desk, self._background, self._words, self._owner = desk, background, words, owner
        self.dialog: QWidget | None = None

    def open_file(self, attachment: Attachment, how: str, complaint: str = "") -> None:
        """Show a file of `complaint` ("open") or ask where to put it ("save")."""
        if how == "open" and attachment.mime not in SHOWN:
            self._warn(attachment, complaint)
            return
        then = self._show if how == "open" else self._save
        self._background.fetch(
            lambda: self._desk.attachment(attachment.sha256, safe_name(attachment.name)),
            lambda content: then(attachment, content, complaint),
            self._on_failed,
        )

    def _show(self, attachment: Attachment, content: bytes, complaint: str) -> None:
        # QtPdf and QtPrintSupport are loaded when somebody first opens a document.
        from desktop.ui.viewer import Viewer

        words, name = self._words, ltr(safe_name(attachment.name))

        def title() -> str:
            return words("case.file.viewer", name=name)

        viewer = Viewer(words, title, content, attachment.mime, attachment.name, parent=self._owner)
        viewer.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.dialog = viewer
        viewer.show()
        self.opened.emit(viewer, file_paper(attachment.sha256), complaint)

    def _save(self, attachment: Attachment, content: bytes, complaint: str) -> None:
        try:
            path = save_to(attachment, content, ask_where(self._owner, self._words))
        except OSError:
            self.told.emit(self._words("case.file.failed"), Tone.DANGER)
            return
        if path is not None:
            self.told.emit(self._words("case.file.saved", name=ltr(path.name)), Tone.OK)
            self.saved.emit(file_paper(attachment.sha256), complaint)

    def _warn(self, attachment: Attachment, complaint: str) -> None:
        words = self._words
        box = QMessageBox(self._owner)
        box.setIcon(QMessageBox.Icon.Warning)
        box.setWindowTitle(words("case.file.unsafe_title"))
        box.setText(words("case.file.unsafe_title"))
        box.setInformativeText(words("case.file.unsafe", name=ltr(safe_name(attachment.name))))
        save = box.addButton(words("case.file.save"), QMessageBox.ButtonRole.AcceptRole)
        close = box.addButton(words("case.file.close"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(close)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        save.clicked.connect(lambda: self.open_file(attachment, "save", complaint))
        self.dialog = box
        box.open()

    def _on_failed(self, error: PersonError) -> None:
        if error.code in NO_SERVER:
            self.told.emit(self._words("case.file.missing"), Tone.WARN)
        elif error.code == "cancelled":
            self.told.emit(self._words.error(error).text, Tone.INFO)
        else:
            self.told.emit(self._words.error(error).text, Tone.DANGER)
