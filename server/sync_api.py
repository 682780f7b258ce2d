"""Synchronisation over HTTP (PROTOCOL §2): parse, call one function, shape the answer.

Only `wait` is asynchronous; everything else runs in the thread pool, each request in one transaction.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime

from anyio import to_thread
from litestar import Response, get, post
from litestar.datastructures import State
from litestar.params import FromQuery, RawBody
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from protocol.marks import BUCKETS
from protocol.wire import (
    MAX_ACTS,
    MAX_PAGE,
    MAX_SNAPSHOT,
    PROTOCOL_MAX,
    PROTOCOL_MIN,
    Envelope,
    Limits,
    Meta,
    Poke,
    Result,
    Wanted,
    write_pushed,
)
from server import changes, complaints, compression, desks_api, envelopes, pages, repair, snapshots
from server.changes import BadCursor, Cursor
from server.identifiers import is_uuid
from server.problems import Refusal
from server.service import PUBLIC, SIGNED_IN, AnyRequest, Service, read_record, reply, reply_json
from server.tokens import Visitor

NDJSON = "application/x-ndjson"
POKE = b'{"poke":true}'
"""protocol.wire.Poke with its default written out, for clients in other languages."""


@get("/v1/meta", sync_to_thread=False, opt=PUBLIC)
def meta(request: AnyRequest, state: State) -> Response[bytes]:
    """What this server speaks, its epoch, its clock and its limits."""
    service: Service = state.service
    answer = Meta(
        proto_min=PROTOCOL_MIN,
        proto_max=PROTOCOL_MAX,
        app_min=service.config.app_min,
        epoch=service.epoch,
        server_time=service.clock(),
        limits=Limits(),
    )
    return reply_json(request, answer)


@post("/v1/sync/push", sync_to_thread=True, status_code=200, opt=SIGNED_IN)
def push(request: AnyRequest, state: State, body: RawBody) -> Response[bytes]:
    """Execute acts in order; one result each, and what changed since the cursor when there is one."""
    service: Service = state.service
    visitor = service.admit(request)
    now = service.clock()
    asked = read_record(request, body, envelopes.Batch)
    if len(asked.acts) > MAX_ACTS:
        raise Refusal(413, "too_large")
    acts = envelopes.read(asked.acts, now)
    results: list[Result] = []
    for batch in _batches(acts, service.config.push_batch):
        settled = _execute(service, visitor, batch, now)
        for act, result in zip(batch, settled, strict=True):
            service.metrics.act(act.kind, result.status, result.code)
        results += settled
    if asked.cursor:
        changed = _changed(service, request, asked.cursor, list(zip(acts, results, strict=True)))
        if changed is not None:
            return desks_api.listen(service, request, visitor, reply(request, changed, NDJSON))
    return reply(request, write_pushed(tuple(results)))


def _changed(
    service: Service, request: AnyRequest, cursor: str, settled: Sequence[tuple[Envelope, Result]]
) -> bytes | None:
    """The results with what changed after the cursor; None where a pull would say reset.

    Who asks is looked up again: what a grant lost meanwhile showed is not shown any more.
    """
    results = [(act.complaint, result) for act, result in settled]
    with service.database.reading() as connection:
        reader = service.reader(service.enter(connection, request))
        return pages.answer(connection, reader, _cursor(cursor), results)


def _execute(
    service: Service, visitor: Visitor, batch: Sequence[Envelope], now: datetime
) -> tuple[Result, ...]:
    """The results of a batch. An act that hits a bug of ours is held alone: it must not stop the others."""

    def execute(connection: Connection) -> tuple[Result, ...]:
        # Grants are read again inside the transaction: what was revoked meanwhile has no effect (P19).
        author = service.current(connection, visitor)
        return complaints.execute_all(
            connection, batch, author.actor, author.device, now, entropy=service.entropy
        )

    try:
        return service.database.attempt(execute)
    except (OperationalError, PoolTimeout, OSError, Refusal):
        # The database, not the act: the whole batch comes again.
        raise
    except Exception as error:  # a loop edge (STYLE): one act's bug is not the batch's
        service.journal.fault("push", error)
    if len(batch) == 1:
        return (Result(id=batch[0].id, status="held", code="server_fault"),)
    return tuple(result for act in batch for result in _execute(service, visitor, (act,), now))


def _batches(acts: Sequence[Envelope], size: int) -> Iterator[Sequence[Envelope]]:
    for start in range(0, len(acts), size):
        yield acts[start : start + size]


@get("/v1/sync/pull", sync_to_thread=True, opt=SIGNED_IN)
def pull(
    request: AnyRequest, state: State, cursor: FromQuery[str] = "", limit: FromQuery[int] = MAX_PAGE
) -> Response[bytes]:
    """What changed after the cursor."""
    service: Service = state.service
    with service.database.reading() as connection:
        visitor = service.enter(connection, request)
        page = pages.pull(connection, service.reader(visitor), _cursor(cursor), _limit(limit))
    return desks_api.listen(service, request, visitor, reply(request, page, NDJSON))


@get("/v1/sync/snapshot", sync_to_thread=True, opt=SIGNED_IN)
def snapshot(
    request: AnyRequest, state: State, after: FromQuery[str] = "", limit: FromQuery[int] = MAX_PAGE
) -> Response[bytes]:
    """A page of everything in scope."""
    service: Service = state.service
    with service.database.reading() as connection:
        reader = service.reader(service.enter(connection, request))
        try:
            place = changes.read_cursor(after, snapshots.After) if after else None
        except BadCursor as error:
            raise Refusal(422, "malformed") from error
        page = snapshots.snapshot(
            connection,
            reader,
            place,
            _limit(limit, MAX_SNAPSHOT),
            shelf=service.shelf,
            now=service.clock(),
        )
    return compression.reply_framed(page, NDJSON, offered=request.headers.get("accept-encoding", ""))


@get("/v1/sync/manifest", sync_to_thread=True, opt=SIGNED_IN)
def manifest(request: AnyRequest, state: State, buckets: FromQuery[str] = "") -> Response[bytes]:
    """Ids, versions and marks of everything in scope, or of some buckets ("0,17,255")."""
    service: Service = state.service
    with service.database.reading() as connection:
        reader = service.reader(service.enter(connection, request))
        page = repair.manifest(connection, reader, _buckets(buckets))
    return reply(request, page, NDJSON)


@get("/v1/sync/check", sync_to_thread=True, opt=SIGNED_IN)
def check(request: AnyRequest, state: State, cursor: FromQuery[str] = "") -> Response[bytes]:
    """Sums over everything in scope, for a desk that has read up to here."""
    service: Service = state.service
    with service.database.reading() as connection:
        reader = service.reader(service.enter(connection, request))
        answer = repair.check(connection, reader, cursor)
    return reply_json(request, answer)


@post("/v1/sync/fetch", sync_to_thread=True, status_code=200, opt=SIGNED_IN)
def fetch(request: AnyRequest, state: State, body: RawBody) -> Response[bytes]:
    """Chosen documents, at most one page."""
    service: Service = state.service
    with service.database.reading() as connection:
        reader = service.reader(service.enter(connection, request))
        wanted = read_record(request, body, Wanted)
        if not all(is_uuid(name) for name in wanted.ids):
            raise Refusal(422, "malformed")
        if len(wanted.ids) > MAX_PAGE:
            raise Refusal(413, "too_large")
        page = repair.fetch(connection, reader, wanted.ids)
    return reply(request, page, NDJSON)


@get("/v1/sync/wait", opt=SIGNED_IN)
async def wait(
    request: AnyRequest, state: State, cursor: FromQuery[str] = "", t: FromQuery[int] = 50
) -> Response[bytes]:
    """204 after `t` seconds without a change, a poke as soon as there is one, or the end of this device."""
    service: Service = state.service
    visitor, place = await to_thread.run_sync(_place_to_wait, service, request, cursor)
    seconds = max(0, min(t, service.config.wait_seconds))
    who = (visitor.device, visitor.account.id)
    if place is not None and not await service.wake.wait(place.q, seconds, who):
        return Response(b"", status_code=204)
    if service.wake.is_struck(who):
        return reply_json(request, await to_thread.run_sync(_farewell, service, request))
    return reply(request, POKE)


def _farewell(service: Service, request: AnyRequest) -> Poke:
    """What who was struck off while waiting is told."""
    try:
        service.admit(request)
    except Refusal as refused:
        return Poke(poke=False, wipe=refused.wipe)
    return Poke()


def _place_to_wait(service: Service, request: AnyRequest, cursor: str) -> tuple[Visitor, Cursor | None]:
    """Who waits, and the cursor to wait at; None when a pull is due at once."""
    with service.database.reading() as connection:
        visitor = service.enter(connection, request)
        place = _cursor(cursor)
        if place is None or changes.why_reset(connection, service.reader(visitor), place) is not None:
            return visitor, None
    return visitor, place


def _cursor(text: str) -> Cursor | None:
    """None for none, and for one that is not ours: a reset follows, never an error nobody can repair."""
    try:
        return changes.read_cursor(text, Cursor) if text else None
    except BadCursor:
        return None


def _buckets(text: str) -> tuple[int, ...]:
    """The buckets named, none for all; raises Refusal 422."""
    if not text:
        return ()
    named = text.split(",")
    if len(named) > BUCKETS or not all(re.fullmatch(r"[0-9]{1,3}", one) for one in named):
        raise Refusal(422, "malformed")
    buckets = tuple(int(one) for one in named)
    if max(buckets) >= BUCKETS:
        raise Refusal(422, "malformed")
    return buckets


def _limit(asked: int, most: int = MAX_PAGE) -> int:
    return max(1, min(asked, most))


HANDLERS = [meta, push, pull, snapshot, manifest, check, fetch, wait]
