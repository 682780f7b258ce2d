"""Backups: whole or not there, made while people work, verified; restores repeat no number."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tarfile
import threading
from pathlib import Path

import pytest
from backports.zstd import ZstdFile
from sqlalchemy import insert, select

from protocol.acts import Assign, Note
from server import archive, backup, blobs, database, migrations, numbering, restore, tables, verification
from server.archive import Damaged
from server.backup import Cancelled, Impossible, Watch, Wish
from server.commands import operation
from server.database import WentBack
from server.restore import Floor, FloorNeeded
from server.sealing import WrongPassphrase
from server.service import open_service
from server.witness import BLOCK, Witness
from tests.processes import ROOT
from tests.server_world import NOW, build_world, later

AS_IT_IS, UNWATCHED = Wish(), Watch()
PASSPHRASE = b"une phrase que personne ne devine"


@pytest.fixture
def world(tmp_path):
    """A register with one complaint worked on, a file, and secret keys."""
    made = build_world(tmp_path / "data")
    complaint = made.file()
    made.act("amina", complaint, Assign(assignee=made.staff["amina"].id))
    with made.register.transaction() as connection:
        blobs.keep(connection, made.config, b"%PDF-1.7 une piece", "application/pdf", NOW)
    (made.config.secrets / "portal.key").write_bytes(bytes(range(32)))
    yield made
    made.close()


def saved(world, folder: Path, *, wish: Wish = AS_IT_IS, watch: Watch = UNWATCHED) -> backup.Made:
    """A backup of the world as it is."""
    return backup.make(world.register, world.config, folder, NOW, wish=wish, watch=watch)


def put_back(made: backup.Made, data: Path, **wishes: object):
    """A restore next to the world."""
    wish = restore.Wish(**{"floor": Floor(margin=10), **wishes})
    return restore.put_back(made.path, data, later(hours=1), wish=wish, watch=Watch())


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


def test_no_number_given_out_after_the_backup_is_given_again(world, tmp_path):
    made = saved(world, tmp_path)
    lost = [world.file().number for _ in range(BLOCK + 7)]
    config, _, renewed = put_back(made, tmp_path / "new", floor=Floor(), witness=world.config.witness_folder)
    register = database.connect(config)
    with register.transaction() as connection:
        fresh = numbering.next_number(connection, numbering.REGISTRATION, "EAU", NOW)
        gaps = connection.execute(select(tables.cancelled_number)).all()
    register.close()
    assert fresh not in lost
    (gap,) = gaps
    assert (gap.kind, gap.administration, gap.year, gap.reason) == ("registration", "EAU", 2026, "restore")
    cancelled = {numbering.written(2026, "EAU", n) for n in range(gap.first, gap.last + 1)}
    assert set(lost) <= cancelled
    assert fresh not in cancelled
    assert [(one.first, one.last) for one in renewed.gaps] == [(gap.first, gap.last)]


def test_without_a_witness_the_operator_must_say_a_floor(world, tmp_path):
    made = saved(world, tmp_path)
    with pytest.raises(FloorNeeded):
        put_back(made, tmp_path / "none", floor=Floor())
    assert list((tmp_path / "none").iterdir()) == []
    for name, floor, first in (("floor", Floor(at_least=500), 501), ("margin", Floor(margin=1000), 1002)):
        config, _, _ = put_back(made, tmp_path / name, floor=floor)
        register = database.connect(config)
        with register.transaction() as connection:
            number = numbering.next_number(connection, numbering.REGISTRATION, "EAU", NOW)
            other = numbering.next_number(connection, numbering.OUTGOING, "ELEC", NOW)
        register.close()
        assert number == numbering.written(2026, "EAU", first)
        assert other == numbering.written(2026, "ELEC", floor.at_least + floor.margin + 1)


def test_an_act_gets_its_number_back_from_the_gap_once(world, tmp_path):
    config, _, renewed = put_back(saved(world, tmp_path), tmp_path / "new")
    kind, where = numbering.OUTGOING, "EAU"
    (gap,) = [one for one in renewed.gaps if (one.kind, one.administration) == (kind, where)]
    assert (gap.first, gap.last) == (1, 10)
    register = database.connect(config)
    with register.transaction() as connection:
        for number in ("2026-EAU-000004", "2026-EAU-000001", "2026-EAU-000010"):
            assert numbering.reclaim(connection, kind, where, number)
            assert not numbering.reclaim(connection, kind, where, number)
        for wrong in (
            "2026-EAU-000011", "2026-EAU-4", "2026-ELEC-000004", "2025-EAU-000004", "", "2026-EAU-", "-",
            "2026-EAU-٠٠٠٠٠٥", "2026-EAU-000005 ", "9" * 5000 + "-EAU-000005", "2026-EAU-0000005",
        ):  # fmt: skip
            assert not numbering.reclaim(connection, kind, where, wrong)
        table = tables.cancelled_number
        mine = (table.c.kind == kind) & (table.c.administration == where)
        query = select(table.c.first, table.c.last).where(mine).order_by(table.c.first)
        assert [tuple(row) for row in connection.execute(query)] == [(2, 3), (5, 9)]
    register.close()


def test_a_number_cancelled_for_another_reason_never_comes_back(world):
    row = {
        "kind": numbering.OUTGOING, "administration": "EAU", "year": 2026, "first": 3, "last": 3,
        "reason": "letter spoilt", "at": NOW,
    }  # fmt: skip
    with world.register.transaction() as connection:
        connection.execute(insert(tables.cancelled_number).values(**row))
        assert not numbering.reclaim(connection, numbering.OUTGOING, "EAU", "2026-EAU-000003")


def test_a_restored_register_is_another_one_and_nobody_is_signed_in(world, tmp_path):
    with world.register.transaction() as connection:
        before = migrations.epoch(connection)
        connection.execute(
            insert(tables.token).values(
                hash=bytes(32), kind="access", family="f", account=world.staff["amina"].id, device="d",
                issued_at=NOW, expires_at=later(hours=1),
            )
        )  # fmt: skip
    config, _, renewed = put_back(saved(world, tmp_path), tmp_path / "new")
    register = database.connect(config)
    with register.reading() as connection:
        assert migrations.epoch(connection) == renewed.epoch != before
        assert connection.execute(select(tables.token)).all() == []
    register.close()


def test_a_register_copied_back_by_hand_is_not_served_until_it_is_adopted(world, tmp_path):
    copy = tmp_path / "copy.db"
    service = open_service(world.config)
    with sqlite3.connect(world.config.data / "chekaya.db") as live, sqlite3.connect(copy) as other:
        live.backup(other)
    live.close()
    other.close()
    lost = world.file().number
    with service.database.reading() as connection:
        service.database.witness.mark(service.epoch, {"EAU": 99})
    service.database.close()
    world.close()
    for name in ("chekaya.db", "chekaya.db-wal", "chekaya.db-shm"):
        (world.config.data / name).unlink(missing_ok=True)
    shutil.copyfile(copy, world.config.data / "chekaya.db")
    with pytest.raises(WentBack, match="--in-place"):
        open_service(world.config)
    register = database.connect(world.config)
    restore.renew(register, NOW, witness=Witness(world.config.witness_folder), floor=Floor())
    with register.transaction() as connection:
        assert numbering.next_number(connection, numbering.REGISTRATION, "EAU", NOW) > lost
    register.close()
    open_service(world.config).database.close()


def test_a_line_of_the_witness_cut_by_a_crash_hides_no_other(tmp_path):
    witness = Witness(tmp_path)
    witness.cover(("outgoing", "EAU", 2026), 1)
    with witness.numbers_file.open("ab") as file:
        file.write(b'\n{"kind":"outgoing","administra')
    Witness(tmp_path).cover(("outgoing", "EAU", 2026), BLOCK + 1)
    assert Witness(tmp_path).ceilings() == {("outgoing", "EAU", 2026): 2 * BLOCK}


def test_a_number_is_not_given_when_its_witness_cannot_be_written(world, tmp_path):
    shutil.rmtree(world.config.witness_folder)
    world.config.witness_folder.write_text("no folder")
    register = database.connect(world.config)
    with pytest.raises(OSError), register.transaction() as connection:
        numbering.next_number(connection, numbering.OUTGOING, "EAU", NOW)
    with register.reading() as connection:
        assert ("outgoing", "EAU", 2026) not in numbering.given_out(connection)
    register.close()


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
