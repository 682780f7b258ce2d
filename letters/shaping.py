"""Characters to glyphs: runs of one level, script and typeface, shaped by HarfBuzz.

Glyphs come in visual order, each with the characters it stands for, so that the page can be copied as text.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import uharfbuzz as hb

from letters import bidi
from letters.typefaces import Typeface


@dataclass(frozen=True, slots=True)
class Glyph:
    """A glyph of a typeface; measures in thousandths of the type size, `text` in logical order."""

    gid: int
    text: str
    advance: int
    dx: int
    dy: int


@dataclass(frozen=True, slots=True)
class Run:
    """Consecutive characters shaped together; `glyphs` from left to right."""

    level: int
    text: str
    glyphs: tuple[Glyph, ...]

    @property
    def advance(self) -> int:
        """Width in thousandths of the type size."""
        return sum(glyph.advance for glyph in self.glyphs)


def _script(character: str) -> str:
    kind = unicodedata.bidirectional(character)
    if kind in ("AL", "AN"):
        return "Arab"
    if kind == "L":
        return "Latn"
    return ""


def spans(text: str, levels: Sequence[int]) -> Iterator[tuple[int, int, int, str]]:
    """Cut a line into (start, end, level, script); neutral characters stay with what precedes them."""
    start, script = 0, ""
    for index, character in enumerate(text):
        own = _script(character)
        changes = index > start and (levels[index] != levels[start] or (own and script and own != script))
        if changes:
            yield start, index, levels[start], script or "Latn"
            start, script = index, ""
        script = script or own
    if start < len(text):
        yield start, len(text), levels[start], script or "Latn"


@lru_cache(maxsize=2_000)
def shape(text: str, *, level: int, script: str, face: Typeface) -> Run:
    """Shape one run; steering characters draw nothing but stay in `Run.text`."""
    drawn = text if text.isascii() else bidi.without_format(text)
    buffer = hb.Buffer()
    buffer.add_str(drawn)
    buffer.direction = "rtl" if level % 2 else "ltr"
    buffer.script = script
    buffer.language = "ar" if script == "Arab" else "fr"
    buffer.cluster_level = hb.BufferClusterLevel.MONOTONE_GRAPHEMES
    hb.shape(face.font, buffer, {"liga": True, "kern": True})
    if not drawn:
        return Run(level, text, ())
    clusters = sorted({info.cluster for info in buffer.glyph_infos})
    ends = dict(zip(clusters, [*clusters[1:], len(drawn)], strict=True))
    told: set[int] = set()
    glyphs = []
    for info, place in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
        meaning = "" if info.cluster in told else drawn[info.cluster : ends[info.cluster]]
        told.add(info.cluster)
        glyphs.append(Glyph(info.codepoint, meaning, place.x_advance, place.x_offset, place.y_offset))
    return Run(level, text, tuple(glyphs))


def shape_line(text: str, levels: Sequence[int], face: Typeface) -> list[Run]:
    """The runs of one line, from left to right."""
    runs = [
        shape(text[start:end], level=level, script=script, face=face)
        for start, end, level, script in spans(text, levels)
    ]
    return [runs[index] for index in bidi.visual_order([run.level for run in runs])]
