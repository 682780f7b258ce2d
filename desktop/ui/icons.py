"""The stroke icons of `resources/icons`: palette-coloured, 1.5 px wide at any size, mirrored if directional.

A file says of itself whether it is directional (`data-directional="true"`): an arrow of reply mirrors in
Arabic, a clock does not.
"""

from functools import cache
from pathlib import Path

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QImage, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

import resources
from desktop.ui.palette import Palette

FOLDER = Path(resources.__file__).parent / "icons"
SIZES = (16, 20)
_GRID = 20


@cache
def names() -> tuple[str, ...]:
    """All icons, in alphabetical order."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.svg")))


@cache
def source(name: str) -> str:
    """The SVG text of an icon; raises FileNotFoundError for an unknown name, which is a bug."""
    return (FOLDER / f"{name}.svg").read_text(encoding="utf-8")


def is_directional(name: str) -> bool:
    """Whether the icon points along the line of reading, so that it mirrors in Arabic."""
    return 'data-directional="true"' in source(name)


@cache
def _image(name: str, colour: str, size: int, pixels: int, mirrored: bool) -> QImage:
    text = source(name).replace("currentColor", colour)
    text = text.replace('stroke-width="1.5"', f'stroke-width="{1.5 * _GRID / size:.3f}"')
    image = QImage(pixels, pixels, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    QSvgRenderer(QByteArray(text.encode())).render(painter, QRectF(0, 0, pixels, pixels))
    painter.end()
    return image.flipped(Qt.Orientation.Horizontal) if mirrored else image


def pixmap(
    name: str, colour: str, size: int = 16, *, ratio: float = 1.0, direction: Qt.LayoutDirection | None = None
) -> QPixmap:
    """One icon as a picture of `size` logical pixels at the screen's `ratio`.

    `direction` defaults to the application's; give the widget's own where it differs.
    """
    mirrored = is_directional(name) and _direction(direction) is Qt.LayoutDirection.RightToLeft
    made = QPixmap.fromImage(_image(name, colour, size, round(size * ratio), mirrored))
    made.setDevicePixelRatio(ratio)
    return made


def icon(
    name: str, colour: str, *, disabled: str | None = None, direction: Qt.LayoutDirection | None = None
) -> QIcon:
    """An icon for buttons and menus, sharp at ordinary and double density in both sizes."""
    made = QIcon()
    for size in SIZES:
        for ratio in (1.0, 2.0):
            made.addPixmap(pixmap(name, colour, size, ratio=ratio, direction=direction))
            if disabled:
                quiet = pixmap(name, disabled, size, ratio=ratio, direction=direction)
                made.addPixmap(quiet, QIcon.Mode.Disabled)
    return made


def disc(name: str, palette: Palette, *, extent: int = 56, ratio: float = 1.0) -> QPixmap:
    """An icon in the middle of a soft disc, for empty states."""
    made = QPixmap(round(extent * ratio), round(extent * ratio))
    made.setDevicePixelRatio(ratio)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QColor(palette.accent_soft if palette.tints else palette.accent))
    painter.setBrush(QColor(palette.accent_soft))
    painter.drawEllipse(QRectF(0.5, 0.5, extent - 1, extent - 1))
    corner = (extent - 24) / 2
    painter.drawPixmap(QRectF(corner, corner, 24, 24).toRect(), pixmap(name, palette.accent, 24, ratio=ratio))
    painter.end()
    return made


def extent(size: int) -> QSize:
    """The square of an icon, for `setIconSize`."""
    return QSize(size, size)


def beside_icon(text: str) -> str:
    """A button's text with a little more room after its icon than the style gives."""
    return f"\u00a0{text}"


def _direction(direction: Qt.LayoutDirection | None) -> Qt.LayoutDirection:
    if direction is not None:
        return direction
    from PySide6.QtGui import QGuiApplication

    return QGuiApplication.layoutDirection()
