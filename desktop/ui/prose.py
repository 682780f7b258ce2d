"""Texts that people wrote, read and typed: every paragraph runs in its own direction, whatever the language.

`Prose` shows a text at its full height inside a scrolling page; `Composer` is where one is typed. Both
stay quick at 20,000 characters: a height is measured once per width, typing touches only changed paragraphs.
"""

from PySide6.QtCore import QEvent, QMimeData, QSize, Qt, Signal
from PySide6.QtGui import (
    QFontMetricsF,
    QKeyEvent,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
    QTextBlock,
    QTextBlockFormat,
    QTextCursor,
    QTextOption,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QSizePolicy, QTextEdit, QWidget

from desktop.ui import direction
from desktop.ui.fonts import Role
from desktop.ui.theme import dress, theme
from protocol import text as protocol_text

AUTO = Qt.LayoutDirection.LayoutDirectionAuto


class Prose(QTextEdit):
    """A read-only text, selectable, as tall as it is long."""

    def __init__(self, text: str, role: Role = Role.BODY, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._role = role
        self._heights: dict[int, int] = {}
        self.setReadOnly(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setTabChangesFocus(True)
        self.document().setDocumentMargin(0)
        self.document().setUndoRedoEnabled(False)
        self.setProperty("kind", "bare")
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.ensurePolished()
        self.show_text(text)

    def show_text(self, text: str) -> None:
        """Show another text, paragraph by paragraph in its own direction."""
        arabic = direction.of(text) is direction.RIGHT_TO_LEFT
        theme().wear(self, self._role)
        self.document().setDefaultFont(self.font())
        self.setPlainText(text)
        self._lay_out(arabic)
        self.setAccessibleName(text[:200])

    def heightForWidth(self, width: int) -> int:
        """Height of the whole text at `width`, measured once per width."""
        known = self._heights.get(width)
        if known is None:
            self._set_text_width(width)
            known = int(self.document().size().height() + 1)
            self._heights[width] = known
        return known

    def paintEvent(self, event: QPaintEvent) -> None:
        """The width measured last may not be the one that was given."""
        if self.document().textWidth() != self.viewport().width():
            self._set_text_width(self.viewport().width())
        super().paintEvent(event)

    def hasHeightForWidth(self) -> bool:
        """Always: the text wraps."""
        return True

    def sizeHint(self) -> QSize:
        """The size at the present width."""
        width = max(self.width(), 160)
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        """Narrow columns are allowed, cut texts are not."""
        return QSize(80, 16)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """The page scrolls, not the text."""
        event.ignore()

    def showEvent(self, event: QShowEvent) -> None:
        """The style sheet has had its say by now: heights measured before may be wrong."""
        super().showEvent(event)
        self._forget_heights()

    def changeEvent(self, event: QEvent) -> None:
        """A new font means new line heights."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and hasattr(self, "_heights"):
            self.document().setDefaultFont(self.font())
            self._lay_out(direction.of(self.toPlainText()[:500]) is direction.RIGHT_TO_LEFT)

    def _set_text_width(self, width: int) -> None:
        # The editor must not hear of it: it would put its own width back.
        layout = self.document().documentLayout()
        layout.blockSignals(True)
        self.document().setTextWidth(width)
        layout.blockSignals(False)

    def _lay_out(self, arabic: bool) -> None:
        # One edit block: the document is laid out once, not once a paragraph.
        whole = QTextCursor(self.document())
        whole.beginEditBlock()
        direction.lay_out(self.document(), pixels=theme().line_height(self._role, arabic=arabic))
        whole.endEditBlock()
        self._forget_heights()

    def _forget_heights(self) -> None:
        self._heights.clear()
        self.updateGeometry()


class Composer(QTextEdit):
    """Where a text is typed: plain, bidirectional by paragraph, growing up to `most` lines."""

    edited = Signal()

    def __init__(self, *, least: int = 3, most: int = 18, role: Role = Role.BODY) -> None:
        super().__init__()
        self._role, self._least, self._most = role, least, most
        self._base = direction.LEFT_TO_RIGHT
        self._busy = False
        self.setAcceptRichText(False)
        self.setTabChangesFocus(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        theme().wear(self, role)
        self.document().setDocumentMargin(4)
        self._leave_direction_to_paragraphs()
        self.document().contentsChange.connect(self._on_contents_changed)
        self.document().documentLayout().documentSizeChanged.connect(lambda _: self._grow())
        self.textChanged.connect(self._on_text_changed)
        self._grow()

    def set_language(self, language: str) -> None:
        """The language expected here: where an empty paragraph begins."""
        base = direction.layout_direction(language)
        if base is self._base and self.layoutDirection() is base:
            return
        self._base = base
        self.setLayoutDirection(base)
        self._leave_direction_to_paragraphs()
        self._turn(self.document().begin(), self.document().end())

    def set_text(self, text: str, caret: int = -1) -> None:
        """Replace the whole text without announcing an edit; `caret` -1 means the end."""
        self._busy = True
        self.setPlainText(text)
        cursor = self.textCursor()
        cursor.setPosition(min(len(self.toPlainText()), caret if caret >= 0 else len(text)))
        self.setTextCursor(cursor)
        self._busy = False
        self._turn(self.document().begin(), self.document().end())

    def text(self) -> str:
        """What was typed, without control characters or direction overrides."""
        return protocol_text.clean_text(self.toPlainText())

    def caret(self) -> int:
        """Position of the caret in the text."""
        return self.textCursor().position()

    def insert(self, text: str) -> None:
        """Put `text` at the caret as one step of undo."""
        self.textCursor().insertText(text)
        self.setFocus()

    def mark_wrong(self, wrong: bool) -> None:
        """Draw the red border of a refused field, or take it away."""
        if self.property("wrong") != ("true" if wrong else "false"):
            self.setProperty("wrong", "true" if wrong else "false")
            dress(self)

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Paste words only."""
        if source.hasText():
            self.textCursor().insertText(protocol_text.clean_text(source.text()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """A new paragraph begins where the one above begins, until a letter says otherwise."""
        super().keyPressEvent(event)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            block = self.textCursor().block()
            self._turn(block, block.next())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width, another height."""
        super().resizeEvent(event)
        self._grow()

    def changeEvent(self, event: QEvent) -> None:
        """Keep the direction of paragraphs when the interface turns, and grow with the font."""
        super().changeEvent(event)
        if not hasattr(self, "_base"):
            return
        if event.type() == QEvent.Type.LayoutDirectionChange:
            self._leave_direction_to_paragraphs()
        elif event.type() == QEvent.Type.FontChange:
            self._grow()

    def _leave_direction_to_paragraphs(self) -> None:
        option = QTextOption()
        option.setTextDirection(AUTO)
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.document().setDefaultTextOption(option)

    def _on_text_changed(self) -> None:
        if not self._busy:
            self.edited.emit()

    def _on_contents_changed(self, position: int, removed: int, added: int) -> None:
        if self._busy or not (removed or added):
            return
        last = self.document().findBlock(position + added)
        self._turn(self.document().findBlock(position), last.next() if last.isValid() else last)

    def _turn(self, block: QTextBlock, end: QTextBlock) -> None:
        """Give each paragraph of [block, end) its direction; letters decide, else the paragraph above."""
        wanted: list[tuple[int, Qt.LayoutDirection]] = []
        above = block.previous()
        before = above.textDirection() if above.isValid() else self._base
        while block.isValid() and block != end:
            has_letters = any(character.isalpha() for character in block.text()[:200])
            before = direction.of(block.text()) if has_letters else before
            form = block.blockFormat()
            if form.layoutDirection() not in (AUTO, before) or block.textDirection() != before:
                wanted.append((block.position(), before))
            block = block.next()
        for position, side in wanted:
            cursor = QTextCursor(self.document())
            cursor.setPosition(position)
            cursor.joinPreviousEditBlock()
            form = QTextBlockFormat()
            form.setLayoutDirection(side)
            cursor.mergeBlockFormat(form)
            cursor.endEditBlock()

    def _grow(self) -> None:
        line = QFontMetricsF(self.font()).lineSpacing()
        frame = self.height() - self.viewport().height() if self.isVisible() else 12
        margin = 2 * self.document().documentMargin() + max(10, frame)
        least, most = line * self._least + margin, line * self._most + margin
        wanted = int(min(most, max(least, self.document().size().height() + max(10, frame))))
        if self.minimumHeight() != wanted:
            self.setMinimumHeight(wanted)
            self.setMaximumHeight(wanted)
