"""Opens letters and receipts in viewers: made or fetched in the background, logged when shown and printed.

Windows stay beside the complaint, which goes on living; they close with the pane.
"""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QMessageBox, QWidget

from desktop.core.background import Background
from desktop.core.correspondence import LetterIncomplete, ShownLetter
from desktop.core.errors import PersonError
from desktop.core.printing import RECEIPT_PAPER, Access
from desktop.core.translation import Translation
from desktop.ui import letter_presenter as presenter
from desktop.ui.answer_presenter import AnswerForm
from desktop.ui.letter_preview import LetterPreview
from desktop.ui.palette import Tone
from protocol import history
from protocol.complaint import Complaint
from resources.catalogue import ltr

if TYPE_CHECKING:
    from desktop.ui.answer_editor import AnswerEditor
    from desktop.ui.viewer import Viewer


class LetterOpener(QObject):
    """`told(text, tone)` for what a person must know in the pane; `viewer` is the window opened last."""

    told = Signal(str, str)

    def __init__(self, desk: object, background: Background, words: Translation, owner: QWidget) -> None:
        super().__init__(owner)
        self._desk, self._background, self._words, self._owner = desk, background, words, owner
        self._wanted: set[str] = set()
        self._preview: LetterPreview | None = None
        self.question: QMessageBox | None = None
        self.viewer: Viewer | None = None

    # --- the letter

    def show_letter(self, document: Complaint, act: str = "") -> None:
        """The record, or its marked rendering, of the letter that `act` made ready (the newest when "")."""
        self._background.fetch(
            lambda: self._desk.correspondence.letter(document.id, act),
            lambda shown: self._show_letter(document, shown),
            self._on_failed,
            key=f"letter{id(self)}",
        )

    def bring_record(self, document: Complaint) -> None:
        """Have the file of record on this PC before anybody asks; no network is no matter."""
        file = history.recorded_letter(document)
        if file is None or file.sha256 in self._wanted:
            return
        self._wanted.add(file.sha256)

        def failed(_: PersonError) -> None:
            self._wanted.discard(file.sha256)

        self._background.fetch(lambda: self._desk.correspondence.record(document.id), None, failed)

    # --- the letter being written

    def show_preview(self, document: Complaint, form: AnswerForm) -> None:
        """The letter of an answer being typed, in a window that follows the typing."""
        if self._preview is None or self._preview.complaint != document.id:
            self.end_preview()
            self._preview = LetterPreview(self._desk, self._background, self._words, document, self._owner)
            self._preview.ended.connect(self._on_preview_ended)
            self.viewer = self._preview.viewer
            self.watch(self.viewer, document.id, self._preview.paper)
        self._preview.show(form)

    def follow(self, complaint: str, editor: "AnswerEditor") -> None:
        """Something was typed: a preview of that complaint is drawn again once the hand rests."""
        if self._preview is not None and self._preview.complaint == complaint:
            self._preview.follow(editor.form)

    def end_preview(self) -> None:
        """Nothing is being written any more."""
        if self._preview is not None:
            self._preview.viewer.close()

    # --- the receipt

    def ask_receipt(self, document: Complaint) -> None:
        """Ask first: a receipt carries a fresh code, and the citizen's former one stops."""
        words = self._words
        box = QMessageBox(self._owner)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle(words("letter.receipt_ask_title"))
        box.setText(words("letter.receipt_ask_title"))
        box.setInformativeText(words("letter.receipt_ask", number=ltr(document.number)))
        give = box.addButton(words("letter.receipt_give"), QMessageBox.ButtonRole.AcceptRole)
        box.addButton(words("case.cancel"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(give)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        give.clicked.connect(lambda: self.show_receipt(document))
        self.question = box
        box.open()

    def show_receipt(self, document: Complaint) -> None:
        """A receipt with a fresh code, from the server."""
        self.told.emit(self._words("letter.receipt_making"), Tone.INFO)
        self._background.fetch(
            lambda: self._desk.correspondence.receipt(document.id),
            lambda content: self._show_receipt(document, content),
            self._on_receipt_failed,
        )

    # --- windows

    def watch(self, viewer: "Viewer", complaint: str, paper: str) -> None:
        """Keep the log of what is read, printed and saved in this window."""
        self._note(complaint, Access.READ, paper)
        viewer.printed.connect(lambda: self._note(complaint, Access.PRINTED, paper))
        viewer.saved.connect(lambda _: self._note(complaint, Access.EXPORTED, paper))

    def close_windows(self) -> None:
        """The pane goes, or the screen is locked: no letter stays on it."""
        self.end_preview()
        if self.viewer is not None:
            self.viewer.close()

    def _open(self, title: str, content: bytes, name: str) -> "Viewer":
        # QtPdf and QtPrintSupport are loaded when somebody first opens a document.
        from desktop.ui.viewer import Viewer

        viewer = Viewer(self._words, title, content, presenter.PDF, name, parent=self._owner)
        viewer.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        viewer.destroyed.connect(lambda: self._forget(viewer))
        self.viewer = viewer
        viewer.show()
        return viewer

    def _forget(self, viewer: "Viewer") -> None:
        if self.viewer is viewer:
            self.viewer = None

    def _show_letter(self, document: Complaint, shown: ShownLetter) -> None:
        words = self._words
        title = presenter.letter_title(document, shown, words)
        viewer = self._open(title, shown.content, presenter.letter_name(document, shown.number))
        if shown.is_copy:
            viewer.stamp_copies()
        if shown.is_record:
            # The original has left: what comes out of this window after it is a copy.
            viewer.printed.connect(viewer.stamp_copies)
        viewer.say(*presenter.notice(shown, words))
        self.watch(viewer, document.id, shown.paper)

    def _show_receipt(self, document: Complaint, content: bytes) -> None:
        words = self._words
        viewer = self._open(
            presenter.receipt_title(document, words), content, presenter.receipt_name(document)
        )
        viewer.printed.connect(viewer.stamp_copies)
        viewer.say(words("letter.receipt_once"), Tone.WARN)
        self.told.emit("", Tone.INFO)
        self.watch(viewer, document.id, RECEIPT_PAPER)

    def _note(self, complaint: str, access: Access, paper: str) -> None:
        self._background.change(lambda: self._desk.correspondence.prints.note(complaint, access, paper))

    def _on_preview_ended(self) -> None:
        self._preview = None

    def _on_failed(self, error: PersonError) -> None:
        if isinstance(error, LetterIncomplete):
            lines = " ".join(presenter.problem_lines(error, self._words))
            self.told.emit(f"{self._words('letter.incomplete')} {lines}", Tone.WARN)
        else:
            self.told.emit(self._words.error(error).summary, Tone.DANGER)

    def _on_receipt_failed(self, error: PersonError) -> None:
        if error.code == "offline":
            self.told.emit(self._words("letter.receipt_offline"), Tone.WARN)
        else:
            self._on_failed(error)
