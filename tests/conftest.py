"""Shared fixtures: a small register, and a real server process over one."""

import gc
import os
import sys

# Before any Qt: a test machine has no screen, and Qt ends the process when it finds none.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server_world import ServerProcess, World, build_world


@pytest.fixture(autouse=True)
def windows_end_in_this_thread() -> Iterator[None]:
    """As in the program (`desktop.ui.rubbish`): no background thread ends what windows leave behind."""
    if "PySide6.QtCore" not in sys.modules:
        yield
        return
    from desktop.ui.rubbish import collect_due

    gc.disable()
    yield
    collect_due()


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
