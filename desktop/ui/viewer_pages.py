"""What a viewer shows: the pages of a PDF, a picture or a plain text, each zoomed the same way.

`pages_for` chooses by the type found in the content; nothing is written to disk and nothing in a file is run.
"""

import re
from collections import Counter

from PySide6.QtCore import (
    QBuffer,
    QByteArray,
    QEvent,
    QIODevice,
    QMargins,
    QObject,
    QPointF,
    QRectF,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QImage,
    QImageReader,
    QPainter,
    QPaintEvent,
    QPalette,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtPdf import QPdfDocument, QPdfSearchModel
from PySide6.QtPdfWidgets import QPdfView
from PySide6.QtWidgets import QAbstractScrollArea, QScrollArea, QVBoxLayout, QWidget

from desktop.ui.attachments_view import PDF, PICTURES, PLAIN
from desktop.ui.fonts import Role
from desktop.ui.prose import Prose
from desktop.ui.theme import dress, theme
from desktop.ui.viewer_sheets import PdfSheets, PictureSheets, Sheets, TextSheets
from protocol.text import clean_text

STEPS = (0.25, 0.33, 0.5, 0.67, 0.8, 0.9, 1.0, 1.1, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0, 4.0)
"""Zooms one after the other; 1.0 is the size on paper, or one dot of a picture a pixel."""

_SMALLEST_PICTURE = 0.02
_PICTURE_LIMIT_MB = 256


class Unshowable(ValueError):
    """The content is damaged or not what it says it is; `reason` is "damaged", "password" or "type"."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Pages(QWidget):
    """What the viewer's bar steers; `moved` when the page or the zoom on show changed."""

    moved = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.is_fitted = True
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)

    def hold(self, area: QAbstractScrollArea) -> None:
        """The area that shows and scrolls everything."""
        self.area = area
        self.layout().addWidget(area)
        self.setFocusProxy(area)
        area.viewport().installEventFilter(self)

    def sheets(self) -> Sheets:
        """The same on paper."""
        raise NotImplementedError

    def zoom(self) -> float:
        """The zoom on show, whoever decided it."""
        raise NotImplementedError

    def set_zoom(self, zoom: float) -> None:
        """Show at this zoom, kept within what there is."""
        raise NotImplementedError

    def fit(self) -> None:
        """As wide as the window."""
        raise NotImplementedError

    def step(self, by: int) -> None:
        """The next larger (1) or smaller (-1) zoom."""
        now = self.zoom()
        larger = [step for step in STEPS if step > now * 1.01]
        smaller = [step for step in STEPS if step < now * 0.99]
        if by > 0 and larger:
            self.set_zoom(larger[0])
        elif by < 0 and smaller:
            self.set_zoom(smaller[-1])

    def count(self) -> int:
        """How many pages."""
        return 1

    def page(self) -> int:
        """The page on show, from 0."""
        return 0

    def go(self, page: int) -> None:
        """Show a page, kept within what there is."""

    def place(self) -> tuple[int, int]:
        """Where the window stands in the pages, in pixels across and down."""
        return self.area.horizontalScrollBar().value(), self.area.verticalScrollBar().value()

    def put(self, place: tuple[int, int]) -> None:
        """Stand there again."""
        self.area.horizontalScrollBar().setValue(place[0])
        self.area.verticalScrollBar().setValue(place[1])

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Ctrl and the wheel zoom; another width is another zoom of what is fitted."""
        if event.type() is QEvent.Type.Resize and self.is_fitted:
            QTimer.singleShot(0, self, self.moved.emit)
        if isinstance(event, QWheelEvent) and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            turned = event.angleDelta().y()
            if turned:
                self.step(1 if turned > 0 else -1)
            return True
        return super().eventFilter(watched, event)


class PdfPages(Pages):
    """The pages of a PDF, one under the other, with their words to be found."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self._content = content
        self._buffer = QBuffer(self)
        self._buffer.setData(QByteArray(content))
        self._buffer.open(QIODevice.OpenModeFlag.ReadOnly)
        self.document = QPdfDocument(self)
        self.document.load(self._buffer)
        if self.document.status() is not QPdfDocument.Status.Ready or self.document.pageCount() < 1:
            locked = self.document.error() is QPdfDocument.Error.IncorrectPassword
            raise Unshowable("password" if locked else "damaged")
        self.found = QPdfSearchModel(self)
        self.found.setDocument(self.document)
        self.view = QPdfView(self)
        self.view.setDocument(self.document)
        self.view.setPageMode(QPdfView.PageMode.MultiPage)
        self.view.setZoomMode(QPdfView.ZoomMode.FitToWidth)
        self.view.setFrameShape(QPdfView.Shape.NoFrame)
        self.view.setDocumentMargins(QMargins(24, 16, 24, 24))
        self.view.setPageSpacing(12)
        self.view.setSearchModel(self.found)
        self.hold(self.view)
        self.view.pageNavigator().currentPageChanged.connect(self.moved)
        theme().changed.connect(self._dress)
        self._dress()

    def sheets(self) -> Sheets:
        """The file's own pages."""
        return PdfSheets(self.document, self._content)

    def zoom(self) -> float:
        """1.0 is the size on paper at the screen's density."""
        if not self.is_fitted:
            return self.view.zoomFactor()
        margins = self.view.documentMargins()
        room = self.view.viewport().width() - margins.left() - margins.right()
        return max(STEPS[0], room / self._full_width())

    def set_zoom(self, zoom: float) -> None:
        """Show at this zoom."""
        self.is_fitted = False
        self.view.setZoomMode(QPdfView.ZoomMode.Custom)
        self.view.setZoomFactor(min(STEPS[-1], max(STEPS[0], zoom)))
        self.moved.emit()

    def fit(self) -> None:
        """As wide as the window."""
        self.is_fitted = True
        self.view.setZoomMode(QPdfView.ZoomMode.FitToWidth)
        self.moved.emit()

    def count(self) -> int:
        """How many pages."""
        return self.document.pageCount()

    def page(self) -> int:
        """The page on show, from 0."""
        return self.view.pageNavigator().currentPage()

    def go(self, page: int) -> None:
        """Show a page from its top."""
        navigator = self.view.pageNavigator()
        navigator.jump(min(self.count() - 1, max(0, page)), QPointF(), navigator.currentZoom())

    def find(self, text: str) -> None:
        """Mark every place that says `text`; `found` counts them as they come."""
        self.view.setCurrentSearchResultIndex(-1)
        self.found.setSearchString(self._as_written(text.strip()))

    def show_found(self, index: int) -> None:
        """Bring one of the places found into sight."""
        self.view.setCurrentSearchResultIndex(index)
        link = self.found.resultAtIndex(index)
        navigator = self.view.pageNavigator()
        navigator.jump(link.page(), link.location(), navigator.currentZoom())

    def text(self) -> str:
        """All words of the document, page after page."""
        return "\n".join(self.document.getAllText(page).text() for page in range(self.count()))

    def _dress(self) -> None:
        tokens, colours = theme().palette, self.view.palette()
        # Paper stays white in every look: where grounds are white too, its edge must still be seen.
        colours.setColor(
            QPalette.ColorRole.Dark, QColor(tokens.sunken if tokens.tints else tokens.line_strong)
        )
        self.view.setPalette(colours)

    def _as_written(self, text: str) -> str:
        """The words as the file has them: a reader of PDF sees gaps inside words with spaced letters."""
        loose = re.compile(" ?".join(map(re.escape, text.replace(" ", ""))), re.IGNORECASE)
        written = Counter(match.group(0) for match in loose.finditer(self.text())) if text else Counter()
        return written.most_common(1)[0][0] if written else text

    def _full_width(self) -> float:
        widest = max(self.document.pagePointSize(page).width() for page in range(self.count()))
        return max(1.0, widest) * self.screen().logicalDotsPerInch() / 72.0


