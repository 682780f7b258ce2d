"""How a letter is set on the page: its blocks from the head to the translation, in the order of the trade."""

import io
from collections.abc import Mapping
from math import cos, pi, sin
from typing import Any

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, Indenter, KeepTogether, PageTemplate, Spacer

from letters.letter import Letter
from letters.models import Model, model
from letters.page import MARGIN, Decoration, NumberedCanvas
from letters.paragraph import Paragraph, Style
from letters.two_columns import TwoColumns
from protocol.complaint import Language
from resources.catalogue import isolated, ltr

AR, FR = Language.ARABIC, Language.FRENCH
GREEN = (0.0, 0.38, 0.2)
INDENT = 6 * mm
TIGHT = 0.87
"""The smallest setting that reads well: Arabic of nearly 11 points."""

NO_BREAK = "\u00a0"
_NO_NUMBER = "……………"


class _Look:
    """The styles of a letter in one language; Arabic is smaller to the eye, so it is set larger."""

    def __init__(self, language: str, scale: float = 1.0) -> None:
        rtl = language == AR
        size, leading = (12.5 * scale, 18.5 * scale) if rtl else (11.0 * scale, 15.5 * scale)
        self.room = 13 * mm * scale**2
        self.body = Style(size=size, leading=leading, rtl=rtl, space_after=5 * scale)
        self.strong = Style(size=size, leading=leading, rtl=rtl, weight="Bold", space_after=1)
        self.said = Style(size=size - 1, leading=leading - 2, rtl=rtl, grey=0.3, space_after=0)
        self.small = Style(size=size - 2.5, leading=leading - 4, rtl=rtl, space_after=2)
        self.small_strong = Style(size=size - 2.5, leading=leading - 4, rtl=rtl, weight="Bold", space_after=1)
        self.signature = Style(
            size=size - 0.5, leading=leading - 2, rtl=rtl, align="centre", weight="Bold", space_after=0
        )
        self.centre = Style(size=size, leading=leading, rtl=rtl, align="centre", space_after=0)
        self.centre_strong = Style(
            size=size, leading=leading, rtl=rtl, align="centre", weight="Bold", space_after=0
        )


HEAD: Mapping[str, Style] = {
    AR: Style(size=12, leading=16.5, weight="Bold", align="centre", space_after=0),
    FR: Style(size=9.5, leading=12.5, weight="Bold", rtl=False, align="centre", space_after=0),
}
HEAD_SERVICE: Mapping[str, Style] = {
    AR: Style(size=11, leading=15.5, align="centre", space_after=0),
    FR: Style(size=9, leading=12, rtl=False, align="centre", space_after=0),
}
LINE: Mapping[str, Style] = {
    AR: Style(size=11, leading=16, space_after=0),
    FR: Style(size=9.5, leading=13.5, rtl=False, space_after=0),
}
LINE_STRONG: Mapping[str, Style] = {
    AR: Style(size=11, leading=16, weight="Bold", space_after=0),
    FR: Style(size=9.5, leading=13.5, rtl=False, weight="Bold", space_after=0),
}
_SMALL_TWIN: Mapping[str, Style] = {
    AR: Style(size=10, leading=14, align="centre", grey=0.3, space_after=0),
    FR: Style(size=8.5, leading=11.5, rtl=False, align="centre", grey=0.3, space_after=0),
}
FRENCH_TITLE = Style(size=9.5, leading=14, rtl=False, weight="Bold", grey=0.3, space_after=2)


def printed(letter: Letter) -> bytes:
    """The letter's PDF, the same bytes for the same letter: on one page if a tighter setting makes it fit."""
    loose, pages = _built(letter, 1.0)
    if pages == 1:
        return loose
    tight, pages = _built(letter, TIGHT)
    return tight if pages == 1 else loose


def _built(letter: Letter, scale: float) -> tuple[bytes, int]:
    target = io.BytesIO()
    document = BaseDocTemplate(
        target,
        pagesize=A4,
        title=letter.number or letter.reference_number,
        author=letter.direction.fr,
        invariant=1,
        lang=letter.language,
    )
    frame = Frame(MARGIN, 22 * mm, A4[0] - 2 * MARGIN, A4[1] - 34 * mm, 0, 0, 0, 0)
    decoration = Decoration(
        contact=letter.contact,
        mark=letter.mark,
        running=letter.number or letter.reference_number,
    )
    document.addPageTemplates(PageTemplate(frames=[frame], onPage=decoration.draw))
    document.build(story(letter, scale), canvasmaker=_numbered)
    return target.getvalue(), document.page


def _numbered(*args: Any, **kwargs: Any) -> NumberedCanvas:
    return NumberedCanvas(*args, **kwargs)


