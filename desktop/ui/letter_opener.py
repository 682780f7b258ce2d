"""Opens letters and receipts in viewers: made or fetched in the background, logged when shown and printed.

Windows stay beside the complaint, which goes on living; they close with the pane.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QMessageBox, QWidget

from desktop.core.background import Background
from desktop.core.correspondence import LetterIncomplete, ShownLetter
from desktop.core.errors import NO_SERVER, PersonError
from desktop.core.printing import PROVISIONAL_PAPER, RECEIPT_PAPER, Access, is_original
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


@dataclass(frozen=True, slots=True)
class _Shown:
    """What a window shows: of which complaint, under which name in the log.

    `letter` tells renderings apart: their outgoing number, "" before it, or _WRITTEN.
    """

    complaint: str
    paper: str
    letter: str = ""


_WRITTEN = "written"
"""The letter of an answer being typed, which is no letter of the complaint yet."""


class LetterOpener(QObject):
    """`told(text, tone)` for what a person must know in the pane; `viewer` is the window opened last."""

    told = Signal(str, str)

    def __init__(self, desk: object, background: Background, words: Translation, owner: QWidget) -> None:
        super().__init__(owner)
        self._desk, self._background, self._words, self._owner = desk, background, words, owner
        self._wanted: set[str] = set()
        self._shown: dict[Viewer, _Shown] = {}
        self._preview: LetterPreview | None = None
        self.question: QMessageBox | None = None
        self.viewer: Viewer | None = None

    # --- the letter

    def show_letter(self, document: Complaint, act: str = "") -> None:
        """The record, or its marked rendering, of the letter that `act` made ready (the newest when "")."""
        self._background.fetch(
            lambda: self._desk.correspondence.letter(document.id, act),
            lambda letter: self._show_letter(document, letter),
            self._on_failed,
            key=f"letter{id(self)}",
        )

    def bring_record(self, document: Complaint) -> None:
        """Have the file of record on this PC before anybody asks; no network is no matter.

        A rendering that stands in for it on the screen makes way.
        """
        file = history.recorded_letter(document)
        if file is None or file.sha256 in self._wanted:
            return
        self._wanted.add(file.sha256)

        def failed(_: PersonError) -> None:
            self._wanted.discard(file.sha256)

        self._background.fetch(
            lambda: self._desk.correspondence.record(document.id), lambda _: self._replace(document), failed
        )

    # --- the letter being written

    def show_preview(self, document: Complaint, form: AnswerForm) -> None:
        """The letter of an answer being typed, in a window that follows the typing."""
        if self._preview is None or self._preview.complaint != document.id:
            self.end_preview()
            self._preview = LetterPreview(self._desk, self._background, self._words, document, self._owner)
            self._preview.ended.connect(self._on_preview_ended)
            self.watch(self._preview.viewer, document.id, self._preview.paper, _WRITTEN)
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

    def watch(self, viewer: "Viewer", complaint: str, paper: str, letter: str = "") -> None:
        """Keep the log of what is read, printed and saved in this window, until it closes."""
        self.viewer = viewer
        viewer.printed.connect(lambda: self._on_printed(viewer))
        viewer.saved.connect(lambda _: self._note(viewer, Access.EXPORTED))
        viewer.finished.connect(lambda _: self._forget(viewer))
        self._read(viewer, _Shown(complaint, paper, letter))

    def note(self, complaint: str, access: Access, paper: str) -> None:
        """Keep in the log what was done to a paper."""
        prints = self._desk.correspondence.prints
        self._background.change(lambda: prints.note(complaint, access, paper))

    def close_windows(self) -> None:
        """The pane goes, or the screen is locked: no letter and no file stays on it."""
        for viewer in tuple(self._shown):
            viewer.close()

    def _open(self, title: Callable[[], str], content: bytes, name: str) -> "Viewer":
        # QtPdf and QtPrintSupport are loaded when somebody first opens a document.
        from desktop.ui.viewer import Viewer

        viewer = Viewer(self._words, title, content, presenter.PDF, name, parent=self._owner)
        viewer.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        viewer.show()
        return viewer

    def _show_letter(self, document: Complaint, letter: ShownLetter) -> None:
        same = self._window(_Shown(document.id, letter.paper, letter.number))
        if same is not None:
            same.activateWindow()
            return
        words = self._words
        name = presenter.letter_name(document, letter.number)
        viewer = self._open(lambda: presenter.letter_title(document, letter, words), letter.content, name)
        if letter.is_copy:
            viewer.stamp_copies()
        viewer.say(lambda: presenter.notice(letter, words), presenter.notice_tone(letter))
        self.watch(viewer, document.id, letter.paper, letter.number)

    def _replace(self, document: Complaint) -> None:
        """The record came while its rendering is on the screen: the window shows it from now on."""
        if any(one.complaint == document.id and _is_stand_in(one) for one in self._shown.values()):
            self._background.fetch(
                lambda: self._desk.correspondence.letter(document.id),
                lambda letter: self._put_record(document, letter),
                self._on_failed,
            )

    def _put_record(self, document: Complaint, letter: ShownLetter) -> None:
        stands_in = (_Shown(document.id, PROVISIONAL_PAPER, number) for number in (letter.number, ""))
        viewer = next(filter(None, map(self._window, stands_in)), None)
        if viewer is None or not letter.is_record:
            return
        if letter.is_copy:
            viewer.stamp_copies()
        words = self._words
        name = presenter.letter_name(document, letter.number)
        viewer.entitle(lambda: presenter.letter_title(document, letter, words), name)
        viewer.show_content(letter.content, presenter.PDF)
        viewer.say(lambda: words("letter.came"), Tone.OK)
        self._read(viewer, _Shown(document.id, letter.paper, letter.number))

    def _show_receipt(self, document: Complaint, content: bytes) -> None:
        words = self._words
        name = presenter.receipt_name(document)
        viewer = self._open(lambda: presenter.receipt_title(document, words), content, name)
        viewer.say(lambda: words("letter.receipt_once"), Tone.WARN)
        self.watch(viewer, document.id, RECEIPT_PAPER)

    # --- what the windows do

    def _window(self, wanted: _Shown) -> "Viewer | None":
        return next((viewer for viewer, shown in self._shown.items() if shown == wanted), None)

    def _read(self, viewer: "Viewer", shown: _Shown) -> None:
        self._shown[viewer] = shown
        self._note(viewer, Access.READ)

    def _on_printed(self, viewer: "Viewer") -> None:
        self._note(viewer, Access.PRINTED)
        if is_original(self._shown[viewer].paper):
            # The original has left: what comes out of this window after it is a copy.
            viewer.stamp_copies()

    def _note(self, viewer: "Viewer", access: Access) -> None:
        shown = self._shown[viewer]
        self.note(shown.complaint, access, shown.paper)

    def _forget(self, viewer: "Viewer") -> None:
        self._shown.pop(viewer, None)
        if self.viewer is viewer:
            self.viewer = None

    def _on_preview_ended(self) -> None:
        self._preview = None

    def _on_failed(self, error: PersonError) -> None:
        if isinstance(error, LetterIncomplete):
            lines = " ".join(presenter.problem_lines(error, self._words))
            self.told.emit(f"{self._words('letter.incomplete')}. {lines}", Tone.WARN)
        else:
            self.told.emit(self._words.error(error).summary, Tone.DANGER)

    def _on_receipt_failed(self, error: PersonError) -> None:
        if error.code in NO_SERVER:
            self.told.emit(self._words("letter.receipt_offline"), Tone.WARN)
        else:
            self._on_failed(error)


def _is_stand_in(shown: _Shown) -> bool:
    return shown.paper == PROVISIONAL_PAPER and shown.letter != _WRITTEN
