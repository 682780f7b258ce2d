"""An in-memory honest twin of `desktop.core.desk.Desk`: same interface, same rules, no store and no network.

Windows' tests and screenshots open it. `refuse`, `settle`, `arrive` and `set_status` play the server's part.
"""

import threading
from array import array
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import msgspec

from desktop.core import enclosures
from desktop.core import queues as rail
from desktop.core.correspondence import Correspondence
from desktop.core.errors import TooLate
from desktop.core.records import Case, Change, ConnectionStatus, QueueCount, Suggestion
from desktop.models.errors import NotHere
from desktop.models.records import Draft, ListedRow, Listing, ReturnedAct, Waiting
from protocol import acts, deadlines, projection, rules, text
from protocol.acts import Act, Asked
from protocol.complaint import Attachment, Complaint, Event
from protocol.directory import Administration, AnswerTemplate, Colleague, Profile, Theme, Unit
from protocol.history import MADE_READY
from protocol.settings import Actor, Settings
from tests import fake_complaints as told
from tests.fake_board import FakeWorkload
from tests.fake_complaints import ME, ONEE, RABAT, SALE
from tests.fake_history import build, happened
from tests.fake_papers import FakePapers
from tests.fake_waiting import FakeWaiting

NOW = datetime(2026, 11, 24, 9, 42, tzinfo=UTC)
"""A Tuesday morning."""


