"""`python -m tests.simulation`: runs seeds, replays steps, and shows that broken builds are caught."""

import argparse
import sys
import time
from collections.abc import Sequence

from tests.simulation.broken import BUILDS, UNBROKEN, Build
from tests.simulation.catching import Caught, caught
from tests.simulation.runner import Report, laboratory, runs
from tests.simulation.steps import parse, steps_of, write

SHRUNK = 5
"""Failing seeds that are shrunk in one command; the others are only named."""


def main(words: Sequence[str]) -> int:
    """0 when everything held, 1 otherwise."""
    asked = _read(words)
    if asked.replay:
        return _replay(asked.replay, _build(asked.broken))
    if asked.broken:
        return _catch(asked.broken, asked.tries)
    return _seeds(range(*asked.seeds), asked.jobs)


def _read(words: Sequence[str]) -> argparse.Namespace:
    reader = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    reader.add_argument("--seeds", type=_span, default=(0, 100), metavar="A:B", help="seeds A to B-1")
    reader.add_argument("--jobs", type=int, default=2, help="processes")
    reader.add_argument("--replay", default="", help="steps as a failing seed prints them")
    reader.add_argument("--broken", default="", help="`all`, or the name of a build")
    reader.add_argument("--tries", type=int, default=300, help="seeds a broken build may take to be caught")
    return reader.parse_args(words)


def _span(text: str) -> tuple[int, int]:
    first, _, last = text.partition(":")
    return int(first), int(last)


def _build(name: str) -> Build:
    return next((build for build in BUILDS if build.name == name), UNBROKEN)


def _replay(text: str, build: Build) -> int:
    with laboratory(build) as one:
        run = one.run(parse(text))
    print(run.failed or f"holds, {run.digest}")
    return int(bool(run.failed))


def _seeds(seeds: range, jobs: int) -> int:
    began, report = time.monotonic(), Report()
    for seed, run in runs(seeds, jobs=jobs):
        report.add(run)
        if run.failed:
            report.failures += 1
            print(f"seed {seed}: {run.failed}", flush=True)
            if report.failures <= SHRUNK:
                with laboratory() as one:
                    print(f"  --replay '{write(one.shrink(steps_of(seed), run.name))}'", flush=True)
    print(f"{report} in {time.monotonic() - began:.0f} s")
    return int(report.failures > 0)


def _catch(name: str, tries: int) -> int:
    builds = [build for build in BUILDS if name in ("all", build.name)]
    print(f"{'build':44} {'caught by':46} {'first seed':>10} {'tried':>6}")
    escaped = 0
    for build in builds:
        found: Caught = caught(build, tries)
        escaped += found.by == ""
        seed = "-" if found.seed is None else str(found.seed)
        print(f"{build.name:44} {found.by or 'NOT CAUGHT':46} {seed:>10} {found.tried:>6}", flush=True)
    return int(escaped > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
