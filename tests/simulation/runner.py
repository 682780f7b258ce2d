"""Runs seeds and replays, shrinks what fails, and adds up what was done."""

import gc
import multiprocessing
import os
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.simulation import desk as desks
from tests.simulation import engines, ministry, power
from tests.simulation.builds import UNBROKEN, Build
from tests.simulation.register import Violated
from tests.simulation.steps import Step, steps_of
from tests.simulation.world import World

UNFORESEEN = "E1"
"""How an exception that is no property's begins."""

COLLECTED_EVERY = 20
"""Runs between two collections of rubbish, which would otherwise take a tenth of the time."""


@dataclass
class Run:
    """What became of one list of steps: `failed` is "" or the property violated and how."""

    failed: str = ""
    steps: int = 0
    acts: int = 0
    effects: int = 0
    requests: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    digest: str = ""

    @property
    def name(self) -> str:
        """The property's name alone, by which two failures are the same."""
        return self.failed.partition(":")[0]


class Laboratory:
    """A place in memory with the templates of a register and of a profile. Use as a context manager."""

    def __init__(self, build: Build = UNBROKEN) -> None:
        self.build = build
        self._runs = 0

    def __enter__(self) -> "Laboratory":
        self._stack = ExitStack()
        gc.disable()
        self._stack.callback(gc.enable)
        shm = Path("/dev/shm")
        where = str(shm) if os.access(shm, os.W_OK) else None
        self._root = Path(self._stack.enter_context(tempfile.TemporaryDirectory(dir=where)))
        self._stack.enter_context(engines.shared())
        self._stack.enter_context(power.struck())
        ministry.lay_down(self._root / "register")
        desks.lay_down(self._root / "desk")
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def run(self, steps: Sequence[Step]) -> Run:
        """These steps from the beginning, in a world of their own."""
        self._runs += 1
        if self._runs % COLLECTED_EVERY == 0:
            gc.collect()
        with self.build.planted():
            world = World(
                self._root,
                self._root / "world",
                desk_class=self.build.desk_class,
                ministry_class=self.build.ministry_class,
            )
            run = Run(steps=len(steps))
            try:
                world.run(steps)
            except Violated as error:
                run.failed = str(error)
            except Exception as error:  # a harness's loop edge: whatever ends a run is a finding
                run.failed = f"{UNFORESEEN} {type(error).__name__}: {error}"
            finally:
                run.acts, run.effects = world.acts, world.register.effects
                run.requests = sum(one.line.requests for one in world.desks)
                run.faults, run.digest = world.faults, "" if run.failed else world.digest()
                world.close()
        return run

    def shrink(self, steps: Sequence[Step], name: str) -> tuple[Step, ...]:
        """Fewer steps, with fewer faults, that violate the same property."""
        kept = self._fewer(list(steps), name)
        return tuple(self._calmer(kept, name))

    def _fewer(self, steps: list[Step], name: str) -> list[Step]:
        size = max(1, len(steps) // 2)
        while size:
            start = 0
            while start < len(steps):
                tried = steps[:start] + steps[start + size :]
                if self.run(tried).name == name:
                    steps = tried
                else:
                    start += size
            size //= 2
        return steps

    def _calmer(self, steps: list[Step], name: str) -> list[Step]:
        for place, step in enumerate(steps):
            for tried in _calmer(step):
                candidate = [*steps[:place], tried, *steps[place + 1 :]]
                if self.run(candidate).name == name:
                    steps = candidate
                    break
        return steps


def _calmer(step: Step) -> Iterator[Step]:
    """The same step with less happening to it, the calmest first."""
    if step.what == "sync":
        yield Step(step.n, step.what, step.args[:1])
        yield Step(step.n, step.what, step.args[:2])
        fates = step.fates(1)
        for place in range(len(fates)):
            calm = ".".join([*fates[:place], "fine", *fates[place + 1 :]])
            yield Step(step.n, step.what, (step.args[0], calm, *step.args[2:]))
    elif step.what in ("type", "attach"):
        for place in range(len(step.args) - 1, 2, -1):
            if step.args[place]:
                yield Step(step.n, step.what, step.args[:place])


@dataclass
class Report:
    """What many runs came to."""

    seeds: int = 0
    steps: int = 0
    acts: int = 0
    effects: int = 0
    requests: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    failures: int = 0

    def add(self, run: Run) -> None:
        """One run more."""
        self.seeds += 1
        self.steps += run.steps
        self.acts += run.acts
        self.effects += run.effects
        self.requests += run.requests
        self.faults += run.faults

    def __str__(self) -> str:
        faults = " ".join(f"{kind}={count}" for kind, count in sorted(self.faults.items()))
        return (
            f"{self.seeds} seeds, {self.failures} failed: {self.steps} steps, {self.acts} acts typed, "
            f"{self.effects} applied, {self.requests} requests, {sum(self.faults.values())} faults ({faults})"
        )


def _some(task: tuple[Build, Sequence[int]]) -> list[tuple[int, Run]]:
    build, seeds = task
    with Laboratory(build) as laboratory:
        return [(seed, laboratory.run(steps_of(seed))) for seed in seeds]


def runs(seeds: Iterable[int], build: Build = UNBROKEN, *, jobs: int = 1) -> Iterator[tuple[int, Run]]:
    """Every seed's run, in `jobs` processes; their order is nobody's promise."""
    wanted = list(seeds)
    size = max(1, min(50, len(wanted) // (jobs * 2) or 1))
    tasks = [(build, wanted[start : start + size]) for start in range(0, len(wanted), size)]
    if jobs == 1:
        for task in tasks:
            yield from _some(task)
        return
    with multiprocessing.get_context("spawn").Pool(jobs) as pool:
        for found in pool.imap_unordered(_some, tasks):
            yield from found


@contextmanager
def laboratory(build: Build = UNBROKEN) -> Iterator[Laboratory]:
    """A laboratory for a while."""
    with Laboratory(build) as one:
        yield one
