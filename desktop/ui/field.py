"""A labelled field with room for its refusal beside it: what was typed is never touched by an error."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QComboBox, QDateEdit, QLineEdit, QVBoxLayout, QWidget

from desktop.ui.fonts import Role
from desktop.ui.labels import NearLabel
from desktop.ui.prose import Composer
from desktop.ui.theme import dress, restyle, theme

_BOX_FRAME = 52
"""Border, padding and arrow of a combo box, in pixels."""


class Field(QWidget):
    """Label above, control, refusal below."""

    edited = Signal()

    def __init__(self, control: QWidget, *, label: str = "") -> None:
        super().__init__()
        self.control = control
        self.label = NearLabel(label, Role.QUIET, "ink2", wrap=False)
        self.label.setBuddy(control)
        self.problem = NearLabel("", Role.QUIET)
        dress(self.problem, tone="danger")
        self.problem.hide()
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(4)
        lines.addWidget(self.label)
        lines.addWidget(control)
        lines.addWidget(self.problem)
        self._connect()

    def say(self, label: str, hint: str = "") -> None:
        """Words of the label and of the empty control."""
        self.label.setText(label)
        self.label.setVisible(bool(label))
        name = label or hint.rstrip("…")
        self.control.setAccessibleName(name)
        if isinstance(self.control, Composer | QLineEdit):
            self.control.setPlaceholderText(hint)

    def refuse(self, why: str) -> None:
        """Mark the field and say why; "" takes the mark away."""
        self.problem.setText(why)
        self.problem.setVisible(bool(why))
        self.control.setAccessibleDescription(why)
        wrong = "true" if why else "false"
        if self.control.property("wrong") != wrong:
            self.control.setProperty("wrong", wrong)
            restyle(self.control)

    def _connect(self) -> None:
        if isinstance(self.control, Composer):
            self.control.edited.connect(self.edited)
        elif isinstance(self.control, QLineEdit):
            self.control.textEdited.connect(self.edited)
        elif isinstance(self.control, QComboBox):
            self.control.activated.connect(self.edited)
        elif isinstance(self.control, QDateEdit):
            self.control.dateChanged.connect(self.edited)


def fill_box(box: QComboBox, choices: tuple[tuple[str, str], ...], current: str) -> None:
    """Put (code, words) into a box and choose `current`, without announcing an edit."""
    box.blockSignals(True)
    box.clear()
    for code, words in choices:
        box.addItem(words, code)
    box.setCurrentIndex(max(0, box.findData(current)))
    box.blockSignals(False)
    box.updateGeometry()


def box() -> QComboBox:
    """A combo box as wide as what is chosen, which the wheel never changes by accident."""
    made = _CalmBox()
    made.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    made.currentIndexChanged.connect(lambda _: made.updateGeometry())
    made.view().setMinimumWidth(theme().px(220))
    return made


class _CalmBox(QComboBox):
    def sizeHint(self) -> QSize:
        hint = super().sizeHint()
        wanted = self.fontMetrics().horizontalAdvance(self.currentText()) + _BOX_FRAME
        return QSize(max(theme().px(72), wanted), hint.height())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def wheelEvent(self, event: object) -> None:
        event.ignore()  # type: ignore[attr-defined]
