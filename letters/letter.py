"""The official answer letter: Arabic original, French translation marked as one, the marks of DOMAIN §5.

`render` is deterministic: the same letter gives the same bytes. A letter whose obligatory fields are empty is
refused with their names, never printed with holes.
"""

import datetime
import io
from dataclasses import dataclass, fields
from enum import StrEnum

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageTemplate, Spacer

from letters.page import Decoration, NumberedCanvas
from letters.paragraph import Paragraph, Style
from letters.two_columns import TwoColumns


class Mark(StrEnum):
    """What is printed across the page when it is not the original."""

    NONE = ""
    PROJECT = "project"
    PROVISIONAL = "provisional"
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True)
class Letter:
    """Everything an answer letter says; texts in Arabic, their `_fr` twins in French.

    `number` is the outgoing number given by the server, "" before; `date` the civil date of the letter.
    """

    ministry: str
    ministry_fr: str
    direction: str
    direction_fr: str
    number: str
    place: str
    place_fr: str
    date: datetime.date
    addressee: str
    address: str
    subject: str
    reference_number: str
    reference_date: datetime.date
    opening: str
    body: str
    recourses: str
    courtesy: str
    signatory_quality: str
    signatory_name: str
    contact: str
    translation: str = ""
    reasons_of_law: str = ""
    reasons_of_fact: str = ""
    enclosures: tuple[str, ...] = ()
    copies: tuple[str, ...] = ()
    by_delegation_of: str = ""
    is_adverse: bool = False
    mark: Mark = Mark.PROJECT


class Incomplete(ValueError):
    """Obligatory fields are empty; `names` lists them in the order of the letter."""

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__(", ".join(names))
        self.names = names


_MAY_BE_EMPTY = frozenset(
    {
        "number",
        "address",
        "translation",
        "reasons_of_law",
        "reasons_of_fact",
        "by_delegation_of",
        "mark",
        "is_adverse",
    }
)

BODY = Style(size=13, leading=21)
STRONG = Style(size=13, leading=21, weight="Bold")
HEAD = Style(size=12, leading=17, weight="Bold", align="centre", space_after=0)
HEAD_FR = Style(size=9.5, leading=13, weight="Bold", rtl=False, align="centre", space_after=0)
SMALL = Style(size=10.5, leading=16, space_after=2)
FRENCH = Style(size=10.5, leading=15, rtl=False)
FRENCH_TITLE = Style(size=9.5, leading=14, rtl=False, weight="Bold", grey=0.3, space_after=2)
END = Style(size=13, leading=20, align="end", space_after=0)
END_STRONG = Style(size=13, leading=20, align="end", weight="Bold", space_after=0)

MONTHS = (
    "يناير", "فبراير", "مارس", "أبريل", "ماي", "يونيو", "يوليوز", "غشت", "شتنبر", "أكتوبر", "نونبر", "دجنبر",
)  # fmt: skip


def missing(letter: Letter) -> tuple[str, ...]:
    """Names of the obligatory fields that are empty; unfavourable decisions need both reasons (DOMAIN §5)."""
    names = [
        field.name
        for field in fields(letter)
        if field.name not in _MAY_BE_EMPTY
        and isinstance(value := getattr(letter, field.name), str)
        and not value.strip()
    ]
    if letter.is_adverse:
        names += [name for name in ("reasons_of_law", "reasons_of_fact") if not getattr(letter, name).strip()]
    if not letter.number and letter.mark in (Mark.NONE, Mark.DUPLICATE):
        names.append("number")
    return tuple(names)


def render(letter: Letter) -> bytes:
    """The PDF; raises Incomplete with the names of empty obligatory fields."""
    if names := missing(letter):
        raise Incomplete(names)
    target = io.BytesIO()
    document = BaseDocTemplate(
        target,
        pagesize=A4,
        title=isolate(letter.reference_number),
        invariant=1,
        lang="ar",
    )
    frame = Frame(22 * mm, 24 * mm, A4[0] - 44 * mm, A4[1] - 42 * mm, 0, 0, 0, 0)
    decoration = Decoration(contact=letter.contact, mark=letter.mark)
    document.addPageTemplates(PageTemplate(frames=[frame], onPage=decoration.draw))
    document.build(_story(letter), canvasmaker=_numbered)
    return target.getvalue()


