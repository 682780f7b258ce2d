"""A desk without windows, in a process of its own: it types without pause, and is killed at any moment.

`work` is one run: open the files, hold them against the journal, then draft, ask, attach, undo while the
desk synchronises. `settle` is the last run of all: synchronise until nothing waits, and tell what is there.
"""

import contextlib
import hashlib
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random

import msgspec

from desktop.core.desk import Desk
from desktop.core.errors import OnlineSignInNeeded, TooLate, WaitBeforeRetry
from desktop.core.keys import Strength
from desktop.core.session import Session
from desktop.models import cache
from desktop.models.errors import NotHere
from desktop.models.records import Draft
from desktop.models.replica import StoreReplica
from desktop.models.store import Store
from protocol.acts import Act, Answer, Assign, Note, Open, Transfer, write_act
from protocol.complaint import Nature, Reply
from protocol.refusals import Refused
from sync.blobs import Files
from sync.engine import Engine
from sync.errors import SyncError
from sync.replica import Checked
from tests.chaos import breakages, journal, reckoning
from tests.chaos.findings import Findings
from tests.chaos.journal import DRAFT, Drafted, Found, Journal, Meant, Recorded, Undoing, Undone
from tests.server_world import PASSWORD

LIGHT = Strength(passes=1, memory_kib=64, lanes=1)
GRACE = timedelta(milliseconds=250)
NEAR = 6
"""Complaints that most moves are about, so that acts meet drafts and each other."""

ROUNDS = 40
"""Cycles after which a desk that still has something to do is stuck."""

ELSEWHERE = {"EAU": "ELEC", "ELEC": "EAU"}


class Seat(msgspec.Struct, frozen=True, kw_only=True):
    """One desk: its folder, its server, its person, its journal; `breakage` names a planted fault."""

    root: str
    server: str
    login: str
    journal: str
    seed: int = 0
    breakage: str = ""


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """What `settle` found: the state of every act, the confirmed documents, and what was wrong."""

    states: dict[str, str] = {}
    bases: dict[str, bytes] = {}
    found: Found = Found()


def clock() -> datetime:
    """This PC's clock."""
    return datetime.now(UTC)


def work(seat: Seat, ready: Connection) -> None:
    """One run, until killed."""
    breakages.plant(seat.breakage)
    compare_never()
    session = Session(Path(seat.root), clock=clock, strength=LIGHT)
    rng = Random(seat.seed)
    _open(session, seat, online=rng.random() < 0.15)
    told = Journal(Path(seat.journal))
    found = reckoning.reckon(session.account.store, journal.read(Path(seat.journal)))
    if found.every():
        told.write(_as_found(found))
    desk = Desk(session, clock=clock, grace=GRACE, jitter=lambda: 0.02)
    ready.send(None)
    hands = _Hands(desk, told, rng, f"{seat.login}-{seat.seed}")
    while desk.status().state != "sign_in":
        hands.move()
    desk.close()


def settle(seat: Seat, told: Connection) -> None:
    """Sign in, synchronise without any fault until nothing is left to do, and tell."""
    compare_never()
    session = Session(Path(seat.root), clock=clock, strength=LIGHT)
    _open(session, seat, online=True)
    account = session.account
    files = Files(account.store.files, account.connection)
    engine = Engine(StoreReplica(account.store), account.connection, clock=clock, files=files)
    found = Findings()
    if not synchronise(engine, account.store):
        found.stuck.append(
            f"{seat.login} still has {len(account.store.waiting())} acts after {ROUNDS} cycles"
        )
    said = journal.read(Path(seat.journal))
    found.add(reckoning.reckon(account.store, said))
    for one in said.found:
        found.add(Findings(lost=one.lost, doubled=one.doubled, halves=one.halves, stuck=one.stuck))
    with account.store.work.reading() as connection:
        rows = connection.exec_driver_sql("select id, state from outbox")
        states = {str(row[0]): str(row[1]) for row in rows}
    settled = Settled(states=states, bases=reckoning.bases(account.store), found=_as_found(found))
    told.send_bytes(msgspec.msgpack.encode(settled))
    session.lock()


def compare_never() -> None:
    """Without the daily comparison, which would mend what the streams or the order of writes had lost."""

    def lately(self: StoreReplica) -> Checked:
        with self._store.cache.reading() as connection:
            return Checked(epoch=cache.position(connection).epoch, at=clock())

    StoreReplica.last_check = lately  # type: ignore[method-assign]


def synchronise(engine: Engine, store: Store) -> bool:
    """Whether, in so many cycles, one came that had nothing to do."""
    for _ in range(ROUNDS):
        try:
            outcome = engine.cycle()
        except SyncError:
            time.sleep(0.1)
            continue
        if not (outcome.more or outcome.sent or outcome.documents or store.waiting()):
            return True
        if store.waiting():
            time.sleep(0.05)
    return False


