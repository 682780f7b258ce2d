"""The icon set: one stroke, no colour of its own, mirrored only when it points somewhere."""

import re
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

import desktop.ui
from desktop.ui import icons

LTR, RTL = Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft


@pytest.mark.parametrize("name", icons.names())
def test_an_icon_is_drawn_in_the_stroke_of_the_set(name: str):
    source = icons.source(name)
    assert 'viewBox="0 0 20 20"' in source
    assert 'stroke="currentColor" stroke-width="1.5"' in source
    assert re.search(r'data-directional="(true|false)"', source)
    assert not re.search(r"#[0-9a-fA-F]{3,6}", source)


def test_arrows_mirror_and_clocks_do_not(qapp):
    for name in ("reply", "transfer", "returned", "send", "chevron_end", "sign_out"):
        assert icons.is_directional(name), name
        left = icons.pixmap(name, "#000000", 20, direction=LTR).toImage()
        right = icons.pixmap(name, "#000000", 20, direction=RTL).toImage()
        assert left.flipped(Qt.Orientation.Horizontal) == right, name
        assert left != right, name
    for name in ("clock", "check", "search", "attachment"):
        assert not icons.is_directional(name), name
        assert icons.pixmap(name, "#000000", 20, direction=LTR).toImage() == (
            icons.pixmap(name, "#000000", 20, direction=RTL).toImage()
        )


def test_an_icon_takes_the_colour_it_is_given(qapp):
    found = icons.pixmap("minus", "#A8221B", 20).toImage().pixelColor(10, 10)
    assert (found.red(), found.green(), found.blue()) == pytest.approx((0xA8, 0x22, 0x1B), abs=3)


def test_the_stroke_is_as_wide_at_16_as_at_20_pixels(qapp):
    def inked(size: int) -> float:
        image = icons.pixmap("minus", "#000000", size).toImage()
        return sum(image.pixelColor(size // 2, y).alphaF() for y in range(size))

    assert inked(16) == pytest.approx(1.5, abs=0.15)
    assert inked(20) == pytest.approx(1.5, abs=0.15)


def test_every_icon_the_windows_name_exists():
    folder = Path(desktop.ui.__file__).parent
    named = re.compile(r'(?:\.icon|pixmap|icons\.disc)\(\s*"([a-z_]+)"')
    for path in folder.glob("*.py"):
        for name in named.findall(path.read_text(encoding="utf-8")):
            assert name in icons.names(), f"{path.name}: {name}"
