"""A desk's storage in memory: the second honest implementation of sync.replica.Replica.

Everything it holds survives a power cut; `cut_at` names the point where the next one strikes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from protocol.acts import Act, Asked
from protocol.complaint import Complaint
from protocol.marks import bucket, mark
from protocol.projection import Row, columns, fold, read_document
from protocol.refusals import Refusal
from protocol.settings import Actor, Settings
from protocol.wire import DocumentLine, Envelope, GoneLine, Result, seal
from sync.replica import Checked, Page, Position, Repair


class PowerCut(BaseException):
    """The process ends here; only what was stored is left."""


@dataclass
class Kept:
    """An act in the outbox."""

    asked: Asked
    state: str = "queued"
    ver: int = 0
    epoch: str = ""
    at: datetime | None = None
    tries: int = 0


@dataclass(frozen=True)
class Base:
    """A confirmed document."""

    ver: int
    raw: bytes


class MemoryReplica:
    """Outbox, tray, bases, stored views and position."""

    def __init__(self, actor: Actor, settings: Settings) -> None:
        self.actor = actor
        self.settings = settings
        self.outbox: dict[str, Kept] = {}
        self.tray: dict[str, tuple[Act, str]] = {}
        self.cut_at = ""
        self.drop_cache()

    def drop_cache(self) -> None:
        """Delete everything the server can give again."""
        self.bases: dict[str, Base] = {}
        self.views: dict[str, Row] = {}
        self.dirty: set[str] = set()
        self.references: dict[tuple[str, str], bytes] = {}
        self.place = Position()
        self.compared = Checked()

    def record(self, asked: Asked) -> Asked:
        """Save an act, then show it."""
        queued = [kept for kept in self._acts_on(asked.complaint) if kept.state == "queued"]
        asked = msgspec.structs.replace(
            asked, n=len(self.outbox) + 1, prev=queued[-1].asked.id if queued else None
        )
        self.outbox[asked.id] = Kept(asked)
        self._power("recorded")
        self._show([asked.complaint])
        return asked

    def restart(self) -> None:
        """What a start mends."""
        self.cut_at = ""
        self._show({kept.asked.complaint for kept in self.outbox.values()} | self.dirty)

    # --- sync.replica.Replica

    def position(self) -> Position:
        return self.place

    def take(self, now: datetime, limit: int, after: int = 0) -> Sequence[Envelope]:
        queued = [kept for kept in self.outbox.values() if kept.state == "queued" and kept.asked.n > after]
        for kept in queued[:limit]:
            kept.tries += 1
        return tuple(seal(kept.asked) for kept in queued[:limit])

    def stayed(self, ids: Sequence[str]) -> None:
        for act in ids:
            self.outbox[act].tries -= 1

    def settle(self, results: Sequence[Result], epoch: str, now: datetime) -> frozenset[str]:
        settled = [result for result in results if self._settle(result, epoch, now)]
        self._power("settled")
        for result in settled:
            complaint = self.outbox[result.id].asked.complaint
            if isinstance(result.doc, msgspec.Raw) and complaint in self.bases:
                ver = read_document(result.doc).ver
                self._store(DocumentLine(id=complaint, ver=ver, row=msgspec.Raw(b""), doc=result.doc))
            self._show([complaint])
        return frozenset(result.id for result in settled)

    def requeue(self, epoch: str, since: datetime) -> int:
        back = [
            kept
            for kept in self.outbox.values()
            if kept.state == "acked" and kept.epoch != epoch and kept.at is not None and kept.at >= since
        ]
        for kept in back:
            kept.state, kept.ver = "queued", 0
        self._refuse_left_leaning()
        self._show({kept.asked.complaint for kept in back})
        return len(back)

    def apply(self, page: Page) -> frozenset[str]:
        self._power("page")
        changed = self._apply_documents(page)
        self.references |= {(line.kind, line.id): bytes(line.doc) for line in page.references}
        self.place = page.position
        self._show(changed)
        return frozenset(changed)

    def versions(self, buckets: Sequence[int] = ()) -> Mapping[str, tuple[int, int]]:
        return {
            id_: (base.ver, mark(base.raw))
            for id_, base in self.bases.items()
            if not buckets or bucket(id_) in buckets
        }

    def repair(self, repair: Repair) -> frozenset[str]:
        self._power("page")
        changed = {id_ for id_ in repair.dropped if id_ in self.bases}
        for id_ in changed:
            self._forget(id_)
        for line in repair.documents:
            self.bases[line.id] = Base(line.ver, bytes(line.doc))
            changed.add(line.id)
        if repair.references is not None:
            self.references = {(line.kind, line.id): bytes(line.doc) for line in repair.references}
        if repair.position is not None:
            self.place = repair.position
        self._show(changed)
        return frozenset(changed)

    def last_check(self) -> Checked:
        return self.compared

    def checked(self, epoch: str, at: datetime) -> None:
        self.compared = Checked(epoch=epoch, at=at)

    def refuse(self, act: str, code: str, now: datetime) -> frozenset[str]:
        settled: set[str] = set()
        refused = [(act, code)]
        while refused:
            one, why = refused.pop()
            if self._settle(Result(id=one, status="rejected", code=why), "", now):
                settled.add(one)
                leaning = [kept.asked.id for kept in self.outbox.values() if kept.asked.prev == one]
                refused += [(later, Refusal.PREV_REJECTED) for later in leaning]
        self._show({self.outbox[one].asked.complaint for one in settled})
        return frozenset(settled)

    # --- inside

    def _refuse_left_leaning(self) -> None:
        """What leans on a refusal that another history of the server may not know is refused here."""
        for kept in self.outbox.values():
            first = self.outbox.get(kept.asked.prev or "")
            if kept.state == "queued" and first is not None and first.state == "rejected" and first.at:
                self.refuse(kept.asked.id, Refusal.PREV_REJECTED, first.at)

    def _apply_documents(self, page: Page) -> set[str]:
        changed = {line.id for line in page.gone if self._leave(line)}
        changed |= {line.id for line in page.documents if self._store(line)}
        return changed

    def _settle(self, result: Result, epoch: str, now: datetime) -> bool:
        kept = self.outbox.get(result.id)
        if kept is None or kept.state != "queued" or result.status == "held":
            return False
        kept.epoch, kept.at = epoch, now
        if result.status == "applied":
            kept.state, kept.ver = "acked", result.ver
        else:
            kept.state = "rejected"
            self.tray[result.id] = (kept.asked.act, result.code)
        return True

    def _store(self, line: DocumentLine) -> bool:
        base = self.bases.get(line.id)
        if base is not None and line.ver <= base.ver:
            return False
        self.bases[line.id] = Base(line.ver, bytes(line.doc))
        return True

    def _leave(self, line: GoneLine) -> bool:
        base = self.bases.get(line.id)
        if base is not None and base.ver > line.ver:
            return False
        self._forget(line.id)
        return base is not None

    def _forget(self, id_: str) -> None:
        self.bases.pop(id_, None)
        self.views.pop(id_, None)
        self.dirty.discard(id_)

    def _acts_on(self, complaint: str) -> list[Kept]:
        return [kept for kept in self.outbox.values() if kept.asked.complaint == complaint]

    def overlay(self, complaint: str, base: Base) -> list[Asked]:
        """Acts that the base does not hold yet."""
        return [
            kept.asked
            for kept in self._acts_on(complaint)
            if kept.state == "queued" or (kept.state == "acked" and kept.ver > base.ver)
        ]

    def view(self, complaint: str) -> Complaint:
        """The document with my acts over it."""
        base = self.bases[complaint]
        return fold(read_document(base.raw), self.overlay(complaint, base), self.actor, self.settings)

    def _show(self, complaints: Sequence[str] | set[str]) -> None:
        for id_ in complaints:
            if id_ in self.bases:
                self.views[id_] = columns(self.view(id_))
                (self.dirty.add if self.overlay(id_, self.bases[id_]) else self.dirty.discard)(id_)

    def _power(self, point: str) -> None:
        if self.cut_at == point:
            self.cut_at = ""
            raise PowerCut(point)
