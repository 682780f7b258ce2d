"""The command line told something wrong: one line that says what, exit code 2, never a traceback."""

import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.server_world import World


def run(*arguments: str) -> tuple[int, str]:
    """Exit code and standard error."""
    done = subprocess.run(
        [sys.executable, "-m", "server", *arguments], capture_output=True, text=True, check=False, timeout=60
    )
    return done.returncode, done.stderr


def junk(folder: Path) -> None:
    (folder / "chekaya.db").write_bytes(b"not a database at all " * 500)


def newer(folder: Path) -> None:
    with sqlite3.connect(folder / "chekaya.db") as raw:
        raw.execute("CREATE TABLE alembic_version (version_num TEXT)")
        raw.execute("INSERT INTO alembic_version VALUES ('9999')")
    raw.close()


def toml(content: bytes) -> Callable[[Path], object]:
    return lambda folder: (folder / "chekaya.toml").write_bytes(content)


@pytest.mark.parametrize(
    ("prepare", "told"),
    [
        (junk, "file is not a database"),
        (newer, "written by another version"),
        (toml(b"port = 'x'"), "port is not of the expected kind"),
        (toml(b"threads = -1"), "threads = -1 is out of range"),
        (toml(b"nope = 1"), "unknown setting 'nope'"),
        (toml(b"port = "), "Invalid value"),
        (toml(b"\xff = 1"), "utf-8"),
        (toml(b'database = "nonsense"'), "the setting `database`"),
    ],
)
def test_what_cannot_be_served_is_said_in_one_line(
    tmp_path: Path, prepare: Callable[[Path], object], told: str
) -> None:
    prepare(tmp_path)
    code, said = run("serve", "--data", str(tmp_path), "--host", "127.0.0.1")
    assert code == 2 and told in said and said.count("\n") == 1 and "Traceback" not in said, said


def test_folders_and_registers_that_are_not_there_are_named(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    for arguments in (
        ("serve", "--data", str(file), "--port", "0"),
        ("demo", "--data", str(file)),
        ("init", "--data", str(file / "below")),
        ("verify", "--data", str(tmp_path / "missing")),
        ("account", "list", "--data", str(tmp_path / "missing")),
        ("serve", "--data", str(tmp_path / "x"), "--config", str(tmp_path / "missing.toml")),
    ):
        code, said = run(*arguments)
        assert code == 2 and str(tmp_path) in said and said.count("\n") == 1, (arguments, said)


def test_a_port_in_use_and_an_unknown_state_are_refused(world: World) -> None:
    data = str(world.config.data)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        code, said = run("serve", "--data", data, "--port", str(taken.getsockname()[1]))
    assert code == 2 and "cannot listen" in said and said.count("\n") == 1
    assert run("administration", "set-state", "--data", data, "EAU", "asleep")[0] == 2
    code, said = run("administration", "set-state", "--data", data, "NOWHERE", "operational")
    assert code == 2 and said == "chekaya-server: no administration NOWHERE\n"
    assert run("demo", "--data", data, "--complaints", "-5")[0] == 2


def test_a_folder_in_the_place_of_a_file_is_named(world: World, tmp_path: Path) -> None:
    data = str(world.config.data)
    for arguments in (
        ("backup", str(tmp_path), "--data", data, "--passphrase-file", str(tmp_path)),
        ("restore", "x.tar.zst", "--data", str(tmp_path / "new"), "--passphrase-file", str(tmp_path)),
    ):
        assert run(*arguments) == (2, f"chekaya-server: {tmp_path}: Is a directory\n")


def test_demonstration_accounts_never_join_real_complaints(world: World) -> None:
    world.file()
    code, said = run("demo", "--data", str(world.config.data), "--complaints", "3")
    assert code == 2 and "this register holds complaints" in said and said.count("\n") == 1, said


def test_a_number_typed_wrong_is_told_what_it_should_be(tmp_path: Path) -> None:
    assert "'-5' is not a whole number" in run("demo", "--data", str(tmp_path), "--complaints", "-5")[1]
    said = run("backup", str(tmp_path), "--data", str(tmp_path), "--keep", "0")[1]
    assert "'0' is not a whole number from 1" in said
