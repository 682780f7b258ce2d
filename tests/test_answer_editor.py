"""The answer's editor: what keeps an answer from leaving, and what is never lost."""

import pytest
from PySide6.QtCore import Qt

from desktop.core.errors import PersonError
from desktop.core.translation import Translation
from desktop.ui import answer_presenter as presenter
from desktop.ui.answer_editor import AnswerEditor
from desktop.ui.answer_presenter import AnswerForm
from desktop.ui.theme import theme
from protocol.acts import Answer, DeclareInadmissible, Submit
from protocol.complaint import Point
from protocol.refusals import Refusal


def editor(qtbot, language="fr", **may):
    theme()
    made = AnswerEditor(Translation(language))
    qtbot.addWidget(made)
    made.allow(may or {"answer": None})
    made.resize(600, 700)
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    return made


def complete(**changes) -> AnswerForm:
    fields = {"nature": "favourable", "text": "سيدتي، تمت تسوية الوضعية.", **changes}
    return AnswerForm(**fields)


def fields_of(form: AnswerForm) -> list[str]:
    return [problem.field for problem in presenter.problems(form)]


def test_a_complete_favourable_answer_has_no_problem():
    assert fields_of(complete()) == []


def test_an_unfavourable_answer_needs_reasons_of_law_and_of_fact():
    assert fields_of(complete(nature="unfavourable")) == ["reasons_of_law", "reasons_of_fact"]
    assert fields_of(complete(nature="unfavourable", reasons_of_law="Art. 2", reasons_of_fact="x")) == []


def test_a_french_only_answer_asks_its_reason():
    assert fields_of(complete(language="fr")) == ["french_only_reason"]


def test_an_unresolved_variable_keeps_the_answer_here():
    assert fields_of(complete(text="Monsieur {{nom}}, …")) == ["text"]


def test_a_point_without_its_answer_keeps_the_answer_here():
    assert fields_of(complete(points=(Point(text="Réparer"),))) == ["points"]


@pytest.mark.parametrize(("ground", "key"), [("j5_not_competent", "transfer"), ("j10_duplicate", "join")])
def test_two_grounds_are_answered_with_the_right_advice(ground, key):
    form = complete(nature="inadmissible", ground=ground, reasons_of_law="a", reasons_of_fact="b")
    assert [problem.key for problem in presenter.problems(form)] == [f"case.need.{key}"]


def test_the_form_survives_its_draft():
    form = complete(points=(Point(text="a", answer="b"),), language="fr", french_only_reason="c")
    assert presenter.read_draft(presenter.write_draft(form)) == form


def test_an_unreadable_draft_keeps_its_words():
    assert presenter.read_draft("plain words").text == "plain words"


def test_reasons_travel_only_with_the_natures_that_carry_them():
    form = complete(reasons_of_law="typed before the nature changed")
    assert presenter.reply_of(form).reasons_of_law == ""


def test_the_chain_decides_which_act_leaves():
    assert presenter.kind_of(complete(), {"answer": None}) == Answer.kind
    assert presenter.kind_of(complete(), {"answer": Refusal.WRONG_CHAIN, "submit": None}) == Submit.kind
    assert presenter.kind_of(complete(nature="inadmissible"), {"answer": None}) == DeclareInadmissible.kind


def test_templates_are_filled_and_unknown_variables_stay():
    assert presenter.fill("{{number}} {{who}}", {"number": "12"}) == "12 {{who}}"


def test_sending_an_incomplete_form_marks_the_fields_and_keeps_the_words(qtbot):
    made = editor(qtbot)
    made.show_form(AnswerForm(nature="unfavourable", text="نص"))
    sent = []
    made.send_asked.connect(lambda *args: sent.append(args))
    made.send()
    assert not sent
    assert made.field("reasons_of_law").problem.isVisible()
    assert made.field("reasons_of_law").control.accessibleDescription()
    assert made.form().text == "نص"


def test_reasons_show_only_when_the_nature_needs_them(qtbot):
    made = editor(qtbot)
    made.show_form(complete())
    assert not made.field("reasons_of_law").isVisible()
    made.show_form(complete(nature="unfavourable"))
    assert made.field("reasons_of_law").isVisible()


def test_control_enter_sends(qtbot):
    made = editor(qtbot)
    made.show_form(complete())
    made.text_field.setFocus()
    with qtbot.waitSignal(made.send_asked) as caught:
        qtbot.keyClick(made.text_field, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert caught.args[0] == complete() and caught.args[1] == "answer"


def test_a_refusal_is_said_beside_its_field(qtbot):
    made = editor(qtbot)
    made.show_form(complete())
    made.refuse(PersonError("channel_unreachable"))
    assert made.field("channel").problem.isVisible()
    made.refuse(PersonError("stale_thread"))
    assert made.notice.isVisible() and made.notice.text()


def test_every_paragraph_takes_its_own_direction(qtbot):
    made = editor(qtbot)
    made.show_form(complete(text="سيدتي،\nRéférence B-4471\n\nشكرا"))
    blocks = []
    block = made.text_field.document().begin()
    while block.isValid():
        blocks.append(block.textDirection())
        block = block.next()
    rtl, ltr = Qt.LayoutDirection.RightToLeft, Qt.LayoutDirection.LeftToRight
    assert blocks == [rtl, ltr, ltr, rtl]


def test_a_change_of_language_keeps_form_and_caret(qtbot):
    made = editor(qtbot)
    form = complete(points=(Point(text="a", answer="b"),))
    made.show_form(form, caret=4)
    made._words.change("ar")
    made.retranslate()
    assert made.form() == form
    assert made.text_field.caret() == 4
    assert made.send_button.text() == "إرسال الجواب"


def test_the_wheel_never_changes_a_choice(qtbot):
    made = editor(qtbot)
    made.show_form(complete())
    nature = made.field("nature").control
    from PySide6.QtCore import QPoint, QPointF
    from PySide6.QtGui import QWheelEvent
    from PySide6.QtWidgets import QApplication

    event = QWheelEvent(
        QPointF(5, 5), QPointF(5, 5), QPoint(0, -120), QPoint(0, -120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(nature, event)
    assert made.form().nature == "favourable"


def test_pasted_direction_overrides_are_dropped(qtbot):
    made = editor(qtbot)
    made.show_form(complete(text="abc\u202edef"))
    assert made.form().text == "abcdef"