def _as_found(found: Findings) -> Found:
    return Found(lost=found.lost, doubled=found.doubled, halves=found.halves, stuck=found.stuck)


def _open(session: Session, seat: Seat, *, online: bool) -> None:
    """As a person does: with the password, off line if the desk is known, and again while nobody answers."""
    while True:
        try:
            if not online and session.knows(seat.server, seat.login):
                session.unlock(seat.server, seat.login, PASSWORD)
            else:
                session.sign_in(seat.server, seat.login, PASSWORD)
        except (OnlineSignInNeeded, WaitBeforeRetry):
            online = True
        except SyncError:
            time.sleep(0.1)
        else:
            return


class _Hands:
    """Types: each move is told to the journal before it is made, and once more when it is called saved."""

    def __init__(self, desk: Desk, told: Journal, rng: Random, name: str) -> None:
        self._desk = desk
        self._told = told
        self._rng = rng
        self._name = name
        self._count = 0
        self._last = ""
        self._moves: dict[Callable[[str], None], float] = {
            self._draft: 4, self._note: 4, self._send_file: 1, self._take: 3, self._read: 2,
            self._answer: 2, self._transfer: 0.6, self._undo: 1,
        }  # fmt: skip

    def move(self) -> None:
        """One thing a person does, and a breath."""
        listed = self._desk.listing("unit").order
        if listed:
            near = listed[:NEAR] if self._rng.random() < 0.7 else listed
            rows = self._desk.rows([self._rng.choice(near)])
            move = self._rng.choices(list(self._moves), list(self._moves.values()))[0]
            with contextlib.suppress(Refused, NotHere):
                for row in rows:
                    move(row.row.id)
        time.sleep(self._rng.random() * 0.02)

    def _words(self) -> tuple[str, str]:
        self._count += 1
        mark = f"{self._name}-{self._count}"
        return mark, f"جواب #{mark}# sur l’eau de la rue {self._rng.randrange(10**6)}"

    def _draft(self, complaint: str) -> None:
        mark, words = self._words()
        kind = self._rng.choice((Note.kind, Answer.kind))
        self._told.write(Meant(mark=mark, complaint=complaint, kind=DRAFT + kind, body=words))
        self._desk.save_draft(Draft(complaint, kind, words, 0, 1, clock()))
        self._told.write(Drafted(mark=mark))

    def _ask(self, complaint: str, act: Act, mark: str) -> None:
        case = self._desk.case(complaint)
        if case.may[act.kind] is not None:
            return
        meant = Meant(mark=mark, complaint=complaint, kind=act.kind, body=write_act(act).decode())
        self._told.write(meant)
        self._last = self._desk.ask(complaint, act, seen=case.confirmed_ver)
        self._told.write(Recorded(mark=mark, act=self._last))

    def _note(self, complaint: str) -> None:
        mark, words = self._words()
        self._ask(complaint, Note(text=words), mark)

    def _send_file(self, complaint: str) -> None:
        mark, words = self._words()
        size = self._rng.choice((500, 40_000, 1_300_000))
        file = self._desk.attach(f"{mark}.pdf", pdf(mark, size))
        self._ask(complaint, Note(text=words, attachments=(file,)), mark)

    def _take(self, complaint: str) -> None:
        mark, words = self._words()
        held = self._desk.case(complaint).document.assignee
        act = Assign(assignee=self._desk.profile.id, previous=held, note=words)
        self._ask(complaint, act, mark)

    def _read(self, complaint: str) -> None:
        self._ask(complaint, Open(), self._words()[0])

    def _answer(self, complaint: str) -> None:
        mark, words = self._words()
        act = Answer(reply=Reply(nature=Nature.FAVOURABLE, text=words))
        self._ask(complaint, act, mark)

    def _transfer(self, complaint: str) -> None:
        mark, words = self._words()
        there = self._desk.case(complaint).document
        act = Transfer(
            administration=ELSEWHERE[there.administration],
            from_administration=there.administration,
            from_unit=there.unit,
            reason=words,
        )
        self._ask(complaint, act, mark)

    def _undo(self, _: str) -> None:
        if not self._last:
            return
        act, self._last = self._last, ""
        self._told.write(Undoing(act=act))
        with contextlib.suppress(TooLate):
            self._desk.undo(act)
            self._told.write(Undone(act=act))


def pdf(mark: str, size: int) -> bytes:
    """A small file of its own, of about `size` bytes."""
    noise = hashlib.sha256(mark.encode()).hexdigest()
    filling = f"% {mark} {noise}\n".encode() * (size // (len(mark) + 68) + 1)
    return b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n" + filling + b"trailer\n<<>>\n%%EOF\n"
