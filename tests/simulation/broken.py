"""Deliberately broken builds, each of which the simulation must catch: those of PROTOCOL §7, then our own."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, delete

import desktop.models.cache
import desktop.models.outbox
import server.accounts
import server.blobs
import server.changes
import server.complaints
import server.database
import server.pages
import server.service
import server.streams
import server.tokens
import sync.link
import sync.streams
from desktop.models import cache
from desktop.models.replica import StoreReplica
from desktop.models.store import Store
from desktop.models.tables import outbox, returned
from protocol.wire import EndLine, Pushed, ResetLine
from sync.outcome import Outcome
from sync.replica import Page
from tests.simulation.builds import UNBROKEN, Build, always, every, instead
from tests.simulation.desk import Desk
from tests.simulation.people import COORDINATION, GRANTS

__all__ = ["BUILDS", "UNBROKEN", "Build"]

EVERYTHING = (*GRANTS[1], *COORDINATION)


def _with(replica: type[StoreReplica] = StoreReplica, store: type[Store] = Store) -> type[Desk]:
    return type("BrokenDesk", (Desk,), {"replica_class": replica, "store_class": store})


# --- the server's


def _claimed(true: Callable[..., Any], turn: Any, envelope: Any) -> bool:
    """Whoever claimed the id before."""
    turn.connection.exec_driver_sql("delete from act_log where id = ?", (envelope.id,))
    return bool(true(turn, envelope))


class _Undone(Exception):
    """Rolls back what was answered."""


def _answered_first(true: Callable[..., Any], database: Any, work: Any) -> Any:
    """The reply is made, and the commit fails."""
    kept: list[Any] = []
    try:
        with database.transaction() as connection:
            kept.append(work(connection))
            raise _Undone
    except _Undone:
        return kept[0]


def _without_prev(_: Callable[..., Any], __: Connection, ___: str | None) -> str:
    return ""


def _as_if_all_were_seen(true: Callable[..., Any], document: Any, asked: Any, *rest: Any) -> Any:
    return true(document, msgspec.structs.replace(asked, seen=document.ver), *rest)


def _with_every_grant(true: Callable[..., Any], *args: Any) -> Any:
    visitor = true(*args)
    return replace(visitor, account=msgspec.structs.replace(visitor.account, grants=EVERYTHING))


def _of_this_epoch(true: Callable[..., Any], connection: Any, reader: Any, cursor: Any) -> Any:
    return true(connection, reader, msgspec.structs.replace(cursor, e=reader.epoch))


def _any_epoch(true: Callable[..., Any], body: bytes, epoch: str = "") -> Any:
    return true(body, "")


def _unlinked(true: Callable[..., Any], connection: Any, administration: str, rows: Any, at: Any) -> None:
    """The counter moves; its rows come in a transaction that never does."""
    server.streams.advance(connection, administration, len(rows))


def _never_seen(_: Callable[..., Any], *__: Any) -> bool:
    return False


def _any_device(_: Callable[..., Any], connection: Any, row: Any) -> Any:
    return server.accounts.get(connection, row.account)


def _not_hashed(true: Callable[..., Any], connection: Any, config: Any, upload: Any, *rest: Any) -> None:
    data = (config.uploads / f"{upload.id}.part").read_bytes()
    name = upload.file.sha256
    file = msgspec.structs.replace(upload.file, sha256=hashlib.sha256(data).hexdigest())
    true(connection, config, replace(upload, file=file), *rest)
    server.blobs.path_of(config, file.sha256).rename(server.blobs.path_of(config, name))
    connection.exec_driver_sql("update blob set sha256 = ? where sha256 = ?", (name, file.sha256))


# --- the desk's


class SentIsGone(StoreReplica):
    """The outbox row deleted before it was answered."""

    def take(self, now: datetime, limit: int, after: int = 0) -> Any:
        """And deleted."""
        acts = super().take(now, limit, after)
        ids = [act.id for act in acts]
        self._store.work.write(lambda c: c.execute(delete(outbox).where(outbox.c.id.in_(ids))) and None)
        return acts


class CursorFirst(StoreReplica):
    """The cursor saved before the page, in a transaction of its own."""

    def apply(self, page: Page) -> frozenset[str]:
        """In the wrong order."""
        self._store.write_cache(lambda connection: cache.move(connection, page.position))
        return super().apply(page)


class Forgetting(StoreReplica):
    """Acked acts are not sent again to a restored server."""

    def requeue(self, epoch: str, since: datetime) -> int:
        """None."""
        return 0


class VersionsOnly(StoreReplica):
    """The mark is not compared."""

    def versions(self, buckets: Any = ()) -> Any:
        """All with the same mark."""
        return {id_: (ver, 0) for id_, (ver, _) in super().versions(buckets).items()}


class NeverMended(Store):
    """What a crash left on the screen stays there."""

    def mend(self) -> None:
        """Nothing."""


def _manifest_without_marks(true: Callable[..., Any], *args: Any) -> Any:
    found = true(*args)
    return msgspec.structs.replace(found, items={id_: (ver, 0) for id_, (ver, _) in found.items.items()})


def _until_acked(_: Callable[..., Any], pending: Any, __: int) -> bool:
    return pending.acked_ver is None


def _believing(true: Callable[..., Any], body: bytes) -> Any:
    """Whatever lines can be read are the whole."""
    try:
        return true(body)
    except ValueError:
        lines = []
        for line in body.split(b"\n"):
            try:
                lines.append(protocol_line(line))
            except (msgspec.MsgspecError, UnicodeDecodeError):
                break
        if not lines:
            raise
        return iter([*lines, EndLine(n=len(lines), crc=0, cursor="", done=True)])


protocol_line = msgspec.json.Decoder(sync.streams.Line).decode


def _unsealed(_: Callable[..., Any], body: bytes) -> Any:
    try:
        return msgspec.json.decode(body, type=Pushed)
    except msgspec.MsgspecError as error:
        raise sync.streams.Truncated(str(error)) from error


def _without_sums(_: Callable[..., Any], body: bytes) -> Any:
    try:
        lines = [protocol_line(line) for line in body.rstrip(b"\n").split(b"\n")]
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise sync.streams.Truncated(str(error)) from error
    if not isinstance(lines[-1], EndLine | ResetLine):
        raise sync.streams.Truncated("no end line")
    return iter(lines)


def _nothing_gone(_: Callable[..., Any], *__: Any) -> frozenset[str]:
    return frozenset()


def _no_requeue(_: Callable[..., Any], *__: Any) -> Outcome:
    return Outcome()


def _text_thrown_away(true: Callable[..., Any], connection: Connection, result: Any, *rest: Any) -> Any:
    complaint = true(connection, result, *rest)
    connection.execute(delete(returned).where(returned.c.id == result.id))
    return complaint


BUILDS: tuple[Build, ...] = (
    Build(
        "no idempotency key",
        planted=instead(
            (server.complaints, "_stored_result", always(lambda *_: None)),
            (server.complaints, "_log", always(_claimed)),
        ),
        first=4,
    ),
    Build(
        "ack before commit",
        planted=instead((server.database.Database, "attempt", every(5, _answered_first))),
        first=3,
    ),
    Build("outbox row deleted before sending", _with(SentIsGone)),
    Build(
        "two transactions instead of one",
        planted=instead((server.changes.streams, "append", every(6, _unlinked))),
    ),
    Build("cursor saved before the page", _with(CursorFirst), first=18),
    Build(
        "no scope check on push",
        planted=instead((server.service.Service, "current", always(_with_every_grant))),
        first=4,
    ),
    Build(
        "prev ignored", planted=instead((server.complaints, "_prev_status", always(_without_prev))), first=8
    ),
    Build(
        "epoch ignored",
        planted=instead(
            (server.pages, "why_reset", always(_of_this_epoch)),
            (sync.streams, "read", always(_any_epoch)),
        ),
    ),
    Build(
        "acked overlay dropped early",
        planted=instead((desktop.models.outbox.Pending, "over", always(_until_acked))),
        first=4,
    ),
    Build("truncation accepted", planted=instead((sync.streams, "read_stream", always(_believing)))),
    Build(
        "last write wins",
        planted=instead((server.complaints.rules, "apply", always(_as_if_all_were_seen))),
        first=22,
    ),
    Build("requeue forgotten", _with(Forgetting), first=8),
    Build("gone ignored", planted=instead((desktop.models.cache, "leave", always(_nothing_gone))), first=3),
    Build("gone not told", planted=instead((server.pages, "_was_visible", always(_never_seen))), first=3),
    Build(
        "mark ignored in reconcile",
        _with(VersionsOnly),
        planted=instead((sync.streams, "manifest", always(_manifest_without_marks))),
        first=22,
    ),
    Build("file not hashed", planted=instead((server.blobs, "finish", always(_not_hashed))), first=21),
    Build("views not mended after a crash", _with(store=NeverMended)),
    Build(
        "refused text thrown away",
        planted=instead((desktop.models.outbox, "settle", always(_text_thrown_away))),
    ),
    Build("revoked device heard", planted=instead((server.tokens, "_living", always(_any_device))), first=5),
    Build(
        "checksums ignored",
        planted=instead(
            (sync.streams, "read_pushed", always(_unsealed)),
            (sync.streams, "read_stream", always(_without_sums)),
        ),
    ),
    Build(
        "the PC's clock decides what is sent again",
        planted=instead((sync.link.Link, "server_now", always(lambda _, link: link.clock()))),
        first=89,
    ),
    Build(
        "left leaning on a forgotten refusal",
        planted=instead((desktop.models.outbox, "refuse_left_leaning", always(lambda *_: {}))),
        first=45,
    ),
    Build(
        "a full cache told as a refusal",
        planted=instead((Store, "_show_saved", always(lambda _, store, ids: store.show(ids)))),
        first=7,
    ),
)
"""By name, as `--broken` takes them."""
