"""Kill -9 at random moments: a real server over HTTP and three real desks that type without pause.

Each process is killed, by a thread of its own, after a random life, in the middle of its start now and then,
and started again. At the end everybody comes back, synchronises without faults, and is held to account.
"""

import multiprocessing
import shutil
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random

import msgspec

from tests.chaos import audit, journal, typist
from tests.chaos.breakages import SERVER
from tests.chaos.findings import Findings
from tests.chaos.house import DESKS, House
from tests.chaos.rows import Row
from tests.chaos.typist import Seat, Settled
from tests.server_world import Client

LEAST = 100
LEAST_BROKEN = 6
"""Kills before which a run, and one with a planted fault, does not end."""

PATIENCE = 3.0
"""How many times its seconds a run may take for them, on a machine that does other things."""

ACCOUNT_S = 10.0
"""What the account at the end takes out of a run's time."""

BUSY_S = 4.0
"""How long a server is left alone until an act comes in."""

_desks = multiprocessing.get_context("forkserver")
_desks.set_forkserver_preload(["tests.chaos.typist", "requests", "server.app", "server.commands.serving"])


@dataclass(slots=True)
class Run:
    """One run over one folder; `kills` counts by whom, `mortal` says who is killed at all."""

    folder: Path
    house: House
    seed: int
    breakage: str
    least: int
    until: float
    latest: float
    mortal: frozenset[str]
    over: threading.Event = field(default_factory=threading.Event)
    kills: dict[str, int] = field(default_factory=dict)
    crashed: list[str] = field(default_factory=list)
    troubles: Findings = field(default_factory=Findings)

    def seat(self, login: str, seed: int = 0) -> Seat:
        """The desk of one person."""
        return Seat(
            root=str(self.folder / login),
            server=self.house.url,
            login=login,
            journal=str(self.folder / f"{login}.journal"),
            seed=seed,
            breakage=self.breakage,
        )

    def live(self, who: str, seconds: float) -> None:
        """Let it live so long, or to the end of the run when it is not to be killed."""
        while not self.over.wait(seconds if who in self.mortal else 0.2) and who not in self.mortal:
            continue

    def killed(self, who: str) -> None:
        """Count one; the run ends when there are enough and its time is up."""
        if who in self.mortal:
            self.kills[who] = self.kills.get(who, 0) + 1
        enough = sum(self.kills.values()) >= self.least and time.monotonic() > self.until
        if enough or time.monotonic() > self.latest:
            self.over.set()


def desk_lives(run: Run, login: str) -> None:
    """One desk: started, killed, started again."""
    rng = Random(f"{run.seed} {login}")
    life = 0
    while not run.over.is_set():
        life += 1
        told, tells = _desks.Pipe(duplex=False)
        desk = _desks.Process(
            target=typist.work, args=(run.seat(login, run.seed % 10**6 * 1000 + life), tells)
        )
        desk.start()
        tells.close()
        if rng.random() < 0.2:
            run.live(login, rng.uniform(0.0, 0.4))
        else:
            _until_ready(run, told, login)
            run.live(login, rng.uniform(0.02, 1.2))
        died = desk.exitcode
        desk.kill()
        desk.join()
        told.close()
        if died:
            run.crashed.append(f"{login} ended by itself with {died}")
        run.killed(login)


def _until_ready(run: Run, told: Connection, login: str) -> None:
    """A desk starts even while the server is away; only its very first start needs it."""
    until = time.monotonic() + 40.0
    with suppress(EOFError):
        while not run.over.is_set():
            if told.poll(0.05):
                told.recv()
                return
            if time.monotonic() > until:
                run.troubles.stuck.append(f"{login} does not start")
                run.over.set()


def server_lives(run: Run) -> None:
    """The server: the same, and a complaint that comes in at each life."""
    rng = Random(f"{run.seed} server")
    while not run.over.is_set():
        run.house.start()
        if rng.random() < 0.15:
            run.live("server", rng.uniform(0.0, 1.5))
        else:
            if not run.house.wait(run.over) and not run.over.is_set():
                run.troubles.stuck.append("the server does not start")
                run.over.set()
            run.over.wait(rng.uniform(0.1, 0.6))
            run.house.register(*rng.choice((("EAU", "EAU-1"), ("ELEC", "ELEC-1"))))
            if run.breakage or rng.random() < 0.5:
                _until_busy(run)
            run.live("server", rng.uniform(0.0, 0.25 if run.breakage else 1.0))
        run.house.kill()
        run.killed("server")


