"""The viewer: a PDF or a picture shown from memory, zoomed, searched, saved whole, printed as it is seen."""

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QPageRanges, QWheelEvent
from PySide6.QtPrintSupport import QPrintDialog
from PySide6.QtWidgets import QApplication, QDialog

from desktop.core.translation import Translation
from desktop.ui.theme import theme
from desktop.ui.viewer import Viewer
from desktop.ui.viewer_pages import PdfPages
from tests.case_world import focusable
from tests.papers_seen import difference, letter_of_record, paper, picture, words_in

PDF = "application/pdf"


@pytest.fixture(scope="module")
def letter() -> bytes:
    return letter_of_record()


def viewer(qtbot, data: bytes, mime: str = PDF, language: str = "fr", **more) -> Viewer:
    theme()
    made = Viewer(Translation(language), "Lettre de réponse", data, mime, "2026-118.pdf", **more)
    qtbot.addWidget(made)
    made.resize(920, 900)
    made.show()
    qtbot.wait(30)
    return made


def test_a_letter_is_shown_from_memory_with_its_page_and_zoom(qtbot, letter):
    shown = viewer(qtbot, letter)
    assert isinstance(shown.pages, PdfPages) and shown.pages.count() == 1
    assert "Page" in shown.bar.page.text() and shown.bar.print_button.isEnabled()
    assert shown.pages.is_fitted and f"{round(shown.pages.zoom() * 100)}" in shown.bar.zoom.text()


