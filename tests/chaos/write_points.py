"""A fault at every write and flush of six operations of the desk's stores: death, or an error of the disk.

A first run counts the calls of each writing thread; then each of them is struck once by death and once by an
I/O error. Afterwards the next start must find what was called saved, and nothing half done.
"""

import multiprocessing
import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from desktop.models import outbox
from desktop.models.errors import StoreError
from desktop.models.replica import StoreReplica
from desktop.models.store import Store
from protocol.acts import Asked
from protocol.projection import columns
from tests.chaos import scribe, strace
from tests.chaos.findings import Findings
from tests.chaos.rows import Row
from tests.profiles import KEY
from tests.test_store import row

FILES = ("work.db", "cache.db")
AT_ONCE = 2

_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["tests.chaos.scribe"])


@dataclass(frozen=True, slots=True)
class Point:
    """One call of one thread during one operation, and what happens at it."""

    operation: str
    file: str
    number: int
    fault: str


@dataclass(slots=True)
class Told:
    """What a child said before it ended."""

    said: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    done: bool = False


class TwoTransactions(Store):
    """Broken: the act in one transaction, the draft that it makes needless in another."""

    def record(self, asked: Asked, *, draft: str = "", **others: Any) -> Asked:
        saved = super().record(asked, **others)
        self.drafts.drop(asked.complaint, draft)
        return saved


def points(template: Path, folder: Path, only: str = "") -> Iterator[Point]:
    """Every point there is, found by running each operation once for each thread, unharmed."""
    for operation in (only,) if only else scribe.OPERATIONS:
        for file in FILES:
            log = folder / "count.log"
            strike(template, folder / "count", Point(operation, file, 0, ""), log)
            for number in range(1, strace.calls(log) + 1):
                yield Point(operation, file, number, strace.KILL)
                yield Point(operation, file, number, strace.FAIL)