def _until_busy(run: Run) -> None:
    """An act has come in since: what is cut now is work, however slow the machine is."""
    before, until = run.house.acts(), time.monotonic() + BUSY_S
    while run.house.acts() == before and time.monotonic() < until:
        run.over.wait(0.05)
        if run.over.is_set():
            return


def torment(folder: Path, seconds: float, seed: int, breakage: str, least: int) -> tuple[Run, Findings]:
    """One whole run: kills until there are enough and the time is up, then the account.

    Where a fault is planted, only its side is killed: the other would hide it.
    """
    house = House(folder / "server", breakage if breakage in SERVER else "")
    mortal = {"server", *DESKS}
    if breakage:
        mortal = {"server"} if breakage in SERVER else set(DESKS)
    _warm()
    began, length = time.monotonic(), max(2.0, seconds - ACCOUNT_S)
    until, latest = began + length, began + PATIENCE * length
    run = Run(folder, house, seed, breakage, least, until, latest, frozenset(mortal))
    lives: list[Callable[[], None]] = [partial(desk_lives, run, login) for login in DESKS]
    threads = [threading.Thread(target=life) for life in (partial(server_lives, run), *lives)]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        found = _account(run)
    finally:
        house.close()
    found.add(run.troubles)
    return run, found


def _warm() -> None:
    """Have the process there from which the others are forked."""
    first = _desks.Process(target=int)
    first.start()
    first.join()


def _account(run: Run) -> Findings:
    """Everybody back, one fault-free synchronisation, and every comparison there is."""
    run.house.mend()
    run.house.start()
    assert run.house.wait(threading.Event())
    # One desk's last acts may change what another sees: nobody is compared before all are done.
    for login in DESKS:
        _settle(run, login)
    reports = {login: _settle(run, login) for login in DESKS}
    found = Findings()
    client = Client(run.house.url)
    for login, report in reports.items():
        found.add(Findings(**msgspec.structs.asdict(report.found)))
        found.add(audit.compare(client, login, report.bases))
        said = journal.read(Path(run.seat(login).journal))
        found.add(audit.settled(run.house.world.register, said, report.states))
    client.close()
    run.house.stop()
    found.add(audit.audit(run.house.world.register, run.house.registered))
    history = run.house.verified()
    found.halves += [f"verify: {history.splitlines()[0]}"] if history else []
    return found


def _settle(run: Run, login: str) -> Settled:
    told, tells = _desks.Pipe(duplex=False)
    whole = msgspec.structs.replace(run.seat(login), breakage="")
    desk = _desks.Process(target=typist.settle, args=(whole, tells))
    desk.start()
    tells.close()
    try:
        report = msgspec.msgpack.decode(told.recv_bytes(), type=Settled)
    except EOFError:
        report = Settled(found=journal.Found(stuck=[f"{login} does not come back"]))
    desk.join(30)
    desk.kill()
    return report


def killing(seconds: float, seed: int, *, breakage: str = "", least: int = LEAST) -> Row:
    """A run and its row. A desk that crashes has shown a bug of the fault's own making, not the fault."""
    folder = Path(tempfile.mkdtemp(prefix="chaos-kills-"))
    run, found = torment(folder, seconds, seed, breakage, LEAST_BROKEN if breakage else least)
    acts = sum(len(journal.read(Path(run.seat(login).journal)).acts) for login in DESKS)
    kills = ", ".join(f"{who} {count}" for who, count in sorted(run.kills.items()))
    if run.crashed and breakage:
        found = Findings()
    else:
        found.stuck += run.crashed
    name = f"kill -9, {breakage}" if breakage else "kill -9 of server and desks"
    note = "; ".join((f"{acts} acts saved", kills, *(run.crashed[:1] if breakage else ())))
    row = found.row(name, sum(run.kills.values()), broken=bool(breakage), note=note)
    if row.well:
        shutil.rmtree(folder)
    return row


HARNESSES = (killing,)
