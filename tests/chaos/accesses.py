"""The i-th access to a database fails, for every i of a full cycle: the end must be the same every time.

One desk with its real files and engine, the real register and handlers, one process. An access is a statement
or a commit, on either side; it fails once, as a bad disk does, and everybody tries again.
"""

import multiprocessing
import shutil
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlcipher3 import dbapi2

from desktop.models import outbox
from desktop.models.errors import StoreError
from protocol.acts import Asked, Correct, Note
from sync.outcome import Outcome
from tests.chaos import breakages
from tests.chaos.findings import Findings
from tests.chaos.rows import Row
from tests.simulation import desk as desks
from tests.simulation import ministry as ministries
from tests.simulation.chance import identifier
from tests.simulation.desk import Desk
from tests.simulation.ministry import Ministry
from tests.simulation.requests_in import Answer

TRIES = 4
CYCLES = 12
"""How often a person asks again, and a desk exchanges, before it counts as stuck."""


IN_EXCHANGE = frozenset({"cursor before page", "two transactions (server)"})
"""Planted faults that show only while desk and server talk."""


class Accesses:
    """Counts accesses while armed, and lets the one numbered `at` fail."""

    def __init__(self) -> None:
        self.at = self.count = 0
        self.says = "disk I/O error"
        self.armed = False
        event.listen(Engine, "before_cursor_execute", self._statement)
        event.listen(Engine, "commit", self._access)

    def remove(self) -> None:
        """No longer listen."""
        event.remove(Engine, "before_cursor_execute", self._statement)
        event.remove(Engine, "commit", self._access)

    def _statement(self, *_: Any) -> None:
        self._access(None)

    def _access(self, _: Any) -> None:
        if self.armed:
            self.count += 1
            if self.count == self.at:
                raise OperationalError("an access", None, dbapi2.OperationalError(self.says))


class House(Ministry):
    """A server whose database may fail: such a request is answered 503, as by the real one."""

    def answer(self, *asking: Any) -> Answer:
        """What the server says."""
        try:
            return super().answer(*asking)
        except DBAPIError:
            return Answer(503, {"Content-Type": "application/json"}, b"{}")


def lay_down(folder: Path) -> None:
    """A register with three complaints, and a desk in step with it."""
    ministries.lay_down(folder / "register")
    desks.lay_down(folder / "desk")
    ministry = House(folder / "register", ministries.Chance("server"))
    for n in range(3):
        ministry.file(n + 1, 0)
    desk = Desk(0, folder / "desk", ministry)
    for _ in range(4):
        desk.exchange([])
    desk.close()
    ministry.close()


