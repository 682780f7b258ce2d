"""What must outlive the register: ceilings above every number given out, and how far its streams had come.

Kept in files beside the database, best on another disk (setting `witness`). A restore takes its number floors
from here; a start compares, and a register that went back in time is not served (PROTOCOL §4).
"""

import os
import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from time import monotonic

import msgspec

BLOCK = 50
"""Numbers covered at once, so that one write to the disk serves so many."""

PAUSE_SECONDS = 5.0
"""The mark is written again this long after the last one, at the earliest."""

Key = tuple[str, str, int]
"""Kind of number, administration, civil year."""


class Ceiling(msgspec.Struct, frozen=True, kw_only=True):
    """No number of this kind, administration and year above `last` was ever given out."""

    kind: str
    administration: str
    year: int
    last: int


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """A register as it was once seen, committed: its epoch and the head of every stream."""

    epoch: str
    heads: dict[str, int]


class Witness:
    """The files in `folder`; several processes may write there, each line and each mark is whole."""

    def __init__(self, folder: Path, *, elapsed: Callable[[], float] = monotonic) -> None:
        self._folder = folder
        self._elapsed = elapsed
        self._lock = threading.Lock()
        self._marking = threading.Lock()
        self._ceilings: dict[Key, int] | None = None
        self._marked_at: float | None = None
        self._marked: Mark | None = None

    @property
    def numbers_file(self) -> Path:
        """Ceilings, one JSON object a line."""
        return self._folder / "numbers.jsonl"

    @property
    def mark_file(self) -> Path:
        """The last mark."""
        return self._folder / "mark.json"

    def cover(self, key: Key, last: int) -> None:
        """Make sure that a ceiling at or above `last` is on the disk; raises OSError when it cannot be.

        Called before the commit that gives `last` out: a number nobody could account for is not given.
        """
        with self._lock:
            known = self.ceilings() if self._ceilings is None else self._ceilings
            self._ceilings = known
            if last <= known.get(key, 0):
                return
            self._append({key: last + BLOCK - 1})
            known[key] = last + BLOCK - 1

    def begin(self, given_out: Mapping[Key, int]) -> None:
        """Learn what a register has given out before this program served it; from here on the file exists."""
        with self._lock:
            known = self.ceilings()
            higher = {key: last for key, last in given_out.items() if last > known.get(key, 0)}
            if higher or not self.numbers_file.is_file():
                self._append(higher)
            self._ceilings = known | higher

    def raise_to(self, floors: Mapping[Key, int]) -> None:
        """Note the floors of a restore."""
        with self._lock:
            self._append(floors)
            self._ceilings = None

    def ceilings(self) -> dict[Key, int]:
        """The highest ceiling of each key. A line cut by a crash was never relied on: it is passed over."""
        found: dict[Key, int] = {}
        lines = self.numbers_file.read_bytes().splitlines() if self.numbers_file.is_file() else []
        for line in filter(None, lines):
            try:
                one = msgspec.json.decode(line, type=Ceiling)
            except (msgspec.DecodeError, UnicodeDecodeError):
                continue
            key = (one.kind, one.administration, one.year)
            found[key] = max(one.last, found.get(key, 0))
        return found

    def _append(self, ceilings: Mapping[Key, int]) -> None:
        # Each line brings its own start: what a crash left of the one before must not swallow it.
        lines = [
            b"\n"
            + msgspec.json.encode(Ceiling(kind=kind, administration=where, year=year, last=last))
            + b"\n"
            for (kind, where, year), last in sorted(ceilings.items())
        ]
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        is_new = not self.numbers_file.exists()
        descriptor = os.open(self.numbers_file, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "ab") as file:
            file.write(b"".join(lines))
            file.flush()
            os.fsync(file.fileno())
        if is_new:
            settle_folder(self._folder)

    def last_mark(self) -> Mark | None:
        """The register as last seen; None when nothing readable is kept."""
        try:
            return msgspec.json.decode(self.mark_file.read_bytes(), type=Mark)
        except (FileNotFoundError, msgspec.DecodeError):
            return None

    def is_due(self) -> bool:
        """Whether the last mark of this process is old enough for another."""
        return self._marked_at is None or self._elapsed() - self._marked_at >= PAUSE_SECONDS

    def mark(self, epoch: str, heads: Mapping[str, int]) -> None:
        """Keep what was just read of the register, on the disk; does nothing while another thread does."""
        if not self._marking.acquire(blocking=False):
            return
        try:
            seen = Mark(epoch=epoch, heads=dict(heads))
            self._marked_at = self._elapsed()
            if seen != self._marked:
                write_whole(self.mark_file, msgspec.json.encode(seen))
                self._marked = seen
        finally:
            self._marking.release()

    def why_older(self, epoch: str, heads: Mapping[str, int]) -> str:
        """Why this register is not the one last seen, or has lost some of it; "" when all is well."""
        seen = self.last_mark()
        if seen is None:
            return ""
        if seen.epoch != epoch:
            return f"its epoch is {epoch}, the one last seen here was {seen.epoch}"
        behind = sorted(name for name, seq in seen.heads.items() if heads.get(name, 0) < seq)
        if not behind:
            return ""
        name = behind[0]
        return f"stream {name} ends at {heads.get(name, 0)}, and {seen.heads[name]} was reached before"


def write_whole(path: Path, content: bytes) -> None:
    """Write a file that is there whole or not at all, mode 0600."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    descriptor = os.open(part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    settle_folder(path.parent)


def settle_folder(folder: Path) -> None:
    """Make renames and new names in `folder` durable, where the system can."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def highest(*many: Iterable[tuple[Key, int]]) -> dict[Key, int]:
    """The highest of each key over several sources."""
    found: dict[Key, int] = {}
    for key, last in (one for each in many for one in each):
        found[key] = max(last, found.get(key, 0))
    return found
