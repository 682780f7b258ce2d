"""Folding, words, cleaning and direction of French, Arabic and Darija text."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from protocol import text
from protocol.text import clean, clean_line, clean_text, direction, fold, words

PAGE = st.text(alphabet=[bytes([code]).decode("cp1256") for code in range(256)] + list("٠١٢٣٤٥٦٧٨٩"))
ANY = st.text()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("الأجل", "الاجل"),
        ("إدارة", "اداره"),
        ("آسفي", "اسفي"),
        ("ٱلماء", "الماء"),
        ("مستشفى", "مستشفي"),
        ("مؤسسة", "موسسه"),
        ("رئيس", "رييس"),
        ("الماءُ الصَّالِحُ", "الماء الصالح"),
        ("مــــاء", "ماء"),
        ("٢٠٢٦", "2026"),
        ("۲۰۲۶", "2026"),
        ("أگادير", "اكادير"),
        ("ڤيلا", "فيلا"),
        ("ﻻ", "لا"),
        ("Échéance", "echeance"),
        ("ŒUVRE", "oeuvre"),
        ("Lætitia", "laetitia"),
        ("l’eau", "l'eau"),
        ("l`eau", "l'eau"),
        ("ﬁche", "fiche"),
        ("GARÇON", "garcon"),
        ("cafe\u0301", "café"),
        ("\u200fالماء\u200e", "الماء"),
        ("STRASSE", "straße"),
        ("Béni\u00a0Mellal", "beni mellal"),
        ("½ tonne…", "1⁄2 tonne..."),
    ],
)
def test_spellings_of_the_same_word_fold_alike(one: str, other: str) -> None:
    assert fold(one) == fold(other)


def test_different_words_stay_different() -> None:
    assert len({fold(word) for word in ("ماء", "سماء", "كهرباء", "eau", "eaux", "")}) == 6


@given(ANY)
@example("ﷺ ﻼ ½ µ ß İ ǆ ΐ")
def test_folding_twice_changes_nothing(written: str) -> None:
    assert fold(fold(written)) == fold(written)


@given(PAGE)
@example("٢½µŒ\u00adـ")
def test_the_fast_table_says_what_the_definition_says(written: str) -> None:
    assert fold(written) == text._folded(written)


@given(ANY, ANY)
def test_folding_goes_letter_by_letter_across_words(one: str, other: str) -> None:
    assert fold(f"{one} {other}") == f"{fold(one)} {fold(other)}"


@given(ANY)
def test_nothing_folded_keeps_an_accent_or_an_upper_case_letter(written: str) -> None:
    folded = fold(written)
    assert folded == folded.casefold()
    assert not any("\u064b" <= letter <= "\u0652" or "\u0300" <= letter <= "\u036f" for letter in folded)


def test_words_are_letters_and_digits() -> None:
    assert words("L’eau, à Béni-Mellal : ٣ أيام_بلا ماء!") == [
        "l", "eau", "a", "beni", "mellal", "3", "ايام", "بلا", "ماء",
    ]  # fmt: skip
    assert words(" … ") == []


def test_a_line_has_no_controls_no_overrides_and_single_spaces() -> None:
    assert clean_line(" Ali\u202e\x00\n Ben\u2067  Ali\u2028x\t\ufeff ") == "Ali Ben Ali x"
    assert clean is clean_line


def test_a_long_text_keeps_its_lines_and_tabs() -> None:
    assert clean_text("a\r\nb\rc\n\td\x00\x1b\u202e\u2066\ud800e\u200f") == "a\nb\nc\n\tde\u200f"


@given(st.text(st.characters(codec=None)))
def test_cleaning_removes_every_override_and_is_final(written: str) -> None:
    for cleaner in (clean_line, clean_text):
        cleaned = cleaner(written)
        assert cleaner(cleaned) == cleaned
        assert unicodedata.is_normalized("NFC", cleaned)
        assert not set(cleaned) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\x00\x7f\r")
        cleaned.encode()
    assert "\n" not in clean_line(written)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("الماء eau", "rtl"),
        ("eau الماء", "ltr"),
        ("12. — الماء", "rtl"),
        ("ⴰⵎⴰⵏ", "ltr"),
        ("א", "rtl"),
        ("12 / 2026", "ltr"),
        ("", "ltr"),
    ],
)
def test_direction_follows_the_first_strong_letter(written: str, expected: str) -> None:
    assert direction(written) == expected
