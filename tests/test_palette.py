"""The palettes keep their promises of contrast, by computation."""

import itertools

import pytest

from desktop.ui.palette import DARK, LIGHT, PALETTES, Palette, Tone, contrast, due_tone, status_tone
from protocol.complaint import Status

GROUNDS = ("canvas", "surface", "sunken", "selection", "hover")
INKS = ("ink", "ink2", "ink3", "accent", "danger", "warn", "info", "ok", "violet")


def test_black_on_white_has_the_highest_contrast_there_is():
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("palette", PALETTES, ids=lambda palette: palette.name)
def test_every_ink_is_readable_on_every_ground(palette: Palette):
    needed = 4.5 if palette.tints else 7
    for ink, ground in itertools.product(INKS, GROUNDS):
        ratio = contrast(getattr(palette, ink), getattr(palette, ground))
        assert ratio >= needed, f"{ink} on {ground}: {ratio:.2f}"


@pytest.mark.parametrize("palette", PALETTES, ids=lambda palette: palette.name)
def test_every_badge_is_readable_on_its_own_ground(palette: Palette):
    for tone in Tone:
        assert contrast(palette.tone(tone), palette.soft(tone)) >= (4.5 if palette.tints else 7), tone


@pytest.mark.parametrize("palette", PALETTES, ids=lambda palette: palette.name)
def test_filled_buttons_are_readable_also_under_the_mouse(palette: Palette):
    assert contrast(palette.accent_ink, palette.accent) >= 4.5
    assert contrast(palette.accent_ink, palette.accent_hover) >= 4.5


@pytest.mark.parametrize("palette", PALETTES, ids=lambda palette: palette.name)
def test_borders_of_controls_are_seen_on_every_ground(palette: Palette):
    for ground in GROUNDS:
        assert contrast(palette.line_strong, getattr(palette, ground)) >= 3, ground


def test_every_state_has_a_tone_and_an_unknown_one_is_neutral():
    assert all(isinstance(status_tone(status), Tone) for status in Status)
    assert status_tone("of_a_newer_server") is Tone.NEUTRAL
    assert status_tone(Status.IN_PROGRESS) is Tone.INFO


def test_only_what_is_late_is_red_and_only_the_alert_band_is_amber():
    assert [due_tone(days) for days in (-1, 0, 5, 15, 16)] == [
        Tone.DANGER,
        Tone.WARN,
        Tone.WARN,
        Tone.WARN,
        Tone.NEUTRAL,
    ]
    assert due_tone(-1, running=False) is Tone.NEUTRAL


def test_light_and_dark_do_not_share_a_ground():
    assert LIGHT.canvas != DARK.canvas
    assert DARK.dark and not LIGHT.dark
