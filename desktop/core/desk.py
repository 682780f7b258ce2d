"""All an agent does at the desk: read queues and complaints, ask for acts, keep drafts, look into the tray.

Every method blocks and is thread-safe; only `attachment` needs the network. An act is durable when `ask`
returns; what is seen is always the confirmed document with one's own unsettled acts folded over it.
"""

import os
import threading
import uuid
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from random import SystemRandom

import msgspec

from desktop.core import enclosures
from desktop.core import queues as rail
from desktop.core.correspondence import Correspondence, StorePapers
from desktop.core.errors import TooLate
from desktop.core.handover import Office
from desktop.core.ledger import LiveFiles, StoreLedger
from desktop.core.records import Case, Change, ConnectionStatus, QueueCount, Suggestion
from desktop.core.session import Session, actor_of
from desktop.core.standing import Standing, Watching
from desktop.core.sync_worker import SyncWorker
from desktop.core.waiting import WaitingList
from desktop.core.workload import Workload
from desktop.models.errors import NotHere, TooLateToRecall
from desktop.models.reading import Reading
from desktop.models.records import Draft, ListedRow, Listing, ReturnedAct
from desktop.models.replica import StoreReplica
from protocol import rules
from protocol.acts import KINDS, Act, Answer, Asked, Open, Submit
from protocol.complaint import Attachment
from protocol.deadlines import civil_date, days_left
from protocol.directory import Administration, AnswerTemplate, Colleague, Profile, Theme, Unit
from protocol.scope import WORKING, in_force
from protocol.settings import Actor
from sync.accesses import Accesses
from sync.ahead import in_a_thread
from sync.blobs import Files
from sync.engine import Engine
from sync.pace import Pace


class _Version(msgspec.Struct):
    ver: int


GRACE = timedelta(seconds=8)
"""How long an act stays here so that it can be undone; the windows offer to for as long."""

AT_ONCE = frozenset({Answer.kind, Submit.kind, Open.kind})
"""Answers were already held by their editor, and reading is nothing to take back: these leave at once."""

_random = SystemRandom()
_version = msgspec.json.Decoder(_Version)


