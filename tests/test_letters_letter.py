"""The official letter: marks in both languages, refusals that name what is missing, the same bytes."""

from dataclasses import fields, replace
from datetime import date

import msgspec
import pytest

from letters.letter import Incomplete, Letter, Mark, missing, render
from letters.models import Both
from protocol.complaint import Attachment, Commitment, Nature, Point
from tests.letter_world import NUMBER, complaint, letter, pages, printed, reply
from tests.test_letters_paragraph import copied

MARKS = (
    "Royaume du Maroc", "المملكة المغربية",
    "Ministère de la Transition énergétique et du Développement durable",
    "وزارة الانتقال الطاقي والتنمية المستدامة",
    "Office national de l’électricité et de l’eau potable", "المكتب الوطني للكهرباء والماء الصالح للشرب",
    "Direction régionale eau – Rabat-Salé-Kénitra", "المديرية الجهوية للماء بجهة الرباط سلا القنيطرة",
    "N° :", "الرقم", NUMBER,
    "Rabat, le 24 novembre 2026", "الرباط في", "نونبر",
    "فاطمة الزهراء العلوي",
    "Objet :", "الموضوع", "انقطاع الماء الصالح للشرب",
    "Référence :", "المرجع", "2026-ONEE-EAU-D-000118", "3 octobre 2026", "أكتوبر",
    "P.J. : néant", "المرفقات", "بدون",
    "سلام تام بوجود مولانا الإمام", "جوابا عن شكايتكم", "وعاد التوزيع إلى حالته العادية",
    "وسيط المملكة", "المحكمة", "الإدارية", "Médiateur du Royaume", "tribunal administratif",
    "وتفضلوا بقبول فائق التقدير والاحترام",
    "عن المدير العام للمكتب وبتفويض منه", "Pour le Directeur général de l’Office et par délégation",
    "المكلف بمعالجة الشكاية", "Le chargé de traitement", "عمر السنهاجي", "Omar Senhaji",
    "نسخة موجهة إلى", "Ampliations", "dossier de la réclamation",
    "ترجمة إلى الفرنسية", "Traduction – l’original en arabe fait foi",
    "لتتبع شكايتكم", "Suivi de votre réclamation", "https://chekaya.example.ma", "1/1",
)  # fmt: skip
"""DOMAIN §5, as `pdftotext` must find them: whole phrases, letter by letter."""


@pytest.mark.parametrize("mark", MARKS)
def test_a_letter_carries_its_marks_in_both_languages(mark, normal):
    assert mark in normal


@pytest.fixture(scope="module")
def normal():
    return printed(render(letter()))


def test_two_readers_of_pdf_find_the_same_words():
    words = ("المديرية الجهوية", "وبتفويض منه", "الإدارية", "وعاد التوزيع", "الموضوع", "Référence")
    pdf = render(letter())
    assert [word for word in words if word not in copied(pdf) or word not in printed(pdf)] == []


def test_a_normal_answer_is_one_page_and_a_rich_one_too():
    rich = reply(
        nature=Nature.UNFAVOURABLE,
        translation="",
        reasons_of_law="المادة 12 من نظام المصلحة.",
        reasons_of_fact="قدمت المنازعة خارج الأجل.",
        points=(Point(text="الفاتورة", answer="المبلغ مطابق للقراءة."), Point(text="الأجل", answer="نعتذر.")),
        commitments=(Commitment(id="k", text="معاينة العداد", due=date(2026, 12, 10)),),
    )
    assert len(pages(render(letter()))) == len(pages(render(letter(said=rich)))) == 1


def test_a_letter_with_empty_obligatory_fields_is_refused_with_their_names():
    holed = replace(letter(), subject=Both(), signatory=Both("عمر", ""), place=Both("", "Rabat"))
    with pytest.raises(Incomplete) as refused:
        render(holed)
    assert refused.value.names == ("place", "subject", "signatory")


def test_every_obligatory_field_is_missed():
    empty = {
        field.name: Both() if isinstance(getattr(letter(), field.name), Both) else " "
        for field in fields(Letter)
        if isinstance(getattr(letter(), field.name), str | Both)
        and field.name not in ("mark", "model", "language")
    }
    assert set(missing(replace(letter(), **{**empty, "number": ""}))) == {
        "ministry", "direction", "place", "addressee", "subject", "reference_number", "opening", "body",
        "recourses", "courtesy", "quality", "signatory", "contact", "number",
    }  # fmt: skip


