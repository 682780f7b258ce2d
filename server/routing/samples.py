"""Reads labelled texts from CSV files as ministries export them, row by row, and says where a file is wrong.

UTF-8, UTF-16, Windows-1252 or Windows-1256; commas, semicolons, tabs or bars; columns in any order. A file of
any length is read in bounded memory: of many texts the newest are kept, and some of every rare label.
"""

import csv
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from protocol.text import fold
from server.routing.encoding import Damaged, Encoding, detect

TEXT_NAMES = ("text", "texte", "contenu", "reclamation", "نص", "النص", "نص الشكايه", "الشكايه")
LABEL_NAMES = (
    "label", "etiquette", "administration", "code", "departement", "الاداره", "رمز الاداره", "التصنيف",
)  # fmt: skip
"""Names of the two columns that are read, folded."""

SEPARATORS = ",;\t|"
MAX_FIELD = 1_000_000
"""Characters of one field; a longer one is nearly always a quotation mark that was never closed."""
MAX_TEXT = 20_000
"""Characters of a text that are learnt from."""
MOST_TEXTS = 20_000
"""The newest texts of a file that are learnt from: the fits grow with texts × labels, minutes for more."""
OF_EACH_LABEL = 100
"""Older texts kept of every label all the same, so that rare ones are not lost."""
PROGRESS_EVERY = 20_000
FAULTS_TOLD = 10

Progress = Callable[[int], None]


def silent(_: int) -> None:
    """Progress nobody looks at."""


class BadSamples(ValueError):
    """The file cannot be learnt from; `code` is a key of the `route` catalogue, `values` fill its fields."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(f"{code}: {values}")
        self.code = code
        self.values = values


@dataclass(frozen=True, slots=True)
class Row:
    """One labelled text and the line of the file on which it begins."""

    line: int
    text: str
    label: str


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong on one line: `code` is a key of the catalogue."""

    line: int
    code: str


@dataclass(frozen=True, slots=True)
class Samples:
    """Texts with their labels, in file order; `read` rows were read, `faults` passed over."""

    texts: tuple[str, ...]
    labels: tuple[str, ...]
    lines: tuple[int, ...] = ()
    read: int = 0
    faults: tuple[Fault, ...] = ()
    encoding: Encoding = Encoding.UTF_8

    def __len__(self) -> int:
        return len(self.texts)

    def part(self, chosen: list[int]) -> "Samples":
        """Only the samples at these positions."""
        return Samples(tuple(self.texts[i] for i in chosen), tuple(self.labels[i] for i in chosen))


def read_samples(path: Path, *, skip_faults: bool = False, progress: Progress = silent) -> Samples:
    """The labelled texts of a CSV file; raises BadSamples, naming the first faulty lines.

    With `skip_faults` rows without text or label are passed over and counted instead. Rows where both are
    empty are always passed over. `progress` is told the number of rows read, now and then.
    """
    encoding = _encoding_of(path)
    newest: deque[Row] = deque(maxlen=MOST_TEXTS)
    older: dict[str, deque[Row]] = {}
    faults: list[Fault] = []
    read = 0
    for one in _rows(path, encoding):
        read += 1
        if read % PROGRESS_EVERY == 0:
            progress(read)
        if isinstance(one, Fault):
            faults.append(one)
            if not skip_faults and len(faults) >= FAULTS_TOLD:
                break
            continue
        if len(newest) == newest.maxlen:
            pushed = newest[0]
            older.setdefault(pushed.label, deque(maxlen=OF_EACH_LABEL)).append(pushed)
        newest.append(one)
    if faults and not skip_faults:
        raise BadSamples("faulty_lines", file=path.name, faults=tuple(faults))
    if not newest:
        raise BadSamples("no_rows", file=path.name)
    kept = sorted(chain(newest, *older.values()), key=lambda row: row.line)
    return Samples(
        tuple(row.text for row in kept),
        tuple(row.label for row in kept),
        tuple(row.line for row in kept),
        read=read,
        faults=tuple(faults),
        encoding=encoding,
    )


def _encoding_of(path: Path) -> Encoding:
    try:
        return detect(path)
    except Damaged as damaged:
        raise BadSamples("damaged", file=path.name, line=damaged.line) from damaged
    except OSError as error:
        raise BadSamples("unreadable", file=str(path), why=error.strerror or str(error)) from error


def _rows(path: Path, encoding: Encoding) -> Iterator[Row | Fault]:
    """Rows and faults in file order; raises BadSamples for what concerns the whole file."""
    csv.field_size_limit(MAX_FIELD)
    # `detect` refused damaged UTF-8 already; the few bytes a Windows page leaves open are no reason to.
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        yield from _read(path, file)


def _read(path: Path, file: Iterator[str]) -> Iterator[Row | Fault]:
    heading_line, heading, separator = _heading(path, file)
    reader = csv.reader(file, delimiter=separator, strict=True)
    columns = _columns(path, heading_line, heading)
    text_at, label_at = columns
    before = heading_line
    while True:
        began = before + 1
        try:
            row = next(reader, None)
        except csv.Error as error:
            code = "endless_field" if "field larger" in str(error) else "broken_quotes"
            raise BadSamples(code, file=path.name, line=began) from error
        if row is None:
            return
        before = heading_line + reader.line_num
        yield from _checked(row, began, len(heading), text_at=text_at, label_at=label_at)


def _checked(
    row: list[str], line: int, columns: int, *, text_at: int, label_at: int
) -> Iterator[Row | Fault]:
    if not any(field.strip() for field in row):
        return
    if any("\0" in field for field in row):
        yield Fault(line, "nul_byte")
        return
    if any(field.strip() for field in row[columns:]):
        yield Fault(line, "too_many_fields")
        return
    text, label = (row[at].strip() if at < len(row) else "" for at in (text_at, label_at))
    if text and label:
        yield Row(line, text[:MAX_TEXT], label)
    elif text or label:
        yield Fault(line, "no_label" if text else "no_text")


def _heading(path: Path, file: Iterator[str]) -> tuple[int, list[str], str]:
    """Line of the heading, its names, and the separator: the one under which most wanted names appear."""
    for number, line in enumerate(file, start=1):
        plain = line.strip().removeprefix("\ufeff")
        if not plain or plain.casefold().startswith("sep="):
            continue
        read = {one: next(csv.reader([plain], delimiter=one), []) for one in SEPARATORS}
        separator = max(SEPARATORS, key=lambda one: (_wanted(read[one]), len(read[one])))
        return number, read[separator], separator
    raise BadSamples("no_rows", file=path.name)


def _wanted(names: list[str]) -> int:
    return sum(_folded(name) in (*TEXT_NAMES, *LABEL_NAMES) for name in names)


def _columns(path: Path, line: int, heading: list[str]) -> tuple[int, int]:
    """Where text and label stand; raises BadSamples when one is missing or there twice."""
    found = []
    for wanted in (TEXT_NAMES, LABEL_NAMES):
        at = [position for position, name in enumerate(heading) if _folded(name) in wanted]
        # An exact `text` or `label` wins over a column that merely sounds like one.
        exact = [position for position in at if _folded(heading[position]) == wanted[0]]
        at = exact or at
        if not at:
            names = ", ".join(name.strip()[:40] for name in heading[:12])
            raise BadSamples("no_column", file=path.name, line=line, name=wanted[0], found=names)
        if len(at) > 1:
            name = heading[at[0]].strip()
            raise BadSamples("column_twice", file=path.name, line=line, name=name)
        found.append(at[0])
    return found[0], found[1]


def _folded(name: str) -> str:
    return " ".join(fold(name).replace("_", " ").split())
