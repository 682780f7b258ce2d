"""Texts of 20,000 characters, in two directions, read and typed."""

from PySide6.QtCore import Qt

from desktop.ui.prose import Composer, Prose
from desktop.ui.theme import theme


def test_long_texts_are_shown_whole_and_each_paragraph_its_way(qtbot):
    theme()
    made = Prose("سطر طويل جدا. " * 700 + "\n" + "Une ligne longue. " * 600)
    qtbot.addWidget(made)
    made.resize(600, made.heightForWidth(600))
    made.show()
    assert made.document().textWidth() == 600
    assert made.document().size().height() <= made.height() + 1
    assert made.document().begin().textDirection() is Qt.LayoutDirection.RightToLeft
    assert made.document().begin().next().textDirection() is Qt.LayoutDirection.LeftToRight


def test_typing_in_a_long_text_touches_only_its_paragraph(qtbot):
    theme()
    composer = Composer()
    qtbot.addWidget(composer)
    composer.set_text("\n".join(["سطر"] * 2000))
    turned = []
    original = composer._turn
    composer._turn = lambda block, end: (
        turned.append((block.blockNumber(), end.blockNumber())),
        original(block, end),
    )
    composer.insert("a")
    assert all(end == -1 or end - start <= 1 for start, end in turned)


def test_heights_follow_the_width(qtbot):
    theme()
    made = Prose("Une ligne longue. " * 200)
    qtbot.addWidget(made)
    assert made.heightForWidth(300) > made.heightForWidth(900) > 0
    assert made.heightForWidth(300) == Prose("Une ligne longue. " * 200).heightForWidth(300)


def test_enter_keeps_the_direction_until_a_letter_decides(qtbot):
    theme()
    composer = Composer()
    qtbot.addWidget(composer)
    composer.set_language("ar")
    composer.show()
    qtbot.keyClicks(composer, "abc")
    qtbot.keyClick(composer, Qt.Key.Key_Return)
    assert composer.textCursor().block().textDirection() is Qt.LayoutDirection.LeftToRight
    composer.insert("سلام")
    assert composer.textCursor().block().textDirection() is Qt.LayoutDirection.RightToLeft


def test_undo_brings_back_what_was_typed_before(qtbot):
    theme()
    composer = Composer()
    qtbot.addWidget(composer)
    composer.set_language("ar")
    composer.insert("سلام")
    composer.insert("\nBonjour")
    composer.undo()
    assert composer.text() == "سلام"
    composer.redo()
    assert composer.text() == "سلام\nBonjour"