def test_an_adverse_letter_needs_reasons_of_law_and_of_fact():
    assert missing(replace(letter(), is_adverse=True)) == ("reasons_of_law", "reasons_of_fact")


def test_an_original_needs_number_and_signatory_and_a_provisional_print_says_what_it_is():
    unsigned = replace(letter(), number="", quality=Both(), signatory=Both())
    assert missing(unsigned) == ("quality", "signatory", "number")
    text = copied(render(replace(unsigned, mark=Mark.PROVISIONAL)))
    assert "PROVISOIRE" in text and "مؤقت" in text
    assert "PROJET" in copied(render(replace(unsigned, mark=Mark.PROJECT)))
    assert "DUPLICATA" in copied(render(replace(letter(), mark=Mark.DUPLICATE)))


def test_a_decision_of_inadmissibility_says_its_ground_its_reasons_and_how_to_contest_it():
    decision = reply(
        nature=Nature.INADMISSIBLE,
        text="تتعلق شكايتكم بقضية معروضة على القضاء.",
        reasons_of_law="الفصل 109 من الدستور.",
        reasons_of_fact="القضية معروضة على المحكمة الإدارية بالرباط.",
    )
    text = printed(render(letter(said=decision, ground="j1_before_court")))
    for words in ("قرار بعدم قبول شكايتكم", "سبب عدم القبول", "الأسباب القانونية", "الأسباب الواقعية",
                  "داخل أجل ستين يوما", "41.90", "Décision d’irrecevabilité"):  # fmt: skip
        assert words in text


def test_points_and_promises_are_listed_with_their_dates():
    said = reply(
        points=(Point(text="انقطاع يومي", answer="تم الإصلاح."),),
        commitments=(Commitment(id="k", text="مراقبة الضغط", due=date(2026, 12, 1)),),
        attachments=(Attachment(sha256="0" * 64, name="constat.pdf", mime="application/pdf", size=1),),
    )
    text = printed(render(letter(said=said)))
    for words in ("وبخصوص النقط التي أثرتموها", "انقطاع يومي", "تم الإصلاح", "وتلتزم الإدارة", "مراقبة الضغط",
                  "دجنبر", "P.J. : constat.pdf"):  # fmt: skip
        assert words in text
    assert "néant" not in text


def test_a_french_letter_is_french_from_opening_to_courtesy_under_the_arabic_head():
    said = reply(
        language="fr",
        translation="",
        french_only_reason="Langue choisie par l’usager",
        text="La conduite a été réparée.\n\nLa distribution est redevenue normale.",
        points=(Point(text="Coupures", answer="La conduite est neuve."),),
        commitments=(Commitment(id="k", text="Contrôle de la pression", due=date(2026, 12, 1)),),
    )
    text = printed(render(letter(complaint(language="fr", object="Coupures d’eau"), said)))
    for words in ("المملكة المغربية", "الموضوع", "Objet : Réponse à votre réclamation : Coupures d’eau",
                  "M./Mme",
                  "Madame, Monsieur,", "En réponse à votre réclamation", "La conduite a été réparée.",
                  "Sur les points que vous avez soulevés", "au plus tard le 1er décembre 2026",
                  "Voies de recours", "Veuillez agréer, Madame, Monsieur",
                  "Pour le Directeur général de l’Office et par délégation",
                  "Lettre établie en français : Langue choisie par l’usager",
                  "حررت هذه الرسالة بالفرنسية"):  # fmt: skip
        assert words in text
    assert "Traduction" not in text and "وتفضلوا" not in text


def test_a_long_letter_goes_on_over_numbered_pages_and_its_signature_never_stands_alone():
    long = letter(said=reply(text="\n\n".join([reply().text * 8] * 9)))
    texts = pages(render(long))
    assert len(texts) > 1
    for number, text in enumerate(texts, 1):
        assert f"{number}/{len(texts)}" in text and "Suivi de votre réclamation" in text
    assert all(NUMBER in text for text in texts)
    signed = next(text for text in texts if "عمر السنهاجي" in text)
    assert "وتفضلوا بقبول" in signed and "وسيط المملكة" in signed


def test_markup_in_a_text_is_only_text():
    said = reply(language="fr", text="<b>texte</b> & <img src=x> {0} %s")
    text = printed(render(letter(said=said)))
    assert "<b>texte</b> & <img src=x>" in text and "{0} %s" in text


def test_the_same_letter_gives_the_same_bytes_after_a_stay_in_the_register():
    one = letter()
    stored = msgspec.json.decode(msgspec.json.encode(one), type=Letter)
    assert stored == one
    assert render(stored) == render(one)
