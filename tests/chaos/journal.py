"""The side file of a desk: what it was about to do, and what it was then told is saved.

A line is on the disk before the desk goes on, so after a kill it says what a person could rely on. Of what
was meant and never said to be saved, both outcomes are right; half of it is not.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec


class Meant(msgspec.Struct, frozen=True, tag=True):
    """About to record an act or to keep a draft; `mark` is a word found in its text and nowhere else."""

    mark: str
    complaint: str
    kind: str
    body: str


class Recorded(msgspec.Struct, frozen=True, tag=True):
    """The act meant under `mark` was called saved, with this id."""

    mark: str
    act: str


class Drafted(msgspec.Struct, frozen=True, tag=True):
    """The draft meant under `mark` was called saved."""

    mark: str


class Undoing(msgspec.Struct, frozen=True, tag=True):
    """About to take an act back."""

    act: str


class Undone(msgspec.Struct, frozen=True, tag=True):
    """It was called taken back."""

    act: str


class Found(msgspec.Struct, frozen=True, tag=True):
    """A start found something wrong; the four kinds of tests.chaos.findings."""

    lost: list[str] = []
    doubled: list[str] = []
    halves: list[str] = []
    stuck: list[str] = []


Line = Meant | Recorded | Drafted | Undoing | Undone | Found
_reader = msgspec.json.Decoder(Line)


class Journal:
    """Appends lines, each on the disk when `write` returns."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        if os.fstat(self._file).st_size:
            os.write(self._file, b"\n")  # a kill may have torn the last line

    def write(self, line: Line) -> None:
        """Append one line."""
        os.write(self._file, msgspec.json.encode(line) + b"\n")
        os.fsync(self._file)

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)


def lines(path: Path) -> Iterator[Line]:
    """Every whole line, oldest first."""
    for raw in path.read_bytes().split(b"\n") if path.exists() else ():
        try:
            yield _reader.decode(raw)
        except msgspec.DecodeError:
            continue


Place = tuple[str, str]
"""Complaint and kind of act: where one draft is kept."""

Outcome = tuple[str | None, frozenset[tuple[str, bool]]]
"""A draft's text (None: there is none), and the acts, by mark, that must then be there or must not."""


@dataclass(slots=True)
class Said:
    """A journal read: acts called saved by id, and each outcome a draft may have."""

    acts: dict[str, Meant] = field(default_factory=dict)
    undoing: set[str] = field(default_factory=set)
    undone: set[str] = field(default_factory=set)
    drafts: dict[Place, set[Outcome]] = field(default_factory=dict)
    meant: dict[str, Meant] = field(default_factory=dict)
    found: list[Found] = field(default_factory=list)


DRAFT = "draft:"
"""Begins the kind of a Meant that is a draft; without it, it is an act."""

NOTHING: Outcome = (None, frozenset())


def read(path: Path) -> Said:
    """What the journal says."""
    said = Said()
    for line in lines(path):
        match line:
            case Meant():
                said.meant[line.mark] = line
                _may_become(said, line)
            case Recorded(mark=mark, act=act):
                said.acts[act] = meant = said.meant[mark]
                said.drafts[meant.complaint, meant.kind] = {NOTHING}
            case Drafted(mark=mark):
                meant = said.meant[mark]
                said.drafts[meant.complaint, meant.kind.removeprefix(DRAFT)] = {(meant.body, frozenset())}
            case Undoing(act=act):
                said.undoing.add(act)
            case Undone(act=act):
                said.undone.add(act)
            case Found():
                said.found.append(line)
    return said


def _may_become(said: Said, meant: Meant) -> None:
    """A draft may be the new text as well; an act is there and its draft gone, or neither."""
    place = (meant.complaint, meant.kind.removeprefix(DRAFT))
    known = said.drafts.get(place, {NOTHING})
    if meant.kind.startswith(DRAFT):
        said.drafts[place] = known | {(meant.body, frozenset())}
    else:
        done: set[Outcome] = {(None, acts | {(meant.mark, True)}) for _, acts in known}
        said.drafts[place] = done | {(text, acts | {(meant.mark, False)}) for text, acts in known}
