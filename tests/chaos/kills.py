"""Kill -9 at random moments: a real server over HTTP and three real desks that type without pause.

Each process is killed, by a thread of its own, after a random life, in the middle of its start now and then,
and started again. At the end everybody comes back, synchronises once without faults, and is held to account.
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
from pathlib import Path
from random import Random

import msgspec

from tests.chaos import audit, journal, typist
from tests.chaos.breakages import DESK, SERVER
from tests.chaos.findings import Findings
from tests.chaos.house import DESKS, House
from tests.chaos.rows import Row
from tests.chaos.typist import Seat, Settled
from tests.server_world import Client

CYCLES = 140
BROKEN_CYCLES = 40
"""Kills of an unbroken run, and at most of each broken one."""

_desks = multiprocessing.get_context("forkserver")
_desks.set_forkserver_preload(["tests.chaos.typist", "requests"])


@dataclass(slots=True)
class Run:
    """One run over one folder; `kills` counts by whom."""

    folder: Path
    house: House
    seed: int
    breakage: str
    wanted: int
    until: float
    over: threading.Event = field(default_factory=threading.Event)
    kills: dict[str, int] = field(default_factory=dict)
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

    def killed(self, who: str) -> None:
        """Count one, and end the run when there are enough or the time is up."""
        self.kills[who] = self.kills.get(who, 0) + 1
        if sum(self.kills.values()) >= self.wanted or time.monotonic() > self.until:
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
            run.over.wait(rng.uniform(0.0, 0.4))
        else:
            _until_ready(run, told, login)
            run.over.wait(rng.uniform(0.02, 1.2))
        died = desk.exitcode
        desk.kill()
        desk.join()
        told.close()
        if died:
            run.troubles.stuck.append(f"{login} ended by itself with {died}")
        run.killed(login)


def _until_ready(run: Run, told: "multiprocessing.connection.Connection", login: str) -> None:
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
    """The server: the same, somewhat longer lives, and a complaint that comes in at each."""
    rng = Random(f"{run.seed} server")
    while not run.over.is_set():
        run.house.start()
        if rng.random() < 0.15:
            run.over.wait(rng.uniform(0.0, 1.5))
        else:
            if not run.house.wait(run.over) and not run.over.is_set():
                run.troubles.stuck.append("the server does not start")
                run.over.set()
            run.over.wait(rng.uniform(0.1, 1.5))
            run.house.register(*rng.choice((("EAU", "EAU-1"), ("ELEC", "ELEC-1"))))
            run.over.wait(rng.uniform(0.1, 1.5))
        run.house.kill()
        run.killed("server")


def torment(folder: Path, seconds: float, seed: int, breakage: str, wanted: int) -> tuple[Run, Findings]:
    """One whole run: kills until enough or the time is up, then the account."""
    house = House(folder / "server", breakage if breakage in SERVER else "")
    run = Run(folder, house, seed, breakage, wanted, time.monotonic() + seconds)
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


def _account(run: Run) -> Findings:
    """Everybody back, one fault-free synchronisation, and every comparison there is."""
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


def _row(seconds: float, seed: int, *, breakage: str, wanted: int) -> Row:
    folder = Path(tempfile.mkdtemp(prefix="chaos-kills-"))
    run, found = torment(folder, seconds, seed, breakage, wanted)
    acts = sum(len(journal.read(Path(run.seat(login).journal)).acts) for login in DESKS)
    kills = ", ".join(f"{who} {count}" for who, count in sorted(run.kills.items()))
    name = f"kill -9, {breakage}" if breakage else "kill -9 of server and desks"
    row = found.row(name, sum(run.kills.values()), broken=bool(breakage), note=f"{acts} acts saved; {kills}")
    if row.well:
        shutil.rmtree(folder)
    return row


def control(seconds: float, seed: int, wanted: int = CYCLES) -> Row:
    """The unbroken program."""
    return _row(seconds, seed, breakage="", wanted=wanted)


def broken(seconds: float, seed: int, *, breakage: str) -> Row:
    """One planted fault."""
    return _row(seconds, seed, breakage=breakage, wanted=BROKEN_CYCLES)


HARNESSES = (control, *(partial(broken, breakage=name) for name in (*DESK, *SERVER)))