def story(letter: Letter, scale: float = 1.0) -> list[Flowable]:
    """All blocks of the letter, from the head to the translation; `scale` makes its text smaller."""
    words, look, other = (
        model(letter.model),
        _Look(letter.language, scale),
        FR if letter.language == AR else AR,
    )
    return [
        _heading(letter, words),
        Spacer(0, 3 * mm),
        TwoColumns(_dated(letter, words, AR), _dated(letter, words, FR)),
        Spacer(0, 2 * mm),
        *_addressee(letter, words, look),
        Spacer(0, 2.5 * mm),
        Rule(),
        TwoColumns(_references(letter, words, AR), _references(letter, words, FR)),
        Spacer(0, 2 * mm),
        Rule(),
        Spacer(0, 3 * mm),
        *_said(letter, words, look),
        KeepTogether(
            [
                *_recourses(letter, words, letter.language, look),
                Paragraph(letter.courtesy, look.body),
                *_signature(letter, words, look, other),
            ]
        ),
        *_translation(letter, words),
    ]


def _heading(letter: Letter, words: Model) -> Flowable:
    def lines(language: str) -> list[Flowable]:
        strong = (
            words.caption("kingdom", language),
            letter.ministry.of(language),
            letter.direction.of(language),
        )
        service = letter.service.of(language)
        return [
            *(Paragraph(text, HEAD[language]) for text in strong),
            *([Paragraph(service, HEAD_SERVICE[language])] if service else []),
        ]

    return _Heading(lines(AR), lines(FR), gutter=26 * mm)


def _dated(letter: Letter, words: Model, language: str) -> list[Flowable]:
    number = ltr(letter.number or _NO_NUMBER)
    place, date = letter.place.of(language), words.date(letter.date, language)
    return [
        Paragraph(words.caption("number", language, number=number), LINE[language]),
        Paragraph(words.caption("dated", language, place=place, date=date), LINE[language]),
    ]


def _addressee(letter: Letter, words: Model, look: _Look) -> list[Flowable]:
    return [
        Paragraph(words.caption("to", letter.language), look.centre),
        Paragraph(letter.addressee.of(letter.language), look.centre_strong),
        *([Paragraph(letter.address, look.centre)] if letter.address.strip() else []),
    ]


def _references(letter: Letter, words: Model, language: str) -> list[Flowable]:
    listed = words.separators.of(language).join(isolated(name) for name in letter.enclosures)
    date = words.date(letter.reference_date, language).replace(" ", NO_BREAK)
    return [
        Paragraph(
            words.caption("subject", language, subject=letter.subject.of(language)), LINE_STRONG[language]
        ),
        Paragraph(
            words.caption("reference", language, number=ltr(letter.reference_number), date=date),
            LINE[language],
        ),
        Paragraph(
            words.caption("enclosures", language, list=listed or words.caption("no_enclosures", language)),
            LINE[language],
        ),
    ]


def _said(letter: Letter, words: Model, look: _Look) -> list[Flowable]:
    """The opening, the text, then whatever of ground, points, promises and reasons the answer has."""

    def caption(name: str, **values: str) -> str:
        return words.caption(name, letter.language, **values)

    blocks = [letter.opening, letter.introduction, *_paragraphs(letter.body)]
    found: list[Flowable] = [Paragraph(text, look.body) for text in blocks if text]
    if letter.ground:
        found.append(Paragraph(caption("ground", text=isolated(letter.ground)), look.strong))
    if letter.reasons_of_law:
        found.append(Paragraph(caption("law", text=letter.reasons_of_law), look.body))
    if letter.reasons_of_fact:
        found.append(Paragraph(caption("fact", text=letter.reasons_of_fact), look.body))
    if letter.points:
        found += _list(
            caption("points"), [_point(n, *one, look) for n, one in enumerate(letter.points, 1)], look
        )
    if letter.commitments:
        lines = [
            caption("commitment", text=t, date=words.date(due, letter.language))
            for t, due in letter.commitments
        ]
        found += _list(caption("commitments"), [[Paragraph(f"– {line}", look.body)] for line in lines], look)
    return found


def _paragraphs(text: str) -> list[str]:
    return [part.strip() for part in text.split("\n\n") if part.strip()]


def _point(n: int, asked: str, answer: str, look: _Look) -> list[Flowable]:
    said = [Paragraph(f"{n}. {isolated(asked)}", look.said)] if asked.strip() else []
    return [*said, *(Paragraph(part, look.body) for part in _paragraphs(answer))]


def _list(title: str, items: list[list[Flowable]], look: _Look) -> list[Flowable]:
    left, right = (0, INDENT) if look.body.rtl else (INDENT, 0)
    first, *rest = items
    return [
        KeepTogether([Paragraph(title, look.body), Indenter(left, right), first[0]]),
        *first[1:],
        *(flowable for item in rest for flowable in item),
        Indenter(-left, -right),
    ]


