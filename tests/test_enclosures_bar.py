"""Files with a note or an answer in a real window: chosen, dropped, refused, taken off, kept in the draft."""

import threading

import pytest
from PySide6.QtCore import QBuffer, QEvent, QIODevice, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QImage, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop.ui import draft_keeper, note_presenter
from desktop.ui.answer_presenter import read_draft
from desktop.ui.attachments_view import AttachmentChip
from protocol.complaint import Nature
from tests.fake_desk import FakeDesk
from tests.frame_world import Frame
from tests.test_desk_faults_lost_words import answerable, open_row

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


class WatchedDesk(FakeDesk):
    """A desk that tells what it was asked, and whose checks take as long as a test likes."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list = []
        self.checks = threading.Event()
        self.checks.set()

    def attach(self, name, content):
        self.checks.wait(5)
        return super().attach(name, content)

    def ask(self, complaint, act, *, seen):
        self.asked.append(act)
        return super().ask(complaint, act, seen=seen)


@pytest.fixture
def frame(qtbot, tmp_path, monkeypatch):
    monkeypatch.setattr(draft_keeper, "DELAY_MS", 5)
    made = Frame(qtbot, tmp_path, desk=WatchedDesk(), queue="mine")
    yield made
    made.desk.checks.set()
    made.close()


@pytest.fixture
def paper(tmp_path):
    file = tmp_path / "facture.pdf"
    file.write_bytes(PDF)
    return file


def open_note(frame):
    complaint = open_row(frame, answerable(frame)[0])
    assert frame.window.case.do("note")
    return complaint, frame.window.case.editors.note


def add(frame, editor, *files):
    editor.files.add(list(files))
    frame.wait(lambda: not editor.files.is_busy)


def picture(width=40, height=30) -> QImage:
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.darkGreen)
    image.setText("Comment", "pris au 12 rue des Orangers")
    return image


def test_a_file_is_a_chip_in_the_draft_and_leaves_with_the_note(frame, paper):
    complaint, note = open_note(frame)
    add(frame, note, paper)
    assert [file.name for file in note.files.files] == ["facture.pdf"]

    def kept():
        draft = frame.desk.case(complaint).drafts.get("note")
        return draft and note_presenter.read_draft(draft.body).attachments

    frame.wait(lambda: kept() == note.files.files)
    note.send()
    frame.wait(lambda: frame.desk.asked)
    (act,) = frame.desk.asked
    assert [file.name for file in act.attachments] == ["facture.pdf"] and act.text == ""


def test_another_complaint_and_back_the_files_are_still_there(frame, paper):
    first, second = answerable(frame)[:2]
    open_row(frame, first)
    frame.window.case.do("note")
    add(frame, frame.window.case.editors.note, paper)
    open_row(frame, second)
    open_row(frame, first)
    frame.wait(lambda: frame.window.case.editors.note is not None)
    assert [file.name for file in frame.window.case.editors.note.files.files] == ["facture.pdf"]


def test_undoing_a_note_gives_its_files_back(frame, paper):
    _, note = open_note(frame)
    frame.desk.online = False
    add(frame, note, paper)
    note.send()
    case = frame.window.case
    frame.wait(lambda: case.undo_bar.can_undo)
    case.undo_bar.undo()
    frame.wait(lambda: case.editors.note is not None)
    assert [file.name for file in case.editors.note.files.files] == ["facture.pdf"]


def test_a_file_of_an_answer_is_in_its_reply(frame, paper):
    complaint = open_row(frame, answerable(frame)[0])
    assert frame.window.case.do("answer")
    editor = frame.window.case.editors.answer
    nature = editor.field("nature").control
    nature.setCurrentIndex(nature.findData(Nature.FAVOURABLE))
    editor.text_field.insertPlainText("سيدي، تجدون رفقته نسخة من الفاتورة المصححة.")
    add(frame, editor, paper)

    def kept():
        draft = frame.desk.case(complaint).drafts.get("answer")
        return draft and read_draft(draft.body).attachments

    frame.wait(lambda: kept() == editor.files.files)
    editor.send()
    frame.window.case.undo_bar.flush()
    frame.wait(lambda: frame.desk.asked)
    assert [file.name for file in frame.desk.asked[0].reply.attachments] == ["facture.pdf"]


def test_what_is_no_document_is_refused_by_name_and_the_text_stays(frame, tmp_path):
    _, note = open_note(frame)
    note.composer.insertPlainText("à vérifier")
    program = tmp_path / "facture.pdf"
    program.write_bytes(b"MZ\x90\x00" * 20)
    add(frame, note, program)
    assert note.files.files == () and "facture.pdf" in note.files.told.text()
    assert note.files.told.isVisible() and note.text() == "à vérifier"


def test_a_file_that_is_gone_is_said_to_be_unreadable(frame, tmp_path):
    _, note = open_note(frame)
    add(frame, note, tmp_path / "absent.pdf")
    title = frame.translation("errors.file_unreadable.title")
    assert title in note.files.told.text()


def test_a_sixth_file_is_not_taken_and_five_are(frame, tmp_path):
    _, note = open_note(frame)
    papers = [tmp_path / f"{n}.pdf" for n in range(6)]
    for n, paper in enumerate(papers):
        paper.write_bytes(PDF + b" " * n)
    add(frame, note, *papers)
    assert len(note.files.files) == 5
    assert frame.translation("errors.files_many.text") in note.files.told.text()


def test_the_same_file_twice_is_one_chip(frame, paper):
    _, note = open_note(frame)
    add(frame, note, paper, paper)
    assert len(note.files.files) == 1


def test_a_note_does_not_leave_while_a_file_is_being_checked(frame, paper):
    _, note = open_note(frame)
    note.composer.insertPlainText("voir la pièce")
    frame.desk.checks.clear()
    note.files.add([paper])
    note.send()
    assert frame.desk.asked == [] and not note.send_button.isEnabled()
    frame.desk.checks.set()
    frame.wait(lambda: note.send_button.isEnabled())
    note.send()
    frame.wait(lambda: frame.desk.asked)
    assert len(frame.desk.asked[0].attachments) == 1


@pytest.mark.filterwarnings("ignore:Function. 'QDragEnterEvent")  # the only one there is
@pytest.mark.parametrize("on", [lambda note: note, lambda note: note.composer.viewport()])
def test_a_dropped_file_is_attached_and_its_path_is_no_word(frame, paper, on):
    _, note = open_note(frame)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(paper))])
    how = (Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(on(note), QDragEnterEvent(QPoint(5, 5), *how))
    QApplication.sendEvent(on(note), QDropEvent(QPointF(5, 5), *how))
    frame.wait(lambda: note.files.files)
    assert note.text() == ""


@pytest.fixture
def clipboard(qapp):
    board = QApplication.clipboard()
    yield board
    board.clear()


def test_a_copied_picture_is_attached(frame, clipboard):
    _, note = open_note(frame)
    clipboard.setImage(picture())
    QTest.keySequence(note.composer, QKeySequence(QKeySequence.StandardKey.Paste))
    frame.wait(lambda: note.files.files)
    assert note.files.files[0].name == "capture.png" and note.text() == ""


def test_copied_files_are_attached(frame, clipboard, paper):
    _, note = open_note(frame)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(paper))])
    clipboard.setMimeData(data)
    QTest.keySequence(note.composer, QKeySequence(QKeySequence.StandardKey.Paste))
    frame.wait(lambda: note.files.files)
    assert note.text() == ""


def test_copied_words_are_pasted_as_words(frame, clipboard):
    _, note = open_note(frame)
    clipboard.setText("انقطع الماء")
    QTest.keySequence(note.composer, QKeySequence(QKeySequence.StandardKey.Paste))
    assert note.text() == "انقطع الماء" and note.files.files == ()


def test_a_file_taken_off_is_no_longer_in_the_draft(frame, paper):
    complaint, note = open_note(frame)
    note.composer.insertPlainText("sans pièce")
    add(frame, note, paper)
    note.files._remove(note.files.files[0])
    frame.wait(
        lambda: (
            "note" in (drafts := frame.desk.case(complaint).drafts) and drafts["note"].body == "sans pièce"
        )
    )


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_picture_travels_without_what_it_said_about_itself(frame, tmp_path, kind):
    _, note = open_note(frame)
    file = tmp_path / "photo.bin"
    assert picture().save(str(file), kind)
    assert b"Orangers" in file.read_bytes()
    add(frame, note, file)
    (kept,) = note.files.files
    content = frame.desk.attachment(kept.sha256)
    assert b"Orangers" not in content and kept.name == ("photo.png" if kind == "PNG" else "photo.jpg")
    drawn = QImage.fromData(content)
    assert (drawn.width(), drawn.height()) == (40, 30)


def test_a_picture_that_is_cut_is_damaged(frame, tmp_path):
    _, note = open_note(frame)
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    picture(400, 300).save(buffer, "PNG")
    file = tmp_path / "photo.png"
    file.write_bytes(bytes(buffer.data().data())[:60])
    add(frame, note, file)
    assert note.files.files == ()
    assert frame.translation("errors.file_damaged.title") in note.files.told.text()


@pytest.mark.parametrize("good", [True, False])
def test_a_file_checked_after_its_editor_closed_finds_nobody(frame, paper, good):
    _, note = open_note(frame)
    if not good:
        paper.write_bytes(b"MZ\x90")
    told = []
    note.files.changed.connect(lambda: told.append(1))
    frame.desk.checks.clear()
    note.files.add([paper])
    assert note.files.is_busy and len(told) == 1
    frame.window.case.editors.close_editor()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    frame.desk.checks.set()
    frame.background.settle(5)
    frame.qtbot.wait(20)
    assert frame.window.case.do("note")
    assert frame.window.case.editors.note.files.files == ()


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_a_long_name_never_makes_the_editor_wider_than_its_pane(qtbot, tmp_path, language):
    frame = Frame(qtbot, tmp_path, desk=WatchedDesk(), queue="mine", language=language)
    frame.window.resize(1024, 640)
    long = tmp_path / f"facture-{'x' * 90}.pdf"
    long.write_bytes(PDF)
    _, note = open_note(frame)
    add(frame, note, long)
    frame.wait(lambda: note.width() <= frame.window.case.scroll.viewport().width())
    (chip,) = note.files.findChildren(AttachmentChip)
    name = note.files.files[0].name
    assert "…" in chip.text() and name in chip.accessibleName() and name in chip.toolTip()
    frame.close()
