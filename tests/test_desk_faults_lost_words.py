"""Whatever fails while something is being written, no typed word is lost."""

import errno
import threading

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from desktop.models.errors import DiskFull
from desktop.models.records import Draft
from desktop.ui import draft_keeper
from desktop.ui.answer_presenter import AnswerForm, read_draft, write_draft
from protocol.complaint import Nature
from tests.fake_desk import NOW, FakeDesk
from tests.frame_world import Frame

WORDS = "سيدي، نحيطكم علما بأن العداد سيستبدل يوم الخميس."


class FaultyDesk(FakeDesk):
    """A desk whose disk fills up, and whose acts take as long as a test likes."""

    def __init__(self) -> None:
        super().__init__()
        self.full = False
        self.asked: list[str] = []
        self.go = threading.Event()
        self.go.set()
        self.saves = threading.Event()
        self.saves.set()
        self.saved = threading.Event()
        self.saves_while_read = False

    def save_draft(self, draft: Draft) -> None:
        self.saves.wait(5)
        if self.full:
            raise DiskFull("work.db")
        super().save_draft(draft)
        self.saved.set()

    def case(self, complaint):
        read = super().case(complaint)
        if self.saves_while_read:
            self.saves_while_read = False
            self.saves.set()
            self.saved.wait(5)
        return read

    def ask(self, complaint, act, *, seen):
        self.go.wait(5)
        if self.full:
            raise DiskFull("work.db")
        self.asked.append(act.kind)
        return super().ask(complaint, act, seen=seen)


@pytest.fixture
def frame(qtbot, tmp_path, monkeypatch):
    monkeypatch.setattr(draft_keeper, "DELAY_MS", 5)
    monkeypatch.setattr(draft_keeper, "AGAIN_MS", 20)
    made = Frame(qtbot, tmp_path, desk=FaultyDesk(), queue="mine")
    yield made
    made.desk.full = False
    made.desk.go.set()
    made.close()


def answerable(frame: Frame) -> list[int]:
    """Places in the list of complaints that may be answered."""
    desk, shown = frame.desk, frame.complaints()
    return [place for place, one in enumerate(shown) if desk.case(one).may["answer"] is None]


def open_row(frame: Frame, place: int) -> str:
    complaint = frame.open_row(place)
    frame.wait(lambda: frame.window.case._opened is not None)
    return complaint


def write_answer(frame: Frame, text: str):
    case = frame.window.case
    assert case.do("answer")
    editor = case.editors.answer
    editor.field("nature").control.setCurrentIndex(1)
    editor.text_field.insertPlainText(text)
    return editor


def test_a_text_that_the_full_disk_refused_comes_back_with_its_complaint(frame):
    first, second = answerable(frame)[:2]
    open_row(frame, first)
    frame.desk.full = True
    editor = write_answer(frame, WORDS)
    frame.wait(editor.notice.isVisible)
    complaint = frame.window.case.complaint
    open_row(frame, second)
    open_row(frame, first)
    frame.wait(lambda: frame.window.case.editors.answer is not None)
    assert frame.window.case.editors.answer.text_field.text() == WORDS
    assert frame.desk.case(complaint).drafts == {}
    frame.desk.full = False
    frame.wait(lambda: "answer" in frame.desk.case(complaint).drafts)
    assert read_draft(frame.desk.case(complaint).drafts["answer"].body).text == WORDS
    frame.wait(lambda: not frame.window.case.drafts.pending)


def test_a_text_that_reaches_the_store_while_its_complaint_is_read_comes_back(frame):
    first, second = answerable(frame)[:2]
    open_row(frame, first)
    frame.desk.saves.clear()
    write_answer(frame, WORDS)
    open_row(frame, second)
    frame.desk.saves_while_read = True
    open_row(frame, first)
    frame.wait(lambda: not frame.window.case.drafts.pending)
    frame.wait(lambda: frame.window.case.editors.answer is not None)
    assert frame.window.case.editors.answer.text_field.text() == WORDS