def strike(template: Path, folder: Path, point: Point, log: Path, store_class: type[Store] = Store) -> Told:
    """Run the operation on a copy of the profile in `folder`, the fault at its point."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(template, folder)
    ours, theirs = _processes.Pipe()
    child = _processes.Process(target=scribe.work, args=(str(folder), point.operation, theirs, store_class))
    child.start()
    theirs.close()
    told = Told()
    try:
        _, threads = ours.recv()
        with strace.attached(threads[point.file], log, point.fault, str(point.number)):
            ours.send("go")
            while not told.done:
                kind, what = ours.recv()
                told.said += [what] if kind == "said" else []
                told.refused += [what] if kind == "refused" else []
                told.done = kind == "done"
    except (EOFError, ConnectionResetError, BrokenPipeError):
        pass  # the child has died: what it told is all it told
    finally:
        child.join(20)
        child.kill()
        ours.close()
    return told


def judge(folder: Path, point: Point, told: Told) -> Findings:
    """What a new process finds wrong in the profile."""
    found = Findings()
    where = f"{point.operation}, {point.file} {point.number} {point.fault}"
    if point.fault != strace.KILL and not told.done:
        found.stuck.append(f"{where}: not done")
    try:
        store = Store.open(folder, KEY)
    except StoreError as error:
        found.stuck.append(f"{where}: {error}")
        return found
    try:
        _check(store, point.operation, told, found, where)
        _check_views(store, found, where)
    except StoreError as error:
        found.stuck.append(f"{where}: {error}")
    finally:
        store.close()
    return found


def _check(store: Store, operation: str, told: Told, found: Findings, where: str) -> None:
    """The operation is there whole or not at all; whole when it was called saved."""
    with store.work.reading() as connection:
        states = outbox.states(connection)
    replica, drafts = StoreReplica(store), store.drafts
    tray = {act.id: act.act.text for act in store.returned()}  # type: ignore[union-attr]
    bases, place = dict(replica.versions()), replica.position()
    intact = {"a1": "queued", "a2": "queued"}
    renewed = place.cursor == "" and not place.snap_done  # a cache that failed is put away: nothing is lost
    match operation:
        case "an act":
            kept = drafts.of("c4").get("note")
            outcomes = {(True, None): True, (False, "brouillon"): False}
            there = outcomes.get(("a3" in states, kept and kept.body))
            _whole(found, where, there, "a3" in told.said)
        case "a draft":
            body = drafts.of("c5").get("note")
            found.lost += _draft_lost(where, body.body if body else "", told.said)
        case "results":
            settled = {"a1": "acked", "a2": "rejected"}
            there = {True: True, False: False}.get(states == settled) if states in (settled, intact) else None
            if there and tray != {"a2": "refusé plus tard"}:
                there = None
            _whole(found, where, there, "settled" in told.said)
        case "a page" if not renewed:
            after = place.cursor == "c2"
            right = (
                ((bases["c1"][0], "cc" in bases, "c3" in bases) == (5, True, False))
                if after
                else ((bases["c1"][0], "cc" in bases, "c3" in bases) == (1, False, True))
            )
            _whole(found, where, after if right else None, "page" in told.said)
        case "a repair" if not renewed:
            part = row(store, "c6").row.theme == "restored"
            _whole(found, where, part if part == ("c7" not in bases) else None, "part" in told.said)
            _whole(found, where, place == scribe.THERE, "repaired" in told.said)
        case "a file":
            kept_file = store.files.kept(scribe.SHA256)
            there = None if kept_file not in (None, scribe.FILE) else kept_file is not None
            _whole(found, where, there, "file" in told.said, sweeps=True)
    if operation != "results" and {act: states.get(act) for act in intact} != intact:
        found.lost.append(f"{where}: acts {states}")
    if operation != "an act" and (kept := drafts.of("c4").get("note")) is None:
        found.lost.append(f"{where}: an old draft, {kept}")


def _whole(found: Findings, where: str, there: bool | None, said: bool, *, sweeps: bool = False) -> None:
    """`there` is None for half of it. A file that no act names is swept at a start: it may be gone."""
    if there is None:
        found.halves.append(where)
    elif said and not there and not sweeps:
        found.lost.append(where)


def _draft_lost(where: str, body: str, said: list[str]) -> list[str]:
    number = body.partition(" ")[0]
    is_whole = body == "" or body == f"{number} {scribe.WORDS}"
    last = int(said[-1]) if said else -1
    right = is_whole and (int(number) if number else -1) in (last, last + 1)
    return [] if right else [f"{where}: {body[:20]!r} after {said}"]


def _check_views(store: Store, found: Findings, where: str) -> None:
    """P4: every line of the lists is its document with my acts over it."""
    for complaint in StoreReplica(store).versions():
        if row(store, complaint).row != columns(store.view(complaint)[0]):
            found.halves.append(f"{where}: the line of {complaint}")


def every_point(
    _seconds: float, _seed: int, *, store_class: type[Store] = Store, only: str = "", step: int = 1
) -> Row:
    """Strike every point (of one operation, or each `step`-th), two at a time.

    A point that the count had and the run had not (a log one page shorter) has not been struck: it is left
    out.
    """
    broken = store_class is not Store
    harness = f"every write, {store_class.__name__}" if broken else "a fault at every write and flush"
    if not strace.is_here():
        return Row(harness=harness, points=0, note="strace is not on this machine")
    base = Path("/dev/shm") if Path("/dev/shm").is_dir() else None
    found, folder = Findings(), Path(tempfile.mkdtemp(prefix="chaos-points-", dir=base))
    template = folder / "template"
    scribe.prepare(template)
    every = list(points(template, folder, only))[::step]
    struck: dict[str, int] = {strace.KILL: 0, strace.FAIL: 0}

    def one(numbered: tuple[int, Point]) -> Findings:
        number, point = numbered
        mine = folder / str(number)
        log = folder / f"{number}.log"
        told = strike(template, mine, point, log, store_class)
        judged = judge(mine, point, told)
        struck[point.fault] += strace.calls(log) >= point.number
        shutil.rmtree(mine, ignore_errors=True)
        log.unlink()
        return judged

    with ThreadPoolExecutor(AT_ONCE) as several:
        for judged in several.map(one, enumerate(every)):
            found.add(judged)
    shutil.rmtree(folder, ignore_errors=True)
    note = f"{struck[strace.KILL]} deaths and {struck[strace.FAIL]} I/O errors, by strace"
    return found.row(harness, sum(struck.values()), broken=broken, note=note)


HARNESSES = (every_point, partial(every_point, store_class=TwoTransactions, only="an act"))
