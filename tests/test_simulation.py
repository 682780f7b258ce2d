"""Five hundred seeds hold, each broken build is caught, and a seed is the same story every time."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.simulation.__main__ import main
from tests.simulation.broken import BUILDS, UNBROKEN
from tests.simulation.catching import caught
from tests.simulation.looking import place_of
from tests.simulation.runner import laboratory
from tests.simulation.steps import parse, steps_of, write

SEEDS = 500
SLICE = 50
TRIES = 60
"""Seeds in which a broken build must be caught, from the one where it once was."""

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("first", range(0, SEEDS, SLICE))
def test_every_property_holds_at_every_step_of_every_seed(first):
    with laboratory() as one:
        runs = {seed: one.run(steps_of(seed)) for seed in range(first, first + SLICE)}
    failed = {seed: run.failed for seed, run in runs.items() if run.failed}
    assert not failed
    assert sum(run.effects for run in runs.values()) > 2 * SLICE
    assert sum(run.faults.total() for run in runs.values()) > 2 * SLICE


@pytest.mark.parametrize("build", BUILDS, ids=lambda build: build.name)
def test_a_broken_build_is_caught_where_the_unbroken_one_holds(build):
    found = caught(build, TRIES, build.first)
    assert found.seed is not None
    with laboratory() as control:
        for seed in range(build.first, found.seed + 1):
            assert control.run(steps_of(seed)).failed == ""


def test_a_seed_is_the_same_story_whatever_the_order_of_hashes():
    script = (
        "from tests.simulation.runner import laboratory\n"
        "from tests.simulation.steps import steps_of\n"
        "with laboratory() as one:\n"
        "    print([one.run(steps_of(seed)).digest for seed in (3, 22, 41)])\n"
    )
    told = set()
    for hashes in ("1", "2"):
        known = {**os.environ, "PYTHONHASHSEED": hashes, "PYTHONPATH": str(ROOT)}
        told.add(subprocess.check_output([sys.executable, "-c", script], env=known, cwd=ROOT, text=True))
    assert len(told) == 1 and "''" not in told.pop()


def test_steps_are_written_and_read_back():
    for seed in range(50):
        assert parse(write(steps_of(seed))) == steps_of(seed)


def test_a_failing_seed_shrinks_to_steps_that_fail_alike_and_can_be_pasted(capsys):
    build = next(one for one in BUILDS if one.name == "refused text thrown away")
    seed = caught(build, TRIES, build.first).seed
    with laboratory(build) as broken:
        name = broken.run(steps_of(seed)).name
        shrunk = broken.shrink(steps_of(seed), name)
        assert len(shrunk) < len(steps_of(seed)) / 3
        assert broken.run(parse(write(shrunk))).name == name
    assert main(["--replay", write(shrunk), "--broken", build.name]) == 1
    assert main(["--replay", write(shrunk)]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith(name) and told[1].startswith("holds")


def test_the_command_tells_what_was_done_and_whether_it_held(capsys):
    assert main(["--seeds", "0:4", "--jobs", "1"]) == 0
    assert "4 seeds, 0 failed" in capsys.readouterr().out
    assert main(["--broken", "gone ignored", "--tries", "0"]) == 1
    assert "NOT CAUGHT" in capsys.readouterr().out


def test_the_control_is_the_product():
    assert UNBROKEN.desk_class.__module__ == "tests.simulation.desk"
    assert place_of("nothing of ours").q == {}
