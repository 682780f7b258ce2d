"""Colours of painted areas: those of the palette, but an amber that reads as amber where `warn` is ink."""

from PySide6.QtGui import QColor

from desktop.ui.palette import Tone
from desktop.ui.theme import theme

_LIGHTER = 150
"""Per cent: the ink of warnings in the light look, as an area; still 3:1 on paper."""


def tint(token: str) -> QColor:
    """The colour of an area that stands for a meaning of the palette."""
    tokens = theme().palette
    colour = QColor(getattr(tokens, token))
    return colour.lighter(_LIGHTER) if token == Tone.WARN and tokens.tints and not tokens.dark else colour
