"""Letters in the complaint pane: preview while writing, the record, what stands in for it, copies."""

import msgspec
import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QApplication, QMessageBox

from desktop.core.correspondence import ShownLetter
from desktop.core.printing import PROVISIONAL_PAPER
from desktop.ui.viewer import Viewer
from protocol import acts
from protocol.complaint import Attachment, Reply
from protocol.settings import Chain
from tests.case_world import WATER, complaint, pane
from tests.fake_desk import FakeDesk
from tests.papers_seen import letter_of_record, paper, words_in


def answered(desk: FakeDesk) -> str:
    return next(base.id for base in desk._bases.values() if base.status in ("answered", "to_dispatch"))


def viewers(view) -> list[Viewer]:
    return [one for one in view.findChildren(Viewer) if one.isVisible()]


def writing(qtbot, text: str = "تم إصلاح التسرب.", language: str = "fr"):
    desk, view = pane(qtbot, language=language)
    view.open(complaint(desk, WATER))
    view.do("answer")
    editor = view.editors.answer
    editor.field("nature").control.setCurrentIndex(editor.field("nature").control.findData("favourable"))
    editor.text_field.set_text(text)
    return desk, view, editor


# --- while writing


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_the_letter_of_what_is_typed_is_shown_beside_the_editor_as_a_project(qtbot, language):
    desk, view, editor = writing(qtbot, language=language)
    assert editor.preview.isVisible() and editor.preview.text()
    editor.text_field.setFocus()
    view.activateWindow()
    qtbot.waitUntil(view.isActiveWindow)
    qtbot.keyClick(editor.text_field, Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier)
    (shown,) = viewers(view)
    assert "PROJET" in shown.pages.text() and "التسرب" in shown.pages.text()
    assert "PROJET" in shown.notice.text() and shown.notice.property("tone") == "warn"
    assert desk.papers.log[view.complaint, "read letter provisional"] == 1
    shown.close()


def test_the_preview_follows_the_typing_once_the_hand_rests(qtbot):
    _, view, editor = writing(qtbot)
    editor.preview.click()
    (shown,) = viewers(view)
    first = shown.content
    editor.text_field.setFocus()
    editor.text_field.insert(" وأعيد الماء.")
    assert shown.content == first
    qtbot.waitUntil(lambda: shown.content != first)
    assert "وأعيد" in shown.pages.text()
    shown.close()


def test_what_is_missing_is_listed_in_place_of_the_letter_and_it_comes_back(qtbot):
    _, view, editor = writing(qtbot, "")
    editor.preview.click()
    (shown,) = viewers(view)
    assert shown.pages is None and "texte de la réponse manque" in shown.trouble.accessibleName()
    assert not shown.bar.print_button.isEnabled() and not shown.bar.save_button.isEnabled()
    editor.text_field.insert("تمت التسوية.")
    qtbot.waitUntil(lambda: shown.pages is not None)
    assert shown.bar.print_button.isEnabled()
    shown.close()


def test_what_is_missing_is_said_in_the_language_that_turns(qtbot):
    _, view, editor = writing(qtbot, "")
    editor.preview.click()
    (shown,) = viewers(view)
    view.words.change("ar")
    assert view.words("letter.incomplete") in shown.trouble.accessibleName()
    assert "manque" not in shown.trouble.accessibleName()
    shown.close()


def test_fields_of_a_template_left_in_words_are_named(qtbot):
    _, view, editor = writing(qtbot, "تم التدخل يوم {date} من طرف {{agent}}.")
    editor.preview.click()
    (shown,) = viewers(view)
    told = shown.trouble.accessibleName()
    assert "date" in told and "agent" in told
    shown.close()


def test_an_unfavourable_answer_asks_for_both_reasons(qtbot):
    _, view, editor = writing(qtbot)
    box = editor.field("nature").control
    box.setCurrentIndex(box.findData("unfavourable"))
    editor.preview.click()
    (shown,) = viewers(view)
    assert "motifs de droit" in shown.trouble.accessibleName()
    assert "motifs de fait" in shown.trouble.accessibleName()
    shown.close()


def test_the_preview_ends_with_its_editor(qtbot):
    _, view, editor = writing(qtbot)
    editor.preview.click()
    assert viewers(view)
    view.editors.close_editor()
    assert not viewers(view)


def test_a_letter_still_being_made_when_its_window_closes_finds_nobody(qtbot):
    _, view, editor = writing(qtbot)
    late = []
    background = view.letters._background
    background.fetch = lambda work, then=None, failed=None, *, key="": late.append(lambda: then(work()))
    editor.preview.click()
    view.letters.close_windows()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    late[0]()
    assert not viewers(view)


