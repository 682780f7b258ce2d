"""The shape of all dialogs of the complaint pane: title, body, a refusal above the buttons, two buttons."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from desktop.core.errors import PersonError
from desktop.core.translation import Translation
from desktop.ui import direction
from desktop.ui.actions_bar import ActionButton
from desktop.ui.fonts import Role
from desktop.ui.labels import NearLabel
from desktop.ui.theme import dress, theme


class CaseDialog(QDialog):
    """Stays open until its act is recorded, so that a refusal finds the words still there."""

    WIDE, HIGH = 560, 620

    def __init__(self, words: Translation, title: str, confirm: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.words = words
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        self.setLayoutDirection(direction.layout_direction(words.language))
        self.setModal(True)
        self.title = NearLabel(title, Role.TITLE)
        self.lead = NearLabel("", Role.QUIET, "ink3")
        self.lead.hide()
        self.body = QVBoxLayout()
        self.body.setSpacing(12)
        self.problem = QLabel()
        self.problem.setWordWrap(True)
        dress(self.problem, kind="bar", tone="danger")
        self.problem.hide()
        self.confirm_button = ActionButton(confirm, "Ctrl+↵")
        self.confirm_button.setAccessibleName(confirm)
        self.confirm_button.fill(True)
        self.confirm_button.clicked.connect(self.confirm)
        self.cancel_button = QPushButton(words("case.cancel"))
        self.cancel_button.setAutoDefault(False)
        self.cancel_button.clicked.connect(self.reject)
        self._lay_out()
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(self.confirm)

    def confirm(self) -> None:
        """Check and ask; each dialog says how."""
        raise NotImplementedError

    def tell(self, lead: str) -> None:
        """The quiet line under the title."""
        self.lead.setText(lead)
        self.lead.setVisible(bool(lead))

    def refuse(self, error: PersonError) -> None:
        """The rules said no: why, and nothing typed is lost."""
        why = self.words.error(error)
        self.problem.setText(f"{why.title}. {why.text}")
        self.problem.show()

    def done_waiting(self) -> None:
        """The act is recorded."""
        self.accept()

    def sizeHint(self) -> QSize:
        """Comfortable, inside a small screen."""
        screen = self.screen().availableGeometry()
        return QSize(
            min(theme().px(self.WIDE), screen.width() - 64), min(theme().px(self.HIGH), screen.height() - 64)
        )

    def _lay_out(self) -> None:
        lines = QVBoxLayout(self)
        lines.setContentsMargins(24, 20, 24, 20)
        lines.setSpacing(14)
        head = QVBoxLayout()
        head.setSpacing(4)
        head.addWidget(self.title)
        head.addWidget(self.lead)
        lines.addLayout(head)
        lines.addLayout(self.body, 1)
        lines.addWidget(self.problem)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addStretch(1)
        row.addWidget(self.cancel_button)
        row.addWidget(self.confirm_button)
        lines.addLayout(row)
