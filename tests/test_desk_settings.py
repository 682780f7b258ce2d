"""Preferences of one profile: kept whole, never the reason why the program does not start."""

import msgspec
import pytest

from desktop.core.settings import FILE, Preferences, Settings


def test_a_fresh_profile_has_the_defaults(tmp_path):
    assert Settings(tmp_path).preferences == Preferences()


def test_choices_are_there_again_at_the_next_start(tmp_path):
    Settings(tmp_path).change(language="ar", splitter=(424, 800), text_size=125)
    kept = Settings(tmp_path).preferences
    assert (kept.language, kept.splitter, kept.text_size) == ("ar", (424, 800), 125)


def test_listeners_hear_a_change_once(tmp_path):
    settings, heard = Settings(tmp_path), []
    stop = settings.listen(heard.append)
    settings.change(theme="dark")
    settings.change(theme="dark")
    stop()
    settings.change(theme="light")
    assert [preferences.theme for preferences in heard] == ["dark"]


def test_a_file_cut_by_a_crash_gives_the_defaults(tmp_path):
    (tmp_path / FILE).write_bytes(b'{"language": "a')
    assert Settings(tmp_path).preferences == Preferences()


def test_one_damaged_choice_costs_only_itself(tmp_path):
    (tmp_path / FILE).write_bytes(b'{"language":"ar","theme":"neon","text_size":"big","splitter":[1,2]}')
    kept = Settings(tmp_path).preferences
    assert kept == Preferences(language="ar", splitter=(1, 2))


def test_a_file_that_is_not_an_object_gives_the_defaults(tmp_path):
    (tmp_path / FILE).write_bytes(b"[1, 2]")
    assert Settings(tmp_path).preferences == Preferences()


def test_choices_of_a_newer_version_are_passed_over(tmp_path):
    (tmp_path / FILE).write_bytes(b'{"language":"fr","hologram":true}')
    assert Settings(tmp_path).preferences == Preferences(language="fr")


def test_an_unknown_choice_is_our_bug(tmp_path):
    with pytest.raises(TypeError):
        Settings(tmp_path).change(hologram=True)


def test_a_half_written_file_never_replaces_the_whole_one(tmp_path):
    settings = Settings(tmp_path)
    settings.change(language="ar")
    (tmp_path / f"{FILE}.new").write_bytes(b"half")
    assert Settings(tmp_path).preferences.language == "ar"
    assert msgspec.json.decode((tmp_path / FILE).read_bytes())["language"] == "ar"
