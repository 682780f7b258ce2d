"""What the server does by itself every few minutes, or once a day: archive, anchor, forget, give up.

Given up are the complements that citizens have not sent by their limit.
"""

import uuid
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select, update

from protocol import history
from protocol.acts import Asked, ExpireComplement
from protocol.complaint import EventKind, Status
from protocol.deadlines import civil_date
from protocol.settings import SYSTEM
from server import act_log, blobs, complaints, long_closed, tables, tokens, verification
from server.notices import keeping
from server.turns import Turns

if TYPE_CHECKING:
    from server.service import Service

EVERY_SECONDS = 600.0
TOKENS_DAYS = 7
UPLOADS_DAYS = 7
SENDERS_DAYS = 90
"""Who sent a file is known for as long as an act that names it may still be waiting on a desk."""
CHANGES_DAYS = 90
"""Change rows are kept this long; an older cursor is answered by a reset (PROTOCOL §3)."""

_EXPIRED = uuid.UUID("5d0e2c0a-3b0f-5c11-8d7e-0a6f4f6b9c31")
"""Namespace of the acts that give complements up: one for each time something was asked."""


class Upkeep(Turns):
    """One thread; `run_once` is all it does."""

    def __init__(self, service: "Service") -> None:
        def turn() -> None:
            run_once(service)
            service.metrics.upkeep_succeeded(service.clock())

        super().__init__("upkeep", EVERY_SECONDS, turn, partial(service.journal.fault, "upkeep"))


def run_once(service: "Service") -> None:
    """Once a civil day archive, and anchor the chains; purge what is past its time; give up complements."""
    now = service.clock()
    last = verification.last_anchor(service.config.anchors)
    if last is None or civil_date(last) != civil_date(now):
        long_closed.archive(service.database, now, service.config.archive_days)
        with service.database.reading() as connection:
            verification.anchor(connection, service.config.anchors, now)
    with service.database.transaction() as connection:
        tokens.purge(connection, now - timedelta(days=TOKENS_DAYS))
        unfinished, senders = now - timedelta(days=UPLOADS_DAYS), now - timedelta(days=SENDERS_DAYS)
        blobs.purge(connection, service.config, unfinished, senders)
        keeping.purge(connection, now, timedelta(days=service.config.notices_keep_days))
    forget_changes(service)
    expire_complements(service)


def expire_complements(service: "Service") -> None:
    """Take up again each complaint whose citizen has let the limit of his complement pass.

    One complaint a transaction, in nobody's way; the act's id follows from the request for the complement, so
    that several processes, or a round begun again, do it once.
    """
    table = tables.complaint
    query = select(table.c.id).where(table.c.status == Status.AWAITING_CITIZEN).order_by(table.c.id)
    with service.database.reading() as connection:
        waiting = connection.execute(query).scalars().all()
    for complaint in waiting:
        try:
            _expire(service, complaint)
        # One that cannot be taken up must not keep the others waiting.
        except Exception as error:
            service.journal.fault("complement", error)


def _expire(service: "Service", complaint: str) -> None:
    now = service.clock()
    with service.database.reading() as connection:
        document = complaints.load(connection, complaint)
    asked = history.last(document, EventKind.COMPLEMENT_ASKED)
    limit = document.complement_limit
    if asked is None or limit is None or civil_date(now) <= limit:
        return
    act = Asked(
        id=str(uuid.uuid5(_EXPIRED, f"{complaint} {asked.act}")),
        complaint=complaint,
        seen=document.ver,
        at=now,
        act=ExpireComplement(),
    )
    with service.database.transaction() as connection:
        result = complaints.execute(connection, act, SYSTEM, "", now, entropy=service.entropy)
    if result.status != act_log.APPLIED:
        service.journal.note("complement_kept", complaint=complaint, code=result.code)


def forget_changes(service: "Service") -> None:
    """Drop change rows older than CHANGES_DAYS and remember, per stream, from where it can be followed.

    One administration a transaction, its stream last: writers wait for one at a time, and for a moment.
    """
    before = service.clock() - timedelta(days=CHANGES_DAYS)
    table, stream = tables.change, tables.stream
    old = select(table.c.administration, func.max(table.c.seq).label("last")).where(table.c.at < before)
    with service.database.reading() as connection:
        found = connection.execute(old.group_by(table.c.administration)).all()
    for row in found:
        here, of = table.c.administration == row.administration, stream.c.administration == row.administration
        with service.database.transaction() as connection:
            connection.execute(delete(table).where(here, table.c.seq <= row.last))
            connection.execute(update(stream).where(of).values(min_seq=row.last))