def test_the_window_does_not_close_over_a_text_that_is_not_saved(frame):
    open_row(frame, answerable(frame)[0])
    frame.desk.full = True
    write_answer(frame, WORDS)
    window = frame.window
    assert not window.close()
    assert window.isVisible()
    box = window._unsaved
    words = frame.translation
    assert box.text() == words("frame.unsaved.title")
    box.stay.click()
    frame.wait(lambda: window._unsaved is None)
    assert window.case.editors.answer.text_field.text() == WORDS
    frame.desk.full = False
    frame.wait(lambda: not window.case.drafts.pending)
    assert window.close()


def test_the_window_closes_without_the_text_when_its_writer_says_so(frame):
    open_row(frame, answerable(frame)[0])
    frame.desk.full = True
    write_answer(frame, WORDS)
    assert not frame.window.close()
    frame.window._unsaved.leave.click()
    frame.wait(lambda: not frame.window.isVisible())


def test_a_note_sent_while_another_complaint_opens_leaves_that_ones_draft_alone(frame):
    first, second = answerable(frame)[:2]
    other = frame.complaints()[second]
    form = AnswerForm(nature=Nature.FAVOURABLE, text=WORDS)
    frame.desk.save_draft(Draft(other, "answer", write_draft(form), 0, 1, NOW))
    complaint = open_row(frame, first)
    assert frame.window.case.do("note")
    frame.window.case.editors.note.composer.insertPlainText("à vérifier")
    frame.desk.go.clear()
    frame.window.case.editors.note.send()
    open_row(frame, second)
    frame.wait(lambda: frame.window.case.editors.answer is not None)
    frame.desk.go.set()
    frame.wait(lambda: frame.desk.asked == ["note"])
    frame.wait(lambda: frame.window.case.undo_bar.can_undo)
    assert frame.window.case.editors.answer.text_field.text() == WORDS
    assert "answer" in frame.desk.case(other).drafts
    assert "note" not in frame.desk.case(complaint).drafts


