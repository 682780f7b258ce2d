"""The complaint pane over the desk's twin: opening, writing, sending, undoing, and never losing a word."""

from types import SimpleNamespace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QWidget

from desktop.ui.answer_presenter import AnswerForm, read_draft
from desktop.ui.note_presenter import NoteForm
from desktop.ui.timeline_presenter import Form
from protocol import acts
from tests.case_world import BILL, METER, UNASSIGNED, WATER, complaint, focusable, pane

FORM = AnswerForm(nature="favourable", text="سيدتي، تمت تسوية الوضعية نهائيا.")
AT_ONCE = SimpleNamespace(preferences=SimpleNamespace(hold_seconds=0, reply_language="ar"))


def write(view, form=FORM):
    """Open the answer's editor and type this form into it."""
    assert view.do("answer")
    editor = view.editors.answer
    editor.show_form(form)
    editor.edited.emit()
    return editor


def test_nothing_open_says_what_to_do(qtbot):
    _, view = pane(qtbot)
    assert view.page_shown() is view.empty
    assert not view.do("answer")


def test_opening_shows_the_complaint(qtbot):
    desk, view = pane(qtbot)
    view.open(complaint(desk, WATER))
    assert view.page_shown() is view.content
    assert WATER in view.header.title.text()
    assert view.timeline.entries[0].form is Form.CITIZEN


def test_a_complaint_that_is_gone_says_so_and_can_be_retried(qtbot):
    desk, view = pane(qtbot)
    where = complaint(desk, WATER)
    kept = desk._bases.pop(where)
    view.open(where)
    assert view.page_shown() is view.failed
    desk._bases[where] = kept
    view.failed.button.click()
    assert view.page_shown() is view.content


def test_at_most_one_button_is_filled(qtbot):
    desk, view = pane(qtbot)
    for words in (WATER, BILL, UNASSIGNED, METER):
        view.open(complaint(desk, words))
        filled = [b for b in view.findChildren(QAbstractButton) if b.property("kind") == "primary"]
        assert len([b for b in filled if b.isVisible()]) <= 1
    view.open(complaint(desk, WATER))
    write(view)
    filled = [b for b in view.findChildren(QAbstractButton) if b.property("kind") == "primary"]
    assert [b for b in filled if b.isVisible()] == [view.editors.answer.send_button]


def test_a_greyed_act_says_why(qtbot):
    desk, view = pane(qtbot)
    where = complaint(desk, WATER)
    desk.ask(where, acts.Answer(reply=_reply()), seen=desk.case(where).confirmed_ver)
    view.open(where)
    greyed = [button for button in view.bar.buttons() if not button.isEnabled()]
    assert greyed and all(button.toolTip() and button.accessibleDescription() for button in greyed)
    assert not view.do("answer")


def test_an_answer_is_held_then_sent_once(qtbot):
    desk, view = pane(qtbot)
    where = complaint(desk, WATER)
    view.open(where)
    write(view).send()
    assert view.undo_bar.is_holding
    assert desk.case(where).waiting == ()
    assert view.timeline.entries[-1].waiting
    view.flush()
    assert [waiting.act.kind for waiting in desk.case(where).waiting] == ["answer"]
    assert desk.case(where).drafts == {}
    view.flush()
    assert len(desk.case(where).waiting) == 1


def test_undoing_a_held_answer_gives_every_word_back(qtbot):
    desk, view = pane(qtbot)
    where = complaint(desk, WATER)
    view.open(where)
    write(view).send()
    view.undo_bar.undo()
    assert view.editors.answer.form() == FORM
    assert desk.case(where).waiting == ()


def test_answering_again_while_it_is_held_takes_it_back(qtbot):
    desk, view = pane(qtbot)
    view.open(complaint(desk, WATER))
    write(view).send()
    assert view.do("answer")
    assert not view.undo_bar.is_holding and view.editors.answer.form() == FORM


def test_an_answer_already_recorded_can_still_be_undone_offline(qtbot):
    desk, view = pane(qtbot, settings=AT_ONCE)
    where = complaint(desk, WATER)
    view.open(where)
    write(view).send()
    assert len(desk.case(where).waiting) == 1
    view.undo_bar.undo()
    assert desk.case(where).waiting == ()
    assert view.editors.answer.form() == FORM


def test_undo_that_comes_too_late_says_so(qtbot):
    desk, view = pane(qtbot)
    view.open(complaint(desk, WATER))
    view.do("note")
    view.editors.note.show_form(NoteForm(text="Vu."))
    view.editors.note.send()
    desk.start_sending()
    view.undo_bar.undo()
    assert "Trop tard" in view.undo_bar.label.text()


def test_a_held_answer_is_in_the_store_as_a_draft_meanwhile(qtbot):
    desk, view = pane(qtbot)
    where = complaint(desk, WATER)
    view.open(where)
    write(view).send()
    assert read_draft(desk.case(where).drafts["answer"].body) == FORM


