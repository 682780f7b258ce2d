"""The storage port of the engine: what a desk keeps, and in what order it may change.

Who wins, for one complaint (base = confirmed document, ver = its version):

| it comes                          | the desk has                    | then                               |
|-----------------------------------|---------------------------------|------------------------------------|
| document, same round of snapshots | no base, or base of a lower ver | base replaced whole                |
| document, same round              | base of the same or a higher ver | ignored                            |
| document, new round of snapshots  | base of an earlier round        | base replaced, whatever its ver    |
| document of ver v                 | `gone` noted at ver ≥ v          | ignored                            |
| gone at ver v                     | base of ver ≤ v                 | base removed; acts, drafts stay |
| gone at ver v                     | base of ver > v                 | ignored                            |
| result applied, ver v             | act queued                      | acked, in the view until base ≥ v |
| result rejected                   | act queued                      | rejected, text into the tray       |
| result held                       | act queued                      | stays queued                       |
| result of any kind                | act already settled, or unknown | ignored                            |
| document beside a result          | base of this round              | as any document of this round      |
| document beside a result          | no base, or of an earlier round | ignored: a page will bring it      |
| gone beside a result              | base                            | stays: a page will say so          |
| end of a round of snapshots       | base of an earlier round        | base removed; acts, drafts stay |

Nothing here ever removes an act: only a result, or the person, does. What comes beside a result has
no place in the cursor's order: were it obeyed at once, a grant given or taken for the time between two pulls
would add or lose a complaint for ever.
"""

from collections.abc import Sequence
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
        """Put acts acked after `since` under another epoch than this one back to queued; gives how many."""
        ...

    def begin_round(self, epoch: str) -> None:
        """A new round of snapshots starts: what it will not bring is dropped at its end."""
        ...

    def apply(self, page: Page) -> frozenset[str]:
        """Store documents and position in ONE transaction; gives the complaints whose view changed.

        When the stored position was not `snap_done` and the page's is, the round ends with this page.
        """
        ...
