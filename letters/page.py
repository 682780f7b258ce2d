"""What every page of a letter carries besides its text: contact line, page n of N, and the mark across it."""

from collections.abc import Mapping
from dataclasses import dataclass

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from letters.paragraph import Paragraph, Style

MARKS: Mapping[str, tuple[str, str]] = {
    "project": ("مشروع", "PROJET"),
    "provisional": ("مؤقت", "PROVISOIRE"),
    "duplicate": ("نسخة", "DUPLICATA"),
}

FOOT = Style(size=8.5, leading=12, align="centre", grey=0.3)
MARGIN = 22 * mm


@dataclass(frozen=True, slots=True)
class Decoration:
    """Drawn under the text of each page."""

    contact: str
    mark: str

    def draw(self, canvas: Canvas, _document: object) -> None:
        """The contact line at the foot, and the mark in pale grey across the page."""
        canvas.saveState()
        canvas.setStrokeGray(0.75)
        canvas.setLineWidth(0.5)
        canvas.line(MARGIN, 19 * mm, A4[0] - MARGIN, 19 * mm)
        foot = Paragraph(self.contact, FOOT)
        _, height = foot.wrap(A4[0] - 2 * MARGIN, 40)
        foot.drawOn(canvas, MARGIN, 18 * mm - height)
        if self.mark:
            self._stamp(canvas)
        canvas.restoreState()

    def _stamp(self, canvas: Canvas) -> None:
        arabic, french = MARKS[self.mark]
        canvas.translate(A4[0] / 2, A4[1] / 2)
        canvas.rotate(38)
        for text, rtl, low in ((arabic, True, 6.0), (french, False, -64.0)):
            stamp = Paragraph(
                text, Style(size=58, leading=62, weight="Bold", rtl=rtl, align="centre", grey=0.9)
            )
            stamp.wrap(600, 100)
            stamp.drawOn(canvas, -300, low)


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
            label = Paragraph(
                f"{number}/{total}", Style(size=8.5, leading=12, rtl=False, align="centre", grey=0.3)
            )
            label.wrap(A4[0] - 2 * MARGIN, 20)
            label.drawOn(self, MARGIN, 8 * mm)
            super().showPage()
        super().save()
