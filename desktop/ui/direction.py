"""Direction of a text on the screen: what a citizen wrote keeps its own, whatever the interface's language.

The reading direction itself is decided by `protocol.text.direction` (first strong letter), so that letters,
portal and desk agree.
"""

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, Qt, QTranslator
from PySide6.QtGui import QTextBlockFormat, QTextCursor, QTextDocument, QTextOption

from desktop.ui.formatting import locale
from protocol import text as protocol_text
from resources.catalogue import isolated, ltr

__all__ = ["align", "isolated", "lay_out", "layout_direction", "ltr", "of", "option", "turn_application"]

LEFT_TO_RIGHT = Qt.LayoutDirection.LeftToRight
RIGHT_TO_LEFT = Qt.LayoutDirection.RightToLeft


def layout_direction(language: str) -> Qt.LayoutDirection:
    """The direction in which an interface in `language` is laid out."""
    return RIGHT_TO_LEFT if language == "ar" else LEFT_TO_RIGHT


def turn_application(language: str) -> None:
    """Lay the application out for `language`, with its locale and Qt's own words (menus of text fields)."""
    application = QCoreApplication.instance()
    QLocale.setDefault(locale(language))
    for translator in application.findChildren(QTranslator):
        application.removeTranslator(translator)
        translator.deleteLater()
    own = QTranslator(application)
    folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    if own.load(f"qtbase_{language}", folder):
        application.installTranslator(own)
    application.setLayoutDirection(layout_direction(language))


def of(text: str) -> Qt.LayoutDirection:
    """The direction of `text` by its first strong letter; left to right when it has none."""
    return RIGHT_TO_LEFT if protocol_text.direction(text) == "rtl" else LEFT_TO_RIGHT


def align(direction: Qt.LayoutDirection) -> Qt.AlignmentFlag:
    """The absolute alignment of the beginning of lines running in `direction`."""
    edge = Qt.AlignmentFlag.AlignRight if direction is RIGHT_TO_LEFT else Qt.AlignmentFlag.AlignLeft
    return edge | Qt.AlignmentFlag.AlignAbsolute


def option(text: str, *, wrap: bool = True) -> QTextOption:
    """How to draw `text` in its own direction, from the edge where its lines begin."""
    direction = of(text)
    made = QTextOption(align(direction))
    made.setTextDirection(direction)
    word, none = QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere, QTextOption.WrapMode.NoWrap
    made.setWrapMode(word if wrap else none)
    return made


def lay_out(document: QTextDocument, *, pixels: int = 0) -> None:
    """Give every paragraph its own direction, edge and, when `pixels` > 0, line height."""
    cursor = QTextCursor(document)
    block = document.begin()
    while block.isValid():
        direction = of(block.text())
        form = QTextBlockFormat()
        form.setLayoutDirection(direction)
        form.setAlignment(align(direction))
        if pixels:
            form.setLineHeight(pixels, QTextBlockFormat.LineHeightTypes.FixedHeight.value)
        cursor.setPosition(block.position())
        cursor.mergeBlockFormat(form)
        block = block.next()