def test_a_refused_answer_comes_back_with_its_text(qtbot):
    desk, view = pane(qtbot)
    where = complaint(desk, WATER)
    view.open(where)
    write(view).send()
    desk.arrive(where, acts.Write(text="لقد عاد الماء."), by="citizen")
    view.flush()
    assert view.editors.answer.form() == FORM
    assert view.editors.answer.notice.isVisible()
    assert "answer" in desk.case(where).drafts


def test_a_refusal_that_comes_while_another_is_open_leads_back(qtbot):
    desk, view = pane(qtbot)
    where = complaint(desk, WATER)
    view.open(where)
    write(view).send()
    desk.arrive(where, acts.Write(text="لقد عاد الماء."), by="citizen")
    view.open(complaint(desk, METER))
    view.flush()
    assert "2026-ONEE-015142" in view.undo_bar.label.text()
    with qtbot.waitSignal(view.navigate) as caught:
        view.undo_bar.undo()
    assert caught.args == [where]
    view.open(where)
    assert view.editors.answer.form() == FORM


def test_drafts_reach_the_store_within_a_second_and_come_back_with_the_caret(qtbot):
    desk, view = pane(qtbot)
    where = complaint(desk, WATER)
    view.open(where)
    editor = write(view)
    editor.text_field.set_text(FORM.text, 7)
    editor.edited.emit()
    qtbot.waitUntil(lambda: "answer" in desk.case(where).drafts, timeout=2000)
    assert "Brouillon enregistré" in editor.saved.text()
    _, again = pane(qtbot, desk)
    again.open(where)
    assert again.editors.answer.form().text == FORM.text
    assert again.editors.answer.text_field.caret() == 7


def test_switching_complaint_keeps_what_was_typed(qtbot):
    desk, view = pane(qtbot)
    where = complaint(desk, WATER)
    view.open(where)
    write(view)
    view.open(complaint(desk, METER))
    assert view.editors.kind == ""
    assert read_draft(desk.case(where).drafts["answer"].body) == FORM


def test_a_discarded_draft_can_be_taken_back(qtbot):
    desk, view = pane(qtbot)
    where = complaint(desk, WATER)
    view.open(where)
    write(view)
    view.editors.flush()
    view.editors.answer.discarded.emit()
    assert desk.case(where).drafts == {} and view.editors.kind == ""
    view.undo_bar.undo()
    assert view.editors.answer.form() == FORM
    view.editors.flush()
    assert read_draft(desk.case(where).drafts["answer"].body) == FORM


def test_an_answer_that_waits_close_to_its_due_date_is_warned_about(qtbot):
    desk, view = pane(qtbot, settings=AT_ONCE)
    view.open(complaint(desk, "Raccordement refusé"))
    assert not view.header.warning.isVisible()
    write(view).send()
    assert view.header.warning.isVisible()
    desk.settle()
    qtbot.waitUntil(lambda: not view.header.warning.isVisible())


def test_opening_is_the_next_step_of_what_is_mine_and_unread(qtbot):
    desk, view = pane(qtbot)
    where = complaint(desk, BILL)
    view.open(where)
    assert view.bar.action("open").filled and not view.bar.action("answer").filled
    assert view.do("open")
    assert desk.case(where).document.status == "in_progress"
    assert view.bar.action("open") is None and view.bar.action("answer").filled


def test_a_note_is_added_and_announced(qtbot):
    desk, view = pane(qtbot)
    where = complaint(desk, WATER)
    view.open(where)
    view.do("note")
    view.editors.note.send()
    assert view.editors.note.field.problem.isVisible()
    view.editors.note.show_form(NoteForm(text="Appelé le service."))
    with qtbot.waitSignal(view.acted) as caught:
        view.editors.note.send()
    assert caught.args == [where]
    assert view.timeline.entries[-1].waiting and view.editors.kind == ""


def test_taking_an_unassigned_complaint_is_one_key(qtbot):
    desk, view = pane(qtbot)
    where = complaint(desk, UNASSIGNED)
    view.open(where)
    view.activateWindow()
    qtbot.waitUntil(view.isActiveWindow)
    qtbot.keyClick(view.scroll, Qt.Key.Key_A)
    assert desk.case(where).document.assignee == "u-bennis"


def test_one_letter_keys_do_not_eat_what_is_typed(qtbot):
    desk, view = pane(qtbot)
    view.open(complaint(desk, WATER))
    view.activateWindow()
    qtbot.waitUntil(view.isActiveWindow)
    view.do("note")
    qtbot.keyClicks(view.editors.note.composer, "Nature")
    assert view.editors.note.text() == "Nature"
    assert view.dialogs.current is None


