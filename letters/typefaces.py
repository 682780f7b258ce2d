"""The typefaces of letters, as HarfBuzz fonts over files that are installed with the product (OFL)."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import fontpkg_amiri
import uharfbuzz as hb

EM = 1000
"""All measures inside `letters` are in thousandths of the type size."""


@dataclass(frozen=True, eq=False)
class Typeface:
    """One font file: its bytes, HarfBuzz font and vertical metrics (thousandths of the size)."""

    name: str
    data: bytes
    face: hb.Face
    font: hb.Font
    ascent: int
    descent: int

    def covers(self, character: str) -> bool:
        """Whether the font has a glyph for `character`."""
        return self.font.get_nominal_glyph(ord(character)) is not None


@cache
def typeface(name: str) -> Typeface:
    """ "Regular" or "Bold"; raises FileNotFoundError for others."""
    path = Path(fontpkg_amiri.ROOT) / "files" / f"Amiri-{name}.ttf"
    data = path.read_bytes()
    face = hb.Face(hb.Blob(data))
    font = hb.Font(face)
    font.scale = (EM, EM)
    extents = font.get_font_extents("ltr")
    return Typeface(f"Amiri-{name}", data, face, font, round(extents.ascender), round(extents.descender))
