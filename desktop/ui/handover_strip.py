"""The line under the list when several rows are chosen: how many, give them to others, choose none again."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton

from desktop.core.translation import Translation
from desktop.ui.fonts import Role
from desktop.ui.labels import IconButton, NearLabel
from desktop.ui.theme import dress, theme


class HandoverStrip(QFrame):
    """It stands below the rows, so that choosing a second one moves nothing under the pointer."""

    asked = Signal()
    cleared = Signal()

    def __init__(self, words: Translation) -> None:
        super().__init__()
        self._words = words
        self._count = 0
        dress(self, kind="foot")
        self.label = NearLabel("", Role.STRONG)
        self.button = QPushButton()
        theme().wear(self.button, Role.STRONG)
        self.close_button = IconButton("close")
        self.button.clicked.connect(self.asked)
        self.close_button.clicked.connect(self.cleared)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 8, 12, 8)
        row.setSpacing(8)
        row.addWidget(self.label, 1)
        row.addWidget(self.button)
        row.addWidget(self.close_button)
        self.hide()

    def show_count(self, count: int) -> None:
        """Say how many are chosen; nothing for one or none."""
        if count != self._count:
            self._count = count
            self._say()
        self.setVisible(count > 1)

    def retranslate(self) -> None:
        """All texts again."""
        words = self._words
        self.button.setText(words("handover.strip.button"))
        self.button.setToolTip(words("handover.strip.hint"))
        self.close_button.say(words("handover.strip.none"))
        self._say()

    def _say(self) -> None:
        figure = self._words.number(self._count)
        self.label.setText(self._words.count("handover.strip.chosen", self._count, figure=figure))
