"""Backups: whole or not there, made while people work, verified; restores repeat no number."""

import os
import signal
import subprocess
import sys
import tarfile
import threading
from pathlib import Path

import pytest
from backports.zstd import ZstdFile
from sqlalchemy import select

from protocol.acts import Note
from server import archive, backup, blobs, changes, database, restore, tables, verification
from server.archive import Damaged
from server.backup import Cancelled, Impossible, Watch, Wish
from server.commands import operation
from server.restore import Floor
from server.sealing import WrongPassphrase
from tests.backup_world import put_back, saved, worked_on
from tests.processes import ROOT
from tests.server_world import NOW, later

PASSPHRASE = b"une phrase que personne ne devine"


@pytest.fixture
def world(tmp_path):
    """A register with one complaint worked on, a file, and secret keys."""
    yield from worked_on(tmp_path)


def rewritten(path: Path, target: Path, change) -> Path:
    """The same archive with its members changed: `change(name, content)` gives the new content, or None."""
    with ZstdFile(path, "rb") as packed, tarfile.open(fileobj=packed, mode="r|") as source:
        members = [(info, source.extractfile(info).read()) for info in source]
    with ZstdFile(target, "wb") as packed, tarfile.open(fileobj=packed, mode="w|") as other:
        import io

        for info, content in members:
            changed = change(info, content)
            if changed is not None:
                info.size = len(changed)
                other.addfile(info, io.BytesIO(changed))
    return target


def test_what_comes_back_is_what_was_there(world, tmp_path):
    made = saved(world, tmp_path)
    assert made.path.stat().st_mode & 0o777 == 0o600
    assert made.manifest.missing == ()
    config, manifest, _ = put_back(made, tmp_path / "new")
    assert manifest == made.manifest
    register = database.connect(config)
    with register.reading() as connection:
        report = verification.verify(connection, config.anchors)
        rows = connection.execute(select(tables.complaint.c.document)).scalars().all()
        (sha256,) = connection.execute(select(tables.blob.c.sha256)).scalars().all()
    register.close()
    assert report.findings == ()
    assert report.links > 0
    with world.register.reading() as connection:
        assert rows == connection.execute(select(tables.complaint.c.document)).scalars().all()
    assert blobs.read(config, sha256) == b"%PDF-1.7 une piece"
    assert (config.secrets / "portal.key").read_bytes() == bytes(range(32))
    kept = [path for path in config.data.rglob("*") if path.is_file()]
    assert all(path.stat().st_mode & 0o077 == 0 for path in kept if not path.name.startswith("chekaya.db"))


def test_people_work_on_while_it_is_made_and_it_is_one_moment(world, tmp_path):
    complaint = world.file()
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set():
            world.act("amina", world.load(complaint.id), Note(text="Pendant la sauvegarde."))

    worker = threading.Thread(target=work)
    worker.start()
    try:
        made = [saved(world, tmp_path / f"{n}.tar.zst") for n in range(3)]
    finally:
        stop.set()
        worker.join()
    for n, one in enumerate(made):
        config, _, _ = put_back(one, tmp_path / f"new{n}")
        register = database.connect(config)
        with register.reading() as connection:
            assert verification.verify(connection, config.anchors).findings == ()
        register.close()
    counts = [one.manifest.heads["EAU"] for one in made]
    assert counts == sorted(counts)


def test_what_is_written_between_two_steps_is_not_in_it(world, tmp_path, monkeypatch):
    monkeypatch.setattr(backup, "_PAGES", 8)
    with world.register.reading() as connection:
        before = changes.heads(connection)
    steps: list[str] = []

    def write_between(what: str, done: int, total: int) -> None:
        if what == "register" and len(steps) < 5:
            world.file()
        steps.append(what)

    made = saved(world, tmp_path, watch=Watch(tell=write_between))
    assert steps.count("register") > 5
    assert made.manifest.heads == before
    assert world.load(world.file().id).number == "2026-EAU-000007"


def test_a_cancelled_one_leaves_nothing(world, tmp_path):
    folder = tmp_path / "backups"
    folder.mkdir()
    for after in range(4):
        steps = iter(range(after))
        watch = Watch(stop=lambda steps=steps: next(steps, None) is None)
        with pytest.raises(Cancelled):
            saved(world, folder, watch=watch)
        assert list(folder.iterdir()) == []


def test_a_file_the_server_had_lost_is_named_and_stops_nothing(world, tmp_path):
    (name,) = [path.name for path in world.config.blobs.iterdir()]
    (world.config.blobs / name).write_bytes(b"other bytes")
    assert saved(world, tmp_path / "a").manifest.missing == (name,)
    (world.config.blobs / name).unlink()
    assert saved(world, tmp_path / "b").manifest.missing == (name,)


def test_an_archive_is_never_replaced(world, tmp_path):
    made = saved(world, tmp_path)
    with pytest.raises(FileExistsError):
        saved(world, made.path)