class PicturePages(Pages):
    """One picture, turned as its camera says."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self._canvas = _Canvas(read_picture(content))
        scroll = QScrollArea()
        scroll.setWidget(self._canvas)
        scroll.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.hold(scroll)

    def sheets(self) -> Sheets:
        """One sheet."""
        return PictureSheets(self._canvas.image)

    def zoom(self) -> float:
        """Pixels of the screen for one of the picture."""
        return self._canvas.width() / max(1, self._canvas.image.width())

    def set_zoom(self, zoom: float) -> None:
        """Show at this zoom."""
        self.is_fitted = False
        self._resize(min(STEPS[-1], max(_SMALLEST_PICTURE, zoom)))

    def fit(self) -> None:
        """As wide as the window, never larger than life."""
        self.is_fitted = True
        room = self.area.maximumViewportSize().width() - 2
        self._resize(min(1.0, max(1, room) / max(1, self._canvas.image.width())))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A fitted picture follows the window."""
        super().resizeEvent(event)
        if self.is_fitted:
            self.fit()

    def _resize(self, zoom: float) -> None:
        self._canvas.resize((self._canvas.image.size().toSizeF() * zoom).toSize())
        self.moved.emit()


class TextPages(Pages):
    """A plain text, each paragraph in its own direction; its zoom is that of the whole program."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self._text = clean_text(content.decode("utf-8", "replace"))
        page = QWidget()
        dress(page, kind="surface")
        inside = QVBoxLayout(page)
        inside.setContentsMargins(24, 20, 24, 20)
        inside.addWidget(Prose(self._text, Role.READING))
        inside.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setWidget(page)
        self.hold(scroll)

    def sheets(self) -> Sheets:
        """A4."""
        return TextSheets(self._text)

    def zoom(self) -> float:
        """Always the program's own size."""
        return 1.0

    def set_zoom(self, zoom: float) -> None:
        """The program's own size is kept."""

    def fit(self) -> None:
        """It is always as wide as the window."""


class _Canvas(QWidget):
    """Paints a picture as large as itself, sharp at any density of the screen."""

    def __init__(self, image: QImage) -> None:
        super().__init__()
        self.image = image

    def paintEvent(self, event: QPaintEvent) -> None:
        """White under what is transparent, then the picture."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.fillRect(self.rect(), Qt.GlobalColor.white)
        painter.drawImage(QRectF(self.rect()), self.image)


def pages_for(content: bytes, mime: str) -> Pages:
    """The pages of a content; raises Unshowable."""
    if mime == PDF:
        return PdfPages(content)
    if mime in PICTURES:
        return PicturePages(content)
    if mime == PLAIN:
        return TextPages(content)
    raise Unshowable("type")


def read_picture(content: bytes) -> QImage:
    """The picture, upright; raises Unshowable for a damaged one and for one of more than 256 MB of dots."""
    buffer = QBuffer()
    buffer.setData(QByteArray(content))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer)
    reader.setAutoTransform(True)
    QImageReader.setAllocationLimit(_PICTURE_LIMIT_MB)
    image = reader.read()
    if image.isNull():
        raise Unshowable("damaged")
    return image
