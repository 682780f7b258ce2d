"""The two ends of an exchange, and what both parts of it share: what is heard, applied and told."""

from collections.abc import Callable
from datetime import datetime, timedelta

from protocol.wire import DocumentLine, GoneLine, ReferenceLine
from sync.outcome import Outcome, Step, unheard
from sync.replica import Page, Position, Replica
from sync.streams import Stream
from sync.wire import Reply, Wire

RESENT_DAYS = 30
"""Acts acked in so many days are sent again to a server restored from a backup (PROTOCOL §4)."""


class Link:
    """A replica and a wire. `clock` gives aware UTC and decides nothing but delays; `told` hears every step.

    `skew_ms` is this PC's clock minus the server's, as last seen.
    """

    def __init__(
        self,
        replica: Replica,
        wire: Wire,
        clock: Callable[[], datetime],
        told: Callable[[Step], None] = unheard,
    ) -> None:
        self.replica = replica
        self.wire = wire
        self.clock = clock
        self.told = told
        self.skew_ms = 0

    def heard(self, reply: Reply) -> Reply:
        """The same reply, the server's clock noted."""
        if reply.at is not None:
            self.skew_ms = round((self.clock() - reply.at).total_seconds() * 1000)
        return reply

    def server_now(self) -> datetime:
        """The server's clock as last heard: a PC's own may jump by years between an ack and a resending."""
        return self.clock() - timedelta(milliseconds=self.skew_ms)

    def requeue(self, epoch: str) -> Outcome:
        """Acts lately acked by another history of the server wait again: this one may not know them."""
        since = self.server_now() - timedelta(days=RESENT_DAYS)
        return Outcome(requeued=self.replica.requeue(epoch, since))

    def apply(self, stream: Stream, there: Position) -> Outcome:
        """Store a page and the position after it, and tell what changed."""
        page = Page(
            documents=stream.of(DocumentLine),
            gone=stream.of(GoneLine),
            references=stream.of(ReferenceLine),
            position=there,
        )
        changed = self.replica.apply(page)
        count = len(page.documents) + len(page.gone)
        self.told(Step(changed=changed, documents=count, reference=bool(page.references)))
        return Outcome(documents=count, changed=changed)
