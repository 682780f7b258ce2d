"""Words in the language now: dates, delays, figures, labels that agree, and errors with their next step."""

import json
from datetime import UTC, date, datetime, timedelta
from string import Formatter

import pytest

import desktop.core.errors
import desktop.models.errors
import sync.errors
from desktop.core.errors import PersonError, WaitBeforeRetry
from desktop.core.translation import Translation
from protocol.files import UploadProblem
from protocol.refusals import Refusal
from resources.catalogue import FOLDER, ltr

FRENCH, ARABIC = Translation("fr"), Translation("ar")
NOW = datetime(2026, 1, 27, 9, 42, tzinfo=UTC)
"""10:42 in Casablanca (UTC+1)."""

MONTHS = "يناير فبراير مارس أبريل ماي يونيو يوليوز غشت شتنبر أكتوبر نونبر دجنبر"


@pytest.mark.parametrize(
    ("left", "french", "arabic"),
    [
        (8, "J-8", "متبقٍّ 8 أيام"),
        (1, "J-1", "متبقٍّ يوم واحد"),
        (2, "J-2", "متبقٍّ يومان"),
        (11, "J-11", "متبقٍّ 11 يوما"),
        (60, "J-60", "متبقٍّ 60 يوما"),
        (100, "J-100", "متبقٍّ 100 يوم"),
        (0, "Aujourd’hui", "تنتهي اليوم"),
        (-1, "En retard de 1 j", "متأخرة بيوم واحد"),
        (-2, "En retard de 2 j", "متأخرة بيومين"),
        (-3, "En retard de 3 j", "متأخرة بـ3 أيام"),
        (-45, "En retard de 45 j", "متأخرة بـ45 يوما"),
    ],
)
def test_due_dates_in_words(left, french, arabic):
    assert FRENCH.due(left) == french
    assert ARABIC.due(left) == arabic


def test_a_suggestion_is_masculine_in_arabic():
    assert ARABIC.due(-2, "suggestion") == "متأخر بيومين"
    assert ARABIC.due(0, "suggestion") == "ينتهي اليوم"
    assert ARABIC.status("received", "suggestion") != ARABIC.status("received", "complaint")


def test_due_dates_in_sentences():
    assert FRENCH.due_sentence(8) == "Il reste 8 jours"
    assert FRENCH.due_sentence(-1) == "Échéance dépassée de 1 jour"
    assert ARABIC.due_sentence(3) == "بقيت 3 أيام على انتهاء الأجل"


def test_months_are_those_of_morocco():
    assert ARABIC.date(date(2026, 12, 2)) == "2 دجنبر 2026"
    assert ARABIC.date(date(2026, 11, 1)) == "فاتح نونبر 2026"
    names = [ARABIC.short_date(date(2026, month, 9)).split()[1] for month in range(1, 13)]
    assert " ".join(names) == MONTHS


def test_french_dates():
    assert FRENCH.date(date(2026, 12, 2)) == "2 décembre 2026"
    assert FRENCH.date(date(2026, 1, 1)) == "1er janvier 2026"
    assert FRENCH.weekday_date(date(2026, 12, 2)) == "mercredi 2 décembre 2026"
    assert FRENCH.short_date(date(2026, 10, 3)) == "3 oct. 2026"
    assert FRENCH.short_date(date(2026, 10, 3), today=date(2026, 11, 24)) == "3 oct."


def test_moments_are_on_the_clock_of_casablanca_and_isolated():
    assert FRENCH.time(NOW) == ltr("10:42")
    assert FRENCH.moment(NOW) == f"27 janv. 2026, {ltr('10:42')}"
    assert FRENCH.moment(NOW, NOW) == f"aujourd’hui, {ltr('10:42')}"
    assert ARABIC.moment(NOW, NOW + timedelta(days=1)) == f"أمس، {ltr('10:42')}"


def test_a_moment_late_in_the_evening_belongs_to_the_next_day_here():
    assert FRENCH.moment(datetime(2026, 1, 5, 23, 30, tzinfo=UTC)) == f"6 janv. 2026, {ltr('00:30')}"


@pytest.mark.parametrize(
    ("passed", "french", "arabic"),
    [
        (timedelta(seconds=20), "à l’instant", "الآن"),
        (timedelta(minutes=2), "il y a 2 min", "قبل دقيقتين"),
        (timedelta(hours=3), "il y a 3 h", "قبل 3 ساعات"),
        (timedelta(days=1), "il y a 1 jour", "قبل يوم واحد"),
        (timedelta(days=41), "il y a 41 jours", "قبل 41 يوما"),
        (timedelta(minutes=-5), "à l’instant", "الآن"),
    ],
)
def test_how_long_ago(passed, french, arabic):
    assert FRENCH.ago(NOW - passed, NOW) == french
    assert ARABIC.ago(NOW - passed, NOW) == arabic


def test_figures():
    assert FRENCH.number(1284) == "1\u202f284"
    assert ARABIC.number(1284) == "1.284"
    assert FRENCH.percent(0.944) == "94\u202f%"
    assert FRENCH.size(214_300) == "214 ko"
    assert FRENCH.size(1_240_000) == "1,2 Mo"
    assert ARABIC.size(2) == "بايتان"


def test_listeners_hear_a_new_language_once_and_only_when_it_changes():
    translation, heard = Translation("fr"), []
    stop = translation.listen(lambda: heard.append(translation.language))
    translation.change("fr")
    translation.change("ar")
    stop()
    translation.change("fr")
    assert heard == ["ar"]
    assert translation.other() == "ar"


def test_an_unknown_language_is_refused():
    with pytest.raises(KeyError):
        Translation("en")


def all_codes() -> list[str]:
    codes = {str(code) for code in Refusal}
    for module in (sync.errors, desktop.models.errors, desktop.core.errors):
        codes |= {
            thing.code
            for thing in vars(module).values()
            if isinstance(thing, type) and hasattr(thing, "code")
        }
    return sorted({*codes, *map(str, UploadProblem), "damaged_attachment", "profile_unusable"})


@pytest.mark.parametrize("code", all_codes())
def test_every_error_has_a_title_an_explanation_and_a_next_step(code):
    for translation in (FRENCH, ARABIC):
        assert translation.catalogue.has(f"errors.{code}.title"), code
        words = translation.error(PersonError(code, seconds=30, file="work.db", name="facture.pdf"))
        assert len({words.title, words.text, words.next}) == 3


def test_no_error_text_is_left_over_from_a_code_that_is_gone():
    entries = json.loads((FOLDER / "errors.fr.json").read_text(encoding="utf-8"))
    assert {key.split(".")[1] for key in entries} == set(all_codes())


def test_error_texts_use_only_the_values_that_errors_carry():
    for language in ("fr", "ar"):
        entries = json.loads((FOLDER / f"errors.{language}.json").read_text(encoding="utf-8"))
        for key, entry in entries.items():
            assert {name for _, name, _, _ in Formatter().parse(entry) if name} <= {"wait", "name"}, key


def test_waiting_is_told_in_words():
    assert FRENCH.error(WaitBeforeRetry(120)).next == "Réessayez dans 2 minutes."
    assert ARABIC.error(WaitBeforeRetry(120)).next == "أعيدوا المحاولة بعد دقيقتين."
    assert FRENCH.error(WaitBeforeRetry(30)).next == "Réessayez dans 30 secondes."


def test_a_code_of_a_newer_server_gets_general_words():
    assert FRENCH.refusal("from_the_future") == FRENCH.refusal("fault")
