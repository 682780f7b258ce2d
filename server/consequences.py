"""What an accepted act brings with it, in the same transaction: what routing learns, what citizens hear."""

from sqlalchemy import Connection, func, insert, literal, select

from protocol.complaint import Complaint, Event, EventKind
from protocol.settings import SYSTEM
from server import tables
from server.changes import Written
from server.columns import UtcTime
from server.notices import outbox

MOVED = frozenset({EventKind.TRANSFERRED, EventKind.ARBITRATED})


def follow(connection: Connection, written: Written) -> None:
    """Whatever must be kept beside the effect of one act; `written.before` is None at registration."""
    known = len(written.before.events) if written.before else 0
    for event in written.after.events[known:]:
        if event.kind in MOVED and event.by != SYSTEM.id:
            _learn(connection, written.after, event)
    if written.before is None:
        _put_on_trial(connection, written.after)
    outbox.queue_for(connection, written)


def _learn(connection: Connection, document: Complaint, event: Event) -> None:
    """A person moved the complaint: the text belongs to another body than the one that had it.

    A move back to coordination is kept too: it takes back what an earlier one taught.
    """
    if event.administration == event.from_administration:
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


def _put_on_trial(connection: Connection, document: Complaint) -> None:
    """The shadow model, if there is one, will route this complaint too: `server.routing.trials` fills it in.

    One statement inside the registration, so that no arrival is missed whatever becomes of the shadow.
    """
    model, trial = tables.routing_model, tables.routing_trial
    shadow = select(
        literal(document.id),
        model.c.version,
        literal(""),
        literal(0.0),
        literal(document.entered_at, UtcTime()),
    ).where(model.c.state == "shadow")
    columns = ["complaint", "model", "administration", "confidence", "at"]
    connection.execute(insert(trial).from_select(columns, shadow))
