"""The two local files of one profile, and the order in which they are written.

work.db first, then cache.db: an act is saved once it is in the outbox; its view follows, and is mended at
the next start if the power went in between. Every method is thread-safe and blocks; none needs the
network.
"""

import contextlib
import threading
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import msgspec
from sqlalchemy import Connection

from desktop.models import cache, cache_file, drafts, orphans, outbox, tray
from desktop.models.accesses import AccessLog
from desktop.models.attachments import Attachments
from desktop.models.cache_file import open_cache
from desktop.models.directory import Directory
from desktop.models.drafts import Drafts
from desktop.models.errors import ROTTEN, DiskFault, NotHere, StoreError, TooLateToRecall
from desktop.models.local_file import LocalFile
from desktop.models.lock import ProfileLock
from desktop.models.outbox import Pending
from desktop.models.records import ReturnedAct, Waiting
from desktop.models.work_file import open_work
from protocol.acts import Asked
from protocol.complaint import Complaint
from protocol.projection import fold, read_document
from protocol.settings import Actor

_ACTOR = "actor"
T = TypeVar("T")


class Store:
    """An open profile: its files `work` and `cache`; `drafts`, `directory`, `files`, `access_log` in them."""

    def __init__(self, folder: Path, lock: ProfileLock, key: bytes) -> None:
        self.folder = folder
        self._lock = lock
        self._key = key
        self._owing = threading.Lock()
        self._owed: frozenset[str] = frozenset()
        self.work = open_work(folder, key)
        try:
            self._open_cache()
        except BaseException:
            self.work.close()
            raise
        self.drafts = Drafts(self.work)
        self.access_log = AccessLog(self.work)
        self.actor = self._known_actor()

    @classmethod
    def open(cls, folder: Path, key: bytes, *, actor: Actor | None = None) -> "Store":
        """Open or make the profile in `folder` with its 32-byte key, and mend what a crash left.

        Raises ProfileInUse, WrongKey, NewerVersion, LocalFileLocked, ReadOnlyFile, DiskFull, DiskFault.
        `actor` is who is signed in; None keeps the one known from last time.
        """
        lock = ProfileLock(folder)
        try:
            store = cls(folder, lock, key)
        except BaseException:
            lock.release()
            raise
        try:
            if actor is not None:
                store.become(actor)
            store.start()
        except BaseException:
            store.close()
            raise
        return store

    def close(self) -> None:
        """Close both files and let the profile go; what is being written is finished first."""
        self.work.close()
        self.cache.close()
        self._lock.release()

    def become(self, actor: Actor) -> None:
        """Remember who is signed in, with which grants: acts are recorded and views folded as theirs."""
        value = msgspec.json.encode(actor).decode()
        self.work.write(
            lambda connection: (
                connection.exec_driver_sql(
                    "insert or replace into ident (name, value) values (?, ?)", (_ACTOR, value)
                )
                and None
            )
        )
        before, self.actor = self.actor, actor
        if before != actor:  # with other grants some of my acts would now be refused
            with self.work.reading() as connection:
                mine = outbox.pending(connection).keys()
            self._show_saved(mine)

    # --- what a person does

    def record(
        self, asked: Asked, *, draft: str = "", instead_of: str = "", not_before: datetime | None = None
    ) -> Asked:
        """Save an act for good, then show it; gives it back with its place in the outbox and its `prev`.

        `draft` names the kind of draft that this act makes needless, `instead_of` what of the tray it asks
        for again: both are dropped in the same transaction. The act does not leave before `not_before` (time
        to think again). Raises DiskFull or another StoreError when it could not be saved: then nothing was.
        The same id again is the same act.
        """

        def save(connection: Connection) -> Asked:
            saved = outbox.add(connection, asked, self.actor.id, not_before)
            if draft:
                drafts.remove(connection, asked.complaint, draft)
            if instead_of:
                self._take_out(connection, instead_of)
            return saved

        saved = self.work.write(save)
        if draft or instead_of:
            self.drafts.reload()
        self._show_saved([asked.complaint])
        return saved

    def record_all(self, asked: Sequence[Asked], *, not_before: datetime | None = None) -> tuple[Asked, ...]:
        """Save several acts in one transaction, all or none, then show them; raises like `record`."""

        def save(connection: Connection) -> tuple[Asked, ...]:
            return tuple(outbox.add(connection, one, self.actor.id, not_before) for one in asked)

        saved = self.work.write(save)
        self._show_saved([one.complaint for one in asked])
        return saved

    def recall_all(self, acts: Sequence[str]) -> tuple[str, ...]:
        """Undo, in one transaction, those of several acts that never left; gives their complaints."""

        def back(connection: Connection) -> list[str]:
            complaints = []
            for act in reversed(acts):
                with contextlib.suppress(TooLateToRecall):
                    complaints.append(outbox.recall(connection, act))
            return complaints

        recalled = self.work.write(back)
        self._show_saved(recalled)
        return tuple(recalled)

    def recall(self, act: str) -> None:
        """Undo an act that never left; raises TooLateToRecall."""
        self._show_saved([self.work.write(lambda connection: outbox.recall(connection, act))])

    def returned(self) -> tuple[ReturnedAct, ...]:
        """The tray: refused acts, newest first, their text as it was typed; then drafts left without a
        complaint."""
        with self.work.reading() as connection:
            refused = tray.every(connection)
        return (*refused, *orphans.every(self.drafts, self.cache))

    def discard(self, act: str) -> None:
        """Take a refused act, or a draft left alone, out of the tray at its author's wish."""
        self.work.write(lambda connection: self._take_out(connection, act))
        self.drafts.reload()

    @staticmethod
    def _take_out(connection: Connection, returned: str) -> None:
        draft = orphans.named(returned)
        if draft is not None:
            drafts.remove(connection, *draft)
        else:
            tray.discard(connection, returned)

    def log_access(self, complaint: str, what: str, now: datetime) -> None:
        """Note a reading, print or export, and of what, for the server's log of accesses."""
        self.access_log.note(complaint, what, now)

    def accesses(self, complaint: str, what: str) -> int:
        """How many readings, prints or exports of exactly this were noted on this PC."""
        return self.access_log.count(complaint, what)

    # --- what a person sees

    def document(self, complaint: str) -> bytes:
        """The confirmed document as it came; raises NotHere."""
        with self.cache.reading() as connection:
            base = connection.exec_driver_sql(
                "select d.base from complaint c join document d on d.n = c.n where c.id = ?", (complaint,)
            ).scalar()
        if base is None:
            raise NotHere
        return bytes(base)

    def view(self, complaint: str) -> tuple[Complaint, tuple[Waiting, ...]]:
        """The document with my acts folded over it, and those acts; raises NotHere."""
        # Acts first: one that is covered between the two reads is then only skipped by its version.
        with self.work.reading() as connection:
            pending = outbox.pending(connection, [complaint]).get(complaint, [])
        base = read_document(self.document(complaint))
        over = [one for one in pending if one.over(base.ver)]
        return self.fold(base, over), tuple(one.waiting() for one in over)

    def waiting(self) -> tuple[Waiting, ...]:
        """Every act of mine that the server has not settled, oldest first."""
        with self.work.reading() as connection:
            pending = outbox.pending(connection)
        unsettled = [one for acts in pending.values() for one in acts if one.acked_ver is None]
        return tuple(one.waiting() for one in sorted(unsettled, key=lambda one: one.asked.n))

    def fold(self, base: Complaint, over: Sequence[Pending]) -> Complaint:
        """`base` with these acts replayed as the signed-in person's."""
        settings = self.directory.settings(base.administration)
        return fold(base, [one.asked for one in over], self.actor, settings)

    # --- order

    def show(self, complaints: Collection[str], first: Callable[[Connection], object] | None = None) -> None:
        """Bring the list columns of these complaints to what base and acts say now, after `first` if given.

        Where that fails (a full disk) they are owed until `catch_up`; raises StoreError.
        """
        with self._owing:
            self._owed |= frozenset(complaints)
        self.catch_up(first)

    def catch_up(self, first: Callable[[Connection], object] | None = None) -> None:
        """Show what could not be shown before; raises StoreError."""
        taken: frozenset[str] = frozenset()

        def job(connection: Connection) -> None:
            nonlocal taken
            with self._owing:
                taken, self._owed = self._owed, frozenset()
            if first is not None:
                first(connection)
            self.project(connection, taken)

        if not self._owed:
            return
        try:
            self.write_cache(job)
        except BaseException:
            with self._owing:
                self._owed |= taken
            raise

    def _show_saved(self, complaints: Collection[str]) -> None:
        """The act is safe in work.db, and that is what the person is told: its view may follow later."""
        with contextlib.suppress(StoreError):
            self.show(complaints)

    def project(self, connection: Connection, complaints: Collection[str]) -> None:
        """The same inside a transaction of the cache: acts are read there, so none slips in between."""
        with self.work.reading() as reading:
            pending = outbox.pending(reading, complaints)
        cache.project(connection, complaints, pending, self.fold)

    def write_cache(self, job: Callable[[Connection], T]) -> T:
        """Run a job in the cache's writer thread; a damaged cache is put away at the next exchange."""
        return self.cache.write(job)

    def start(self) -> None:
        """Mend what a crash left; a cache too damaged for that is put away."""
        try:
            self.mend()
        except ROTTEN:
            self.renew_cache()
        self.files.sweep()

    def mend(self) -> None:
        """After a start: show every complaint with acts of mine, and every one that was shown with some."""

        def again(connection: Connection) -> None:
            with self.work.reading() as reading:
                pending = outbox.pending(reading)
            concerned = cache.dirty(connection) | pending.keys()
            cache.project(connection, concerned, pending, self.fold)

        self.cache.write(again)

    def renew_cache(self) -> None:
        """Put the cache away and begin an empty one; nothing typed is in it (P13)."""
        self.cache.close()
        with contextlib.suppress(DiskFault):
            cache_file.discard(self.folder / cache_file.NAME)
        self._open_cache()

    def _open_cache(self) -> None:
        self.cache: LocalFile = open_cache(self.folder, self._key)
        self.directory = Directory(self.cache)
        self.files = Attachments(self.work, self.cache)

    def _known_actor(self) -> Actor:
        with self.work.reading() as connection:
            value = connection.exec_driver_sql("select value from ident where name = ?", (_ACTOR,)).scalar()
        return Actor(id="") if value is None else msgspec.json.decode(value, type=Actor)
