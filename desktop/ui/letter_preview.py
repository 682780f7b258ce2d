"""The letter of an answer while it is being written: drawn again when the hand rests, beside the editor.

What keeps a letter from being made is listed in place of its pages; what was drawn last stays until then.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QWidget

from desktop.core.background import Background
from desktop.core.correspondence import LetterIncomplete
from desktop.core.errors import PersonError
from desktop.core.printing import PROVISIONAL_PAPER
from desktop.core.translation import Translation
from desktop.ui import answer_presenter, letter_presenter
from desktop.ui.answer_presenter import AnswerForm
from desktop.ui.palette import Tone
from protocol.complaint import Complaint

if TYPE_CHECKING:
    pass

RESTS_MS = 700
"""Milliseconds without a key after which the letter is drawn again."""


class LetterPreview(QObject):
    """One window for one complaint's answer; `ended` when a person closes it."""

    ended = Signal()
    paper = PROVISIONAL_PAPER

    def __init__(
        self,
        desk: object,
        background: Background,
        words: Translation,
        document: Complaint,
        owner: QWidget,
    ) -> None:
        # QtPdf and QtPrintSupport are loaded when somebody first opens a document.
        from desktop.ui.viewer import Viewer

        super().__init__(owner)
        self._desk, self._background, self._words, self._document = desk, background, words, document
        self._now: Callable[[], AnswerForm] = AnswerForm
        self._drawn: AnswerForm | None = None
        self._closed = False
        name = letter_presenter.letter_name(document)
        self.viewer: Viewer = Viewer(
            words,
            lambda: letter_presenter.preview_title(document, words),
            b"",
            letter_presenter.PDF,
            name,
            parent=owner,
        )
        self.viewer.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.viewer.finished.connect(self._on_closed)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(RESTS_MS)
        self._rest.timeout.connect(self._draw)

    @property
    def complaint(self) -> str:
        """Whose answer it is."""
        return self._document.id

    def show(self, form: AnswerForm) -> None:
        """Draw this answer now and bring the window to the front."""
        self._now = lambda: form
        self.viewer.show()
        self.viewer.activateWindow()
        self._draw()

    def follow(self, form: Callable[[], AnswerForm]) -> None:
        """The answer changes: `form` is asked what it has become once the hand rests."""
        self._now = form
        self._rest.start()

    def _draw(self) -> None:
        self._rest.stop()
        form = self._now()
        if form == self._drawn:
            return
        self.viewer.wait(True)
        reply = answer_presenter.reply_of(form)
        self._background.fetch(
            lambda: self._desk.correspondence.preview(self._document.id, reply, ground=form.ground),
            lambda content: self._on_drawn(form, content),
            lambda error: self._on_failed(form, error),
            key=f"preview{id(self)}",
        )

    def _on_drawn(self, form: AnswerForm, content: bytes) -> None:
        if self._closed:
            return
        self._drawn = form
        self.viewer.wait(False)
        self.viewer.say(lambda: self._words("letter.why.typed"), Tone.WARN)
        self.viewer.show_content(content, letter_presenter.PDF)

    def _on_failed(self, form: AnswerForm, error: PersonError) -> None:
        if self._closed:
            return
        self._drawn = form
        self.viewer.wait(False)
        self.viewer.say("")
        words = self._words
        if isinstance(error, LetterIncomplete):
            incomplete = error
            self.viewer.show_problem(
                "pen",
                lambda: words("letter.incomplete"),
                lambda: letter_presenter.problem_text(incomplete, words),
            )
        else:
            self.viewer.show_problem(
                "info",
                lambda: words.error(error).title,
                lambda: f"{words.error(error).text} {words.error(error).next}",
            )

    def _on_closed(self) -> None:
        self._rest.stop()
        # A letter may still be under way: it finds nobody.
        self._closed = True
        self.ended.emit()
        self.deleteLater()
