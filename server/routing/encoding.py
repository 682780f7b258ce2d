"""Finds how a text file was encoded, in one pass and bounded memory: CSV files come in six ways."""

import codecs
from enum import StrEnum
from itertools import pairwise
from pathlib import Path

_CHUNK = 1 << 20
_ESCAPED = range(0xDC80, 0xDD00)


class Encoding(StrEnum):
    """What `open` takes; the two byte pages are those of Windows in French and in Arabic."""

    UTF_8 = "utf-8-sig"
    UTF_16 = "utf-16"
    UTF_16_LE = "utf-16-le"
    UTF_16_BE = "utf-16-be"
    LATIN = "cp1252"
    ARABIC = "cp1256"


class Damaged(ValueError):
    """A UTF-8 file with bytes that are not; `line` is the first such line."""

    def __init__(self, line: int) -> None:
        super().__init__(f"line {line}")
        self.line = line


def detect(path: Path) -> Encoding:
    """The encoding of a file, by its mark or its bytes; raises Damaged, OSError.

    Not UTF-8 and mostly foreign bytes side by side: Arabic words; foreign bytes alone among Latin letters:
    French accents.
    """
    with path.open("rb") as file:
        start = file.read(4096)
        if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return Encoding.UTF_16
        wide = _wide(start)
        if wide is not None:
            return wide
        file.seek(0)
        decoder = codecs.getincrementaldecoder("utf-8")(errors="surrogateescape")
        lines, first_bad, bad, good, together = 1, 0, 0, 0, 0
        while chunk := file.read(_CHUNK):
            text = decoder.decode(chunk)
            if not text.isascii():
                wrong = [at for at, letter in enumerate(text) if ord(letter) in _ESCAPED]
                good += sum(not letter.isascii() for letter in text) - len(wrong)
                bad += len(wrong)
                together += sum(after - before == 1 for before, after in pairwise(wrong))
                if wrong and not first_bad:
                    first_bad = lines + text.count("\n", 0, wrong[0])
            lines += text.count("\n")
    if not bad:
        return Encoding.UTF_8
    if good > bad:
        raise Damaged(first_bad)
    return Encoding.ARABIC if together > bad / 3 else Encoding.LATIN


def _wide(start: bytes) -> Encoding | None:
    """UTF-16 without its mark: every second byte of a Latin heading is zero."""
    even, odd = start[0:200:2], start[1:200:2]
    if len(odd) < 4:
        return None
    if odd.count(0) > len(odd) * 0.6 and even.count(0) < len(even) * 0.2:
        return Encoding.UTF_16_LE
    if even.count(0) > len(even) * 0.6 and odd.count(0) < len(odd) * 0.2:
        return Encoding.UTF_16_BE
    return None
