"""What carries a notice out of the house: the port both ways share, and how a hand-over may end badly."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


class Delayed(Exception):
    """Nothing left; it may be tried again.

    `is_service` says that the provider itself is at fault, so that the next notice would fare no better;
    `after` is how many seconds the provider asked for, 0 when it did not say.
    """

    def __init__(self, code: str, *, is_service: bool = True, after: int = 0) -> None:
        super().__init__(code)
        self.code = code
        self.is_service = is_service
        self.after = after


class Rejected(Exception):
    """This notice will never be taken: an address nobody has, a text refused."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Unanswered(Exception):
    """Everything was handed over and no answer came: it may have left."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file that goes with an e-mail."""

    name: str
    mime: str
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A notice ready to leave, all marks filled; `queued_at` and `now` are aware UTC."""

    id: str
    address: str
    language: str
    subject: str
    text: str
    queued_at: datetime
    now: datetime
    enclosure: Enclosure | None = None


class Carrier(Protocol):
    """One way out. `repeats_safely`: the same id handed over twice still reaches the citizen once."""

    @property
    def repeats_safely(self) -> bool: ...

    def hand_over(self, out: Outgoing) -> str:
        """Give `out` to the provider, and return its reference; raises Delayed, Rejected or Unanswered."""
        ...

    def close(self) -> None:
        """Let go of connections; nothing is said about what was handed over."""
        ...
