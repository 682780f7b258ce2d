"""Pictures that leave this PC are drawn anew: no position, camera, thumbnail or hidden text with them."""

from PySide6.QtCore import QBuffer, QByteArray, QIODevice
from PySide6.QtGui import QImage, QImageReader, QPainter

from desktop.core.errors import PersonError
from protocol.files import BadUpload, UploadProblem, recognise
from protocol.wire import MAX_FILE

MAX_PIXELS = 40_000_000
QUALITIES = (88, 75, 60)
"""Of JPEG: a photograph that comes out too heavy is written again, a little coarser."""


def is_picture(content: bytes) -> bool:
    """Whether these bytes begin like a picture that can be attached."""
    return _type(content).startswith("image/")


def redrawn(name: str, content: bytes) -> bytes:
    """The same picture, upright, PNG for PNG and JPEG for the rest; raises PersonError. Any thread.

    The error is file_damaged, file_pixels or file_too_big.
    """
    buffer = QBuffer()
    buffer.setData(QByteArray(content))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer)
    reader.setAutoTransform(True)
    size = reader.size()
    if size.width() * size.height() > MAX_PIXELS:
        raise PersonError(UploadProblem.TOO_MANY_PIXELS, name=name)
    image = reader.read()
    if image.isNull():
        raise PersonError(UploadProblem.DAMAGED, name=name)
    is_png = _type(content) == "image/png"
    bare = _bare(image, is_png)
    for quality in (-1,) if is_png else QUALITIES:
        drawn = _written(bare, "PNG" if is_png else "JPEG", quality)
        if len(drawn) <= MAX_FILE:
            return drawn
    raise PersonError(UploadProblem.TOO_BIG, name=name)


def _type(content: bytes) -> str:
    try:
        return recognise(content, "")
    except BadUpload:
        return ""


def _bare(image: QImage, is_png: bool) -> QImage:
    """The points alone: painting leaves behind what the file said about itself."""
    clear = is_png and image.hasAlphaChannel()
    bare = QImage(image.size(), QImage.Format.Format_ARGB32 if clear else QImage.Format.Format_RGB32)
    bare.fill(0 if clear else 0xFFFFFFFF)
    painter = QPainter(bare)
    painter.drawImage(0, 0, image)
    painter.end()
    return bare


def _written(image: QImage, kind: str, quality: int) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, kind, quality)
    return bytes(buffer.data().data())
