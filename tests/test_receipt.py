"""The receipt on paper: the eight items in both languages, one page whatever is in it, the same bytes."""

import unicodedata
from dataclasses import replace
from datetime import UTC, date, datetime

import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from letters.receipt import ReceiptLetter, TooLong, render
from protocol.complaint import RequestType
from protocol.wire import MAX_OBJECT
from tests.test_letters_paragraph import copied

RECEIPT = ReceiptLetter(
    number="2026-ONEE-018342",
    code="K7QM-2XHD-9TRA-WZ4N",
    at=datetime(2026, 2, 20, 23, 30, tzinfo=UTC),
    administration="المكتب الوطني للكهرباء والماء الصالح للشرب",
    administration_fr="Office National de l'Électricité et de l'Eau Potable",
    type=RequestType.COMPLAINT,
    object="انقطاع الماء الصالح للشرب كل يوم بحي السلام",
    due=date(2026, 4, 21),
    language="ar",
    address="https://chekaya.exemple.ma",
    authorisation="A-PO-123/2026",
    contact="dpo@exemple.ma",
)


def words(receipt: ReceiptLetter) -> str:
    """What can be copied out of the page, white space aside."""
    return bare(copied(render(receipt)))


def bare(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


def lacks(told: str, mark: str) -> bool:
    """Whether a word of `mark` is missing: twins on one line are copied word by word, in either order."""
    return any(bare(word) not in told for word in mark.split())


def test_the_eight_items_are_there_in_both_languages():
    told = words(RECEIPT)
    french = (
        "2026-ONEE-018342", "20 février 2026 à 23:30", "Office National de l'Électricité", "Réclamation",
        "21 avril 2026", "K7QM-2XHD-9TRA-WZ4N", "09-08", "A-PO-123/2026", "dpo@exemple.ma",
        "Finalité", "Destinataires", "Vos droits", "Médiateur", "chekaya.exemple.ma/fr/suivi",
    )  # fmt: skip
    arabic = (
        "وصل الإيداع", "فبراير", "المكتب الوطني الصالح", "شكاية", "أبريل", "انقطاع الماء", "القانون رقم",
        "الغاية", "المرسل إليهم", "حقوقكم", "وسيط المملكة", "chekaya.exemple.ma/ar/suivi",
    )  # fmt: skip
    assert not [mark for mark in (*french, *arabic) if lacks(told, mark)]


@pytest.mark.parametrize("kind", [RequestType.OBSERVATION, RequestType.SUGGESTION])
def test_where_no_answer_is_owed_the_receipt_says_so(kind):
    told = words(replace(RECEIPT, type=kind, due=None))
    assert bare("n’appelle pas de réponse obligatoire") in told and "إلزامي" in told
    assert bare("21 avril 2026") not in told


def test_what_the_controller_has_not_filled_in_is_shown_as_missing():
    told = words(replace(RECEIPT, authorisation="", contact=""))
    assert bare("[numéro à renseigner") in told and bare("[adresse à renseigner") in told


def test_triage_is_said_in_words_and_a_new_code_says_that_the_old_one_is_dead():
    told = words(replace(RECEIPT, administration="", administration_fr=""))
    assert bare("Coordination nationale, qui") in told and bare("التنسيق الوطني، الذي") in told
    renewed = words(replace(RECEIPT, renewed_at=datetime(2026, 3, 1, 9, 0, tzinfo=UTC)))
    assert bare("nouveau code de suivi") in renewed and bare("1er mars 2026") in renewed
    assert bare("ne fonctionne plus") in renewed and "صالحا" in renewed


def test_the_same_receipt_is_the_same_bytes_and_the_code_is_not_in_its_properties():
    pdf = render(RECEIPT)
    assert pdf == render(RECEIPT)
    assert b"K7QM" not in pdf


@settings(max_examples=25, deadline=None)
@given(
    st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=MAX_OBJECT),
    st.sampled_from(["", "و" * 120, "Office national " * 7]),
)
def test_whatever_a_citizen_writes_is_one_page(written, name):
    pdf = pypdfium2.PdfDocument(
        render(replace(RECEIPT, object=written, administration=name, administration_fr=name))
    )
    assert len(pdf) == 1
    pdf.close()


def test_what_cannot_fit_a_page_is_refused_not_cut():
    with pytest.raises(TooLong):
        render(replace(RECEIPT, contact="une adresse sans fin " * 400))
