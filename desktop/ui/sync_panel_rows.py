"""Lines of the sync panel: a waiting act, which opens its complaint, and a file on its way."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from desktop.ui.fonts import Role
from desktop.ui.labels import IconButton, NearLabel
from desktop.ui.sync_panel_presenter import ActLine, FileLine, StateWords
from desktop.ui.theme import dress, theme
from resources.catalogue import LRI, PDI

BAR_HEIGHT = 4


class StateBar(QFrame):
    """How the connection stands, in its tone: icon, title, what it means."""

    def __init__(self) -> None:
        super().__init__()
        self._words = StateWords("", "", "info", "sync")  # type: ignore[arg-type]
        self._icon, self.title, self.text = QLabel(), NearLabel(role=Role.STRONG), NearLabel(role=Role.QUIET)
        dress(self, kind="bar", tone="info")
        line = QHBoxLayout(self)
        line.setContentsMargins(12, 10, 12, 10)
        line.setSpacing(10)
        line.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout()
        column.setSpacing(2)
        column.addWidget(self.title)
        column.addWidget(self.text)
        line.addLayout(column, 1)
        theme().changed.connect(self._draw)

    def say(self, words: StateWords) -> None:
        """Other words, another tone."""
        if words == self._words:
            return
        self._words = words
        self.title.setText(words.title)
        self.text.setText(words.text)
        self.setAccessibleName(f"{words.title}. {words.text}")
        dress(self, tone=str(words.tone))
        dress(self.title, tone=str(words.tone))
        self._draw()

    def _draw(self) -> None:
        icon = theme().icon(self._words.icon, str(self._words.tone))
        self._icon.setPixmap(icon.pixmap(QSize(20, 20)))


class ActRow(QPushButton):
    """What an act is, on what, and why it is still here; pressed, it opens the complaint."""

    def __init__(self, line: ActLine) -> None:
        super().__init__()
        self.line = line
        dress(self, kind="entry")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self._kind = NearLabel(role=Role.STRONG, wrap=False)
        self._when = NearLabel(role=Role.QUIET, ink="ink3", wrap=False)
        self._subject = NearLabel(role=Role.QUIET, ink="ink2")
        self._why = NearLabel(role=Role.QUIET, ink="ink3")
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(self._kind, 1)
        head.addWidget(self._when)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 8, 10, 8)
        column.setSpacing(2)
        column.addLayout(head)
        column.addWidget(self._subject)
        column.addWidget(self._why)
        for label in (self._kind, self._when, self._subject, self._why):
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.say(line)

    def say(self, line: ActLine) -> None:
        """The same act, told as of now."""
        self.line = line
        self._kind.setText(line.kind)
        self._when.setText(line.when)
        self._subject.setText(line.subject)
        self._why.setText(line.why)
        self.setAccessibleName(line.spoken)

    def sizeHint(self) -> QSize:
        """Room for its lines; a button by itself would ask for that of its (empty) text."""
        return QSize(0, self.layout().totalHeightForWidth(max(1, self.width())))

    def minimumSizeHint(self) -> QSize:
        """Lines wrap, so any width will do."""
        return QSize(0, 0)


class FileRow(QWidget):
    """A file's name, how far it is, and what stops it if it comes."""

    cancelled = Signal(str)

    def __init__(self, line: FileLine) -> None:
        super().__init__()
        self.sha256 = line.sha256
        self._name = NearLabel(role=Role.STRONG)
        self._text = NearLabel(role=Role.QUIET, ink="ink3")
        self.bar = QProgressBar(textVisible=False)
        self.bar.setFixedHeight(BAR_HEIGHT)
        self.cancel = IconButton("close")
        self.cancel.clicked.connect(lambda: self.cancelled.emit(self.sha256))
        column = QVBoxLayout()
        column.setSpacing(4)
        column.addWidget(self._name)
        column.addWidget(self.bar)
        column.addWidget(self._text)
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 6, 10, 6)
        row.setSpacing(12)
        row.addLayout(column, 1)
        row.addWidget(self.cancel, 0, Qt.AlignmentFlag.AlignVCenter)
        self.say(line)

    def say(self, line: FileLine) -> None:
        """How far it is now."""
        self._name.setText(line.name)
        self._text.setText(line.text)
        self.bar.setRange(0, 100 if line.share >= 0 else 0)
        self.bar.setValue(max(0, line.share))
        self.bar.setAccessibleName(f"{line.name} · {line.text}".replace(LRI, "").replace(PDI, ""))
        self.cancel.setVisible(bool(line.cancel))
        self.cancel.say(line.cancel)
