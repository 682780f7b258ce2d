"""The head of an opened complaint: title in its own direction, one line of origin, state badge and flags."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from desktop.core.translation import Translation
from desktop.ui.case_presenter import OpenedCase, answer_may_be_late, flags, origin, status_label
from desktop.ui.flow_layout import FlowLayout
from desktop.ui.fonts import Role
from desktop.ui.labels import NearLabel
from desktop.ui.palette import Tone, status_tone
from desktop.ui.theme import theme
from resources.catalogue import isolated


def badge(text: str, tone: Tone | str, name: str = "") -> QLabel:
    """A small word on the soft ground of its tone."""
    made = QLabel(text)
    theme().wear(made, Role.QUIET)
    made.setProperty("kind", "badge")
    made.setProperty("tone", str(tone))
    made.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
    made.setAccessibleName(name or text)
    return made


class CaseHeader(QWidget):
    """What the complaint is, in three lines at most."""

    def __init__(self) -> None:
        super().__init__()
        self.title = NearLabel(role=Role.HEADING)
        self.origin = NearLabel(role=Role.QUIET, ink="ink3")
        for label in (self.title, self.origin):
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.badges = QWidget()
        FlowLayout(self.badges, gap=6)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(4)
        lines.addWidget(self.title)
        lines.addWidget(self.origin)
        row = QHBoxLayout()
        row.setContentsMargins(0, 4, 0, 0)
        row.addWidget(self.badges, 1)
        lines.addLayout(row)
        self.warning = NearLabel()
        self.warning.setProperty("kind", "bar")
        self.warning.setProperty("tone", str(Tone.WARN))
        lines.addSpacing(4)
        lines.addWidget(self.warning)

    def show_case(self, opened: OpenedCase, words: Translation) -> None:
        """Say it for this case, in the language of `words`."""
        document = opened.document
        self.title.setText(isolated(document.object))
        self.title.setAccessibleName(document.object)
        self.origin.setText(origin(opened, words))
        self._clear()
        flow = self.badges.layout()
        assert flow is not None
        status = words.status(document.status, document.type)
        flow.addWidget(badge(status_label(document, words), status_tone(document.status), status))
        for flag in flags(opened, words):
            flow.addWidget(badge(flag.text, flag.tone))
        self.warning.setText(words("case.due.not_sent"))
        self.warning.setVisible(answer_may_be_late(opened))

    def _clear(self) -> None:
        flow = self.badges.layout()
        assert flow is not None
        while (item := flow.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
