"""One exchange, top to bottom: acts go up in outbox order, then documents come down.

A cycle may stop anywhere (a lost reply, a cut page, the power): nothing is believed before it is whole, and
the next cycle starts again from what is stored. Acts are only settled by their own result.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import msgspec

from protocol.acts import UNREADABLE
from protocol.wire import (
    MAX_PAGE,
    DocumentLine,
    EndLine,
    Envelope,
    GoneLine,
    Header,
    Pushed,
    ReferenceLine,
    ResetLine,
    Result,
    Truncated,
    read_stream,
)
from sync.blobs import Files
from sync.errors import Garbled, ServerFault, TooLarge, Unreached
from sync.replica import Page, Position, Replica
from sync.wire import Reply, Wire

BATCH = 100
"""Acts in one push, until the server finds that too large."""

PAGES = 20
"""Pages fetched in one cycle, so that acts typed during a first sync do not wait for its end."""

RESENT_DAYS = 30
"""Acts acked in so many days are sent again to a server restored from a backup (PROTOCOL §4)."""

_pushed = msgspec.json.Decoder(Pushed)


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One thing done, told at once: complaints whose view changed, acts settled, reference data touched."""

    changed: frozenset[str] = frozenset()
    settled: frozenset[str] = frozenset()
    rejected: int = 0
    documents: int = 0
    reference: bool = False


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a whole cycle did; `more` asks for another one at once, `too_large` counts acts left behind."""

    sent: int = 0
    applied: int = 0
    rejected: int = 0
    held: int = 0
    documents: int = 0
    requeued: int = 0
    too_large: int = 0
    more: bool = False
    changed: frozenset[str] = frozenset()


class Stream(msgspec.Struct, frozen=True, kw_only=True):
    """A checked stream: its epoch, and either its content with an end, or a reset."""

    epoch: str
    content: tuple[DocumentLine | GoneLine | ReferenceLine, ...] = ()
    end: EndLine | None = None


def _ignore(step: Step) -> None:
    """Nobody listens."""


class Engine:
    """Brings a replica and a server together. `clock` gives aware UTC and decides nothing but delays.

    `told` hears every step from the thread that runs the cycle; `skew_ms` is this PC's clock minus the
    server's, as last seen.
    """

    def __init__(
        self,
        replica: Replica,
        wire: Wire,
        *,
        clock: Callable[[], datetime],
        files: Files | None = None,
        told: Callable[[Step], None] = _ignore,
    ) -> None:
        self._replica = replica
        self._wire = wire
        self._clock = clock
        self._files = files
        self._told = told
        self._batch = BATCH
        self.skew_ms = 0

    def cycle(self) -> Outcome:
        """Send what waits and fetch what changed; after a SyncError the same cycle is run again."""
        outcome = Outcome()
        for _ in range(2):
            if self._files is not None:
                self._files.send()
            epoch, requeued = self._replica.position().epoch, outcome.requeued
            outcome = self._bring(self._push(outcome, epoch))
            if outcome.requeued == requeued and epoch in ("", self._replica.position().epoch):
                return outcome
        return msgspec.structs.replace(outcome, more=True)

    def wait(self, seconds: int) -> bool:
        """Long poll: whether something changed on the server; may run in a thread of its own."""
        return self._wire.wait(self._replica.position().cursor, seconds)

    # --- up

    def _push(self, outcome: Outcome, epoch: str) -> Outcome:
        after = 0
        while acts := self._replica.take(self._clock(), self._batch, after):
            try:
                reply = self._heard(self._wire.push(acts))
            except Unreached:
                self._replica.stayed([act.id for act in acts])
                raise
            except TooLarge:
                if len(acts) == 1:
                    after = acts[0].n
                    outcome = msgspec.structs.replace(outcome, too_large=outcome.too_large + 1)
                self._batch = max(1, len(acts) // 2)
                continue
            after = acts[-1].n
            outcome = self._settle(acts, reply, outcome)
            if epoch and reply.epoch not in ("", epoch):
                break  # a restored server: what it lost goes before what is new
        return outcome

    def _settle(self, acts: Sequence[Envelope], reply: Reply, outcome: Outcome) -> Outcome:
        results = _results(reply.body, acts)
        epoch = reply.epoch or self._replica.position().epoch
        settled = self._replica.settle(results, epoch, self._clock())
        kinds = [result.status for result in results if result.id in settled]
        changed = frozenset(act.complaint for act in acts if act.id in settled)
        self._told(Step(changed=changed, settled=settled, rejected=kinds.count("rejected")))
        return msgspec.structs.replace(
            outcome,
            sent=outcome.sent + len(acts),
            applied=outcome.applied + kinds.count("applied"),
            rejected=outcome.rejected + kinds.count("rejected"),
            held=outcome.held + sum(result.status == "held" for result in results),
            changed=outcome.changed | changed,
        )

    # --- down

    def _bring(self, outcome: Outcome) -> Outcome:
        for _ in range(PAGES):
            position = self._replica.position()
            stream = self._ask(position)
            if stream.end is None or stream.epoch != position.epoch:
                outcome = self._restart(stream.epoch, outcome)
                if stream.end is None or position.snap_done or position.snap_after:
                    continue
                position = self._replica.position()
            end, there = stream.end, _next(position, stream.end)
            if stream.content or there != position:  # an idle desk writes nothing
                outcome = self._apply(stream.content, there, outcome)
            if position.snap_done and not end.more:
                return outcome
        return msgspec.structs.replace(outcome, more=True)

    def _ask(self, position: Position) -> Stream:
        if position.snap_done:
            return _stream(self._heard(self._wire.pull(position.cursor, MAX_PAGE)).body)
        stream = _stream(self._heard(self._wire.snapshot(position.snap_after, MAX_PAGE)).body)
        if stream.end is None and not position.snap_after:
            raise ServerFault("a first snapshot page cannot be reset")
        return stream

    def _restart(self, epoch: str, outcome: Outcome) -> Outcome:
        """A cursor that cannot go on is answered by a new round of snapshots; work is never touched."""
        requeued = self._replica.requeue(epoch, self._clock() - timedelta(days=RESENT_DAYS))
        self._replica.begin_round(epoch)
        return msgspec.structs.replace(outcome, requeued=outcome.requeued + requeued)

    def _apply(
        self,
        content: Sequence[DocumentLine | GoneLine | ReferenceLine],
        position: Position,
        outcome: Outcome,
    ) -> Outcome:
        page = Page(
            documents=tuple(line for line in content if isinstance(line, DocumentLine)),
            gone=tuple(line for line in content if isinstance(line, GoneLine)),
            references=tuple(line for line in content if isinstance(line, ReferenceLine)),
            position=position,
        )
        changed = self._replica.apply(page)
        count = len(page.documents) + len(page.gone)
        self._told(Step(changed=changed, documents=count, reference=bool(page.references)))
        return msgspec.structs.replace(
            outcome, documents=outcome.documents + count, changed=outcome.changed | changed
        )

    def _heard(self, reply: Reply) -> Reply:
        if reply.at is not None:
            self.skew_ms = round((self._clock() - reply.at).total_seconds() * 1000)
        return reply


def _results(body: bytes, acts: Sequence[Envelope]) -> tuple[Result, ...]:
    """The results of exactly these acts, one each at most; raises Garbled."""
    try:
        pushed = _pushed.decode(body)
    except UNREADABLE as error:
        raise Garbled(type(error).__name__) from error
    asked = {act.id for act in acts}
    first = {result.id: result for result in reversed(pushed.results) if result.id in asked}
    return tuple(first[act.id] for act in acts if act.id in first)


def _stream(body: bytes) -> Stream:
    """A stream that is whole and opens with its header; raises Garbled."""
    try:
        lines = tuple(read_stream(body))
    except Truncated as error:
        raise Garbled(str(error)) from error
    header, last = lines[0], lines[-1]
    if not isinstance(header, Header):
        raise Garbled("no header line")
    if isinstance(last, ResetLine):
        return Stream(epoch=header.epoch)
    content = tuple(line for line in lines if isinstance(line, DocumentLine | GoneLine | ReferenceLine))
    assert isinstance(last, EndLine)
    return Stream(epoch=header.epoch, content=content, end=last)


def _next(position: Position, end: EndLine) -> Position:
    """Where the desk stands after this page; raises Garbled for a page that would lead nowhere."""
    if position.snap_done:
        if end.more and end.cursor == position.cursor:
            raise Garbled("more to come after the same cursor")
        return msgspec.structs.replace(position, cursor=end.cursor)
    if not end.done and end.after == position.snap_after:
        raise Garbled("a snapshot page after the same place")
    # The cursor is the one given before the first page: what changed during the snapshot is pulled after it.
    return msgspec.structs.replace(
        position, cursor=position.cursor or end.cursor, snap_after=end.after, snap_done=end.done
    )
