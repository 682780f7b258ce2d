"""The first sync: pages of everything in scope into an empty cache, each stored with the place after it.

It may stop anywhere and goes on from the last page stored. The cursor is the one given with the first page:
what changed meanwhile is pulled after the end.
"""

from collections.abc import Callable
from functools import partial

import msgspec

from protocol.wire import MAX_PAGE, MAX_SNAPSHOT
from sync import streams
from sync.ahead import Ahead, when_wanted
from sync.errors import Garbled, ServerFault
from sync.link import Link
from sync.outcome import Outcome
from sync.replica import Position
from sync.streams import Reset, Stream

PAGES = 8
"""Pages fetched in one cycle, so that acts typed during a first sync do not wait for its end."""


class FirstSync:
    """Brings the pages of a first sync; `ahead` may ask for the next one while the last is stored."""

    def __init__(self, link: Link, ahead: Ahead = when_wanted) -> None:
        self._link = link
        self._ahead = ahead

    def run(self) -> Outcome:
        """Bring PAGES pages, or what is left; `more` when it is not finished. Raises Reset, SyncError."""
        outcome, position = Outcome(), self._link.replica.position()
        coming: Callable[[], Stream] = partial(self._ask, position)
        for page in range(1, PAGES + 1):
            stream = coming()
            if not position.epoch:
                outcome += self._link.requeue(stream.epoch)
            position = _next(position, stream)
            if page < PAGES and not position.snap_done:
                coming = self._ahead(partial(self._ask, position))
            outcome += self._link.apply(stream, position)
            if position.snap_done:
                return outcome
        return outcome + Outcome(more=True)

    def _ask(self, position: Position) -> Stream:
        # The first is small: somebody waits for it.
        limit = MAX_SNAPSHOT if position.snap_after else MAX_PAGE
        reply = self._link.heard(self._link.wire.snapshot(position.snap_after, limit))
        try:
            return streams.read(reply.body, position.epoch)
        except Reset as error:
            if position.snap_after:
                raise
            raise ServerFault("a first snapshot page cannot be reset") from error


def _next(position: Position, stream: Stream) -> Position:
    """Where the desk stands after this page; raises Garbled for a page that would lead nowhere."""
    end = stream.end
    if not end.done and end.after == position.snap_after:
        raise Garbled("a snapshot page after the same place")
    return msgspec.structs.replace(
        position,
        epoch=stream.epoch,
        cursor=position.cursor or end.cursor,
        snap_after=end.after,
        snap_done=end.done,
    )
