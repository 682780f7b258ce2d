"""A reportlab Flowable for French, Arabic and mixed text: broken in logical order, ordered line by line.

Lines are aligned to the paragraph's own start (right in Arabic), never justified by stretching letters.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable

from letters import bidi
from letters.embedding import EmbeddedFont
from letters.shaping import Glyph, Run, shape, shape_line, spans
from letters.typefaces import EM, Typeface, typeface

_AIR = 50
"""A gap inside a word, in thousandths of the type size, that could be mistaken for a space."""

LONGEST = 400
"""Characters after which a word may be cut, more than any line holds: text pasted without spaces is broken
line by line, not measured whole for each of its lines."""


@dataclass(frozen=True, slots=True)
class Style:
    """How a paragraph is set: sizes in points; `align` is "start", "end" or "centre" of its own direction."""

    size: float = 12.0
    leading: float = 18.0
    weight: str = "Regular"
    rtl: bool = True
    align: str = "start"
    space_after: float = 6.0
    grey: float = 0.0

    @property
    def face(self) -> Typeface:
        """The typeface of this weight."""
        return typeface(self.weight)


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    runs: tuple[Run, ...]
    width: float


def embedded(canvas: Canvas, face: Typeface) -> EmbeddedFont:
    """The embedded form of `face` in this canvas's document, made at first use."""
    document = canvas._doc
    fonts: dict[str, EmbeddedFont] = document.__dict__.setdefault("chekaya_fonts", {})
    if face.name not in fonts:
        fonts[face.name] = EmbeddedFont(face, f"CK{len(fonts) + 1}")
        document.delayedFonts.append(fonts[face.name])
    return fonts[face.name]


@lru_cache(maxsize=20_000)
def word_width(word: str, face: Typeface) -> int:
    """Width of a word by itself in thousandths of the type size: letters do not join across spaces."""
    return sum(
        shape(word[start:end], level=level, script=script, face=face).advance
        for start, end, level, script in spans(word, bidi.levels(word, rtl=False))
    )


