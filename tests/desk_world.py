"""An office for the desk's tests: a twin of the server with thirty complaints, and one PC with real files."""

import threading
from datetime import timedelta

from desktop.core.desk import Desk
from desktop.core.keys import Strength
from desktop.core.records import Change
from desktop.core.session import Session
from protocol.projection import write_document
from tests import fake_complaints as told
from tests.fake_complaints import ME
from tests.fake_history import build, happened
from tests.model_server import Change as Entry
from tests.twin_connection import NOW, Clock, TwinConnection, TwinHouse

LONG_S = 15.0
PASSWORD = "Bab-el-Had 1912"
SERVER = "https://chekaya.test"


class Office:
    """A server with thirty complaints, and one PC; `open` signs in, `until` waits for changes."""

    def __init__(self, root) -> None:
        self.clock = Clock()
        self.house = TwinHouse(self.clock)
        self.house.model.now = NOW
        for login in (ME, "u-senhaji", "u-coord"):
            self.house.admit(told.profile(login), PASSWORD)
        for n, story in enumerate(told.STORIES, start=1):
            self.put(build(story, n, NOW, self.house.settings))
        self.session = Session(
            root,
            clock=self.clock,
            connect=lambda _, device, renewed: TwinConnection(self.house, device, renewed),
            strength=Strength(passes=1, memory_kib=64, lanes=1),
        )
        self.changes: list[Change] = []
        self.told = threading.Condition()
        self.desk: Desk | None = None

    def put(self, document) -> None:
        """A document as the server has it, with a row in its stream."""
        model = self.house.model
        known = model.state.documents.get(document.id)
        before = model.document(document.id) if known else None
        model.state.documents[document.id] = write_document(document)
        stream = model.state.streams.setdefault(document.administration, [])
        stream.append(Entry(len(stream) + 1, document.id, document.ver, before, document))

    def happens(self, complaint: str, act, by: str) -> None:
        """Somebody else's act is accepted, and the desks are poked."""
        model = self.house.model
        document = happened(
            model.document(complaint),
            act,
            by=by,
            at=model.tick(),
            settings=self.house.settings,
            act_id=f"other-{len(model.state.log)}-{model.now.timestamp()}",
        )
        self.put(document)
        self.house.poke()

    def open(self, login: str = "bennis", *, offline: bool = False, grace: int = 0) -> Desk:
        if offline:
            self.session.unlock(SERVER, login, PASSWORD)
        else:
            self.session.sign_in(SERVER, login, PASSWORD)
        self.desk = Desk(self.session, clock=self.clock, jitter=lambda: 0.02, grace=timedelta(seconds=grace))
        self.desk.listen(self._heard)
        if not offline:
            self.until(lambda: self.desk.status().last_sync is not None)
        return self.desk

    def restart(self, *, offline: bool) -> Desk:
        self.close()
        return self.open(offline=offline)

    def close(self) -> None:
        if self.desk is not None:
            self.house.poke()
            self.desk.close()
            self.desk = None

    def _heard(self, change: Change) -> None:
        with self.told:
            self.changes.append(change)
            self.told.notify_all()

    def until(self, holds) -> None:
        """Wait for a change after which `holds()`."""
        with self.told:
            assert self.told.wait_for(holds, LONG_S)

    def settled(self) -> None:
        self.until(lambda: self.desk.status().waiting == 0)
