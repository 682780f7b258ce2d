"""Pages on paper as they are on the screen: drawn by the same renderer at the printer's resolution.

A copy is stamped on every page by this code, never in the file. Printing a whole, unstamped PDF into a PDF
file writes the very bytes, so that nothing of its text is lost.
"""

from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import QMarginsF, QObject, QPointF, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFont, QImage, QPageLayout, QPageSize, QPainter
from PySide6.QtPrintSupport import QPrinter

from desktop.core.settings import write_atomically
from desktop.ui import fonts
from desktop.ui.viewer_sheets import Sheets

FINEST = 600
"""Dots per inch above which a page is not rendered: no eye sees more, memory does."""

STRIP = 700
"""Rows of dots rendered at a time, so that a page never needs more than some 15 MB."""

COPY_FR, COPY_AR = "DUPLICATA", "نسخة"
"""The mark of a reprint (DOMAIN §5), in both languages whatever the interface speaks."""

_PALE = QColor(219, 219, 219)
_DARK = QColor(90, 90, 90)
_POINTS_AN_INCH = 72.0


def fit_paper(printer: QPrinter, sheets: Sheets) -> None:
    """Ask for the paper of the first page, without margins: the page has its own."""
    size = sheets.size(0)
    upright = size.height() >= size.width()
    paper = QPageSize(size if upright else size.transposed(), QPageSize.Unit.Point)
    turn = QPageLayout.Orientation.Portrait if upright else QPageLayout.Orientation.Landscape
    printer.setPageLayout(QPageLayout(paper, turn, QMarginsF()))


def pages_of(printer: QPrinter, count: int) -> tuple[int, ...]:
    """Numbers from 0 of the pages the print dialog asked for."""
    asked = printer.pageRanges()
    if asked.isEmpty():
        return tuple(range(count))
    return tuple(page for page in range(count) if asked.contains(page + 1))


def as_file(printer: QPrinter, sheets: Sheets, *, stamped: bool) -> bool:
    """Write the PDF itself when that is what was asked for; False when it must be drawn. Raises OSError."""
    target = printer.outputFileName()
    whole = printer.pageRanges().isEmpty()
    if stamped or not whole or not target or printer.outputFormat() is not QPrinter.OutputFormat.PdfFormat:
        return False
    content = sheets.exact()
    if content:
        write_atomically(Path(target), content)
    return bool(content)


class PrintRun(QObject):
    """Draws page after page between two turns of the event loop, so that windows live and can cancel.

    `moved(page, of)` before each page; `ended(bool)` once: True when every page went to the printer.
    """

    moved = Signal(int, int)
    ended = Signal(bool)

    def __init__(self, printer: QPrinter, sheets: Sheets, *, stamped: bool, parent: QObject) -> None:
        super().__init__(parent)
        self._printer, self._sheets, self._stamped = printer, sheets, stamped
        self._pages = pages_of(printer, sheets.count())
        self._next = 0
        self._painter = QPainter()

    def start(self) -> None:
        """Begin; the first page is drawn at the next turn."""
        # A dialog may have given margins: the pages bring their own, measured from the paper's edge.
        self._printer.setFullPage(True)
        if not self._pages or not self._painter.begin(self._printer):
            self.ended.emit(False)
            return
        QTimer.singleShot(0, self, self._step)

    def cancel(self) -> None:
        """Stop before the next page."""
        if self._painter.isActive():
            self._printer.abort()
            self._painter.end()
            self.ended.emit(False)

    def _step(self) -> None:
        if not self._painter.isActive():
            return
        self.moved.emit(self._next + 1, len(self._pages))
        if self._next and not self._printer.newPage():
            self.cancel()
            return
        draw_page(self._painter, self._printer, self._sheets, self._pages[self._next], self._stamped)
        self._next += 1
        if self._next < len(self._pages):
            QTimer.singleShot(0, self, self._step)
        else:
            self.ended.emit(self._painter.end())


def draw_page(painter: QPainter, printer: QPrinter, sheets: Sheets, page: int, stamped: bool = False) -> None:
    """One page at its own size, smaller when the paper is, in its middle; stamped when a copy."""
    # Letters must keep their edges: without it Qt stores pages as JPEG.
    painter.setRenderHint(QPainter.RenderHint.LosslessImageRendering)
    dots, paper = printer.resolution(), printer.paperRect(QPrinter.Unit.DevicePixel)
    size = sheets.size(page) * (dots / _POINTS_AN_INCH)
    if size.width() > paper.width() * 1.01 or size.height() > paper.height() * 1.01:
        size = size.scaled(paper.size(), Qt.AspectRatioMode.KeepAspectRatio)
    corner = QPointF((paper.width() - size.width()) / 2, (paper.height() - size.height()) / 2)
    coarser = min(1.0, FINEST / dots)
    whole = QSize(round(size.width() * coarser), round(size.height() * coarser))
    for part in _strips(whole):
        image = _white(part.size())
        onto = QPainter(image)
        if stamped:
            _stamp(onto, whole, part)
        onto.setCompositionMode(QPainter.CompositionMode.CompositionMode_Multiply)
        onto.drawImage(0, 0, sheets.strip(page, whole, part))
        onto.end()
        place = QRectF(corner.x(), corner.y() + part.y() / coarser, size.width(), part.height() / coarser)
        painter.drawImage(place, image)
    if stamped:
        _label(painter, paper, dots)


def _strips(whole: QSize) -> Iterator[QRect]:
    for top in range(0, whole.height(), STRIP):
        yield QRect(0, top, whole.width(), min(STRIP, whole.height() - top))


def _white(size: QSize) -> QImage:
    image = QImage(size, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    return image


def _stamp(painter: QPainter, whole: QSize, part: QRect) -> None:
    """The mark across the page, pale and under its words, as letters carry theirs."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
    painter.translate(whole.width() / 2, whole.height() / 2 - part.y())
    painter.rotate(-38)
    painter.setPen(_PALE)
    high = whole.width() * 0.1
    for text, top in ((COPY_AR, -high * 1.5), (COPY_FR, 0.0)):
        painter.setFont(_font(high, bold=True))
        area = QRectF(-whole.width(), top, 2.0 * whole.width(), high * 1.5)
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, text)
    painter.restore()


def _label(painter: QPainter, paper: QRectF, dots: int) -> None:
    """The same in small letters above the page, as text: found again in a PDF, read by a screen reader."""
    painter.save()
    painter.setPen(_DARK)
    painter.setFont(_font(dots * 8.5 / _POINTS_AN_INCH, bold=True))
    area = QRectF(0, dots * 0.22, paper.width(), dots * 0.25)
    painter.drawText(area, Qt.AlignmentFlag.AlignCenter, f"{COPY_FR} · {COPY_AR}")
    painter.restore()


def _font(pixels: float, *, bold: bool) -> QFont:
    made = fonts.font(fonts.Role.STRONG if bold else fonts.Role.BODY)
    made.setPixelSize(max(1, round(pixels)))
    return made