def test_send_pressed_twice_records_one_note(frame):
    open_row(frame, answerable(frame)[0])
    assert frame.window.case.do("note")
    note = frame.window.case.editors.note
    note.composer.insertPlainText("à vérifier")
    frame.desk.go.clear()
    QTest.keyClick(note.composer, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(note.composer, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(note.composer, "trop tard")
    frame.desk.go.set()
    frame.wait(lambda: frame.window.case.editors.note is None)
    frame.background.settle(5)
    assert frame.desk.asked == ["note"]


def test_a_note_refused_by_the_disk_stays_in_its_editor(frame):
    open_row(frame, answerable(frame)[0])
    assert frame.window.case.do("note")
    note = frame.window.case.editors.note
    note.composer.insertPlainText("à vérifier")
    frame.desk.full = True
    note.send()
    frame.wait(lambda: note.send_button.isEnabled() and note.field.problem.isVisible())
    assert note.text() == "à vérifier"
    assert not note.composer.isReadOnly()


def test_undoing_a_note_gives_its_words_back(frame):
    complaint = open_row(frame, answerable(frame)[0])
    case = frame.window.case
    frame.desk.online = False
    assert case.do("note")
    case.editors.note.composer.insertPlainText("à reprendre")
    case.editors.note.send()
    frame.wait(lambda: case.undo_bar.can_undo)
    case.undo_bar.undo()
    frame.wait(lambda: case.editors.note is not None)
    assert case.editors.note.text() == "à reprendre"
    frame.wait(lambda: "note" in frame.desk.case(complaint).drafts)


def test_an_answer_undone_from_another_complaint_is_a_draft_again(frame):
    first, second = answerable(frame)[:2]
    complaint = open_row(frame, first)
    case = frame.window.case
    frame.desk.online = False
    editor = write_answer(frame, WORDS)
    nature = editor.field("nature").control
    nature.setCurrentIndex(nature.findData(Nature.FAVOURABLE))
    editor.send()
    case.undo_bar.flush()
    frame.wait(lambda: "answer" in frame.desk.asked)
    frame.wait(lambda: case.undo_bar.can_undo)
    open_row(frame, second)
    case.undo_bar.undo()
    frame.wait(lambda: case.complaint == complaint and case.editors.answer is not None)
    assert case.editors.answer.text_field.text() == WORDS
    frame.wait(lambda: "answer" in frame.desk.case(complaint).drafts)


def test_a_choice_that_cannot_be_kept_is_said_in_the_status_line(frame, monkeypatch):
    def refuse(**_: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(frame.settings, "change", refuse)
    frame.window.fold_rail()
    title = frame.translation("errors.disk_full.title")
    frame.wait(lambda: title in frame.window.foot._message.text())


def test_a_row_opens_again_after_another_complaint_was_opened_from_elsewhere(frame):
    first, second = answerable(frame)[:2]
    complaints = frame.complaints()
    open_row(frame, second)
    frame.window.open_complaint(complaints[first])
    frame.wait(lambda: frame.window.case.complaint == complaints[first])
    model, view = frame.window.list.model, frame.window.list.view
    assert view.currentIndex().row() == first
    at = view.visualRect(model.index(second, 0)).center()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    frame.wait(lambda: frame.window.case.complaint == complaints[second])


def held_answer(frame: Frame) -> str:
    """An answer that waits its seconds; gives its complaint."""
    complaint = open_row(frame, answerable(frame)[0])
    editor = write_answer(frame, WORDS)
    nature = editor.field("nature").control
    nature.setCurrentIndex(nature.findData(Nature.FAVOURABLE))
    editor.send()
    frame.wait(lambda: frame.window.case.undo_bar.is_holding)
    return complaint


def test_the_language_turns_under_an_open_editor_and_a_held_answer(frame):
    complaint = held_answer(frame)
    case = frame.window.case
    assert case.do("note")
    case.editors.note.composer.insertPlainText("pendant ce temps")
    caret = case.editors.note.composer.caret()
    frame.window.turn_language()
    assert case.undo_bar.is_holding
    assert (case.editors.note.text(), case.editors.note.composer.caret()) == ("pendant ce temps", caret)
    frame.window.turn_language()
    case.undo_bar.undo()
    frame.wait(lambda: case.editors.answer is not None)
    assert case.editors.answer.text_field.text() == WORDS
    frame.wait(lambda: set(frame.desk.case(complaint).drafts) == {"answer", "note"})
    assert frame.desk.case(complaint).drafts["note"].body == "pendant ce temps"
    assert frame.desk.asked == []


def test_closing_the_window_sends_the_answer_that_was_held_once(frame):
    complaint = held_answer(frame)
    assert frame.window.close()
    assert frame.desk.asked == ["answer"]
    assert "answer" not in frame.desk.case(complaint).drafts


def test_a_held_answer_that_cannot_be_recorded_keeps_the_window_open_and_says_why(frame):
    complaint = held_answer(frame)
    frame.wait(lambda: "answer" in frame.desk.case(complaint).drafts)
    frame.desk.full = True
    assert not frame.window.close()
    case = frame.window.case
    frame.wait(lambda: case.editors.answer is not None)
    assert frame.translation("errors.disk_full.title") in case.editors.answer.notice.text()
    assert case.editors.answer.text_field.text() == WORDS
    assert read_draft(frame.desk.case(complaint).drafts["answer"].body).text == WORDS
    frame.desk.full = False
    frame.wait(lambda: not case.drafts.pending)
    assert frame.window.close()


def test_twenty_thousand_characters_with_signs_of_all_kinds_survive_the_store(frame):
    complaint = open_row(frame, answerable(frame)[0])
    words = ("سلام 🙂 \u202e'\"*()\x00 l’été ٣ " * 900)[:20_000]
    editor = write_answer(frame, words)
    typed = editor.text_field.text()
    assert "\x00" not in typed and "\u202e" not in typed and "🙂" in typed
    frame.wait(lambda: "answer" in frame.desk.case(complaint).drafts)
    assert read_draft(frame.desk.case(complaint).drafts["answer"].body).text == typed