class Paragraph(Flowable):  # type: ignore[misc]
    """One paragraph of plain text; newlines in it are kept as line ends."""

    def __init__(self, text: str, style: Style) -> None:
        super().__init__()
        self.text = text
        self.style = style
        self._lines: list[_Line] = []
        self.width = 0.0
        self.spaceAfter = style.space_after

    def wrap(self, width: float, _height: float) -> tuple[float, float]:
        """Break into lines for `width` points; gives width and height in points."""
        if not self._lines or width != self.width:
            self.width = width
            self._lines = [line for part in self.text.split("\n") for line in self._broken(part, width)]
        self.height = len(self._lines) * self.style.leading
        return width, self.height

    def split(self, width: float, height: float) -> list[Flowable]:
        """Cut after as many lines as fit, never leaving a single line on either side."""
        self.wrap(width, height)
        fitting = int(height // self.style.leading)
        if len(self._lines) - fitting == 1:
            fitting -= 1
        if fitting < 2 or fitting >= len(self._lines):
            return []
        head, tail = self._lines[:fitting], self._lines[fitting:]
        return [self._of(head), self._of(tail)]

    def _of(self, lines: Sequence[_Line]) -> "Paragraph":
        return Paragraph("\n".join(line.text for line in lines), self.style)

    def _broken(self, text: str, width: float) -> list[_Line]:
        levels = bidi.levels(text, rtl=self.style.rtl)
        lines, start = [], 0
        while start < len(text):
            lines.append(self._fitting(text, levels, start, width))
            start += len(lines[-1].text)
        return lines or [_Line("", (), 0.0)]

    def _fitting(self, text: str, levels: Sequence[int], start: int, width: float) -> _Line:
        """The line that starts at `start`: to the last word that fits, or inside a huge one."""
        ends = self._word_ends(text, start, width)
        line = self._line(text[start : ends[-1]], levels[start : ends[-1]])
        while len(ends) > 1 and line.width - self._trailing(line) > width:
            ends.pop()
            line = self._line(text[start : ends[-1]], levels[start : ends[-1]])
        if line.width - self._trailing(line) <= width:
            return line
        fits, too_far = start + 1, ends[-1]
        while too_far - fits > 1:
            middle = (fits + too_far) // 2
            line = self._line(text[start:middle], levels[start:middle])
            if line.width - self._trailing(line) > width:
                too_far = middle
            else:
                fits = middle
        return self._line(text[start:fits], levels[start:fits])

    def _word_ends(self, text: str, start: int, width: float) -> list[int]:
        """Ends of the first words of a line, until one more would pass `width` by the sum of their widths."""
        ends: list[int] = []
        used = 0.0
        while not ends or ends[-1] < len(text):
            begin = ends[-1] if ends else start
            space = text.find(" ", begin)
            end = min(len(text) if space < 0 else space + 1, begin + LONGEST)
            word = text[begin:end]
            used += word_width(word.rstrip(" "), self.style.face) * self.style.size / EM
            if ends and used > width:
                break
            ends.append(end)
            used += (len(word) - len(word.rstrip(" "))) * self._space_width
        return ends

    def _line(self, text: str, levels: Sequence[int]) -> _Line:
        runs = shape_line(text, bidi.line_levels(text, levels, rtl=self.style.rtl), self.style.face)
        return _Line(text, tuple(runs), sum(run.advance for run in runs) * self.style.size / EM)

    def draw(self) -> None:
        """Draw all lines, the first at the top."""
        style = self.style
        font = embedded(self.canv, style.face)
        baseline = self.height - style.leading + (style.leading - style.size) / 2 + style.size * 0.1
        for line in self._lines:
            self._draw_line(line, font, baseline)
            baseline -= style.leading

    def _draw_line(self, line: _Line, font: EmbeddedFont, baseline: float) -> None:
        trailing = self._trailing(line)
        x = self._x(line.width - trailing)
        if self.style.rtl:
            x -= trailing
        self.canv.saveState()
        self.canv.setFillGray(self.style.grey)
        for run in line.runs:
            x = self._draw_run(run, font, x, baseline)
        self.canv.restoreState()

    def _trailing(self, line: _Line) -> float:
        """Width of the spaces at the logical end of a line, which hang outside it."""
        spaces = len(line.text) - len(line.text.rstrip(" "))
        return spaces * self._space_width

    @property
    def _space_width(self) -> float:
        return word_width(" ", self.style.face) * self.style.size / EM

    def _x(self, width: float) -> float:
        free = self.width - width
        if self.style.align == "centre":
            return free / 2
        at_right = self.style.rtl == (self.style.align == "start")
        return free if at_right else 0.0

    def _draw_run(self, run: Run, font: EmbeddedFont, x: float, baseline: float) -> float:
        scale = self.style.size / EM
        widths = _widths(run.glyphs, self.style.face)
        code = [f"BT /{font.name} {self.style.size:g} Tf 1 0 0 1 {x:.3f} {baseline:.3f} Tm"]
        place = shown = rise = 0
        for cluster in _clusters(run.glyphs):
            if len(cluster) > 1:
                code.append(f"/Span << /ActualText <feff{cluster[0].text.encode('utf-16-be').hex()}> >> BDC")
            for glyph in cluster:
                if glyph.dy != rise:
                    rise = glyph.dy
                    code.append(f"{rise * scale:.3f} Ts")
                shift = shown - place - glyph.dx
                width = next(widths)
                name = f"<{font.code(glyph, width):04x}>"
                code.append(f"[{shift} {name}] TJ" if shift else f"{name} Tj")
                shown = place + glyph.dx + width
                place += glyph.advance
            if len(cluster) > 1:
                code.append("EMC")
        code.append("0 Ts ET" if rise else "ET")
        self.canv._code.append("\n".join(code))
        return x + place * scale


def _widths(glyphs: Sequence[Glyph], face: Typeface) -> Iterator[int]:
    """What each glyph is told to be wide: its own width, and any air the font sets inside a word.

    Amiri pushes a waw away from the dots of the yeh after it; readers that copy text would take the gap for a
    space between two words.
    """
    for glyph, following in zip(glyphs, [*glyphs[1:], None], strict=True):
        width = face.font.get_glyph_h_advance(glyph.gid)
        gap = glyph.advance - glyph.dx + (following.dx if following is not None else 0) - width
        inside = following is not None and glyph.text.strip() and following.text.strip()
        yield width + gap if inside and gap > _AIR else width


def _clusters(glyphs: Sequence[Glyph]) -> list[list[Glyph]]:
    """Glyphs that stand together for the characters told by the first of them."""
    clusters: list[list[Glyph]] = []
    for glyph in glyphs:
        if glyph.text or not clusters:
            clusters.append([glyph])
        else:
            clusters[-1].append(glyph)
    return clusters
