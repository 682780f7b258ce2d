"""Screen type: IBM Plex Sans and IBM Plex Sans Arabic, from packages: a bare machine looks the same.

Plex Sans is a variable font whose weight is an axis (`setWeight` changes nothing); Plex Arabic comes in
static weights, so a role's Arabic family carries its weight in its name. Its figures are tabular by design.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from PySide6.QtGui import QFont, QFontDatabase

LATIN = "IBM Plex Sans"
ARABIC = "IBM Plex Sans Arabic"


class Role(StrEnum):
    """What a text is for; sizes are LOOK's."""

    BODY = "body"
    STRONG = "strong"
    QUIET = "quiet"
    QUIET_STRONG = "quiet_strong"
    SMALL = "small"
    TITLE = "title"
    HEADING = "heading"
    READING = "reading"
    DISPLAY = "display"


@dataclass(frozen=True, slots=True)
class _Cut:
    pixels: float
    weight: int


_CUTS = {
    Role.BODY: _Cut(14, 400),
    Role.STRONG: _Cut(14, 600),
    Role.QUIET: _Cut(12.5, 400),
    Role.QUIET_STRONG: _Cut(12.5, 600),
    Role.SMALL: _Cut(11.5, 500),
    Role.TITLE: _Cut(16, 600),
    Role.HEADING: _Cut(19, 600),
    Role.READING: _Cut(15, 400),
    Role.DISPLAY: _Cut(26, 600),
}
_ARABIC_FAMILY = {400: ARABIC, 500: f"{ARABIC} Medium", 600: f"{ARABIC} SemiBold"}
_ARABIC_FILES = ("Regular", "Medium", "SemiBold")


class FontsMissing(RuntimeError):
    """A font package is not installed, or one of its files cannot be read."""


@cache
def load() -> tuple[str, ...]:
    """Give the fonts to Qt, once per process, after QGuiApplication exists; raises FontsMissing.

    Returns the families, for the log.
    """
    import fontpkg_ibm_plex_sans as latin
    import fontpkg_ibm_plex_sans_arabic as arabic

    paths = [Path(latin.ROOT) / "files" / "IBMPlexSans[wdth,wght].ttf"]
    paths += [Path(arabic.ROOT) / "files" / f"IBMPlexSansArabic-{name}.ttf" for name in _ARABIC_FILES]
    families: list[str] = []
    for path in paths:
        number = QFontDatabase.addApplicationFont(str(path))
        if number < 0:
            raise FontsMissing(path.name)
        families += QFontDatabase.applicationFontFamilies(number)
    return tuple(dict.fromkeys(families))


def font(role: Role | str = Role.BODY, scale: float = 1.0, *, arabic_first: bool = False) -> QFont:
    """The font of a role at `scale` (1.0 = 100 %); `arabic_first` for a text known to be Arabic.

    Whole-text direction decides nothing here: each letter takes the first family that has it.
    """
    cut = _CUTS[Role(role)]
    families = [LATIN, _ARABIC_FAMILY[cut.weight]]
    made = QFont()
    made.setFamilies(families[::-1] if arabic_first else families)
    made.setPixelSize(max(9, int(cut.pixels * scale + 0.5)))
    if cut.weight != 400:
        made.setVariableAxis(QFont.Tag("wght"), cut.weight)
    made.setStyleHint(QFont.StyleHint.SansSerif)
    made.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return made


def line_height(role: Role | str, scale: float = 1.0, *, arabic: bool = False) -> int:
    """Pixels from one baseline to the next; Arabic gets more room than Latin (27 to 15 in long reading)."""
    ratio = (1.8 if Role(role) is Role.READING else 1.6) if arabic else 1.43
    return round(_CUTS[Role(role)].pixels * scale * ratio)
