"""Empties the outbox: one thread a way out, each notice claimed before it leaves and settled afterwards.

Whoever dies in between leaves a notice `sending`; the next sender finds it after its time and asks again
where that is safe, or calls it uncertain where the citizen might get it twice.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from protocol.complaint import Complaint
from resources.catalogue import Catalogue
from server import blobs, complaints
from server.config import Config
from server.database import Database
from server.logs import Journal
from server.notices import occasions, outbox, returns
from server.notices.carriers import Carrier, Delayed, Enclosure, Outgoing, Rejected, Unanswered
from server.notices.outbox import Notice, State
from server.notices.setup import open_carriers
from server.notices.words import LETTER, PORTAL, Means
from server.turns import Turns

EVERY_SECONDS = 0.5
BATCH = 100
FIRST_PAUSE = 60
LONGEST_PAUSE = 6 * 3600
LONGEST_SILENCE = 15 * 60
"""Seconds for which a whole way out rests after its provider failed, at most."""

LARGEST_ENCLOSURE = 8 * 1024 * 1024
STEPS = 12
"""Steps of a hand-over that may each take the time limit; after that its sender is taken for dead."""


class House(Protocol):
    """What a sender works with: `server.service.Service`."""

    @property
    def config(self) -> Config: ...
    @property
    def database(self) -> Database: ...
    @property
    def journal(self) -> Journal: ...
    @property
    def clock(self) -> Callable[[], datetime]: ...
    @property
    def entropy(self) -> Callable[[int], bytes]: ...


def pause_after(tries: int, jitter: float, *, most: int = LONGEST_PAUSE) -> timedelta:
    """1, 2, 4… minutes up to `most` seconds, a fifth more or less by `jitter` (0 to 1)."""
    seconds = min(FIRST_PAUSE * 2 ** min(tries - 1, 20), most)
    return timedelta(seconds=seconds * (0.8 + 0.4 * jitter))


class Sender(Turns):
    """One way out; `round` is all it does, `start` repeats it in a thread."""

    def __init__(self, house: House, means: Means, carrier: Carrier) -> None:
        super().__init__(f"notices-{means}", EVERY_SECONDS, self.round, self._on_fault)
        self._house = house
        self._means = means
        self._carrier = carrier
        self._failures = 0
        self._rests_until: datetime | None = None

    def _on_fault(self, error: Exception) -> None:
        """Whatever went wrong with one notice, the others still have to leave."""
        self._house.journal.fault(f"notices_{self._means}", error)
        self.rest(FIRST_PAUSE / 10)

    def round(self) -> int:
        """Hand over what is due now, at most BATCH; gives the number of tries."""
        house = self._house
        now = house.clock()
        with house.database.reading() as connection:
            left = outbox.abandoned(connection, self._means, now)
            old = outbox.outlived(connection, self._means, now)
            is_due = outbox.is_due(connection, self._means, now)
        if left or old:
            self._tidy(left, old, now)
        return self._empty() if is_due or left else 0

    def _empty(self) -> int:
        """Hand over until nothing is due, the batch is full, or the provider is at fault."""
        tried = 0
        try:
            while tried < BATCH and not self.stop.is_set():
                now = self._house.clock()
                if self._rests_until is not None and now < self._rests_until:
                    break
                notice = self._claim(now)
                if notice is None:
                    break
                self._try(notice)
                tried += 1
        finally:
            self._carrier.close()
        return tried

    def _claim(self, now: datetime) -> Notice | None:
        until = now + timedelta(seconds=self._house.config.notices_timeout_seconds * STEPS)
        with self._house.database.transaction() as connection:
            return outbox.claim(connection, self._means, now, until=until)

    def _tidy(self, left: Sequence[Notice], old: Sequence[Notice], now: datetime) -> None:
        """Decide about what a dead sender left, and end what has had its time."""
        with self._house.database.transaction() as connection:
            for notice in left:
                if self._carrier.repeats_safely:
                    outbox.settle(connection, notice, State.QUEUED, now, next_try=now)
                else:
                    outbox.settle(connection, notice, State.UNCERTAIN, now, error=outbox.NO_REPLY)
        for notice in old:
            # One a transaction: each takes a complaint and perhaps its stream, and streams come last.
            with self._house.database.transaction() as connection:
                returns.hold(connection, notice)
                state = outbox.give_up(connection, notice, now)
                if state == State.FAILED:
                    returns.follow_up(connection, notice, now)
            if state is not None:
                self._note(notice, state, outbox.GIVEN_UP)

    def _try(self, notice: Notice) -> None:
        try:
            reference = self._carrier.hand_over(self._outgoing(notice))
        except Delayed as delayed:
            self._delay(notice, delayed.code, delayed.after)
            if delayed.is_service:
                self._rest(delayed.after)
        except Rejected as rejected:
            self._settle(notice, State.FAILED, error=rejected.code)
        except Unanswered as unanswered:
            if self._carrier.repeats_safely:
                self._delay(notice, unanswered.code, 0)
            else:
                self._settle(notice, State.UNCERTAIN, error=unanswered.code)
            self._rest(0)
        else:
            self._failures = 0
            self._settle(notice, State.SENT, reference=reference)

    def _delay(self, notice: Notice, code: str, after: int) -> None:
        pause = pause_after(notice.tries, self._jitter())
        wait = max(pause, timedelta(seconds=after))
        self._settle(notice, State.QUEUED, error=code, next_try=self._house.clock() + wait)

    def _rest(self, after: int) -> None:
        """The provider is at fault: the next notice would fare no better."""
        self._failures += 1
        pause = pause_after(self._failures, self._jitter(), most=LONGEST_SILENCE)
        self._rests_until = self._house.clock() + max(pause, timedelta(seconds=after))

    def _jitter(self) -> float:
        return self._house.entropy(1)[0] / 255

    def _settle(self, notice: Notice, state: State, **values: object) -> None:
        now = self._house.clock()
        with self._house.database.transaction() as connection:
            if state == State.FAILED:
                returns.hold(connection, notice)
            if not outbox.settle(connection, notice, state, now, **values):
                return
            if state == State.FAILED:
                returns.follow_up(connection, replace(notice, error=str(values["error"])), now)
        self._note(notice, state, str(values.get("error", "")))

    def _note(self, notice: Notice, state: State, error: str) -> None:
        self._house.journal.note(
            "notice",
            kind=notice.kind,
            channel=notice.channel,
            state=str(state),
            tries=notice.tries,
            error=error,
        )

    def _outgoing(self, notice: Notice) -> Outgoing:
        """The notice with its marks filled, and the letter if it is one that carries it."""
        enclosure = self._enclosure(notice)
        texts = Catalogue(notice.language)
        sentence = texts("notices.letter.enclosed") if enclosure else ""
        text = notice.body.replace(f"\n\n{LETTER}", f"\n\n{sentence}" if sentence else "")
        return Outgoing(
            id=notice.id,
            address=notice.address,
            language=notice.language,
            subject=notice.subject,
            text=text.replace(PORTAL, self._house.config.address.rstrip("/")),
            queued_at=notice.at,
            now=self._house.clock(),
            enclosure=enclosure,
        )

    def _enclosure(self, notice: Notice) -> Enclosure | None:
        if notice.kind not in occasions.WITH_LETTER or notice.channel != Means.EMAIL:
            return None
        with self._house.database.reading() as connection:
            document: Complaint = complaints.load(connection, notice.complaint)
        file = occasions.enclosed(document, notice.act)
        if file is None or file.size > LARGEST_ENCLOSURE:
            return None
        try:
            return Enclosure(file.name, file.mime, blobs.read(self._house.config, file.sha256))
        except blobs.NoSuchFile as error:
            raise Delayed("letter_missing", is_service=False) from error


class Senders:
    """All ways out of one server process."""

    def __init__(self, house: House, carriers: Mapping[Means, Carrier] | None = None) -> None:
        """Raises BadConfiguration when what is set up cannot work."""
        ways = carriers or open_carriers(house.config)
        self._senders = [Sender(house, means, carrier) for means, carrier in ways.items()]

    def start(self) -> None:
        """Begin."""
        for sender in self._senders:
            sender.start()

    def close(self) -> None:
        """Stop."""
        for sender in self._senders:
            sender.close()
