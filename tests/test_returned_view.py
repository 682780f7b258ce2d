"""The tray: what came back is whole, beside its reason, and leaves only by a person's decision."""

import msgspec
import pytest
from PySide6.QtGui import QGuiApplication

from desktop.core.translation import Translation
from desktop.ui.attachments_view import AttachmentChip
from desktop.ui.returned_view import ReturnedView
from desktop.ui.theme import theme
from protocol import acts
from protocol.complaint import Reply
from tests.case_world import METER, WATER, AtOnce, complaint
from tests.fake_desk import NOW, FakeDesk
from tests.papers_seen import letter_of_record

REPLY = Reply(
    nature="unfavourable", text="سيدتي، يؤسفني…", reasons_of_law="المادة 2", reasons_of_fact="المعاينة"
)


def tray(qtbot, desk, language="fr"):
    theme()
    view = ReturnedView(desk, AtOnce(), Translation(language), clock=lambda: NOW)
    qtbot.addWidget(view)
    view.resize(800, 900)
    view.show()
    return view


def come_back(desk, words, act, code="stale_thread", theirs=None):
    where = complaint(desk, words)
    act_id = desk.ask(where, act, seen=desk.case(where).confirmed_ver)
    return desk.refuse(act_id, code, theirs, by="citizen")


def test_an_empty_tray_says_what_it_is_for(qtbot):
    view = tray(qtbot, FakeDesk())
    assert view._stack.currentWidget() is view.empty


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_a_card_shows_my_text_the_reason_and_their_version(qtbot, language):
    desk = FakeDesk()
    back = come_back(desk, WATER, acts.Answer(reply=REPLY), theirs=acts.Write(text="لقد عاد الماء."))
    card = tray(qtbot, desk, language).cards[back]
    mine = [part.text for part in card.returned.mine]
    assert REPLY.text in mine and REPLY.reasons_of_law in mine and REPLY.reasons_of_fact in mine
    assert any("لقد عاد الماء." in part.text for part in card.returned.theirs)
    assert card.returned.why_title and card.returned.why


def test_news_of_the_desk_fill_the_open_tray(qtbot):
    desk = FakeDesk()
    view = tray(qtbot, desk)
    back = come_back(desk, METER, acts.Note(text="Vu."), code="out_of_scope")
    qtbot.waitUntil(lambda: back in view.cards)


def test_editing_an_answer_and_resending_it_empties_the_tray(qtbot):
    desk = FakeDesk()
    back = come_back(desk, WATER, acts.Answer(reply=REPLY), theirs=acts.Write(text="لقد عاد الماء."))
    view = tray(qtbot, desk)
    card = view.cards[back]
    card.edit()
    assert card.editor.form().text == REPLY.text
    with qtbot.waitSignal(view.acted):
        card.editor.send()
    assert desk.returned() == ()
    assert desk.case(complaint(desk, WATER)).waiting[0].act.reply == REPLY


def test_a_note_is_edited_in_place(qtbot):
    desk = FakeDesk()
    back = come_back(desk, METER, acts.Note(text="Vu."))
    view = tray(qtbot, desk)
    card = view.cards[back]
    card.edit()
    card.text.control.set_text("Vu et vérifié.")
    card.resend_button.click()
    assert desk.case(complaint(desk, METER)).waiting[0].act.text == "Vu et vérifié."


def test_a_second_refusal_keeps_the_edited_words(qtbot):
    desk = FakeDesk()
    back = come_back(desk, WATER, acts.Answer(reply=REPLY))
    desk.ask(
        complaint(desk, WATER), acts.Answer(reply=REPLY), seen=desk.case(complaint(desk, WATER)).confirmed_ver
    )
    view = tray(qtbot, desk)
    card = view.cards[back]
    card.edit()
    card.editor.send()
    assert card.editor.form().text == REPLY.text
    assert [act.id for act in desk.returned()] == [back]


def test_begun_edits_come_back_after_a_restart(qtbot):
    desk = FakeDesk()
    back = come_back(desk, METER, acts.Note(text="Vu."))
    view = tray(qtbot, desk)
    view.cards[back].edit()
    view.cards[back].text.control.set_text("Vu et vérifié.")
    view.cards[back].text.edited.emit()
    view.flush()
    again = tray(qtbot, desk)
    assert again.cards[back].text.control.text() == "Vu et vérifié."


def test_copying_takes_every_word(qtbot):
    desk = FakeDesk()
    back = come_back(desk, WATER, acts.Answer(reply=REPLY))
    tray(qtbot, desk).cards[back].copy_button.click()
    copied = QGuiApplication.clipboard().text()
    assert REPLY.text in copied and REPLY.reasons_of_law in copied


def test_discarding_can_be_undone_and_is_done_at_the_end(qtbot):
    desk = FakeDesk()
    back = come_back(desk, METER, acts.Note(text="Vu."))
    view = tray(qtbot, desk)
    view.cards[back].discard_button.click()
    assert back not in view.cards and desk.returned()
    view.undo_bar.undo()
    assert back in view.cards
    view.cards[back].discard_button.click()
    view.flush()
    assert desk.returned() == ()


def test_a_card_leads_to_its_complaint(qtbot):
    desk = FakeDesk()
    act = acts.Assign(assignee="u-senhaji", previous="u-bennis")
    card_id = come_back(desk, METER, act, code="assignee_changed")
    view = tray(qtbot, desk)
    with qtbot.waitSignal(view.navigate) as caught:
        view.cards[card_id].open_button.click()
    assert caught.args == [complaint(desk, METER)]


def test_the_tray_speaks_the_other_language_at_once(qtbot):
    desk = FakeDesk()
    back = come_back(desk, METER, acts.Note(text="Vu."))
    view = tray(qtbot, desk)
    view._words.change("ar")
    view.retranslate()
    assert view.title.text() == "المعادة إليّ"
    assert view.cards[back].edit_button.text() == "تعديل وإعادة إرسال"


@pytest.mark.parametrize("act", [acts.Note, acts.Answer])
def test_the_files_of_what_came_back_are_seen_opened_and_sent_again(qtbot, act):
    desk = FakeDesk()
    file = desk.attach("facture.pdf", letter_of_record())
    made = acts.Answer(reply=msgspec.structs.replace(REPLY, attachments=(file,)))
    if act is acts.Note:
        made = acts.Note(text="", attachments=(file,))
    back = come_back(desk, WATER, made)
    view = tray(qtbot, desk)
    card = view.cards[back]
    (chip,) = card.files.findChildren(AttachmentChip)
    assert card.files.isVisible() and "facture.pdf" in chip.text()
    chip.click()
    assert view.files.dialog.content == letter_of_record()
    assert desk.papers.log[complaint(desk, WATER), f"read file {file.sha256}"] == 1
    view.flush()
    assert not view.files.dialog.isVisible()
    card.edit()
    with qtbot.waitSignal(view.acted):
        card.editor.send() if act is acts.Answer else card.resend_button.click()
    assert acts.files_of(desk.case(complaint(desk, WATER)).waiting[0].act) == (file,)