def test_every_flipped_or_missing_byte_is_found(world, tmp_path):
    made = saved(world, tmp_path)
    content = made.path.read_bytes()
    assert archive.verify(made.path, lambda _: None) == made.manifest
    wrong = tmp_path / "wrong.tar.zst"
    for place in range(0, len(content), max(1, len(content) // 40)):
        wrong.write_bytes(content[:place] + bytes([content[place] ^ 0x10]) + content[place + 1 :])
        try:
            assert archive.verify(wrong, lambda _: None) == made.manifest  # a byte nothing is read from
        except Damaged:
            continue
    for length in (0, 1, len(content) // 2, len(content) - 1):
        wrong.write_bytes(content[:length])
        with pytest.raises(Damaged):
            archive.verify(wrong, lambda _: None)


def test_an_archive_changed_by_hand_is_refused_and_nothing_is_written(world, tmp_path):
    made = saved(world, tmp_path)

    def edit(info, content):
        return content.replace(b"%PDF", b"%XXX") if info.name.startswith("blobs/") else content

    def drop(info, content):
        return None if info.name.startswith("blobs/") else content

    def climb(info, content):
        if info.name.startswith("blobs/"):
            info.name = "blobs/../../outside"
        return content

    def link(info, content):
        if info.name.startswith("blobs/"):
            info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
            return b""
        return content

    for n, change in enumerate((edit, drop, climb, link)):
        wrong = rewritten(made.path, tmp_path / f"wrong{n}.tar.zst", change)
        with pytest.raises(Damaged):
            restore.put_back(
                wrong, tmp_path / "new", NOW, wish=restore.Wish(floor=Floor(margin=1)), watch=Watch()
            )
        assert not (tmp_path / "new").exists()
        assert not (tmp_path / "outside").exists()


def test_a_restore_writes_into_an_empty_folder_only(world, tmp_path):
    made = saved(world, tmp_path)
    full = tmp_path / "full"
    full.mkdir()
    (full / "something.txt").write_text("of somebody")
    with pytest.raises(Impossible):
        put_back(made, full)
    assert [path.name for path in full.iterdir()] == ["something.txt"]


def test_a_restore_that_fails_takes_its_half_away(world, tmp_path):
    made = saved(world, tmp_path)
    settings = tmp_path / "other.toml"
    settings.write_text('database = "postgresql+psycopg://nobody@127.0.0.1:1/none"\n')
    with pytest.raises(Impossible):
        put_back(made, tmp_path / "new", settings=settings)
    assert list((tmp_path / "new").iterdir()) == []


def test_closed_secrets_open_with_the_passphrase_only(world, tmp_path):
    made = saved(world, tmp_path, wish=Wish(passphrase=PASSPHRASE))
    assert made.manifest.secrets == "sealed"
    with ZstdFile(made.path, "rb") as packed:
        assert bytes(range(32)) not in packed.read()
    with pytest.raises(Impossible, match="passphrase"):
        put_back(made, tmp_path / "none")
    with pytest.raises(WrongPassphrase):
        put_back(made, tmp_path / "wrong", passphrase=b"une autre phrase bien longue")
    config, _, _ = put_back(made, tmp_path / "right", passphrase=PASSPHRASE)
    assert (config.secrets / "portal.key").read_bytes() == bytes(range(32))
    assert not (config.data / archive.SEALED).exists()


def test_an_archive_without_secrets_asks_for_those_kept_apart(world, tmp_path):
    made = saved(world, tmp_path, wish=Wish(with_secrets=False))
    assert not any(entry.name.startswith("secrets") for entry in made.manifest.entries)
    with pytest.raises(Impossible, match="tracking codes"):
        put_back(made, tmp_path / "none")
    config, _, _ = put_back(made, tmp_path / "right", secrets=world.config.secrets)
    assert (config.secrets / "portal.key").read_bytes() == bytes(range(32))


def test_old_archives_go_and_nothing_else(tmp_path):
    names = [backup.name_of(later(days=n)) for n in range(4)]
    for name in (*names, "notes.txt", "chekaya-copy.tar.zst"):
        (tmp_path / name).write_text("x")
    assert [path.name for path in backup.forget_older(tmp_path, 2)] == names[:2]
    assert {path.name for path in tmp_path.iterdir()} == {*names[2:], "notes.txt", "chekaya-copy.tar.zst"}


def test_the_commands_say_what_they_did(world, tmp_path):
    world.close()
    data, folder = world.config.data, tmp_path / "backups"
    folder.mkdir()

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        words = [sys.executable, "-m", "server", *map(str, arguments)]
        return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)

    done = run("backup", folder, "--data", data, "--keep", 3)
    assert done.returncode == 0, done.stderr
    assert "SHA-256" in done.stdout
    assert "keys in clear" in done.stdout
    (path,) = folder.iterdir()
    assert run("backup", "--verify", path).returncode == 0
    refused = run("restore", path, "--data", tmp_path / "new")
    assert refused.returncode == 2
    assert "--margin" in refused.stderr
    back = run("restore", path, "--data", tmp_path / "new", "--margin", 1000)
    assert back.returncode == 0, back.stderr
    assert "0 faults" in back.stdout
    path.write_bytes(path.read_bytes()[:-20])
    cut = run("backup", "--verify", path)
    assert cut.returncode == 2
    assert "Traceback" not in cut.stderr
    assert run("backup", folder).returncode == 2
    assert run("restore", "--data", data).returncode == 2


def test_a_signal_ends_a_backup_cleanly(world, tmp_path):
    with operation._watched() as watch:
        os.kill(os.getpid(), signal.SIGTERM)
        with pytest.raises(Cancelled):
            saved(world, tmp_path / "never.tar.zst", watch=watch)
    assert not list(tmp_path.glob("*never*"))