def test_keys_and_wheel_zoom_and_go_back_to_the_width(qtbot, letter):
    shown = viewer(qtbot, letter)
    fitted = shown.pages.zoom()
    qtbot.keyClick(shown, Qt.Key.Key_Plus, Qt.KeyboardModifier.ControlModifier)
    assert shown.pages.zoom() > fitted and not shown.bar.fit.isChecked()
    qtbot.keyClick(shown, Qt.Key.Key_0, Qt.KeyboardModifier.ControlModifier)
    assert shown.pages.zoom() == 1.0
    turn = QWheelEvent(
        QPointF(50, 50), QPointF(50, 50), QPoint(), QPoint(0, -120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.ControlModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(shown.pages.view.viewport(), turn)
    assert shown.pages.zoom() == 0.9
    qtbot.keyClick(shown, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    assert shown.pages.zoom() == pytest.approx(fitted) and shown.bar.fit.isChecked()


@pytest.mark.parametrize("asked", ["royaume", "المملكة"])
def test_words_are_found_in_both_scripts(qtbot, letter, asked):
    shown = viewer(qtbot, letter)
    qtbot.keyClick(shown, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    shown.bar.find.field.setText(asked)
    qtbot.waitUntil(lambda: "1 / " in shown.bar.find.told.text())
    qtbot.keyClick(shown.bar.find.field, Qt.Key.Key_Escape)
    assert shown.isVisible() and not shown.bar.find.field.text()


def test_saving_writes_the_very_bytes_under_a_safe_name(qtbot, letter, tmp_path):
    shown = viewer(qtbot, letter)
    asked = []
    shown.ask_where = lambda name: asked.append(name) or str(tmp_path / name)
    with qtbot.waitSignal(shown.saved):
        qtbot.keyClick(shown, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    assert asked == ["2026-118.pdf"] and (tmp_path / asked[0]).read_bytes() == letter
    assert [path.name for path in tmp_path.iterdir()] == asked


def test_a_folder_that_cannot_be_written_is_said_and_nothing_is_logged(qtbot, letter, tmp_path):
    shown = viewer(qtbot, letter)
    (tmp_path / "plain").write_text("x")
    shown.ask_where = lambda name: str(tmp_path / "plain" / name)
    with qtbot.assertNotEmitted(shown.saved):
        shown.save()
    assert "échoué" in shown.notice.text() and shown.notice.property("tone") == "danger"


def test_what_is_printed_says_exactly_what_was_seen(qtbot, letter, tmp_path):
    shown = viewer(qtbot, letter)
    (tmp_path / "seen.pdf").write_bytes(letter)
    with qtbot.waitSignal(shown.printed):
        shown.print_on(paper(tmp_path / "printed.pdf"))
    assert words_in(tmp_path / "printed.pdf") == words_in(tmp_path / "seen.pdf")
    assert "Royaume du Maroc" in words_in(tmp_path / "printed.pdf")


def test_pages_drawn_on_paper_are_the_pages_on_the_screen(qtbot, letter, tmp_path):
    shown = viewer(qtbot, letter)
    printer = paper(tmp_path / "drawn.pdf")
    printer.setPageRanges(QPageRanges.fromString("1"))
    with qtbot.waitSignal(shown.printed, timeout=20_000):
        shown.print_on(printer)
    drawn = PdfPages((tmp_path / "drawn.pdf").read_bytes())
    qtbot.addWidget(drawn)
    assert drawn.count() == 1
    assert drawn.document.pagePointSize(0).width() == pytest.approx(595, abs=1)
    assert difference(drawn, shown.pages) < 0.01


def test_a_copy_bears_its_mark_on_every_page_and_only_on_paper(qtbot, letter, tmp_path):
    shown = viewer(qtbot, letter, copy_mark=True)
    with qtbot.waitSignal(shown.printed, timeout=20_000):
        shown.print_on(paper(tmp_path / "copy.pdf"))
    text = words_in(tmp_path / "copy.pdf")
    assert "DUPLICATA" in text and "DUPLICATA" not in shown.pages.text()
    printed = PdfPages((tmp_path / "copy.pdf").read_bytes())
    qtbot.addWidget(printed)
    assert difference(printed, shown.pages) < 0.02
    assert shown.content == letter


def test_a_printer_that_cannot_write_is_said_and_not_logged(qtbot, letter, tmp_path):
    (tmp_path / "plain").write_text("x")
    shown = viewer(qtbot, letter)
    with qtbot.assertNotEmitted(shown.printed):
        shown.print_on(paper(tmp_path / "plain" / "no.pdf"))
    assert "pas abouti" in shown.notice.text() and shown.bar.print_button.isEnabled()


def test_the_print_dialog_comes_first_and_its_yes_prints(qtbot, letter, tmp_path, monkeypatch):
    monkeypatch.setattr(QDialog, "open", lambda dialog: asked.append(dialog))
    asked = []
    shown = viewer(qtbot, letter)
    qtbot.keyClick(shown, Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier)
    (dialog,) = asked
    assert isinstance(dialog, QPrintDialog) and dialog.maxPage() == 1
    dialog.printer().setOutputFileName(str(tmp_path / "asked.pdf"))
    with qtbot.waitSignal(shown.printed):
        dialog.done(QDialog.DialogCode.Accepted)
    assert (tmp_path / "asked.pdf").read_bytes() == letter


def test_a_picture_is_fitted_zoomed_and_printed_on_a_page_of_its_own(qtbot, tmp_path):
    shown = viewer(qtbot, picture(2400, 1200), "image/png")
    assert shown.pages.is_fitted and shown.pages.zoom() < 0.4 and not shown.bar.find.isVisible()
    shown.bar.zoom.click()
    assert shown.pages.zoom() == 1.0
    with qtbot.waitSignal(shown.printed, timeout=20_000):
        shown.print_on(paper(tmp_path / "picture.pdf"))
    printed = PdfPages((tmp_path / "picture.pdf").read_bytes())
    qtbot.addWidget(printed)
    middle = printed.document.render(0, printed.document.pagePointSize(0).toSize()).pixelColor(300, 300)
    assert (middle.red(), middle.green()) == (255, 0)


@pytest.mark.parametrize(
    ("mime", "content"), [(PDF, b"abc"), ("image/png", b"abc"), ("application/zip", b"PK")]
)
@pytest.mark.parametrize("language", ["fr", "ar"])
def test_what_cannot_be_shown_can_still_be_saved(qtbot, mime, content, language, tmp_path):
    shown = viewer(qtbot, content, mime, language)
    assert shown.pages is None and shown.trouble.isVisible() and not shown.bar.print_button.isEnabled()
    shown.ask_where = lambda name: str(tmp_path / "kept")
    shown.trouble.button.click()
    assert (tmp_path / "kept").read_bytes() == content


def test_another_content_keeps_the_place_and_the_zoom(qtbot, letter):
    shown = viewer(qtbot, letter)
    shown.pages.set_zoom(1.5)
    shown.pages.put((0, 120))
    shown.show_content(letter, PDF)
    assert shown.pages.zoom() == 1.5
    qtbot.waitUntil(lambda: shown.pages.place()[1] == 120)


def test_its_words_follow_the_language_while_it_is_open(qtbot, letter):
    theme()
    words = Translation("fr")
    shown = Viewer(words, lambda: words("viewer.print"), letter, PDF, "l.pdf")
    shown.say(lambda: words("viewer.fit"))
    qtbot.addWidget(shown)
    words.change("ar")
    assert shown.layoutDirection() is Qt.LayoutDirection.RightToLeft
    assert "طباعة" in shown.bar.print_button.text() and "طباعة" in shown.windowTitle()
    assert "ملاءمة" in shown.notice.text()
    shown.show()
    shown.reject()
    words.change("fr")
    assert "طباعة" in shown.bar.print_button.text()


def test_every_control_can_be_reached_and_is_named(qtbot, letter):
    shown = viewer(qtbot, letter)
    buttons = [one for one in focusable(shown) if one.inherits("QAbstractButton")]
    assert len(buttons) >= 4
    assert all(one.accessibleName() or one.text() for one in buttons)


def test_escape_closes_it_and_nothing_is_left_running(qtbot, letter):
    shown = viewer(qtbot, letter)
    QApplication.sendEvent(shown, QEvent(QEvent.Type.WindowActivate))
    qtbot.keyClick(shown, Qt.Key.Key_Escape)
    assert not shown.isVisible()


def test_a_letter_fits_the_smallest_screen_at_the_largest_text_and_its_pages_have_a_name(qtbot):
    theme().set_scale(2)
    words = Translation("ar")
    viewer = Viewer(words, "رسالة الجواب", letter_of_record(), "application/pdf", "lettre.pdf")
    qtbot.addWidget(viewer)
    viewer.show()
    assert viewer.minimumSizeHint().width() <= 1024 and viewer.minimumSizeHint().height() <= 640
    assert viewer.focusWidget().accessibleName() == words("viewer.pages_name")
    words.change("fr")
    assert viewer.focusWidget().accessibleName() == words("viewer.pages_name")
    viewer.close()
    theme().set_scale(1)
