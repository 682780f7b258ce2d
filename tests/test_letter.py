"""The official letter: obligatory marks, refusals that name what is missing, the same bytes every time."""

from dataclasses import replace
from datetime import date

import pytest

from letters.letter import Incomplete, Letter, Mark, missing, render
from tests.test_letters_paragraph import copied

LETTER = Letter(
    ministry="المكتب الوطني للكهرباء والماء الصالح للشرب",
    ministry_fr="Office National de l'Électricité et de l'Eau Potable",
    direction="المديرية الجهوية",
    direction_fr="Direction régionale",
    number="2026/118",
    place="الرباط",
    place_fr="Rabat",
    date=date(2026, 11, 23),
    addressee="السيدة فاطمة",
    address="",
    subject="جواب عن شكاية",
    reference_number="2026-ONEE-015342",
    reference_date=date(2026, 10, 3),
    opening="سلام تام بوجود مولانا الإمام،",
    body="وبعد، جوابا عن شكايتكم.",
    recourses="يمكنكم اللجوء إلى وسيط المملكة.",
    courtesy="وتقبلوا فائق التقدير.",
    signatory_quality="رئيس المصلحة",
    signatory_name="عمر السنهاجي",
    contact="ساحة الاستقلال، الرباط",
    translation="En réponse à votre réclamation.",
    mark=Mark.NONE,
)


def test_a_letter_carries_its_marks_in_both_languages():
    text = copied(render(LETTER))
    for mark in ("المغربية", "Royaume du Maroc", "الموضوع", "2026/118", "نونبر", "Traduction", "1/1"):
        assert mark in text


def test_a_letter_with_empty_obligatory_fields_is_refused_with_their_names():
    with pytest.raises(Incomplete) as refused:
        render(replace(LETTER, subject=" ", signatory_name=""))
    assert refused.value.names == ("subject", "signatory_name")


def test_an_adverse_letter_needs_reasons_of_law_and_of_fact():
    assert missing(replace(LETTER, is_adverse=True)) == ("reasons_of_law", "reasons_of_fact")


def test_an_original_needs_its_number_and_a_provisional_print_says_so():
    assert missing(replace(LETTER, number="")) == ("number",)
    assert "PROVISOIRE" in copied(render(replace(LETTER, number="", mark=Mark.PROVISIONAL)))


def test_a_long_letter_goes_on_over_numbered_pages():
    long = replace(LETTER, body="\n\n".join([LETTER.body * 12] * 14))
    assert "1/" in copied(render(long))
    assert render(long) == render(long)
