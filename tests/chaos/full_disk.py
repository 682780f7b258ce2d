"""A full disk at every point of a day's work, and a disk that may only be read; by a small disk of memory.

A cycle (draft, act, file, results, page, repair) runs with a little more room each time. What is refused is
refused aloud by its name; what was called saved is there; with room again all of it goes through.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from desktop.models import outbox
from desktop.models.errors import DiskFault, DiskFull, ReadOnlyFile, StoreError
from desktop.models.store import Store
from protocol.acts import Asked
from tests.chaos import scribe
from tests.chaos.findings import Findings
from tests.chaos.rows import Row
from tests.profiles import KEY, ME

DISK = 8 * 1024 * 1024
STEP, MOST = 8 * 1024, 800 * 1024
"""Room left free in each run, in bytes; with MOST of it nothing is refused any more."""

NAMED = (DiskFull, DiskFault)


class Swallowing(Store):
    """Broken: says that an act is saved though the disk refused it."""

    def record(self, asked: Asked, **others: Any) -> Asked:
        """Whatever happens."""
        try:
            return super().record(asked, **others)
        except NAMED:
            return asked


@contextmanager
def small_disk(size: int = DISK) -> Iterator[Path | None]:
    """A file system of its own; None where this person may not mount one."""
    folder = Path(tempfile.mkdtemp(prefix="chaos-disk-"))
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], capture_output=True, check=False
    )
    try:
        yield None if mounted.returncode else folder
    finally:
        if mounted.returncode == 0:
            subprocess.run(["umount", "-l", str(folder)], check=True)
        folder.rmdir()


def fill(disk: Path, room: int) -> Path:
    """Leave `room` bytes free; gives the file that takes the rest."""
    filler = disk / "filler"
    free = os.statvfs(disk)
    with filler.open("wb") as file:
        file.write(bytes(max(0, free.f_bavail * free.f_frsize - room)))
    return filler


def day(store: Store, told: dict[str, str]) -> None:
    """Every operation once; `told` gets what was said of each, "" when it was refused."""
    for name, operation in scribe.OPERATIONS.items():
        try:
            operation(store, lambda what, name=name: told.__setitem__(name, what))  # type: ignore[misc]
        except NAMED:
            told.setdefault(name, "")


def kept(store: Store, told: dict[str, str], found: Findings, where: str) -> None:
    """What was said is there; what had been typed before is there in any case."""
    with store.work.reading() as connection:
        states = outbox.states(connection)
    if not {"a1", "a2"} <= states.keys():
        found.lost.append(f"{where}: acts {sorted(states)}")
    if ("a3" in states) is (store.drafts.of("c4").get("note") is not None):
        found.halves.append(f"{where}: the act and its draft")
    if told.get("an act") and "a3" not in states:
        found.lost.append(f"{where}: the act")
    body = store.drafts.of("c5").get("note")
    if told.get("a draft") and (body is None or not body.body.startswith(told["a draft"])):
        found.lost.append(f"{where}: the draft")
    if told.get("results") and (states["a1"], states["a2"]) != ("acked", "rejected"):
        found.lost.append(f"{where}: the results")


def every_room(_seconds: float, _seed: int, *, step: int = STEP, store_class: type[Store] = Store) -> Row:
    """One cycle for each amount of room."""
    broken = store_class is not Store
    found, runs, refusals = Findings(), 0, 0
    with small_disk() as disk, tempfile.TemporaryDirectory() as safe:
        if disk is None:
            return Row(harness="a full disk", points=0, note="no small disk may be mounted by this person")
        template = Path(safe) / "template"
        scribe.prepare(template)
        for room in range(0, MOST, step):
            folder, where = disk / "profile", f"{room // 1024} kB free"
            shutil.copytree(template, folder)
            filler = fill(disk, room)
            told: dict[str, str] = {}
            try:
                store = store_class.open(folder, KEY, actor=ME)
            except NAMED:
                refusals += 1
            else:
                day(store, told)
                store.close()
            filler.unlink()
            _afterwards(folder, told, found, where)
            refusals += sum(not said for said in told.values())
            runs += 1
            shutil.rmtree(folder)
    name = f"a full disk, {store_class.__name__}" if broken else "a full disk at every room"
    return found.row(name, runs, broken=broken, note=f"{refusals} refusals by name")


def _afterwards(folder: Path, told: dict[str, str], found: Findings, where: str) -> None:
    """There is room again: nothing is missing, and the whole day goes through."""
    try:
        store = Store.open(folder, KEY, actor=ME)
        kept(store, told, found, where)
        again: dict[str, str] = {}
        day(store, again)
        if not all(again.get(name) for name in scribe.OPERATIONS):
            found.stuck.append(f"{where}: {again}")
        store.close()
    except StoreError as error:
        found.stuck.append(f"{where}: {error}")


def read_only(_seconds: float, _seed: int) -> Row:
    """A profile on a disk that may only be read is refused by name, and opens when it may be written."""
    found = Findings()
    with small_disk() as disk, tempfile.TemporaryDirectory() as safe:
        if disk is None:
            return Row(
                harness="a read-only disk", points=0, note="no small disk may be mounted by this person"
            )
        template = Path(safe) / "template"
        scribe.prepare(template)
        shutil.copytree(template, disk / "profile")
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        try:
            Store.open(disk / "profile", KEY, actor=ME).close()
        except (ReadOnlyFile, DiskFault):
            pass
        except (StoreError, OSError) as error:
            found.stuck.append(f"told as {type(error).__name__}")
        else:
            found.lost.append("opened, and nothing can be saved")
        subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
        _afterwards(disk / "profile", {}, found, "writable again")
    return found.row("a read-only disk", 1)


HARNESSES = (every_room, partial(every_room, step=4 * STEP, store_class=Swallowing), read_only)
