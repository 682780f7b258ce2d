"""What a viewer's content is on paper: sheets of a size in points, drawn strip by strip at any resolution.

The screen and the printer take the same renderer, so that a print is what was seen.
"""

from typing import Protocol

from PySide6.QtCore import QRect, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QImage, QPainter, QTextDocument
from PySide6.QtPdf import QPdfDocument, QPdfDocumentRenderOptions

from desktop.ui import direction, fonts

_A4 = QSizeF(595.0, 842.0)
_TEXT_MARGIN = 56.0
_TEXT_PIXELS = 11


class Sheets(Protocol):
    """Pages that can be put on paper."""

    def count(self) -> int:
        """How many."""
        ...

    def size(self, page: int) -> QSizeF:
        """Width and height of a page in points."""
        ...

    def strip(self, page: int, whole: QSize, part: QRect) -> QImage:
        """The `part` of a page that would be `whole` dots large, on nothing or on white."""
        ...

    def exact(self) -> bytes:
        """The PDF itself, b"" when these sheets are not one."""
        ...


class PdfSheets:
    """Pages of a PDF."""

    def __init__(self, document: QPdfDocument, content: bytes) -> None:
        self._document, self._content = document, content

    def count(self) -> int:
        """How many pages."""
        return self._document.pageCount()

    def size(self, page: int) -> QSizeF:
        """As the file says, in points."""
        return self._document.pagePointSize(page)

    def strip(self, page: int, whole: QSize, part: QRect) -> QImage:
        """A part of a page."""
        options = QPdfDocumentRenderOptions()
        options.setRenderFlags(QPdfDocumentRenderOptions.RenderFlag.Annotations)
        options.setScaledSize(whole)
        options.setScaledClipRect(part)
        return self._document.render(page, part.size(), options)

    def exact(self) -> bytes:
        """The file itself."""
        return self._content


class PictureSheets:
    """A picture as one sheet, as large as A4 allows, lying when it is wider than high."""

    def __init__(self, image: QImage) -> None:
        self._image = image

    def count(self) -> int:
        """One."""
        return 1

    def size(self, page: int) -> QSizeF:
        """In points."""
        del page
        sheet = _A4.transposed() if self._image.width() > self._image.height() else _A4
        return QSizeF(self._image.size()).scaled(sheet, Qt.AspectRatioMode.KeepAspectRatio)

    def strip(self, page: int, whole: QSize, part: QRect) -> QImage:
        """A part of the picture."""
        del page
        made = QImage(part.size(), QImage.Format.Format_RGB32)
        made.fill(Qt.GlobalColor.white)
        painter = QPainter(made)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(QRectF(0, -part.y(), whole.width(), whole.height()), self._image)
        painter.end()
        return made

    def exact(self) -> bytes:
        """Not a PDF."""
        return b""


class TextSheets:
    """A plain text on A4, each paragraph in its own direction."""

    def __init__(self, text: str) -> None:
        self._document = QTextDocument(text)
        font = fonts.font(fonts.Role.BODY)
        font.setPixelSize(_TEXT_PIXELS)
        self._document.setDefaultFont(font)
        self._document.setDocumentMargin(_TEXT_MARGIN)
        self._document.setPageSize(_A4)
        direction.lay_out(self._document)

    def count(self) -> int:
        """How many pages it fills."""
        return self._document.pageCount()

    def size(self, page: int) -> QSizeF:
        """A4."""
        del page
        return _A4

    def strip(self, page: int, whole: QSize, part: QRect) -> QImage:
        """A part of a page."""
        made = QImage(part.size(), QImage.Format.Format_RGB32)
        made.fill(Qt.GlobalColor.white)
        painter = QPainter(made)
        painter.translate(0, -part.y())
        painter.scale(whole.width() / _A4.width(), whole.height() / _A4.height())
        painter.translate(0, -page * _A4.height())
        painter.setPen(Qt.GlobalColor.black)
        self._document.drawContents(painter, QRectF(0, page * _A4.height(), _A4.width(), _A4.height()))
        painter.end()
        return made

    def exact(self) -> bytes:
        """Not a PDF."""
        return b""
