"""Frozen records that cross from the local stores to the rest of the desk; no session ever crosses."""

from array import array
from dataclasses import dataclass
from datetime import datetime

from protocol.acts import Act
from protocol.complaint import Attachment, Complaint
from protocol.projection import Row


@dataclass(frozen=True, slots=True)
class ListedRow:
    """One line of a list: the projection of fold(base, pending acts), ready to be painted.

    `n` is the row's number in the cache; `waiting` counts acts of mine not yet settled; `draft` says that
    I have unsent text on it.
    """

    n: int
    row: Row
    waiting: int = 0
    draft: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """An opened queue or search: row numbers in order (array of type 'q'), fetched in slices by `rows`."""

    queue: str
    sort: str
    order: "array[int]"

    @property
    def total(self) -> int:
        """How many rows."""
        return len(self.order)


@dataclass(frozen=True, slots=True)
class Draft:
    """Unsent text of one kind of act on one complaint.

    `body` is JSON of the editor's fields, `cursor` the caret's position in the main text, `seen` the
    version the author had before their eyes, `updated` aware UTC.
    """

    complaint: str
    kind: str
    body: str
    cursor: int
    seen: int
    updated: datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """An act of mine that the server has not settled, or acked but not yet seen in a pulled document."""

    id: str
    n: int
    complaint: str
    act: Act
    at: datetime
    seen: int
    acked_ver: int | None = None
    tries: int = 0


@dataclass(frozen=True, slots=True)
class ReturnedAct:
    """A refused act in the tray: my text intact, the refusal's code, their version beside it."""

    id: str
    complaint: str
    act: Act
    code: str
    at: datetime
    typed_at: datetime
    theirs: Complaint | None
    seen: int


@dataclass(frozen=True, slots=True)
class Queued:
    """An act in the outbox, and what it needs: `files` are not yet whole on the server.

    `held` is the server's own word for why it keeps it waiting, "" when it did not say; `recallable_until`
    the moment before which it stays here to be undone.
    """

    id: str
    user: str
    complaint: str
    kind: str
    at: datetime
    tries: int
    held: str
    recallable_until: datetime | None
    files: tuple[Attachment, ...]