# --- the record


@pytest.fixture
def recorded(qtbot):
    desk, view = pane(qtbot)
    id_ = answered(desk)
    desk.papers.lay_down(id_)
    view.open(id_)
    return desk, view, id_


def test_an_answered_complaint_shows_the_very_bytes_of_the_record(qtbot, recorded):
    _desk, view, _id = recorded
    assert view.bar.action("letter") is not None and view.do("letter")
    (shown,) = viewers(view)
    assert shown.content == letter_of_record() and not shown.notice.isVisible()
    assert "118/2026" in shown.windowTitle() and not shown.stamps_copies
    shown.close()


def test_the_record_is_brought_when_the_complaint_is_opened_and_then_needs_no_network(qtbot, recorded):
    desk, view, _ = recorded
    assert desk.papers.kept
    desk.cut()
    view.do("letter")
    (shown,) = viewers(view)
    assert shown.content == letter_of_record()
    shown.close()


def test_the_first_print_is_the_original_and_every_later_one_a_copy(qtbot, recorded, tmp_path):
    desk, view, id_ = recorded
    view.do("letter")
    (shown,) = viewers(view)
    with qtbot.waitSignal(shown.printed):
        shown.print_on(paper(tmp_path / "original.pdf"))
    assert "DUPLICATA" not in words_in(tmp_path / "original.pdf") and shown.stamps_copies
    shown.close()
    view.do("letter")
    (again,) = viewers(view)
    assert "DUPLICATA" in again.notice.text() and again.content == letter_of_record()
    with qtbot.waitSignal(again.printed, timeout=20_000):
        again.print_on(paper(tmp_path / "copy.pdf"))
    assert "DUPLICATA" in words_in(tmp_path / "copy.pdf")
    sha = next(iter(desk.papers.server_files))
    assert desk.papers.log[id_, f"printed letter {sha}"] == 2
    again.close()


def test_the_record_opens_from_the_timeline_as_the_same_letter(qtbot, recorded):
    desk, view, id_ = recorded
    file = desk.case(id_).document.events[-1].attachments[0]
    view.timeline.file_asked.emit(file, "open")
    (shown,) = viewers(view)
    assert shown.content == letter_of_record() and "118/2026" in shown.windowTitle()
    shown.close()


# --- what stands in for it


def test_before_its_file_the_letter_is_rendered_here_and_says_that_it_is_not_the_original(qtbot):
    desk, view = pane(qtbot)
    view.open(answered(desk))
    view.do("letter")
    (shown,) = viewers(view)
    assert "PROVISOIRE" in shown.pages.text() and "مؤقت" in shown.notice.text()
    assert "pas encore établie" in shown.notice.text()
    shown.close()


def test_the_record_that_comes_takes_the_place_of_its_rendering_on_the_screen(qtbot):
    desk, view = pane(qtbot)
    id_ = answered(desk)
    view.open(id_)
    view.do("letter")
    (shown,) = viewers(view)
    assert "PROVISOIRE" in shown.pages.text()
    desk.papers.lay_down(id_)
    qtbot.waitUntil(lambda: shown.content == letter_of_record())
    assert "officielle est arrivée" in shown.notice.text() and "118/2026" in shown.windowTitle()
    sha = next(iter(desk.papers.server_files))
    assert desk.papers.log[id_, f"read letter {sha}"] == 1
    shown.close()


def test_asking_again_for_a_letter_on_the_screen_opens_no_second_window(qtbot, recorded):
    _, view, _ = recorded
    view.do("letter")
    view.do("letter")
    assert len(viewers(view)) == 1
    view.letters.close_windows()


def test_off_line_without_the_file_the_same_and_the_record_when_the_network_is_back(qtbot):
    desk, view = pane(qtbot)
    id_ = answered(desk)
    desk.papers.lay_down(id_)
    desk.cut()
    view.open(id_)
    view.do("letter")
    (shown,) = viewers(view)
    assert "PROVISOIRE" in shown.pages.text() and "118/2026" in shown.pages.text()
    assert "ne répond pas" in shown.notice.text()
    shown.close()
    desk.online = True
    view.do("letter")
    (record,) = viewers(view)
    assert record.content == letter_of_record()
    record.close()


