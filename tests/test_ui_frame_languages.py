"""French and Arabic at run time: every word again, everything mirrored; and the looks."""

import json
import re
from pathlib import Path

import pytest
from PySide6.QtCore import QLocale, QPoint, Qt
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget

import desktop.ui
from desktop.ui.fonts import Role
from desktop.ui.palette import DARK, HIGH_CONTRAST, LIGHT, PALETTES
from desktop.ui.style_sheet import style_sheet
from desktop.ui.theme import dress, theme
from resources.catalogue import FOLDER
from tests.frame_world import Frame

LATIN_WORD = re.compile("[A-Za-zÀ-ÿ]{2,}")
ARABIC_CATEGORIES = {"zero", "one", "two", "few", "many", "other"}
ALLOWED = {"Ctrl K", "Français"}


@pytest.fixture
def frame(qtbot, tmp_path):
    opened = Frame(qtbot, tmp_path)
    yield opened
    opened.close()
    theme().choose("light")
    theme().set_scale(1)


def turned(frame: Frame) -> None:
    frame.window.turn_language()
    frame.wait(lambda: frame.settings.preferences.language == frame.translation.language)
    QApplication.processEvents()


def place(window: QWidget, widget: QWidget) -> tuple[int, int]:
    return widget.mapTo(window, QPoint(0, 0)).x(), widget.width()


def test_turning_to_arabic_mirrors_the_frame_exactly(frame):
    window = frame.window
    parts = (window.rail, window.list, window.case, window.top.account, window.top.search, window.foot)
    before = [place(window, part) for part in parts]
    turned(frame)
    width = window.width()
    for part, (x, w) in zip(parts, before, strict=True):
        there, wide = place(window, part)
        off_by = 1 if part in (window.list, window.case) else 0  # QSplitter's own, right to left
        assert abs(there - (width - x - w)) <= off_by and abs(wide - w) <= off_by, type(part).__name__
    turned(frame)
    assert [place(window, part) for part in parts] == before


def test_no_french_word_is_left_in_the_frame_after_turning_to_arabic(frame):
    turned(frame)
    for part in (frame.window.top, frame.window.rail, frame.window.foot, frame.window.list.head):
        for widget in part.findChildren(QWidget):
            if isinstance(widget, QLabel | QPushButton) or hasattr(widget, "figure"):
                text = widget.text().strip()
                assert text in ALLOWED or not LATIN_WORD.search(text), text
            spoken = widget.accessibleName()
            assert not LATIN_WORD.search(spoken), spoken
    assert QLocale().toString(2026, "") if False else QLocale().name() == "ar_MA"
    assert QLocale().toString(18).isascii()


def test_every_focusable_widget_of_the_frame_has_a_name(frame):
    window = frame.window
    for part in (window.top, window.rail, window.list, window.foot):
        for widget in part.findChildren(QWidget):
            if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.isVisible():
                name = widget.accessibleName() or getattr(widget, "text", str)().strip()
                assert name, f"{type(widget).__name__} in {type(part).__name__}"


@pytest.mark.parametrize("scale", [1.0, 1.25, 1.5, 2.0])
@pytest.mark.parametrize("language", ["fr", "ar"])
def test_nothing_in_the_rail_or_the_head_is_clipped_at_larger_text(qtbot, tmp_path, scale, language):
    frame = Frame(qtbot, tmp_path, language=language, text_size=round(scale * 100))
    head = frame.window.list.head
    for widget in (
        head.title,
        head.count,
        head.sort,
        frame.window.top.language,
        *frame.window.foot._labels[:1],
    ):
        if widget.isVisible():
            assert widget.height() >= widget.fontMetrics().height() * 0.9, widget.text()
            assert widget.fontMetrics().horizontalAdvance(widget.text()) <= widget.width() + 1, widget.text()
    frame.close()
    theme().set_scale(1)


def test_both_catalogues_of_the_frame_say_the_same_things():
    french = json.loads((FOLDER / "frame.fr.json").read_text(encoding="utf-8"))
    arabic = json.loads((FOLDER / "frame.ar.json").read_text(encoding="utf-8"))
    assert french.keys() == arabic.keys()
    for key, text in french.items():
        if isinstance(text, dict):
            assert set(text) == {"one", "other"} and set(arabic[key]) == ARABIC_CATEGORIES, key
        else:
            holes = re.compile(r"{(\w+)}")
            assert sorted(holes.findall(text)) == sorted(holes.findall(arabic[key])), key
            assert not text or text == "https://" or text != arabic[key] or not LATIN_WORD.search(text), key


@pytest.mark.parametrize("palette", PALETTES, ids=lambda palette: palette.name)
def test_the_style_sheet_mirrors_by_itself_and_names_no_font(palette):
    sheet = style_sheet(palette)
    assert "-left" not in sheet and "-right" not in sheet
    assert "font" not in sheet
    assert "$" not in sheet


def test_no_window_places_a_widget_by_hand():
    for path in Path(desktop.ui.__file__).parent.glob("*.py"):
        if not path.stem.endswith("_layout"):
            assert "setGeometry(" not in path.read_text(encoding="utf-8"), path.name


def test_a_look_is_put_on_at_once_and_the_system_is_followed_by_default(frame):
    look = theme()
    look.choose("dark")
    assert look.palette is DARK
    assert QApplication.palette().window().color().name() == DARK.canvas.lower()
    look.choose("contrast")
    assert look.palette is HIGH_CONTRAST
    look.choose("system")
    dark = QApplication.styleHints().colorScheme() is Qt.ColorScheme.Dark
    assert look.palette is (DARK if dark else LIGHT)


def test_type_follows_the_scale_whatever_the_style_sheet_does(frame):
    title, pill = frame.window.list.head.title, frame.window.top.pill
    assert (title.font().pixelSize(), pill.font().pixelSize()) == (16, 13)
    theme().set_scale(1.5)
    assert (title.font().pixelSize(), pill.font().pixelSize()) == (24, 19)
    dress(pill, tone="danger")
    assert pill.font().pixelSize() == 19


def test_bold_is_an_axis_of_the_latin_font_and_a_family_of_the_arabic_one(qapp):
    plain, bold = theme().font(Role.BODY), theme().font(Role.STRONG)
    assert plain.families()[0] == bold.families()[0] == "IBM Plex Sans"
    assert bold.families()[1] == "IBM Plex Sans Arabic SemiBold"
    assert bold.variableAxisTags()
