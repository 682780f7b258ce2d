"""The engine's storage port over the real local files; sync/replica.py's table says who wins."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import Connection

from desktop.models import cache, outbox
from desktop.models.store import Store
from protocol import marks
from protocol.refusals import Held, Refusal
from protocol.wire import Envelope, Result
from sync.replica import Checked, Page, Position, Repair


class StoreReplica:
    """Implements sync.replica.Replica. `skew_ms` of what is sent is as it was typed."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def position(self) -> Position:
        """The stored position; a cache found damaged is put away here, and everything is fetched again."""
        if self._store.cache.damaged:
            self._store.renew_cache()
        self._store.catch_up()
        with self._store.cache.reading() as connection:
            return cache.position(connection)

    def take(self, now: datetime, limit: int, after: int = 0) -> Sequence[Envelope]:
        """Acts to send now, noted as leaving."""
        user = self._store.actor.id
        with self._store.work.reading() as connection:
            if not outbox.ready(connection, user, now, 1, after):
                return ()
        covered = self._covered()

        def leave(connection: Connection) -> Sequence[Envelope]:
            acts = outbox.ready(connection, user, now, limit, after)
            outbox.leaving(connection, [act.id for act in acts])
            outbox.cover(connection, covered)
            return acts

        return self._store.work.write(leave)

    def stayed(self, ids: Sequence[str]) -> None:
        """Taken acts that no connection carried away."""
        self._store.work.write(lambda connection: outbox.stayed(connection, ids))

    def settle(self, results: Sequence[Result], epoch: str, now: datetime) -> frozenset[str]:
        """Results into work.db, then the documents they brought into the cache."""
        lines = [
            (cache.line_of(result.doc), result) for result in results if isinstance(result.doc, msgspec.Raw)
        ]

        def note(connection: Connection) -> dict[str, str]:
            settled = {result.id: outbox.settle(connection, result, epoch, now) for result in results}
            return {act: complaint for act, complaint in settled.items() if complaint is not None}

        settled = self._store.work.write(note)
        settled |= self._without_files(results, now)
        if settled:
            brought = [line for line, result in lines if result.id in settled]
            self._store.show(
                frozenset(settled.values()), first=lambda connection: cache.confirm(connection, brought)
            )
        return frozenset(settled)

    def requeue(self, epoch: str, since: datetime) -> int:
        """Acts acked under another epoch wait again, and show again; their files go before them."""
        with self._store.work.reading() as connection:
            files = outbox.files_acked_elsewhere(connection, epoch, since)
        # First of all: an act that waits again without its file would be held by the server for ever.
        self._store.files.send_again(files)

        def back(connection: Connection) -> tuple[int, frozenset[str]]:
            ids = outbox.requeue(connection, epoch, since)
            refused = outbox.refuse_left_leaning(connection)
            return len(ids), outbox.complaints_of(connection, ids) | frozenset(refused.values())

        count, complaints = self._store.work.write(back)
        if complaints:
            self._store.show(complaints)
        return count

    def apply(self, page: Page) -> frozenset[str]:
        """Documents and position in one transaction of the cache."""

        def bring(connection: Connection) -> frozenset[str]:
            changed = cache.leave(connection, page.gone) if page.gone else frozenset()
            if page.documents:
                first = not cache.position(connection).snap_done
                changed |= cache.store(connection, page.documents, first=first)
            if page.references:
                cache.refer(connection, page.references)
            cache.move(connection, page.position)
            self._overlay(connection, changed)
            return changed

        changed = self._store.write_cache(bring)
        if page.references:
            self._learn()
        return changed

    def versions(self, buckets: Sequence[int] = ()) -> Mapping[str, tuple[int, int]]:
        """Version and mark of every base, or of those in some buckets."""
        with self._store.cache.reading() as connection:
            found = cache.versions(connection)
        chosen = frozenset(buckets)
        return {id_: one for id_, one in found.items() if not chosen or marks.bucket(id_) in chosen}

    def repair(self, repair: Repair) -> frozenset[str]:
        """What a comparison found, in one transaction of the cache."""

        def mend(connection: Connection) -> frozenset[str]:
            changed = cache.remove(connection, repair.dropped)
            changed |= cache.store(connection, repair.documents, repairs=True)
            if repair.references is not None:
                cache.refer(connection, repair.references, alone=True)
            if repair.position is not None:
                cache.move(connection, repair.position)
            self._overlay(connection, changed)
            return changed

        changed = self._store.write_cache(mend)
        if repair.references is not None:
            self._learn()
        return changed

    def last_check(self) -> Checked:
        """When the bases were last compared with the server's."""
        with self._store.cache.reading() as connection:
            return cache.last_check(connection)

    def checked(self, epoch: str, at: datetime) -> None:
        """They were compared now: once a day, when acts settled long ago are forgotten too."""
        self._store.work.write(lambda connection: outbox.forget(connection, at))
        self._store.write_cache(lambda connection: cache.checked(connection, epoch, at))

    def refuse(self, act: str, code: str, now: datetime) -> frozenset[str]:
        """Into the tray without the server, all that lean on it too; then out of the view."""
        settled = self._store.work.write(lambda connection: outbox.refuse(connection, act, code, now))
        self._store.show(frozenset(settled.values()))
        return frozenset(settled)

    def _without_files(self, results: Sequence[Result], now: datetime) -> dict[str, str]:
        """The files of held acts leave again; an act whose file is nowhere any more is refused here.

        A restored server may have lost a file that it had, and this PC its own copy with its cache: such an
        act would be held for ever. Gives complaints by act.
        """
        held = [one.id for one in results if one.status == "held" and one.code == Held.BLOB_MISSING]
        if not held:
            return {}
        with self._store.work.reading() as connection:
            files = outbox.files_of_acts(connection, held)
        lost = self._store.files.send_again(frozenset().union(*files.values()))
        settled: dict[str, str] = {}
        for act in (act for act in files if files[act] & lost):
            settled |= self._store.work.write(
                lambda connection, act=act: outbox.refuse(connection, act, Refusal.FILE_LOST, now)  # type: ignore[misc]
            )
        return settled

    def _learn(self) -> None:
        """The rule book may have changed: views are folded again with the new one."""
        self._store.directory.forget()
        self._store.mend()

    def _overlay(self, connection: Connection, changed: frozenset[str]) -> None:
        """Acts of mine over the documents that just came: few, so the bulk stays undecoded."""
        with self._store.work.reading() as reading:
            pending = outbox.pending(reading)
        mine = changed & pending.keys()
        if mine:
            cache.project(connection, mine, pending, self._store.fold)

    def _covered(self) -> list[str]:
        """Acked acts that their confirmed documents hold by now."""
        with self._store.work.reading() as connection:
            acked = outbox.acked(connection)
        if not acked:
            return []
        with self._store.cache.reading() as connection:
            held = cache.held(connection, {row.complaint for row in acked})
        return [
            row.id for row in acked if row.complaint in held and row.acked_ver <= held[row.complaint].base_ver
        ]
