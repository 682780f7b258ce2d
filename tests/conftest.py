"""Shared fixtures: a small register, and a real server process over one."""

import gc
import os
import sys

# Before any Qt: a test machine has no screen, and Qt ends the process when it finds none.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import databases
from tests.databases import OwnServer
from tests.server_world import ServerProcess, World, build_world


def pytest_configure(config: pytest.Config) -> None:
    """A test of the register that its SQL may fail is marked, and runs on each database there is here."""
    config.addinivalue_line("markers", "both_databases: runs on SQLite and, where installed, on PostgreSQL")
    config.addinivalue_line("markers", "postgresql: about PostgreSQL; there is no such test where it is not")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each database where the marker asks for it."""
    if "register_url" not in metafunc.fixturenames:
        return
    if metafunc.definition.get_closest_marker("both_databases"):
        metafunc.parametrize("register_url", databases.kinds(), indirect=True)
    elif metafunc.definition.get_closest_marker("postgresql"):
        metafunc.parametrize("register_url", [databases.POSTGRESQL], indirect=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests about PostgreSQL are not there where it is not; the last line of the run says so."""
    if databases.POSTGRESQL not in databases.kinds():
        items[:] = [item for item in items if item.get_closest_marker("postgresql") is None]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Never in silence: which databases were there."""
    terminalreporter.write_line(databases.told())


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


@pytest.fixture(scope="session")
def postgresql() -> Iterator[OwnServer]:
    """This process's own PostgreSQL, started when a test first wants it."""
    with databases.own_server() as running:
        yield running


@pytest.fixture
def register_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """Where the register of this test is: a fresh database of PostgreSQL, "" for the file in its folder."""
    if getattr(request, "param", databases.SQLITE) == databases.SQLITE:
        yield ""
        return
    running: OwnServer = request.getfixturevalue("postgresql")
    url = running.fresh()
    yield url
    running.drop(url)


@pytest.fixture
def world(tmp_path: Path, register_url: str) -> Iterator[World]:
    """A register with two administrations and their staff."""
    built = build_world(tmp_path / "data", register_url)
    yield built
    built.close()


@pytest.fixture
def server(world: World) -> Iterator[ServerProcess]:
    """A real server process over `world`."""
    running = ServerProcess(world.config.data)
    yield running
    running.close()
