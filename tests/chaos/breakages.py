"""Planted faults that a kill must bring to light, each a patched function of the program in one process only.

They widen the moment in which the fault shows; none exists in the product. PROTOCOL §7 names them.
"""

import contextlib
import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from desktop.models import drafts, outbox
from desktop.models.errors import StoreError
from desktop.models.replica import StoreReplica
from desktop.models.store import Store
from desktop.models.tables import outbox as outbox_table
from protocol.acts import Asked
from protocol.wire import Envelope, Result
from sync.replica import Page

MOMENT_S = 0.3
"""How long a fault's moment is made to last, in which the kill must come."""


def saved_before_commit() -> None:
    """The screen says "saved", and the outbox is written a moment later."""
    whole = Store.record

    def record(self: Store, asked: Asked, **how: Any) -> Asked:
        def later() -> None:
            time.sleep(MOMENT_S)
            with contextlib.suppress(StoreError):
                whole(self, asked, **how)

        threading.Thread(target=later, daemon=True).start()
        return asked

    Store.record = record  # type: ignore[method-assign]


def row_deleted_before_sending() -> None:
    """An act is out of the outbox while it travels, and comes back with its result."""
    take, settle, stayed = StoreReplica.take, StoreReplica.settle, StoreReplica.stayed
    away: list[dict[str, Any]] = []

    def put_back(self: StoreReplica) -> None:
        rows, away[:] = list(away), []
        if rows:
            self._store.work.write(
                lambda connection: connection.execute(outbox_table.insert(), rows) and None
            )

    def taken(self: StoreReplica, now: datetime, limit: int, after: int = 0) -> Sequence[Envelope]:
        put_back(self)
        acts = take(self, now, limit, after)
        mine = outbox_table.c.id.in_([act.id for act in acts])
        with self._store.work.reading() as connection:
            away.extend(row._asdict() for row in connection.execute(outbox_table.select().where(mine)))
        self._store.work.write(
            lambda connection: connection.execute(outbox_table.delete().where(mine)) and None
        )
        time.sleep(MOMENT_S if acts else 0)
        return acts

    def settled(self: StoreReplica, results: Sequence[Result], epoch: str, now: datetime) -> frozenset[str]:
        put_back(self)
        return settle(self, results, epoch, now)

    def stay(self: StoreReplica, ids: Sequence[str]) -> None:
        put_back(self)
        stayed(self, ids)

    StoreReplica.take = taken  # type: ignore[method-assign]
    StoreReplica.settle = settled  # type: ignore[method-assign]
    StoreReplica.stayed = stay  # type: ignore[method-assign]


def draft_dropped_apart() -> None:
    """Two transactions instead of one: the draft goes, and a moment later the act is there."""

    def record(
        self: Store, asked: Asked, *, draft: str = "", not_before: datetime | None = None, **_: Any
    ) -> Asked:
        if draft:
            self.work.write(lambda connection: drafts.remove(connection, asked.complaint, draft))
            self.drafts.reload()
            time.sleep(MOMENT_S)
        saved = self.work.write(lambda connection: outbox.add(connection, asked, self.actor.id, not_before))
        self.show([asked.complaint])
        return saved

    Store.record = record  # type: ignore[method-assign]


def cursor_before_page() -> None:
    """The place in the stream is stored, and a moment later the documents that lead there."""
    whole = StoreReplica.apply

    def apply(self: StoreReplica, page: Page) -> frozenset[str]:
        whole(self, msgspec.structs.replace(page, documents=(), gone=(), references=()))
        time.sleep(MOMENT_S)
        return whole(self, page)

    StoreReplica.apply = apply  # type: ignore[method-assign]


DESK: dict[str, Callable[[], None]] = {
    "saved before commit": saved_before_commit,
    "row deleted before sending": row_deleted_before_sending,
    "two transactions (desk)": draft_dropped_apart,
    "cursor before page": cursor_before_page,
}


def ack_before_commit() -> None:
    """The server answers "applied", and commits a moment later."""
    from server import complaints, sync_api
    from server.service import Service

    whole = sync_api._execute

    class NotYet(Exception):
        """The transaction was only tried."""

    def execute(service: Service, visitor: Any, batch: Sequence[Envelope], now: datetime) -> Any:
        results: Any = ()
        with contextlib.suppress(NotYet), service.database.transaction() as connection:
            author = service.current(connection, visitor)
            results = complaints.execute_all(connection, batch, author.actor, author.device, now)
            raise NotYet
        threading.Timer(MOMENT_S, whole, (service, visitor, batch, now)).start()
        return results

    sync_api._execute = execute


def effect_and_stream_apart() -> None:
    """Two transactions instead of one: the document first, a moment later its history and its stream."""
    from server import changes, complaints, sync_api
    from server.service import Service

    whole, publish = sync_api._execute, changes.publish
    kept = threading.local()

    def later(connection: Any, written: Any, now: datetime, entropy: Any) -> None:
        if getattr(kept, "waits", None) is None:
            publish(connection, written, now, entropy)
        else:
            kept.waits.append((list(written), now, entropy))

    def execute(service: Service, visitor: Any, batch: Sequence[Envelope], now: datetime) -> Any:
        kept.waits = []
        try:
            results, waits = whole(service, visitor, batch, now), kept.waits
        finally:
            kept.waits = None
        time.sleep(MOMENT_S)
        with service.database.transaction() as connection:
            for written, at, entropy in waits:
                publish(connection, written, at, entropy)
        return results

    complaints.changes.publish = later  # type: ignore[attr-defined]
    sync_api._execute = execute


def no_idempotency_key() -> None:
    """An act that comes twice is done twice; answers take a moment to leave, so that some are lost."""
    from sqlalchemy import delete

    from server import act_log, sync_api, tables

    claim, whole = act_log.claim, sync_api._execute

    def slowly(*how: Any) -> Any:
        results = whole(*how)
        time.sleep(MOMENT_S)
        return results

    def claimed(connection: Any, envelope: Envelope, *how: Any) -> bool:
        connection.execute(delete(tables.act_log).where(tables.act_log.c.id == envelope.id))
        return claim(connection, envelope, *how)

    act_log.find = lambda *_: None
    act_log.claim = claimed  # type: ignore[assignment]
    sync_api._execute = slowly


SERVER: dict[str, Callable[[], None]] = {
    "ack before commit": ack_before_commit,
    "two transactions (server)": effect_and_stream_apart,
    "no idempotency key": no_idempotency_key,
}


def plant(name: str) -> None:
    """Put the desk's fault of this name into this process; any other name changes nothing."""
    DESK.get(name, lambda: None)()