class FakeDesk:
    """Thirty complaints of ONEE Rabat (and four to triage) seen by `user`."""

    def __init__(self, *, user: str = ME, now: datetime = NOW, settings: Settings | None = None) -> None:
        self.profile: Profile = told.profile(user)
        self.now = now
        self.rule_book = settings or told.settings()
        self.workload = FakeWorkload(self)
        self.online = True
        self.closed = False
        self._lock = threading.RLock()
        self._listeners: list[Callable[[Change], None]] = []
        self._bases: dict[str, Complaint] = {}
        self._numbers: dict[str, int] = {}
        self._pending: list[Asked] = []
        self._sent: set[str] = set()
        self._drafts: dict[tuple[str, str], Draft] = {}
        self._returned: dict[str, ReturnedAct] = {}
        self._act = 0
        self.papers = FakePapers(self)
        self.waiting = FakeWaiting(self)
        self.correspondence = Correspondence(
            self.papers, profile=lambda: self.profile, clock=lambda: self.now
        )
        self._status = ConnectionStatus(state="online", last_sync=now - timedelta(minutes=1), since=now)
        for n, story in enumerate(told.STORIES, start=1):
            self._hold(build(story, n, now, self.rule_book))

    @property
    def actor(self) -> Actor:
        """The signed-in person as the rules see them."""
        return Actor(id=self.profile.id, grants=self.profile.grants)

    @property
    def today(self) -> date:
        """The civil date in Casablanca."""
        return deadlines.civil_date(self.now)

    # --- what windows read

    def queues(self) -> tuple[QueueCount, ...]:
        """Counts of the rail."""
        lines, who = self._lines(), self._viewer()
        return tuple(
            QueueCount(queue.code, queue.group, sum(queue.holds(line, who) for line in lines))
            for queue in rail.queues_of(who)
        )

    def listing(self, queue: str, sort: str = "due") -> Listing:
        """The rows of a queue, in order; raises KeyError for an unknown queue or sort."""
        who = self._viewer()
        holds = next(known for known in rail.QUEUES if known.code == queue).holds
        lines = [line for line in self._lines() if holds(line, who)]
        return Listing(queue, sort, array("q", (line.n for line in rail.arrange(lines, sort))))

    def rows(self, ns: Sequence[int]) -> tuple[ListedRow, ...]:
        """The lines with these numbers, in this order; those that are gone are left out."""
        by_number = {line.n: line for line in self._lines()}
        return tuple(by_number[n] for n in ns if n in by_number)

    def search(self, text_: str, queue: str = "") -> Listing:
        """Complaints that hold every word of the text, folded, words as prefixes."""
        wanted = text.fold(text_).split()
        inside = set(self.listing(queue).order) if queue else None
        found = [
            line
            for line in self._lines()
            if (inside is None or line.n in inside) and self._matches(line.row.id, wanted)
        ]
        order = array("q", (line.n for line in rail.arrange(found, "due")))
        return Listing(queue, "due", order if wanted else array("q"))

    def case(self, complaint: str) -> Case:
        """The opened complaint; raises NotHere when it is not on this PC."""
        with self._lock:
            if complaint not in self._bases:
                raise NotHere()
            document = self._view(complaint)
            return Case(
                document=document,
                confirmed_ver=self._bases[complaint].ver,
                waiting=tuple(
                    Waiting(a.id, a.n, a.complaint, a.act, a.at, a.seen)
                    for a in self._pending
                    if a.complaint == complaint
                ),
                drafts={kind: d for (owner, kind), d in self._drafts.items() if owner == complaint},
                may={
                    kind: rules.may(document, shape, self.actor, self.rule_book, self.now)
                    for (kind, _), shape in acts.KINDS.items()
                },
                today=self.today,
                days_left=deadlines.days_left(document.due, self.today),
            )

    def returned(self) -> tuple[ReturnedAct, ...]:
        """The tray, newest first."""
        with self._lock:
            return tuple(sorted(self._returned.values(), key=lambda act: act.at, reverse=True))

    def suggestions(self, complaint: str) -> tuple[Suggestion, ...]:
        """Administrations the routing ranked, the present one left out."""
        document = self._view(complaint)
        ranked = document.routing.ranked if document.routing else ()
        known = {administration.code: administration for administration in told.ADMINISTRATIONS}
        words = document.routing.words if document.routing else ()
        return tuple(
            Suggestion(known[code], confidence, words if code == document.routing.administration else ())
            for code, confidence in ranked
            if code in known and code != document.administration
        )

    def administrations(self) -> tuple[Administration, ...]:
        """The register, by code."""
        return told.ADMINISTRATIONS

    def units(self, administration: str) -> tuple[Unit, ...]:
        """Units of an administration."""
        return tuple(unit for unit in told.UNITS if unit.administration == administration)

    def colleagues(self, unit: str = "") -> tuple[Colleague, ...]:
        """People of my administration, or of one of its units."""
        return tuple(
            person
            for person in told.COLLEAGUES
            if any(
                grant.administration == self.profile.main_administration
                and (not unit or grant.unit in ("", unit))
                for grant in person.grants
            )
        )

    def themes(self) -> tuple[Theme, ...]:
        """All themes."""
        return told.THEMES

    def name_of(self, user_id: str, language: str) -> str:
        """A colleague's name in that script; "" for somebody unknown here."""
        for person in told.COLLEAGUES:
            if person.id == user_id:
                return person.name_ar if language == "ar" else person.name_fr
        return ""

    def templates(self, theme: str, language: str) -> tuple[AnswerTemplate, ...]:
        """Canned answers of that theme and language."""
        return tuple(t for t in told.TEMPLATES if t.theme == theme and t.language == language)

    def attachment(self, sha256: str, name: str = "") -> bytes:
        """The bytes of a file; raises Offline when the network is cut."""
        del name
        return self.papers.bring(sha256)

    def attach(self, name: str, content: bytes) -> Attachment:
        """Keep a file for an act to carry."""
        return enclosures.keep(self.papers, name, content)

    def status(self) -> ConnectionStatus:
        """What the pill says."""
        with self._lock:
            waiting = tuple(self._pending)
            return replace(
                self._status,
                waiting=len(waiting),
                oldest_waiting=min((asked.at for asked in waiting), default=None),
                stored=len(self._bases),
            )

    # --- what windows do

    def ask(self, complaint: str, act: Act, *, seen: int) -> str:
        """Record an act; raises rules.Refused. Gives the act's id."""
        with self._lock:
            earlier = [asked.id for asked in self._pending if asked.complaint == complaint]
            asked = Asked(
                id=self._next_id(),
                complaint=complaint,
                seen=seen,
                at=self.now,
                act=act,
                n=self._act,
                prev=earlier[-1] if earlier else None,
            )
            rules.apply(self._view(complaint), asked, self.actor, self.rule_book, self.now)
            self._pending.append(asked)
            self._drafts.pop((complaint, act.kind), None)
        self._tell(Change(complaints=frozenset({complaint}), queues=True, connection=True))
        return asked.id

    def undo(self, act_id: str) -> None:
        """Recall an act; raises TooLate once it left or when a later act depends on it."""
        with self._lock:
            asked = next((a for a in self._pending if a.id == act_id), None)
            if asked is None or act_id in self._sent or any(a.prev == act_id for a in self._pending):
                raise TooLate()
            self._pending.remove(asked)
        self._tell(Change(complaints=frozenset({asked.complaint}), queues=True, connection=True))

    def save_draft(self, draft: Draft) -> None:
        """Keep unsent text."""
        with self._lock:
            self._drafts[draft.complaint, draft.kind] = draft

    def drop_draft(self, complaint: str, kind: str) -> None:
        """Forget unsent text, if any."""
        with self._lock:
            self._drafts.pop((complaint, kind), None)

    def resend(self, returned_id: str, act: Act) -> str:
        """Ask again from the tray; raises rules.Refused."""
        with self._lock:
            back = self._returned[returned_id]
            act_id = self.ask(back.complaint, act, seen=self._bases[back.complaint].ver)
            del self._returned[returned_id]
        self._tell(Change(complaints=frozenset({back.complaint}), queues=True, returned=True))
        return act_id

    def discard(self, returned_id: str) -> None:
        """Take an act out of the tray for good."""
        with self._lock:
            back = self._returned.pop(returned_id)
        self._tell(Change(complaints=frozenset({back.complaint}), queues=True, returned=True))

    def sync_now(self) -> None:
        """Settle what waits, when on line."""
        if self.online:
            self.settle()

    def listen(self, listener: Callable[[Change], None]) -> Callable[[], None]:
        """Be told of changes; gives the function that stops it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def close(self, *, sign_out: bool = False) -> None:
        """End; `sign_out` makes no difference here."""
        self.closed = True

    # --- the server's part, for tests

    def settle(self) -> None:
        """The server applies everything that waits."""
        with self._lock:
            for asked in self._pending:
                base = self._bases[asked.complaint]
                self._bases[asked.complaint] = rules.apply(base, asked, self.actor, self.rule_book, self.now)
            touched = frozenset(asked.complaint for asked in self._pending)
            self._pending.clear()
            self._sent.clear()
            self._status = replace(self._status, state="online", last_sync=self.now)
        self._tell(Change(complaints=touched, queues=True, connection=True))

    def start_sending(self) -> None:
        """From now on what waits can no longer be recalled."""
        self._sent.update(asked.id for asked in self._pending)
        self.set_status(replace(self._status, state="sending"))

    def refuse(self, act_id: str, code: str, theirs: Act | None = None, by: str = "u-senhaji") -> str:
        """The server refuses an act as `theirs` came first: it lands in the tray. Gives the act's id."""
        with self._lock:
            asked = next(a for a in self._pending if a.id == act_id)
            if theirs is not None:
                self.arrive(asked.complaint, theirs, by)
            self._pending.remove(asked)
            back = ReturnedAct(
                id=asked.id,
                complaint=asked.complaint,
                act=asked.act,
                code=code,
                at=self.now,
                typed_at=asked.at,
                theirs=self._bases[asked.complaint],
                seen=asked.seen,
            )
            self._returned[back.id] = back
        self._tell(
            Change(complaints=frozenset({back.complaint}), queues=True, connection=True, returned=True)
        )
        return back.id

    def arrive(self, complaint: str, act: Act, by: str) -> None:
        """Somebody else's act comes down with the next pull."""
        with self._lock:
            base = self._bases[complaint]
            self._bases[complaint] = happened(
                base, act, by=by, at=self.now, settings=self.rule_book, act_id=self._next_id()
            )
        self._tell(Change(complaints=frozenset({complaint}), queues=True))

    def number_letter(self, complaint: str, number: str) -> Event:
        """The server writes an outgoing number into the newest answer; gives that event."""
        with self._lock:
            base = self._bases[complaint]
            ready = next(event for event in reversed(base.events) if event.kind in MADE_READY)
            numbered = msgspec.structs.replace(ready, number=number)
            events = tuple(numbered if event is ready else event for event in base.events)
            self._bases[complaint] = msgspec.structs.replace(base, events=events)
        return numbered

    def pending(self) -> tuple[Asked, ...]:
        """Acts that wait, oldest first."""
        with self._lock:
            return tuple(self._pending)

    def cut(self) -> None:
        """The network is cut."""
        self.online = False
        self.set_status(replace(self._status, state="offline", since=self.now))

    def set_status(self, status: ConnectionStatus) -> None:
        """Say something else in the pill."""
        self._status = status
        self._tell(Change(connection=True))

    # --- inside

    def _hold(self, document: Complaint) -> None:
        self._bases[document.id] = document
        self._numbers[document.id] = len(self._numbers) + 1

    def _next_id(self) -> str:
        self._act += 1
        return f"019ab000-0000-7000-8000-{self._act:012x}"

    def _view(self, complaint: str) -> Complaint:
        mine = [asked for asked in self._pending if asked.complaint == complaint]
        return projection.fold(self._bases[complaint], mine, self.actor, self.rule_book)

    def _viewer(self) -> rail.Viewer:
        return rail.viewer(
            self.profile, self.today, frozenset(back.complaint for back in self._returned.values())
        )

    def _lines(self) -> list[ListedRow]:
        with self._lock:
            return [
                ListedRow(
                    n=self._numbers[known],
                    row=projection.columns(self._view(known)),
                    waiting=sum(asked.complaint == known for asked in self._pending),
                    draft=any(owner == known for owner, _ in self._drafts),
                )
                for known in self._bases
            ]

    def _matches(self, complaint: str, wanted: list[str]) -> bool:
        words = projection.searchable(self._view(complaint)).split()
        return all(any(word.startswith(prefix) for word in words) for prefix in wanted)

    def _tell(self, change: Change) -> None:
        for listener in tuple(self._listeners):
            listener(change)


__all__ = ["ME", "NOW", "ONEE", "RABAT", "SALE", "FakeDesk"]
