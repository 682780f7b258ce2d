"""An in-memory twin of `desktop.core.waiting.WaitingList` over the FakeDesk; tests say what moves."""

from typing import TYPE_CHECKING

from desktop.core.waiting import Moving, WaitingNow, reasons
from desktop.models.records import Queued
from protocol.acts import files_of
from protocol.complaint import Attachment

if TYPE_CHECKING:
    from tests.fake_desk import FakeDesk


class FakeWaiting:
    """`moving`, `unsent` (files not on the server) and `reached` are for tests to fill."""

    def __init__(self, desk: "FakeDesk") -> None:
        self._desk = desk
        self.moving: tuple[Moving, ...] = ()
        self.unsent: tuple[Attachment, ...] = ()
        self.reached: dict[str, float] = {}
        self.held: dict[str, str] = {}
        self.tries: dict[str, int] = {}
        self.cancelled: list[str] = []

    def now(self) -> WaitingNow:
        desk = self._desk
        status, me = desk.status(), desk.profile.id
        acts = tuple(
            Queued(
                id=asked.id,
                user=me,
                complaint=asked.complaint,
                kind=asked.act.kind,
                at=asked.at,
                tries=self.tries.get(asked.id, 0),
                held=self.held.get(asked.id, ""),
                recallable_until=None,
                files=tuple(file for file in files_of(asked.act) if file in self.unsent),
            )
            for asked in desk.pending()
        )
        titles = {
            one.complaint: (case.number, case.object)
            for one in acts
            for case in (desk.case(one.complaint).document,)
        }
        return WaitingNow(
            status=status,
            acts=reasons(acts, titles, status, user=me, reached=self.reached),
            moving=self.moving,
            returned=len(desk.returned()),
        )

    def cancel(self, sha256: str) -> None:
        self.cancelled.append(sha256)
        self.moving = tuple(one for one in self.moving if one.sha256 != sha256)
        self._desk.set_status(self._desk._status)
