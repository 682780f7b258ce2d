"""Directions of a paragraph: UAX#9 embedding levels in logical order, and the visual order of a line.

Levels come from fpdf2's implementation (all of BidiCharacterTest passes); lines are broken in logical order
first, then each is reordered on its own, as the algorithm asks.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from fpdf.bidi import BidiParagraph
from fpdf.enums import TextDirection

_WHITE = frozenset(" \t\u00a0\u202f")
_FORMAT = frozenset("\u2066\u2067\u2068\u2069\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e")

_NOT_PLAIN = re.compile(
    "[\u0590-\u08ff\u200e\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufefc]|[^\x00-\uffff]"
)
"""Anything that writes or steers from right to left: without it, a left-to-right text is all level 0."""


@lru_cache(maxsize=2_000)
def levels(text: str, *, rtl: bool) -> tuple[int, ...]:
    """The embedding level of every character of a paragraph whose base direction is given."""
    if not text:
        return ()
    if not rtl and not _NOT_PLAIN.search(text):
        return (0,) * len(text)
    direction = TextDirection.RTL if rtl else TextDirection.LTR
    resolved = [int(rtl)] * len(text)
    for character in BidiParagraph(text, direction, preserve_bn_chars=True).characters:
        resolved[character.character_index] = character.embedding_level
    return tuple(resolved)


def line_levels(text: str, resolved: Sequence[int], *, rtl: bool) -> list[int]:
    """Levels of one line: its trailing white space goes back to the base level (rule L1)."""
    line = list(resolved)
    for index in range(len(text) - 1, -1, -1):
        if text[index] not in _WHITE and text[index] not in _FORMAT:
            break
        line[index] = int(rtl)
    return line


def visual_order(run_levels: Sequence[int]) -> list[int]:
    """Indexes of the runs of a line from left to right, given their levels in logical order (rule L2)."""
    order = list(range(len(run_levels)))
    if not order:
        return order
    lowest_odd = min((level for level in run_levels if level % 2), default=max(run_levels) + 1)
    for level in range(max(run_levels), lowest_odd - 1, -1):
        start = 0
        while start < len(order):
            if run_levels[order[start]] < level:
                start += 1
                continue
            end = start
            while end < len(order) and run_levels[order[end]] >= level:
                end += 1
            order[start:end] = reversed(order[start:end])
            start = end
    return order


_NO_FORMAT = {ord(character): None for character in _FORMAT}


def without_format(text: str) -> str:
    """The text without the characters that only steer direction."""
    return text.translate(_NO_FORMAT)
