"""What happens between a button of the complaint pane and the desk: asking, holding an answer, undoing.

An answer is held for some seconds before it is asked for; meanwhile its draft stays in the store, so that
neither an undo, a refusal nor a crash can lose it.
"""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from desktop.core.background import Background
from desktop.core.errors import PersonError
from desktop.core.translation import Translation
from desktop.models.records import Draft
from desktop.ui import note_presenter
from desktop.ui.answer_presenter import AnswerForm, act_of, write_draft
from desktop.ui.draft_keeper import UnsavedDrafts, utc_now
from desktop.ui.palette import Tone
from desktop.ui.undo_bar import Hold, UndoBar
from protocol.acts import Act, Note, Transfer
from resources.catalogue import ltr

HOLD_SECONDS = 10
ANSWER = "answer"
"""Kind of the draft of an answer, whichever act will carry it."""


@dataclass(frozen=True, slots=True)
class HeldAnswer:
    """An answer about to leave: everything needed to send it, or to give it back."""

    complaint: str
    number: str
    form: AnswerForm
    kind: str
    seen: int
    caret: int = -1


class CaseConductor(QObject):
    """Acts of one pane. `acted(complaint)` after each; `given_back(HeldAnswer, error | None)` restores.

    `taken_back(Draft)` follows the undoing of another act that had words in it: they are a draft again.
    """

    taken_back = Signal(object)
    acted = Signal(str)
    held_changed = Signal()
    given_back = Signal(object, object)

    def __init__(
        self,
        desk: object,
        background: Background,
        words: Translation,
        bar: UndoBar,
        drafts: UnsavedDrafts,
        *,
        settings: object = None,
    ) -> None:
        super().__init__()
        self._drafts = drafts
        self._asking: set[tuple[str, str]] = set()
        self.leaving: set[str] = set()
        """Complaints with an answer whose seconds are over and that is not recorded yet."""

        self._desk, self._background, self._words = desk, background, words
        self._bar, self._settings = bar, settings
        self.held: HeldAnswer | None = None

    def ask(
        self,
        complaint: str,
        act: Act,
        seen: int,
        *,
        done: Callable[[], None] = lambda: None,
        failed: Callable[[PersonError], None],
    ) -> None:
        """Record an act in the background, then offer to undo it; refusals come back through `failed`.

        The same button pressed again before that is the same act.
        """
        asking = (complaint, act.kind)
        if asking in self._asking:
            return
        self._asking.add(asking)

        def then(act_id: str) -> None:
            self._asking.discard(asking)
            done()
            key = f"case.undo.{act.kind}"
            known = key if self._words.catalogue.has(key) else "case.undo.done"
            self._bar.notice(lambda: self._words(known), lambda: self._undo(act_id, complaint, undone))
            self.acted.emit(complaint)

        def refused(error: PersonError) -> None:
            self._asking.discard(asking)
            failed(error)

        def undone() -> None:
            draft = _words_of(complaint, act, seen)
            if draft is not None:
                self._drafts.save(draft)
                self.taken_back.emit(draft)

        self._background.change(lambda: self._desk.ask(complaint, act, seen=seen), then, refused)

    def hold(self, answer: HeldAnswer) -> None:
        """Let an answer wait its seconds in the bar, then send it."""
        key = f"case.undo.{answer.kind}"
        hold = Hold(
            lambda: self._words(key), lambda: self._commit(answer), lambda: self._give_back(answer, None)
        )
        self._bar.flush()
        self.held = answer
        self._bar.hold(hold, self._hold_seconds())
        self.held_changed.emit()

    def flush(self) -> None:
        """Send at once what is held."""
        self._bar.flush()

    def _hold_seconds(self) -> int:
        preferences = getattr(self._settings, "preferences", None)
        return HOLD_SECONDS if preferences is None else int(preferences.hold_seconds)

    def _commit(self, answer: HeldAnswer) -> None:
        act = act_of(answer.form, answer.kind)
        if self.held is answer:
            self.held = None

        self.leaving.add(answer.complaint)

        def work() -> str:
            act_id = self._desk.ask(answer.complaint, act, seen=answer.seen)
            self._drafts.forget(answer.complaint, ANSWER)
            self._desk.drop_draft(answer.complaint, ANSWER)
            self.leaving.discard(answer.complaint)
            return act_id

        self._background.change(
            work, lambda act_id: self._sent(answer, act_id), lambda error: self._give_back(answer, error)
        )

    def _sent(self, answer: HeldAnswer, act_id: str) -> None:
        self.held_changed.emit()
        self.acted.emit(answer.complaint)

        def undone() -> None:
            body = write_draft(answer.form)
            self._drafts.save(Draft(answer.complaint, ANSWER, body, answer.caret, answer.seen, utc_now()))
            self._give_back(answer, None)

        self._bar.notice(
            lambda: self._words("case.undo.sent"), lambda: self._undo(act_id, answer.complaint, undone)
        )

    def _give_back(self, answer: HeldAnswer, error: PersonError | None) -> None:
        if self.held is answer:
            self.held = None
        self.leaving.discard(answer.complaint)
        self.held_changed.emit()
        self.given_back.emit(answer, error)

    def say_refused(self, answer: HeldAnswer, error: PersonError, open_it: Callable[[], None]) -> None:
        """The pane shows another complaint by now: say which answer came back, and lead there."""

        def text() -> str:
            why = self._words.error(error).text
            return self._words("case.held.refused", number=ltr(answer.number), why=why)

        self._bar.notice(text, open_it, tone=Tone.DANGER)

    def _undo(self, act_id: str, complaint: str, undone: Callable[[], None]) -> None:
        def then(_: object) -> None:
            undone()
            self._bar.notice(lambda: self._words("case.undo.undone"))
            self.acted.emit(complaint)

        def failed(error: PersonError) -> None:
            def text() -> str:
                late = error.code == "too_late"
                return self._words("case.undo.too_late") if late else self._words.error(error).text

            self._bar.notice(text, tone=Tone.WARN)

        self._background.change(lambda: self._desk.undo(act_id), then, failed)


def _words_of(complaint: str, act: Act, seen: int) -> Draft | None:
    """The draft that an undone act becomes again, if anything was typed in it."""
    match act:
        case Note():
            body = note_presenter.write_draft(note_presenter.form_of(act))
            return Draft(complaint, str(act.kind), body, len(act.text), seen, utc_now())
        case Transfer(reason=text) if text:
            return Draft(complaint, str(act.kind), text, len(text), seen, utc_now())
        case _:
            return None
