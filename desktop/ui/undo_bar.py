"""The bar that says what was just done and lets it be undone; an answer waits in it before it leaves.

Two uses: a *hold* runs `commit` when its seconds are over (or at once by `flush`), unless undone; a *notice*
offers to undo something already recorded.
"""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from desktop.core.translation import Translation
from desktop.ui.fonts import Role
from desktop.ui.palette import Tone
from desktop.ui.theme import dress, theme

UNDO_SECONDS = 8
NOTICE_SECONDS = 6
"""How long a bar stays that offers something, and one that only says it."""

Words = str | Callable[[], str]
"""What a bar says; a function says it again in another language."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Something about to happen: `text` says what, `commit` does it, `undo` gives everything back."""

    text: Words
    commit: Callable[[], None]
    undo: Callable[[], None]


class UndoBar(QWidget):
    """One line at the foot of the pane; `closed` when it has nothing more to say."""

    closed = Signal()

    def __init__(self, words: Translation) -> None:
        super().__init__()
        self._words = words
        self._hold: Hold | None = None
        self._undo: Callable[[], None] | None = None
        self._text: Words = ""
        self._left = 0
        self._timer = QTimer(self)
        self._timer.setInterval(1000)
        self._timer.timeout.connect(self._on_second)
        self._frame = QFrame()
        dress(self._frame, kind="bar", tone=str(Tone.ACCENT))
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 12)
        outer.addWidget(self._frame)
        self.label = QLabel()
        theme().wear(self.label, Role.BODY)
        self.undo_button = QPushButton()
        self.now_button = QPushButton()
        for button in (self.undo_button, self.now_button):
            dress(button, kind="quiet")
            theme().wear(button, Role.STRONG)
        self.undo_button.clicked.connect(self.undo)
        self.now_button.clicked.connect(self.flush)
        row = QHBoxLayout(self._frame)
        row.setContentsMargins(12, 6, 12, 6)
        row.setSpacing(8)
        row.addWidget(self.label, 1)
        row.addWidget(self.now_button)
        row.addWidget(self.undo_button)
        self.hide()

    @property
    def is_holding(self) -> bool:
        """Whether something waits to be done."""
        return self._hold is not None

    @property
    def can_undo(self) -> bool:
        """Whether undo would do something now."""
        return self._hold is not None or self._undo is not None

    def hold(self, hold: Hold, seconds: int) -> None:
        """Do `hold.commit` after `seconds`; what was held before is done first. 0 does it now."""
        self.flush()
        if seconds <= 0:
            hold.commit()
            return
        self._hold, self._undo = hold, None
        self._begin(hold.text, seconds)

    def notice(
        self, text: Words, undo: Callable[[], None] | None = None, *, tone: Tone = Tone.ACCENT
    ) -> None:
        """Say what was done; a hold keeps the bar, and the notice is left out."""
        if self._hold is not None:
            return
        self._undo = undo
        self._begin(text, UNDO_SECONDS if undo else NOTICE_SECONDS, tone)

    def undo(self) -> None:
        """Take back what is held, or what the notice is about."""
        hold, undo = self._hold, self._undo
        self._end()
        if hold is not None:
            hold.undo()
        elif undo is not None:
            undo()

    def flush(self) -> None:
        """Do at once what is held: on closing, on signing out, or because another answer is sent."""
        hold = self._hold
        if hold is not None:
            self._end()
            hold.commit()

    def retranslate(self) -> None:
        """The same bar in the language now."""
        self._say()

    def _begin(self, text: Words, seconds: int, tone: Tone = Tone.ACCENT) -> None:
        self._text, self._left = text, seconds
        dress(self._frame, tone=str(tone))
        self._say()
        self.show()
        self._timer.start()

    def _end(self) -> None:
        self._timer.stop()
        self._hold, self._undo = None, None
        self.hide()
        self.closed.emit()

    def _on_second(self) -> None:
        self._left -= 1
        if self._left > 0:
            self._say()
        elif self._hold is not None:
            self.flush()
        else:
            self._end()

    def _say(self) -> None:
        holding = self._hold is not None
        said = self._text if isinstance(self._text, str) else self._text()
        text = said
        if holding:
            text = f"{text} · {self._words.count('case.undo.seconds', self._left)}"
        self.label.setText(text)
        self.setAccessibleName(said)
        self.undo_button.setText(self._words("case.undo.undo"))
        self.undo_button.setToolTip("Ctrl+Z")
        self.now_button.setText(self._words("case.undo.now"))
        self.now_button.setVisible(holding)
        self.undo_button.setVisible(self.can_undo)
