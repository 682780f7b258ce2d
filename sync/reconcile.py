"""Repair: what the server has is compared with what is here, and only the difference is fetched or dropped.

It answers every reset of a cursor and every check that failed, and never touches work.db beyond sending again
what a restored server may have lost. It keeps no place of its own: stopped anywhere, the next one finds the
difference smaller.
"""

from collections.abc import Sequence
from datetime import timedelta

from protocol import marks
from protocol.wire import MAX_PAGE
from sync import streams
from sync.link import Link
from sync.outcome import Outcome, Step
from sync.replica import Position, Repair
from sync.streams import Manifest

FETCHES = 20
"""Pages fetched in one cycle, so that acts typed during a long repair do not wait for its end."""

CHECKED_EVERY = timedelta(days=1)


class Reconcile:
    """Compares and repairs."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def run(self) -> Outcome:
        """Make this desk the server's equal, the new cursor last; `more` when some is left to fetch.

        Raises SyncError, and Reset when the server was restored meanwhile.
        """
        manifest = self._manifest(())
        outcome = self._link.requeue(manifest.epoch)
        outcome += self._difference(manifest, ())
        if outcome.more:
            return outcome
        there = Position(cursor=manifest.cursor, epoch=manifest.epoch, snap_done=True)
        return outcome + self._store(Repair(references=manifest.references, position=there))

    def is_due(self, position: Position) -> bool:
        """Whether what is here is to be checked: never was under this epoch, or not since a day.

        A clock that went back since makes it due as well.
        """
        last = self._link.replica.last_check()
        if last.epoch != position.epoch or last.at is None:
            return True
        return not timedelta(0) <= self._link.clock() - last.at < CHECKED_EVERY

    def check(self) -> Outcome | None:
        """Compare sums, and repair the buckets that differ; None when the desk must pull first.

        The cursor stays: what is fetched may be newer than it, never older.
        """
        position = self._link.replica.position()
        answer = streams.check(self._link.heard(self._link.wire.check(position.cursor)).body)
        if answer.at != position.cursor or not answer.x:
            return None
        here = self._link.replica.versions()
        mine = marks.sums((id_, ver) for id_, (ver, _) in here.items())
        buckets = marks.differing(mine, answer.x)
        outcome = Outcome()
        if buckets or answer.n != len(here):
            outcome = self._difference(self._manifest(buckets, position.epoch), buckets)
        if not outcome.more:
            self._link.replica.checked(position.epoch, self._link.clock())
        return outcome

    def _manifest(self, buckets: Sequence[int], epoch: str = "") -> Manifest:
        return streams.manifest(self._link.heard(self._link.wire.manifest(buckets)).body, epoch)

    def _difference(self, manifest: Manifest, buckets: Sequence[int]) -> Outcome:
        """Drop what the manifest has not, fetch what it has otherwise."""
        here = self._link.replica.versions(buckets)
        extra = tuple(id_ for id_ in here if id_ not in manifest.items)
        outcome = self._store(Repair(dropped=extra)) if extra else Outcome()
        wanted = [id_ for id_, stored in manifest.items.items() if here.get(id_) != stored]
        most = FETCHES * MAX_PAGE
        for start in range(0, min(len(wanted), most), MAX_PAGE):
            ids = wanted[start : start + MAX_PAGE]
            reply = self._link.heard(self._link.wire.documents(ids))
            come, gone = streams.documents(reply.body, ids, manifest.epoch)
            outcome += self._store(Repair(documents=come, dropped=tuple(gone)))
        return outcome + Outcome(more=len(wanted) > most)

    def _store(self, repair: Repair) -> Outcome:
        changed = self._link.replica.repair(repair)
        count = len(repair.documents) + len(repair.dropped)
        self._link.told(Step(changed=changed, documents=count, reference=repair.references is not None))
        return Outcome(documents=count, repaired=count, changed=changed)