class Cycle:
    """The script: words begun, acts, a file, a citizen's message, exchanges; and what is there at last."""

    def __init__(self, template: Path, folder: Path, accesses: Accesses, found: Findings) -> None:
        shutil.copytree(template, folder)
        self.accesses, self.found = accesses, found
        self.ministry = House(folder / "register", ministries.Chance("server"))
        self.ministry.tick(3600)  # a clock behind the last comparison would have everything compared
        self.desk = Desk(0, folder / "desk", self.ministry)
        self.desk.exchange([])

    def run(self, at: int) -> Any:
        """The state at the end, with the access numbered `at` failing; 0 for none."""
        accesses, desk = self.accesses, self.desk
        accesses.at, accesses.count, accesses.armed = at, 0, True
        first, second, third = (identifier("complaint", n + 1) for n in range(3))
        self._again(lambda: desk.write_draft(first, "brouillon"))
        self._act("a1", first, Note(text="premier"), draft="note")
        self._again(lambda: self.ministry.citizen_writes(1, self._place(third)))
        self._act("a2", second, Correct(reason="r", theme="leak"))
        file = self._again(lambda: desk.attach(b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"))
        self._act("a3", second, Note(text="avec un plan", attachments=(file,)))
        self.exchange_at = accesses.count + 1
        self._exchange()
        accesses.armed = False
        self._again(desk.restart)
        self._exchange()
        state = self._state()
        desk.close()
        self.ministry.close()
        return state

    def _place(self, complaint: str) -> int:
        with self.ministry.service.database.reading() as connection:
            return self.ministry.ids(connection).index(complaint)

    def _again(self, step: Callable[[], Any]) -> Any:
        for _ in range(TRIES):
            try:
                return step()
            except (StoreError, DBAPIError):
                continue
        self.found.stuck.append("a step fails for ever")
        return None

    def _act(self, name: str, complaint: str, act: Any, draft: str = "") -> None:
        now = self.desk.now()
        asked = Asked(id=identifier(name), complaint=complaint, seen=1, at=now, act=act)
        for _ in range(TRIES):
            try:
                self.desk.store.record(asked, draft=draft)
            except StoreError:
                self._whole_or_not(asked, draft)
            else:
                return
        self.found.stuck.append(f"act {name} is never saved")

    def _whole_or_not(self, asked: Asked, draft: str) -> None:
        """Refused aloud: then the words begun are still there, or the act is saved all the same."""
        with self.desk.store.work.reading() as connection:
            saved = asked.id in outbox.states(connection)
            drafts = connection.exec_driver_sql("select count(*) from draft").scalar()
        if draft and saved == bool(drafts):
            self.found.halves.append(f"act saved: {saved}, drafts left: {drafts}")

    def _exchange(self) -> None:
        for _ in range(CYCLES):
            came = self.desk.exchange([])
            waiting = self._again(self.desk.store.waiting)
            if isinstance(came, Outcome) and not (came.more or came.sent or came.documents or waiting):
                return
        self.found.stuck.append("the desk is never in step")

    def _state(self) -> Any:
        with self.ministry.service.database.reading() as connection:
            rows = connection.exec_driver_sql("select id, document from complaint order by id").all()
            streams = connection.exec_driver_sql(
                "select s.administration, s.seq, count(c.seq) from stream s"
                " left join change c using (administration) where s.administration <> '0' group by 1, 2"
            ).all()
        there = {row[0]: bytes(row[1]) for row in rows}
        with self.desk.store.cache.reading() as connection:
            bases = connection.exec_driver_sql(
                "select c.id, d.base from complaint c join document d on d.n = c.n"
            )
            here = {row[0]: bytes(row[1]) for row in bases}
        if here != there:
            self.found.lost.append("the desk has other documents than the server")
        with self.desk.store.work.reading() as connection:
            states = outbox.states(connection)
            drafts = connection.exec_driver_sql("select count(*) from draft").scalar()
        told = {
            id_: [
                (e.n, e.act, e.kind, e.by, e.text) for e in desks.msgspec.json.decode(raw, type=_Told).events
            ]
            for id_, raw in there.items()
        }
        return told, dict(states), drafts, [tuple(row) for row in streams]


class _Fact(desks.msgspec.Struct):
    n: int
    act: str
    kind: str
    by: str
    text: str = ""


class _Told(desks.msgspec.Struct):
    events: tuple[_Fact, ...] = ()


def failing(seconds: float, breakage: str = "") -> Row:
    """Every i in turn; with a planted fault only until it is found."""
    breakages.MOMENT_S = 0.0
    {**breakages.DESK, **breakages.SERVER}.get(breakage, lambda: None)()
    folder, accesses, found = Path(tempfile.mkdtemp(prefix="chaos-accesses-")), Accesses(), Findings()
    began, tried = time.monotonic(), 0
    if breakage:
        accesses.says = "database or disk is full"  # after an I/O error the cache is fetched anew, mended
    try:
        lay_down(folder / "template")
        first = Cycle(folder / "template", folder / "sound", accesses, found)
        sound, every = first.run(0), accesses.count
        # A fault of the exchange is looked for where the exchange begins.
        begin = first.exchange_at if breakage in IN_EXCHANGE else 1
        for at in range(begin, every + 1):
            tried += 1
            here = folder / f"c{at}"
            state = Cycle(folder / "template", here, accesses, found).run(at)
            shutil.rmtree(here)
            if state != sound:
                found.lost.append(f"after access {at} the end is another one")
            if breakage and (found.every() or time.monotonic() - began > 3 * seconds):
                break
    finally:
        accesses.remove()
        shutil.rmtree(folder, ignore_errors=True)
    name = f"i-th access fails, {breakage}" if breakage else "i-th database access fails"
    return found.row(name, tried, broken=bool(breakage), note=f"{every} accesses in a cycle")


def apart(seconds: float, _seed: int, *, breakage: str = "") -> Row:
    """In a process of its own: what is planted stays planted."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(failing, (seconds, breakage))


BROKEN = ("two transactions (desk)", "cursor before page", "two transactions (server)")

HARNESSES = (apart, *(partial(apart, breakage=name) for name in BROKEN))