def test_assigning_shows_the_team_and_greys_who_has_it(qtbot):
    desk, view = pane(qtbot)
    where = complaint(desk, WATER)
    view.open(where)
    view.do("assign")
    dialog = view.dialogs.current
    assert not dialog.take_button.isVisible()
    dialog.list.select("u-bennis")
    assert dialog.list.current() == ""
    dialog.list.search.setText("senh")
    assert dialog.list.current() == "u-senhaji"
    dialog.confirm()
    assert desk.case(where).document.assignee == "u-senhaji"
    assert view.dialogs.current is None


def test_a_transfer_needs_a_target_and_a_reason(qtbot):
    desk, view = pane(qtbot)
    where = complaint(desk, WATER)
    view.open(where)
    view.do("transfer")
    dialog = view.dialogs.current
    dialog.confirm()
    assert dialog.target.problem.isVisible() and dialog.reason.problem.isVisible()
    dialog.list.select("AREF-RSK")
    assert dialog.list.current() == ""
    dialog.list.select("CNSS")
    dialog.show_reason("Relève de la CNSS.")
    dialog.confirm()
    assert desk.case(where).document.administration == "CNSS"


def test_a_transfer_reason_survives_a_cancelled_dialog(qtbot):
    desk, view = pane(qtbot)
    where = complaint(desk, WATER)
    view.open(where)
    view.do("transfer")
    view.dialogs.current.show_reason("Relève de la CNSS.")
    view.dialogs.current.edited.emit()
    view.dialogs.current.reject()
    view.reload()
    view.do("transfer")
    assert view.dialogs.current.reason.control.text() == "Relève de la CNSS."
    view.dialogs.current.reject()


def test_the_search_finds_arabic_words_without_their_article(qtbot):
    desk, view = pane(qtbot, language="ar")
    view.open(complaint(desk, WATER))
    view.do("transfer")
    view.dialogs.current.list.search.setText("صحة")
    assert view.dialogs.current.list.current() == "SANTE"
    view.dialogs.current.reject()


def test_news_redraw_only_what_changed(qtbot):
    desk, view = pane(qtbot)
    where = complaint(desk, WATER)
    view.open(where)
    before = [widget for _, widget in view.timeline._shown]
    desk.arrive(where, acts.Write(text="لقد عاد الماء."), by="citizen")
    qtbot.waitUntil(lambda: len(view.timeline.entries) == len(before) + 1)
    assert [widget for _, widget in view.timeline._shown][:-1] == before


def test_news_under_a_draft_are_told(qtbot):
    desk, view = pane(qtbot)
    where = complaint(desk, WATER)
    view.open(where)
    write(view)
    desk.arrive(where, acts.Write(text="لقد عاد الماء."), by="citizen")
    qtbot.waitUntil(lambda: view.editors.answer.notice.isVisible())
    assert view.editors.answer.form() == FORM


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_everything_the_keyboard_reaches_has_a_name(qtbot, language):
    desk, view = pane(qtbot, language=language)
    view.open(complaint(desk, WATER))
    write(view, AnswerForm(nature="unfavourable", text="نص"))
    nameless = [w for w in focusable(view) if not (w.accessibleName() or getattr(w, "text", str)())]
    assert [type(w).__name__ for w in nameless if w.objectName() != "qt_spinbox_lineedit"] in (
        [],
        ["QScrollArea"],
    )


def test_changing_the_language_turns_the_pane_and_keeps_what_is_typed(qtbot):
    desk, view = pane(qtbot)
    view.open(complaint(desk, WATER))
    write(view)
    view.words.change("ar")
    view.retranslate()
    assert view.layoutDirection() is Qt.LayoutDirection.RightToLeft
    assert view.editors.answer.form() == FORM
    assert view.bar.action("transfer").text == "إحالة"
    assert view.facts.geometry().center().x() < view.scroll.geometry().center().x()


def test_facts_fold_in_a_narrow_window(qtbot):
    desk, view = pane(qtbot)
    view.open(complaint(desk, WATER))
    assert not view.facts.is_folded
    view.resize(900, 700)
    qtbot.waitUntil(lambda: view.facts.is_folded)
    qtbot.waitUntil(view.facts.toggle.isVisible)
    assert "J-8" in view.facts.toggle.text()


def test_a_narrow_bar_puts_the_rest_in_the_menu(qtbot):
    desk, view = pane(qtbot, width=420)
    view.open(complaint(desk, WATER))
    assert view.bar.more.isVisible()
    assert any(button.isHidden() for button in view.bar.buttons())
    assert view.bar.action("assign") is not None


def test_no_label_is_wider_than_the_pane(qtbot):
    desk, view = pane(qtbot, width=560)
    view.open(complaint(desk, WATER))
    page = view.scroll.viewport().width()
    assert all(child.width() <= page for child in view.page.findChildren(QWidget) if child.isVisible())


def _reply():
    from protocol.complaint import Reply

    return Reply(nature="favourable", text=FORM.text)