class Desk:
    """The desk of the account open in `session`. `clock` gives aware UTC, `random` bytes, `jitter` 0..1."""

    def __init__(
        self,
        session: Session,
        *,
        clock: Callable[[], datetime],
        random: Callable[[int], bytes] = os.urandom,
        jitter: Callable[[], float] = _random.random,
        grace: timedelta = GRACE,
    ) -> None:
        account = session.account
        self._session = session
        self._store = account.store
        self._clock = clock
        self._random = random
        self._grace = grace
        self._listeners: list[Callable[[Change], None]] = []
        self._asking = threading.Lock()
        self.profile: Profile = account.profile
        self._reading = Reading(self._store, self.profile)
        self.waiting = WaitingList(
            self._store,
            clock=clock,
            status=self.status,
            cancel=lambda sha256: self._files.cancel(sha256),
            publish=self._tell,
        )
        self._files = Files(LiveFiles(self._store), account.connection, told=self.waiting.moved)
        papers = StorePapers(self._store, self._files, account.connection.receipt)
        self.correspondence = Correspondence(papers, profile=lambda: self.profile, clock=clock)
        self._worker = SyncWorker(
            StoreLedger(self._store, self._reading), pace=Pace(jitter), clock=clock, publish=self._tell
        )
        replica, connection = StoreReplica(self._store), account.connection
        told = self._worker.heard
        self._engine = Engine(
            replica,
            connection,
            clock=clock,
            files=self._files,
            accesses=Accesses(self._store.access_log, connection),
            told=told,
            ahead=in_a_thread,
        )
        # At closing nothing is held back any more: this one lives a little later.
        last = Engine(replica, connection, clock=lambda: clock() + grace, files=self._files, told=told)
        office = Office(lambda: self.actor, clock, self.ask_all, self.undo_all)
        self.workload = Workload(
            self._store, lambda: self.profile, clock, synced=self._worker.synced_at, office=office
        )
        session.on_renewal(self._on_renewal)
        connection.standing = Standing(self._store, clock)
        watching = Watching(self._engine, self.workload, connection.desks, clock=clock, publish=self._tell)
        self._worker.start(watching, last)

    @property
    def actor(self) -> Actor:
        """The signed-in person as the rules see them."""
        return actor_of(self.profile)

    @property
    def now(self) -> datetime:
        """This PC's clock, aware UTC."""
        return self._clock()

    @property
    def today(self) -> date:
        """The civil date in Casablanca."""
        return civil_date(self._clock())

    # --- lists

    def queues(self) -> tuple[QueueCount, ...]:
        """The queues of this person's rail, counted."""
        counts = self._reading.counts(self.today)
        mine = rail.queues_of(rail.viewer(self.profile, self.today))
        return tuple(QueueCount(queue.code, queue.group, counts[queue.code]) for queue in mine)

    def listing(self, queue: str, sort: str = "due") -> Listing:
        """The rows of a queue, in order; raises KeyError for an unknown queue or sort."""
        return self._reading.listing(queue, sort, self.today)

    def rows(self, ns: Sequence[int]) -> tuple[ListedRow, ...]:
        """The lines with these numbers, in this order; those that are gone are left out."""
        return self._reading.rows(ns)

    def search(self, text: str, queue: str = "") -> Listing:
        """Complaints that hold every word of `text` (folded, as prefixes), in one queue or in all."""
        return self._reading.search(text, queue, today=self.today)

    # --- one complaint

    def case(self, complaint: str) -> Case:
        """The opened complaint; raises NotHere when it is not on this PC."""
        # The version first: a document that comes in between is then simply newer than what was promised.
        confirmed = _version.decode(self._store.document(complaint)).ver
        document, waiting = self._store.view(complaint)
        settings, now, actor = self._reading.settings(document.administration), self._clock(), self.actor
        return Case(
            document=document,
            confirmed_ver=confirmed,
            waiting=waiting,
            drafts=self._store.drafts.of(complaint),
            may={
                kind: rules.may(document, shape, actor, settings, now) for (kind, _), shape in KINDS.items()
            },
            today=civil_date(now),
            days_left=days_left(document.due, civil_date(now)),
        )

    def ask(self, complaint: str, act: Act, *, seen: int) -> str:
        """Record an act, durable on return, and drop the draft of its kind; gives the act's id.

        `seen` is the confirmed version the author had before their eyes. Raises rules.Refused, NotHere, and
        StoreError when it could not be saved (then nothing was).
        """
        asked = self._record(complaint, act, seen)
        self._tell(Change(complaints=frozenset({complaint}), queues=True, connection=True))
        return asked.id

    def _record(self, complaint: str, act: Act, seen: int, instead_of: str = "") -> Asked:
        with self._asking:
            now = self._clock()
            asked = self._allowed(complaint, act, seen, now)
            leaves = now if act.kind in AT_ONCE else now + self._grace
            later = leaves if leaves > now else None
            self._store.record(asked, draft=act.kind, instead_of=instead_of, not_before=later)
        self._worker.wake_at(leaves)
        return asked

    def ask_all(self, wanted: Sequence[tuple[str, Act]]) -> tuple[str, ...]:
        """Record one act on each of these complaints, all durable on return or none; gives the acts' ids.

        Each is asked on the version of now. Raises as `ask`; drafts are left alone.
        """
        with self._asking:
            now = self._clock()
            asked = [self._allowed(complaint, act, None, now) for complaint, act in wanted]
            self._store.record_all(asked, not_before=now + self._grace if self._grace else None)
        touched = frozenset(complaint for complaint, _ in wanted)
        self._tell(Change(complaints=touched, queues=True, connection=True))
        self._worker.wake_at(now + self._grace)
        return tuple(one.id for one in asked)

    def undo_all(self, act_ids: Sequence[str]) -> tuple[str, ...]:
        """Recall those of these acts that have not left, in one transaction; gives their complaints."""
        recalled = self._store.recall_all(act_ids)
        self._tell(Change(complaints=frozenset(recalled), queues=True, connection=True))
        return recalled

    def undo(self, act_id: str) -> None:
        """Recall an act within its grace; raises TooLate once it left, or when a later act depends on it."""
        known = {one.id: one.complaint for one in self._store.waiting()}
        try:
            self._store.recall(act_id)
        except TooLateToRecall as error:
            raise TooLate() from error
        touched = frozenset({known[act_id]}) if act_id in known else frozenset()
        self._tell(Change(complaints=touched, queues=True, connection=True))

    def save_draft(self, draft: Draft) -> None:
        """Keep unsent text; raises StoreError when it could not be."""
        known = draft.complaint in self._store.drafts.complaints()
        self._store.drafts.save(draft)
        if not known:
            self._tell(Change(complaints=frozenset({draft.complaint})))

    def drop_draft(self, complaint: str, kind: str) -> None:
        """Forget unsent text, if any."""
        self._store.drafts.drop(complaint, kind)
        self._tell(Change(complaints=frozenset({complaint})))

    # --- the tray

    def returned(self) -> tuple[ReturnedAct, ...]:
        """Acts that the server refused, newest first, their text intact."""
        return self._store.returned()

    def resend(self, returned_id: str, act: Act) -> str:
        """Ask again, on the version of now; it leaves the tray as the new act becomes durable, never apart.

        Raises rules.Refused (it stays in the tray), NotHere for an unknown id or complaint.
        """
        back = self._from_tray(returned_id)
        seen = _version.decode(self._store.document(back.complaint)).ver
        asked = self._record(back.complaint, act, seen, instead_of=returned_id)
        self._tell(
            Change(complaints=frozenset({back.complaint}), queues=True, connection=True, returned=True)
        )
        return asked.id

    def discard(self, returned_id: str) -> None:
        """Take an act out of the tray for good; raises NotHere for an unknown id."""
        back = self._from_tray(returned_id)
        self._store.discard(returned_id)
        self._tell(Change(complaints=frozenset({back.complaint}), queues=True, returned=True))

    # --- reference

    def suggestions(self, complaint: str) -> tuple[Suggestion, ...]:
        """Administrations that the routing ranked, best first, the present one left out."""
        document, _ = self._store.view(complaint)
        routing = document.routing
        if routing is None:
            return ()
        known = {body.code: body for body in self._reading.administrations()}
        ranked = routing.ranked or ((routing.administration, routing.confidence),)
        return tuple(
            Suggestion(known[code], share, routing.words if code == routing.administration else ())
            for code, share in ranked
            if code in known and code != document.administration
        )

    def administrations(self) -> tuple[Administration, ...]:
        """The register, by code."""
        return self._reading.administrations()

    def units(self, administration: str) -> tuple[Unit, ...]:
        """The services of an administration, as far as this PC knows them."""
        return tuple(unit for unit in self._reading.units() if unit.administration == administration)

    def colleagues(self, unit: str = "") -> tuple[Colleague, ...]:
        """People of my administration that work may be given to today, of one unit or of all."""
        mine, today = self.profile.main_administration, self.today
        return tuple(
            person
            for person in self._reading.colleagues()
            if any(
                grant.administration == mine
                and grant.role in WORKING
                and in_force(grant, today)
                and (not unit or grant.unit in ("", unit))
                for grant in person.grants
            )
        )

    def themes(self) -> tuple[Theme, ...]:
        """Subjects of complaints."""
        return self._reading.themes()

    def name_of(self, user_id: str, language: str) -> str:
        """A colleague's name in the script of `language`; "" for somebody unknown here."""
        people: tuple[Colleague | Profile, ...] = (*self._reading.colleagues(), self.profile)
        person = next((one for one in people if one.id == user_id), None)
        if person is None:
            return ""
        return person.name_ar if language == "ar" else person.name_fr

    def templates(self, theme: str, language: str) -> tuple[AnswerTemplate, ...]:
        """Canned answers in that language, of that theme first, then those of every theme."""
        found = [one for one in self._reading.templates() if one.language == language]
        own = [one for one in found if theme and one.theme == theme]
        return (*own, *(one for one in found if not one.theme))

    def attachment(self, sha256: str, name: str = "") -> bytes:
        """The bytes of a file, kept encrypted once fetched; raises Offline, NotFound, DamagedFile, Cancelled.

        `name` is what the sync panel calls it while it comes.
        """
        self.waiting.name(sha256, name)
        return self._files.bring(sha256)

    def attach(self, name: str, content: bytes) -> Attachment:
        """Keep a file for an act to carry, encrypted here until the act leaves with it.

        Raises PersonError (file_type, file_too_big, file_damaged…), StoreError.
        """
        return enclosures.keep(self._store.files, name, content)

    # --- connection

    def status(self) -> ConnectionStatus:
        """What the connection pill says."""
        return self._worker.status()

    def sync_now(self) -> None:
        """Do not wait for the next turn."""
        self._worker.wake()

    def listen(self, listener: Callable[[Change], None]) -> Callable[[], None]:
        """Be told of changes, from any thread; gives the function that stops it."""
        self._listeners.append(listener)

        def stop() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return stop

    def close(self, *, sign_out: bool = False) -> None:
        """Stop synchronising (bounded), close the files and drop the keys; on the server too if asked."""
        self._listeners.clear()
        self._worker.close()
        if sign_out:
            self._session.sign_out()
        else:
            self._session.lock()

    # --- inside

    def _allowed(self, complaint: str, act: Act, seen: int | None, now: datetime) -> Asked:
        """The act in its envelope, on the version `seen` or of now; raises rules.Refused, NotHere."""
        document, waiting = self._store.view(complaint)
        confirmed = _version.decode(self._store.document(complaint)).ver
        asked = Asked(
            id=_act_id(now, self._random),
            complaint=complaint,
            # Versions that only my own unsettled acts made do not exist for the server.
            seen=confirmed if seen is None else min(seen, confirmed),
            at=now,
            act=act,
            prev=waiting[-1].id if waiting else None,
            skew_ms=self._engine.skew_ms,
        )
        rules.apply(document, asked, self.actor, self._reading.settings(document.administration), now)
        return asked

    def _from_tray(self, returned_id: str) -> ReturnedAct:
        for back in self._store.returned():
            if back.id == returned_id:
                return back
        raise NotHere()

    def _on_renewal(self, profile: Profile) -> None:
        """The server knows other grants or names than yesterday's: queues are read with new eyes."""
        self.profile = profile
        self._reading = Reading(self._store, profile)
        self._tell(Change(queues=True, reference=True))

    def _tell(self, change: Change) -> None:
        for listener in tuple(self._listeners):
            listener(change)


def _act_id(at: datetime, random: Callable[[int], bytes]) -> str:
    """A UUID version 7 (RFC 9562): milliseconds of `at`, then randomness."""
    value = int(at.timestamp() * 1000) << 80 | int.from_bytes(random(10), "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    return str(uuid.UUID(int=value & ~(0x3 << 62) | 0x2 << 62))
