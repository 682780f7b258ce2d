"""What tests of printed papers share: a letter, a PDF as a printer, its words, its dots compared."""

import subprocess
from functools import cache
from pathlib import Path

from PySide6.QtCore import QBuffer, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtPrintSupport import QPrinter

from desktop.ui.viewer_pages import PdfPages
from tests.fake_desk import FakeDesk


@cache
def letter_of_record() -> bytes:
    """The letter of record of an answered complaint."""
    desk = FakeDesk()
    answered = next(base.id for base in desk._bases.values() if base.status in ("answered", "to_dispatch"))
    desk.papers.lay_down(answered)
    return desk.correspondence.letter(answered).content


def paper(path: Path) -> QPrinter:
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(path))
    return printer


def words_of(content: bytes) -> str:
    """The words of a PDF, as pdftotext reads them."""
    done = subprocess.run(["pdftotext", "-", "-"], input=content, capture_output=True, check=True)
    return done.stdout.decode()


def words_in(path: Path) -> str:
    return subprocess.run(["pdftotext", path, "-"], capture_output=True, text=True, check=True).stdout


def picture(width: int, height: int, colour: str = "red") -> bytes:
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(colour)
    buffer = QBuffer()
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    return bytes(buffer.data())


def difference(one: PdfPages, other: PdfPages) -> float:
    """Mean distance of the dots of two first pages, in shares of black."""
    pictures = []
    for pages in (one, other):
        image = QImage(298, 421, QImage.Format.Format_RGB32)
        image.fill(Qt.GlobalColor.white)
        painter = QPainter(image)
        whole = pages.document.render(0, image.size() * 4)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(image.rect(), whole)
        painter.end()
        grey = image.convertToFormat(QImage.Format.Format_Grayscale8)
        pictures.append([grey.pixelColor(x, y).value() for x in range(0, 298, 2) for y in range(0, 421, 2)])
    assert min(pictures[0]) < 128
    return sum(abs(a - b) for a, b in zip(*pictures, strict=True)) / 255 / len(pictures[0])
