"""One exchange, top to bottom: acts go up in outbox order, then documents come down.

What changed comes with the results of the last acts where the server tells both at once: one round trip.

A cycle may stop anywhere (a lost reply, a cut page, the power): nothing is believed before it is whole, and
the next cycle starts again from what is stored. Acts are only settled by their own result.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec

from protocol.refusals import Refusal
from protocol.wire import MAX_PAGE, Envelope
from sync import streams
from sync.accesses import Accesses
from sync.ahead import Ahead, when_wanted
from sync.blobs import Files
from sync.errors import ClientTooOld, Garbled, TooLarge, Unreached
from sync.first_sync import FirstSync
from sync.link import Link
from sync.outcome import Outcome, Step, unheard
from sync.reconcile import Reconcile
from sync.replica import Position, Replica
from sync.streams import Reset, Stream
from sync.wire import Reply, Wire

BATCH = 100
"""Acts in one push, until the server finds that too large."""

PAGES = 20
"""Pages pulled in one cycle, so that acts typed while many changes come do not wait for the last."""

TURNS = 6
"""Steps of one cycle when its cursor is reset (a comparison and a pull each), or a check must pull first."""


class Engine:
    """Brings a replica and a server together. `clock` gives aware UTC and decides nothing but delays.

    `told` hears every step from the thread that runs the cycle; `ahead` may ask for what comes next
    meanwhile.
    """

    def __init__(
        self,
        replica: Replica,
        wire: Wire,
        *,
        clock: Callable[[], datetime],
        files: Files | None = None,
        accesses: Accesses | None = None,
        told: Callable[[Step], None] = unheard,
        ahead: Ahead = when_wanted,
    ) -> None:
        self._replica = replica
        self._wire = wire
        self._files = files
        self._accesses = accesses
        self._link = Link(replica, wire, clock, told)
        self._first = FirstSync(self._link, ahead)
        self._reconcile = Reconcile(self._link)
        self._batch = BATCH
        self._in_step = False

    @property
    def skew_ms(self) -> int:
        """This PC's clock minus the server's, as last seen."""
        return self._link.skew_ms

    def cycle(self) -> Outcome:
        """Send what waits and fetch what changed; after a SyncError the same cycle is run again."""
        outcome = self._exchange()
        if self._accesses is not None:
            self._accesses.send()
        return outcome

    def _exchange(self) -> Outcome:
        outcome = Outcome()
        for _ in range(2):
            place = self._replica.position()
            try:
                if self._files is not None:
                    outcome += self._send_files(self._files)
                turn = self._push(place)
            except ClientTooOld:
                self._in_step = False
                self._bring()  # too old to send is not too old to read
                raise
            turn += self._bring()
            outcome += turn
            if not turn.requeued and place.epoch in ("", self._replica.position().epoch):
                return outcome
        return outcome + Outcome(more=True)

    def wait(self, seconds: int) -> bool:
        """Long poll: whether something changed on the server; may run in a thread of its own."""
        return self._wire.wait(self._replica.position().cursor, seconds)

    # --- up

    def _send_files(self, files: Files) -> Outcome:
        returned = files.send(self._link.clock())
        if not returned:
            return Outcome()
        changed = frozenset(returned.values())
        self._link.told(Step(changed=changed, settled=frozenset(returned), rejected=len(returned)))
        return Outcome(rejected=len(returned), changed=changed)

    def _push(self, place: Position) -> Outcome:
        outcome, after, epoch = Outcome(), 0, place.epoch
        self._in_step = False
        while acts := self._replica.take(self._link.clock(), self._batch, after):
            cursor = place.cursor if place.snap_done else ""
            try:
                reply = self._link.heard(self._wire.push(acts, cursor))
            except Unreached:
                self._replica.stayed([act.id for act in acts])
                raise
            except TooLarge:
                if len(acts) == 1:
                    outcome += self._give_back(acts[0])
                self._batch = len(acts) // 2 or BATCH
                continue
            after = acts[-1].n
            outcome += self._settle(acts, reply, place)
            if epoch and reply.epoch not in ("", epoch):
                break  # a restored server: what it lost goes before what is new
            place = self._replica.position()
        return outcome

    def _settle(self, acts: Sequence[Envelope], reply: Reply, place: Position) -> Outcome:
        answer = streams.settled(reply.body, acts)
        results = answer.results
        settled = self._replica.settle(results, reply.epoch or place.epoch, self._link.server_now())
        kinds = [result.status for result in results if result.id in settled]
        changed = frozenset(act.complaint for act in acts if act.id in settled)
        rejected = len(settled) - kinds.count("applied")  # some of them by this PC itself
        self._link.told(Step(changed=changed, settled=settled, rejected=rejected))
        outcome = Outcome(
            sent=len(acts),
            applied=kinds.count("applied"),
            rejected=rejected,
            held=sum(result.status == "held" for result in results),
            changed=changed,
        )
        return outcome + self._brought(answer.changes, place)

    def _brought(self, changes: Stream | None, place: Position) -> Outcome:
        """Store what came with results, after them; what is of another history is left to the pull."""
        if changes is None or changes.epoch != place.epoch:
            self._in_step = False
            return Outcome()
        self._in_step = not changes.end.more
        return self._store(changes, place)

    def _give_back(self, act: Envelope) -> Outcome:
        """An act too large by itself would wait for ever: it goes to the tray with all that leans on it."""
        settled = self._replica.refuse(act.id, Refusal.TOO_LARGE, self._link.server_now())
        changed = frozenset((act.complaint,))
        self._link.told(Step(changed=changed, settled=settled, rejected=len(settled)))
        return Outcome(too_large=1, rejected=len(settled), changed=changed)

    # --- down

    def _bring(self) -> Outcome:
        outcome, step = Outcome(), self._follow
        for _ in range(TURNS):
            try:
                outcome += step()
            except Reset:
                step = self._reconcile.run
                continue
            if step == self._follow or outcome.more:
                return outcome
            step = self._follow
        return outcome + Outcome(more=True)

    def _follow(self) -> Outcome:
        """From where the desk stands to now; a desk that was in step is compared when that is due."""
        position = self._replica.position()
        if not position.snap_done:
            outcome = self._first.run()
            return outcome if outcome.more else outcome + self._pull()
        in_step, self._in_step = self._in_step, False
        outcome = Outcome() if in_step else self._pull()
        if not outcome.more and self._reconcile.is_due(position):
            outcome += self._check()
        return outcome

    def _pull(self) -> Outcome:
        outcome = Outcome()
        for _ in range(PAGES):
            position = self._replica.position()
            reply = self._link.heard(self._wire.pull(position.cursor, MAX_PAGE))
            stream = streams.read(reply.body, position.epoch)
            outcome += self._store(stream, position)
            if not stream.end.more:
                return outcome
        return outcome + Outcome(more=True)

    def _store(self, stream: Stream, position: Position) -> Outcome:
        if stream.end.more and stream.end.cursor == position.cursor:
            raise Garbled("more to come after the same cursor")
        there = msgspec.structs.replace(position, cursor=stream.end.cursor)
        if stream.content or there != position:  # an idle desk writes nothing
            return self._link.apply(stream, there)
        return Outcome()

    def _check(self) -> Outcome:
        """Compare what is here; on a server that changes at every moment it is left to the next cycle."""
        outcome = Outcome()
        for _ in range(TURNS):
            compared = self._reconcile.check()
            if compared is not None:
                return outcome + compared
            outcome += self._pull()
        return outcome
