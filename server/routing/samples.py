"""Reads labelled texts from CSV files as ministries export them, and says where a file is wrong.

UTF-8 with or without its mark; commas, semicolons or tabs; columns `text` and `label` in any order, other
columns ignored.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TEXT, LABEL = "text", "label"


class BadSamples(ValueError):
    """The file cannot be learnt from; the message names the line and what to do."""


@dataclass(frozen=True, slots=True)
class Samples:
    """Texts with their labels, in file order."""

    texts: tuple[str, ...]
    labels: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.texts)

    def part(self, chosen: list[int]) -> "Samples":
        """Only the samples at these positions."""
        return Samples(tuple(self.texts[i] for i in chosen), tuple(self.labels[i] for i in chosen))


def read_samples(path: Path) -> Samples:
    """The labelled texts of a CSV file; raises BadSamples.

    Lines where both fields are empty are passed over; one without the other is a fault.
    """
    content = _decoded(path)
    rows = csv.reader(io.StringIO(content, newline=""), delimiter=_delimiter(content), strict=True)
    try:
        pairs = list(_pairs(path, rows))
    except csv.Error as error:
        raise BadSamples(f"{path}, line {rows.line_num}: {error}") from error
    if not pairs:
        raise BadSamples(f"{path}: no labelled text below the heading")
    return Samples(tuple(text for text, _ in pairs), tuple(label for _, label in pairs))


def _decoded(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadSamples(f"{path}: {error.strerror or error}") from error
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise BadSamples(f"{path}: this is UTF-16; save it again as “CSV UTF-8”")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BadSamples(
            f"{path}, line {line}: not UTF-8 (byte {content[error.start]:#04x}); save it again as “CSV UTF-8”"
        ) from error


def _delimiter(content: str) -> str:
    """The separator of the heading line."""
    heading = content.split("\n", 1)[0]
    return max(",;\t", key=heading.count)


def _pairs(path: Path, rows: Iterator[list[str]]) -> Iterator[tuple[str, str]]:
    heading = [name.strip().casefold() for name in next(rows, [])]
    missing = [name for name in (TEXT, LABEL) if name not in heading]
    if missing:
        raise BadSamples(f"{path}, line 1: no column named {' nor '.join(missing)}; found: {heading}")
    text_at, label_at = heading.index(TEXT), heading.index(LABEL)
    for row in rows:
        line = rows.line_num  # type: ignore[attr-defined]
        text, label = (row[at].strip() if at < len(row) else "" for at in (text_at, label_at))
        if text and label:
            yield text, label
        elif text or label:
            raise BadSamples(f"{path}, line {line}: {'no label' if text else 'an empty text'}")