def test_two_letters_that_are_not_here_have_a_window_each(qtbot, recorded):
    desk, view, id_ = recorded
    document, content = desk.case(id_).document, letter_of_record()
    for number in ("118/2026", "131/2026", "118/2026"):
        view.letters._show_letter(document, ShownLetter(content, number, PROVISIONAL_PAPER, "not_here"))
    titles = sorted(one.windowTitle() for one in viewers(view))
    assert len(titles) == 2 and "118" in titles[0] and "131" in titles[1]
    view.flush()


def test_a_record_that_takes_its_place_again_is_still_a_copy_once_printed(qtbot):
    desk, view = pane(qtbot)
    id_ = answered(desk)
    file = desk.papers.lay_down(id_)
    desk.papers.log[id_, f"printed letter {file.sha256}"] = 1
    desk.cut()
    view.open(id_)
    view.do("letter")
    (shown,) = viewers(view)
    assert not shown.stamps_copies
    desk.online = True
    view.reload()
    assert shown.content == letter_of_record() and shown.stamps_copies
    view.flush()


def test_a_provisional_print_never_makes_the_original_a_copy(qtbot, tmp_path):
    desk, view = pane(qtbot)
    id_ = answered(desk)
    view.open(id_)
    view.do("letter")
    (shown,) = viewers(view)
    with qtbot.waitSignal(shown.printed):
        shown.print_on(paper(tmp_path / "provisional.pdf"))
    shown.close()
    desk.papers.lay_down(id_)
    view.reload()
    view.do("letter")
    (record,) = viewers(view)
    assert not record.stamps_copies
    record.close()


def test_a_complaint_that_nobody_answered_offers_no_letter(qtbot):
    desk, view = pane(qtbot)
    view.open(complaint(desk, WATER))
    assert view.bar.action("letter") is None and not view.do("letter")


# --- the receipt


def asked_receipt(view) -> QMessageBox:
    assert view.do("receipt")
    return view.letters.question


def test_a_receipt_is_asked_first_because_the_former_code_stops(qtbot):
    desk, view = pane(qtbot)
    id_ = complaint(desk, WATER)
    desk.papers.receipts[id_] = letter_of_record()
    view.open(id_)
    box = asked_receipt(view)
    assert "ne sera plus valable" in box.informativeText() and not viewers(view)
    box.buttons()[0].click()
    (shown,) = viewers(view)
    assert "Récépissé" in shown.windowTitle() and "seconde fois" in shown.notice.text()
    assert desk.papers.log[id_, "read receipt"] == 1
    shown.close()


def test_off_line_the_receipt_says_who_makes_it_and_when(qtbot):
    desk, view = pane(qtbot)
    view.open(complaint(desk, WATER))
    desk.cut()
    asked_receipt(view).buttons()[0].click()
    assert "établi par le serveur" in view.undo_bar.label.text() and not viewers(view)


# --- files


def test_reading_printing_and_saving_a_citizens_file_are_logged(qtbot, tmp_path):
    desk, view = pane(qtbot)
    id_ = complaint(desk, WATER)
    view.open(id_)
    content = letter_of_record()
    file = Attachment(sha256="a" * 64, name="facture.pdf", mime="application/pdf", size=len(content))
    desk.papers.kept[file.sha256] = content
    view.timeline.file_asked.emit(file, "open")
    (shown,) = viewers(view)
    shown.ask_where = lambda name: str(tmp_path / name)
    shown.save()
    with qtbot.waitSignal(shown.printed):
        shown.print_on(paper(tmp_path / "out.pdf"))
    logged = {what for (whose, what), n in desk.papers.log.items() if whose == id_ and n == 1}
    assert {f"{how} file {file.sha256}" for how in ("read", "exported", "printed")} <= logged
    shown.close()


def test_closing_or_locking_the_pane_leaves_no_letter_on_the_screen(qtbot, recorded):
    _, view, _ = recorded
    view.do("letter")
    assert viewers(view)
    view.flush()
    assert not viewers(view)


def test_a_draft_that_waits_for_a_signature_is_shown_as_a_project(qtbot):
    desk = FakeDesk()
    desk.rule_book = msgspec.structs.replace(desk.rule_book, chain=Chain.VALIDATE_AND_SIGN)
    id_ = complaint(desk, WATER)
    desk.ask(
        id_, acts.Submit(reply=Reply(nature="favourable", text="تم.")), seen=desk.case(id_).confirmed_ver
    )
    _, view = pane(qtbot, desk)
    view.open(id_)
    view.do("letter")
    (shown,) = viewers(view)
    assert "PROJET" in shown.pages.text() and "non signée" in shown.notice.text()
    shown.close()
