"""The line at the foot of the window: what still works, what waits to leave, how fresh the data is."""

from datetime import datetime

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy

from desktop.core.records import ConnectionStatus
from desktop.core.translation import Translation
from desktop.ui import connection_presenter
from desktop.ui.fonts import Role
from desktop.ui.theme import dress, theme
from resources.catalogue import LRI, PDI

HEIGHT = 28
_PLACES = 5


class StatusLine(QFrame):
    """Up to five quiet sentences; a message of the moment takes the far end."""

    def __init__(self, translation: Translation) -> None:
        super().__init__()
        self._translation = translation
        self._status: ConnectionStatus | None = None
        dress(self, kind="foot")
        line = QHBoxLayout(self)
        line.setContentsMargins(16, 0, 16, 0)
        line.setSpacing(20)
        self._labels = [self._made_label() for _ in range(_PLACES)]
        self._message = self._made_label()
        self._message.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        for label in self._labels:
            line.addWidget(label)
        line.addWidget(self._message, 1)
        theme().changed.connect(self._fit)
        self._fit()

    def show_status(self, status: ConnectionStatus, now: datetime) -> None:
        """Say a status; `now` aware UTC."""
        said = connection_presenter.sentences(status, self._translation, now)
        for place, label in enumerate(self._labels):
            label.setText(self._plain(said[place]) if place < len(said) else "")
            label.setVisible(place < len(said))
        dress(self._labels[0], tone=str(connection_presenter.pill(status, self._translation, now).tone))
        self.setAccessibleName(" · ".join(said))

    def say(self, text: str) -> None:
        """A message of the moment ("answer recorded"); an empty text takes it away."""
        self._message.setText(text)
        self._message.setAccessibleName(text)

    def texts(self) -> tuple[str, ...]:
        """The sentences on show."""
        return tuple(label.text() for label in self._labels if not label.isHidden())

    def _plain(self, text: str) -> str:
        """Without isolates in French: no font has their (empty) glyph, and another font shifts the line."""
        if self._translation.language == "ar":
            return text
        return text.replace(LRI, "").replace(PDI, "")

    def _made_label(self) -> QLabel:
        label = QLabel()
        theme().wear(label, Role.QUIET)
        dress(label, ink="ink3")
        return label

    def _fit(self) -> None:
        self.setFixedHeight(theme().px(HEIGHT))
