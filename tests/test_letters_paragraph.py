"""Bilingual paragraphs on paper: order of what is seen, and text that can be copied out as it was written."""

import io

import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reportlab.pdfgen.canvas import Canvas

from letters import bidi
from letters.paragraph import Paragraph, Style
from letters.shaping import shape_line
from letters.typefaces import typeface

ARABIC = (
    "أعاني منذ ثلاثة أسابيع من انقطاع الماء الصالح للشرب كل يوم بحي السلام، اتصلت بالوكالة مرتين دون أي جواب"
)


def printed(text: str, *, rtl: bool, width: float = 380) -> bytes:
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=(420, 420), invariant=1)
    paragraph = Paragraph(text, Style(rtl=rtl))
    _, height = paragraph.wrap(width, 400)
    paragraph.drawOn(canvas, 20, 400 - height)
    canvas.save()
    return target.getvalue()


def copied(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    page = document[0]
    text_page = page.get_textpage()
    text = text_page.get_text_range()
    for opened in (text_page, page, document):
        opened.close()
    return " ".join(text.split())


@given(st.lists(st.integers(0, 6), max_size=30))
def test_visual_order_is_a_permutation_and_levels_zero_change_nothing(levels):
    order = bidi.visual_order(levels)
    assert sorted(order) == list(range(len(levels)))
    if all(level == 0 for level in levels):
        assert order == list(range(len(levels)))


def test_an_isolated_number_inside_arabic_is_drawn_from_left_to_right():
    text = "شكاية \u20662026-ONEE-018342\u2069 مسجلة"
    runs = shape_line(text, bidi.levels(text, rtl=True), typeface("Regular"))
    seen = "".join(glyph.text for run in runs for glyph in run.glyphs)
    assert "2026-ONEE-018342" in seen
    assert seen.startswith("ةلجسم")


def test_letters_join_by_their_place_in_the_word():
    text = "ععع"
    (run,) = shape_line(text, bidi.levels(text, rtl=True), typeface("Regular"))
    assert len({glyph.gid for glyph in run.glyphs}) == 3


def test_arabic_text_copied_out_of_the_page_is_what_was_written():
    assert copied(printed(ARABIC, rtl=True)) == ARABIC


def test_french_text_copied_out_of_the_page_is_what_was_written():
    text = "Réclamation enregistrée : l’œuvre n’a pas été livrée, motif à préciser (pièce jointe)."
    assert copied(printed(text, rtl=False)) == text


def test_the_same_letter_gives_the_same_bytes():
    assert printed(ARABIC, rtl=True) == printed(ARABIC, rtl=True)


@pytest.mark.parametrize("width", [60, 120, 380])
def test_no_line_is_wider_than_the_column(width):
    paragraph = Paragraph(ARABIC + " " + "م" * 80, Style(rtl=True))
    paragraph.wrap(width, 400)
    widest = max(line.width - paragraph._trailing(line) for line in paragraph._lines)
    assert widest <= width + 0.01
    assert "".join(line.text for line in paragraph._lines) == paragraph.text


@pytest.mark.parametrize("text", ["x" * 20_000, "ض" * 20_000, "نص\u00a0ملصق\u00a0" * 2_000])
def test_a_text_pasted_without_spaces_is_broken_without_measuring_it_whole_for_each_line(text):
    measured = []

    class Counted(Paragraph):
        def _line(self, text, levels):
            measured.append(len(text))
            return super()._line(text, levels)

    paragraph = Counted(text, Style(rtl=True))
    paragraph.wrap(380, 400)
    assert "".join(one.text for one in paragraph._lines) == text
    assert all(one.width <= 380 for one in paragraph._lines)
    assert sum(measured) < 40 * len(text)
