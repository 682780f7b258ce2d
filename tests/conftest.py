"""Shared fixtures: a small register, and a real server process over one."""

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
