"""Shared fixtures: a small register, and a real server process over one."""

import os

# Before any Qt: a test machine has no screen, and Qt ends the process when it finds none.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server_world import ServerProcess, World, build_world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A register with two administrations and their staff."""
    built = build_world(tmp_path / "data")
    yield built
    built.close()


@pytest.fixture
def server(world: World) -> Iterator[ServerProcess]:
    """A real server process over `world`."""
    running = ServerProcess(world.config.data)
    yield running
    running.close()