def _recourses(letter: Letter, words: Model, language: str, look: _Look) -> list[Flowable]:
    title = Paragraph(words.caption("recourses", language), look.small_strong)
    return [title, Paragraph(letter.recourses.of(language), look.small), Spacer(0, 2 * mm)]


def _signature(letter: Letter, words: Model, look: _Look, other: str) -> list[Flowable]:
    """Who signs, with room for the signature, at the end side of the page; the copies at its start side."""

    def lines(language: str) -> list[str]:
        head = letter.head.of(language)
        delegation = words.caption("delegation", language, head=head) if head else ""
        return [text for text in (delegation, letter.quality.of(language)) if text]

    small = _SMALL_TWIN[other]
    block: list[Flowable] = [
        *(Paragraph(text, look.signature) for text in lines(letter.language)),
        *(Paragraph(text, small) for text in lines(other)),
        Spacer(0, look.room),
        Paragraph(letter.signatory.of(letter.language), look.signature),
        Spacer(0, 1.2 * mm),  # below the tails of an Arabic name
        Paragraph(letter.signatory.of(other), small),
    ]
    copies = [
        Spacer(0, look.room + 10 * mm),
        _copies(letter, words, letter.language, "start"),
        _copies(letter, words, other, "end"),
    ]
    right, left = (copies, block) if letter.language == AR else (block, copies)
    return [Spacer(0, 2 * mm), TwoColumns(right, left)]


def _copies(letter: Letter, words: Model, language: str, align: str) -> Flowable:
    listed = words.separators.of(language).join(copy.of(language) for copy in letter.copies)
    size, leading = (10, 14) if language == AR else (8.5, 12)
    style = Style(size=size, leading=leading, rtl=language == AR, align=align, space_after=0)
    return Paragraph(words.caption("copies", language, list=listed), style)


def _translation(letter: Letter, words: Model) -> list[Flowable]:
    """The French of an Arabic letter, marked as a translation; or why a letter is in French."""
    if letter.french_only_reason:
        reasons = [
            words.caption("french_only", each, reason=isolated(letter.french_only_reason))
            for each in (FR, AR)
        ]
        return [
            Spacer(0, 2 * mm),
            TwoColumns([Paragraph(reasons[1], LINE[AR])], [Paragraph(reasons[0], LINE[FR])]),
        ]
    if not letter.translation:
        return []
    look = _Look(FR)
    title = TwoColumns(
        [Paragraph(words.caption("translation", AR), LINE_STRONG[AR])],
        [Paragraph(words.caption("translation", FR), FRENCH_TITLE)],
    )
    first, *rest = [Paragraph(part, LINE[FR]) for part in _paragraphs(letter.translation)]
    return [
        Spacer(0, 4 * mm),
        KeepTogether([Rule(), Spacer(0, 2 * mm), title, Spacer(0, 1 * mm), first]),
        *rest,
        Spacer(0, 2 * mm),
        KeepTogether(_recourses(letter, words, FR, look)),
    ]


class Rule(Flowable):  # type: ignore[misc]
    """A hairline across the column."""

    def wrap(self, width: float, _height: float) -> tuple[float, float]:
        """Its width, and the height of the air below it, in points."""
        self.width = width
        return width, 5.0

    def draw(self) -> None:
        """The line itself."""
        self.canv.saveState()
        self.canv.setStrokeGray(0.7)
        self.canv.setLineWidth(0.5)
        self.canv.line(0, 4.5, self.width, 4.5)
        self.canv.restoreState()


class _Heading(TwoColumns):
    """The two heads side by side, and the Kingdom's star between them."""

    def draw(self) -> None:
        """Both columns, then the star at mid-height of the first lines."""
        super().draw()
        draw_star(self.canv, self.width / 2, self.height - 9 * mm, 7 * mm)


def draw_star(canvas: Canvas, x: float, y: float, radius: float) -> None:
    """A five-pointed star in one closed line, as on the flag; centre and radius in points."""
    tips = [(x + radius * sin(2 * pi * k / 5), y + radius * cos(2 * pi * k / 5)) for k in (0, 2, 4, 1, 3)]
    canvas.saveState()
    canvas.setStrokeColorRGB(*GREEN)
    canvas.setLineWidth(radius / 7)
    canvas.setLineJoin(1)
    path = canvas.beginPath()
    path.moveTo(*tips[0])
    for tip in tips[1:]:
        path.lineTo(*tip)
    path.close()
    canvas.drawPath(path, stroke=1, fill=0)
    canvas.restoreState()
