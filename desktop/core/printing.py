"""What was read, printed and saved of a complaint on this PC, and which print is therefore a copy.

Kept in work.db's access log for the server's chained one (DOMAIN §7). The mark itself is drawn on paper by
the windows: a file of record is never altered.
"""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Access(StrEnum):
    """What may be done with a document that holds personal data."""

    READ = "read"
    PRINTED = "printed"
    EXPORTED = "exported"


class AccessLog(Protocol):
    """Where accesses are kept; `what` is an Access, or one with the paper it concerned after a space."""

    def log_access(self, complaint: str, what: str, now: datetime) -> None:
        """Keep one; raises StoreError."""
        ...

    def accesses(self, complaint: str, what: str) -> int:
        """How many of exactly this were kept."""
        ...


class Prints:
    """The log of one desk. A `paper` is named by what it is, as the functions and constants below do."""

    def __init__(self, log: AccessLog, clock: Callable[[], datetime]) -> None:
        self._log, self._clock = log, clock

    def note(self, complaint: str, access: Access, paper: str) -> None:
        """Keep that this paper was read, printed or saved now; raises StoreError."""
        self._log.log_access(complaint, f"{access} {paper}", self._clock())

    def is_copy(self, complaint: str, paper: str) -> bool:
        """Whether the next print of this paper is a copy: the original left from here before (DOMAIN §5)."""
        return self._log.accesses(complaint, f"{Access.PRINTED} {paper}") > 0


def letter_paper(sha256: str) -> str:
    """The name in the log of a letter of record."""
    return f"letter {sha256}"


def file_paper(sha256: str) -> str:
    """The name in the log of an attached file."""
    return f"file {sha256}"


def is_original(paper: str) -> bool:
    """Whether its first print is an original, and every later one a copy; files of others are neither."""
    return paper == RECEIPT_PAPER or (paper.startswith("letter ") and paper != PROVISIONAL_PAPER)


PROVISIONAL_PAPER = "letter provisional"
"""A rendering that is not the record: it bears its own mark and is never an original."""

RECEIPT_PAPER = "receipt"
"""Every receipt has a code of its own: each is an original."""
