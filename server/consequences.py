"""What an accepted act brings with it, in the same transaction: what routing learns, what citizens hear."""

from sqlalchemy import Connection, func, insert, select

from protocol.complaint import Complaint, Event, EventKind
from protocol.settings import COORDINATION, SYSTEM
from server import tables
from server.changes import Written
from server.notices import outbox

MOVED = frozenset({EventKind.TRANSFERRED, EventKind.ARBITRATED})


def follow(connection: Connection, written: Written) -> None:
    """Whatever must be kept beside the effect of one act; `written.before` is None at registration."""
    known = len(written.before.events) if written.before else 0
    for event in written.after.events[known:]:
        if event.kind in MOVED and event.by != SYSTEM.id:
            _learn(connection, written.after, event)
    outbox.queue_for(connection, written)


def _learn(connection: Connection, document: Complaint, event: Event) -> None:
    """A person moved the complaint: the text belongs to another body than the one that had it."""
    if event.administration in (event.from_administration, COORDINATION):
        return
    table = tables.routing_correction
    count = select(func.count()).select_from(table).where(table.c.complaint == document.id)
    connection.execute(
        insert(table).values(
            complaint=document.id,
            n=connection.execute(count).scalar_one() + 1,
            routed_to=event.from_administration,
            moved_to=event.administration,
            at=event.at,
        )
    )
