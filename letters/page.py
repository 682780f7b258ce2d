"""What every page of a letter carries besides its text: contact line, page n of N, and the mark across it."""

from dataclasses import dataclass

from reportlab import rl_config
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from letters.models import Both
from letters.paragraph import Paragraph, Style
from resources import vocabulary

rl_config.useA85 = 0
"""Streams stay binary: written as text they are a quarter longer, and the writing of it is slow."""

FOOT = Style(size=8.5, leading=11.5, align="centre", grey=0.3)
FOOT_FRENCH = Style(size=7.5, leading=10, rtl=False, align="centre", grey=0.3)
RUNNING = Style(size=8.5, leading=12, rtl=False, align="centre", grey=0.3)
MARGIN = 22 * mm


@dataclass(frozen=True, slots=True)
class Decoration:
    """Drawn under the text of each page: one line of `contact` a language, `running` from page 2 on."""

    contact: Both
    mark: str
    running: str = ""

    def draw(self, canvas: Canvas, _document: object) -> None:
        """The contact lines at the foot, and the mark in pale grey across the page."""
        canvas.saveState()
        canvas.setStrokeGray(0.75)
        canvas.setLineWidth(0.5)
        canvas.line(MARGIN, 19 * mm, A4[0] - MARGIN, 19 * mm)
        top = 18.5 * mm
        for text, style in ((self.contact.ar, FOOT), (self.contact.fr, FOOT_FRENCH)):
            top = _draw(canvas, Paragraph(text, style), top)
        if self.running and canvas.getPageNumber() > 1:
            _draw(canvas, Paragraph(self.running, RUNNING), A4[1] - 5.5 * mm)
        if self.mark:
            self._stamp(canvas)
        canvas.restoreState()

    def _stamp(self, canvas: Canvas) -> None:
        arabic, french = (vocabulary.label("mark", self.mark, language) for language in ("ar", "fr"))
        canvas.translate(A4[0] / 2, A4[1] / 2)
        canvas.rotate(38)
        for text, rtl, low in ((arabic, True, 6.0), (french, False, -64.0)):
            stamp = Paragraph(
                text, Style(size=58, leading=62, weight="Bold", rtl=rtl, align="centre", grey=0.9)
            )
            stamp.wrap(600, 100)
            stamp.drawOn(canvas, -300, low)


def _draw(canvas: Canvas, line: Paragraph, top: float) -> float:
    """Set a line between the margins, its upper edge at `top`; gives the height of its lower edge."""
    _, height = line.wrap(A4[0] - 2 * MARGIN, 40)
    line.drawOn(canvas, MARGIN, top - height)
    return float(top - height)


class NumberedCanvas(Canvas):  # type: ignore[misc]
    """Writes page n/N, which is known only at the end."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self._pages: list[dict[str, object]] = []

    def showPage(self) -> None:  # noqa: N802 (reportlab's name)
        """Keep the page until the count is known."""
        self._pages.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        """Number all pages and write the file."""
        total = len(self._pages)
        for number, page in enumerate(self._pages, 1):
            self.__dict__.update(page)
            _draw(self, Paragraph(f"{number}/{total}", RUNNING), 9 * mm)
            super().showPage()
        super().save()
