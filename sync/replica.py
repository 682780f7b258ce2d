"""The storage port of the engine: what a desk keeps, and in what order it may change.

Who wins, for one complaint (base = confirmed document, ver = its version):

| it comes                          | the desk has                     | then                              |
|-----------------------------------|----------------------------------|-----------------------------------|
| document of a page                | no base, or base of a lower ver  | base replaced whole               |
| document of a page                | base of the same or a higher ver | ignored                           |
| gone at ver v                     | base of ver ≤ v                  | base removed; acts, drafts stay   |
| gone at ver v                     | base of ver > v                  | ignored                           |
| document of a repair              | anything                         | base replaced, whatever its ver   |
| not in a manifest, gone of a fetch | base                            | base removed; acts, drafts stay   |
| result applied, ver v             | act queued                       | acked, in the view until base ≥ v |
| result rejected                   | act queued                       | rejected, text into the tray      |
| result held                       | act queued                       | stays queued                      |
| result held for a file, lost here | act queued                       | rejected, text into the tray      |
| another epoch                     | act acked, or leaning on a refused | queued again, or rejected       |
| result of any kind                | act already settled, or unknown  | ignored                           |
| document beside a result          | base                             | as the document of a page         |
| document beside a result          | no base                          | ignored: a page will bring it     |
| gone beside a result              | base                             | stays: a page will say so         |

A repair wins because it comes after the reset of the cursor that made it necessary: a restored server has
lower versions, or other content under the same one. The cursor is stored with its last part, so that one
broken off is begun again.

Nothing here ever removes an act: only a result, or the person, does. What comes beside a result has
no place in the cursor's order: were it obeyed at once, a grant given or taken for the time between two pulls
would add or lose a complaint for ever.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from protocol.wire import DocumentLine, Envelope, GoneLine, ReferenceLine, Result


class Position(msgspec.Struct, frozen=True, kw_only=True):
    """Where this desk stands. `cursor` "" before the first snapshot began; opaque to the desk."""

    cursor: str = ""
    epoch: str = ""
    snap_after: str = ""
    snap_done: bool = False


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Content of one checked page of a pull or a snapshot, and the position to store with it."""

    documents: tuple[DocumentLine, ...] = ()
    gone: tuple[GoneLine, ...] = ()
    references: tuple[ReferenceLine, ...] = ()
    position: Position


class Repair(msgspec.Struct, frozen=True, kw_only=True):
    """What a comparison found: documents that win whatever their version, complaints to drop.

    `references`, when there, are all there are. `position` comes with the last part only.
    """

    documents: tuple[DocumentLine, ...] = ()
    dropped: tuple[str, ...] = ()
    references: tuple[ReferenceLine, ...] | None = None
    position: Position | None = None


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """The last comparison with the server: under which epoch, and when by this PC's clock; None for never."""

    epoch: str = ""
    at: datetime | None = None


class Replica(Protocol):
    """What the engine needs of a store. All times are aware UTC; every method is atomic by itself."""

    def position(self) -> Position:
        """The stored position."""
        ...

    def take(self, now: datetime, limit: int, after: int = 0) -> Sequence[Envelope]:
        """Queued acts with `n` > `after` in outbox order, without those that must still wait at `now`.

        Noted durably before it returns: what has been taken cannot be recalled.
        """
        ...

    def stayed(self, ids: Sequence[str]) -> None:
        """These taken acts have not left after all (no connection was made): they may be recalled again."""
        ...

    def settle(self, results: Sequence[Result], epoch: str, now: datetime) -> frozenset[str]:
        """Store what became of acts, work before cache; gives the ids of the acts settled by this call."""
        ...

    def requeue(self, epoch: str, since: datetime) -> int:
        """Put acts acked after `since` under another epoch than this one back to queued; gives how many.

        A queued act that leans on a rejected one is rejected as `prev_rejected`: a server of another epoch
        may not know that refusal, and would hold the act for ever.
        """
        ...

    def apply(self, page: Page) -> frozenset[str]:
        """Store documents and position in ONE transaction; gives the complaints whose view changed."""
        ...

    def versions(self, buckets: Sequence[int] = ()) -> Mapping[str, tuple[int, int]]:
        """Version and mark (protocol.marks) of every base, or of those in some buckets, by id."""
        ...

    def repair(self, repair: Repair) -> frozenset[str]:
        """Store what a comparison found in ONE transaction; gives the complaints whose view changed."""
        ...

    def last_check(self) -> Checked:
        """When what is here was last compared with the server."""
        ...

    def checked(self, epoch: str, at: datetime) -> None:
        """It was compared now."""
        ...

    def refuse(self, act: str, code: str, now: datetime) -> frozenset[str]:
        """Reject here a queued act that no server will read, and as `prev_rejected` all that lean on it.

        Their text lies in the tray; gives the ids of the acts settled.
        """
        ...