def _numbered(*args: object, **kwargs: object) -> Canvas:
    return NumberedCanvas(*args, **kwargs)


def isolate(text: str) -> str:
    """A left-to-right island (numbers, codes) inside Arabic text."""
    return f"\u2066{text}\u2069"


def in_words(day: datetime.date) -> str:
    """A civil date as Moroccan administrations write it in Arabic."""
    return f"{isolate(str(day.day))} {MONTHS[day.month - 1]} {isolate(str(day.year))}"


def _story(letter: Letter) -> list[Flowable]:
    return [
        _heading(letter),
        Spacer(0, 4 * mm),
        TwoColumns(
            [Paragraph(f"الرقم: {isolate(letter.number or '……………')}", SMALL)],
            [
                Paragraph(
                    f"{letter.place} في: {in_words(letter.date)}", Style(size=10.5, leading=16, align="end")
                )
            ],
        ),
        Spacer(0, 5 * mm),
        Paragraph("إلى", Style(size=13, leading=20, align="centre", space_after=0)),
        Paragraph(letter.addressee, Style(size=13, leading=20, align="centre", weight="Bold", space_after=0)),
        *([Paragraph(letter.address, Style(size=11, leading=17, align="centre"))] if letter.address else []),
        Spacer(0, 4 * mm),
        Paragraph(f"الموضوع: {letter.subject}", STRONG),
        Paragraph(_reference(letter), SMALL),
        *_enclosures(letter),
        Spacer(0, 3 * mm),
        Paragraph(letter.opening, BODY),
        *[Paragraph(part, BODY) for part in letter.body.split("\n\n")],
        *_reasons(letter),
        Paragraph(letter.recourses, SMALL),
        Paragraph(letter.courtesy, BODY),
        Spacer(0, 4 * mm),
        *_signature(letter),
        *_copies(letter),
        *_translation(letter),
    ]


def _reference(letter: Letter) -> str:
    number, day = isolate(letter.reference_number), in_words(letter.reference_date)
    return f"المرجع: شكايتكم رقم {number} بتاريخ {day}."


def _heading(letter: Letter) -> Flowable:
    return TwoColumns(
        [Paragraph(text, HEAD) for text in ("المملكة المغربية", letter.ministry, letter.direction)],
        [Paragraph(text, HEAD_FR) for text in ("Royaume du Maroc", letter.ministry_fr, letter.direction_fr)],
    )


def _enclosures(letter: Letter) -> list[Flowable]:
    return [Paragraph("المرفقات: " + "، ".join(letter.enclosures), SMALL)] if letter.enclosures else []


def _reasons(letter: Letter) -> list[Flowable]:
    parts = (("من حيث القانون: ", letter.reasons_of_law), ("من حيث الواقع: ", letter.reasons_of_fact))
    return [Paragraph(title + text, BODY) for title, text in parts if text]


def _signature(letter: Letter) -> list[Flowable]:
    quality = letter.signatory_quality
    if letter.by_delegation_of:
        quality = f"عن {letter.by_delegation_of} وبتفويض منه"
    lines: list[Flowable] = [Paragraph(quality, END)]
    if letter.by_delegation_of:
        lines.append(Paragraph(letter.signatory_quality, END))
    return [*lines, Spacer(0, 12 * mm), Paragraph(letter.signatory_name, END_STRONG)]


def _copies(letter: Letter) -> list[Flowable]:
    return [Paragraph("نسخة موجهة إلى: " + "، ".join(letter.copies), SMALL)] if letter.copies else []


def _translation(letter: Letter) -> list[Flowable]:
    if not letter.translation:
        return []
    title = "Traduction (l’original en arabe fait foi)"
    return [
        Spacer(0, 4 * mm),
        Paragraph(title, FRENCH_TITLE),
        *[Paragraph(part, FRENCH) for part in letter.translation.split("\n\n")],
    ]
