"""What a restore makes of a register: numbers never twice, nobody signed in, no copy served by mistake."""

import hashlib
import os
import shutil
import sqlite3

import pytest
from sqlalchemy import insert, select

from protocol.complaint import Attachment
from server import blobs, complaints, database, migrations, numbering, restore, tables
from server.database import WentBack
from server.restore import Floor, FloorNeeded
from server.service import open_service
from server.witness import BLOCK, Witness
from tests.backup_world import put_back, saved, worked_on
from tests.server_world import NOW, draft, later


@pytest.fixture
def world(tmp_path):
    """A register with one complaint worked on, a file, and secret keys."""
    yield from worked_on(tmp_path)


def test_no_number_given_out_after_the_backup_is_given_again(world, tmp_path):
    made = saved(world, tmp_path)
    lost = [world.file().number for _ in range(BLOCK + 7)]
    config, _, renewed = put_back(
        made, tmp_path / "new", floor=Floor(), witnesses=(world.config.witness_folder,)
    )
    register = database.connect(config)
    with register.transaction() as connection:
        fresh = numbering.next_number(connection, numbering.REGISTRATION, "EAU", NOW)
        gaps = connection.execute(select(tables.cancelled_number)).all()
    register.close()
    assert fresh not in lost
    (gap,) = gaps
    assert (gap.kind, gap.administration, gap.year, gap.reason) == ("registration", "EAU", 2026, "restore")
    cancelled = {numbering.written("registration", 2026, "EAU", n) for n in range(gap.first, gap.last + 1)}
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
        assert number == f"2026-EAU-{first:06d}"
        assert other == f"2026-ELEC-D-{floor.at_least + floor.margin + 1:06d}"


def test_an_act_gets_its_number_back_from_the_gap_once(world, tmp_path):
    config, _, renewed = put_back(saved(world, tmp_path), tmp_path / "new")
    kind, where = numbering.OUTGOING, "EAU"
    (gap,) = [one for one in renewed.gaps if (one.kind, one.administration) == (kind, where)]
    assert (gap.first, gap.last) == (1, 10)
    register = database.connect(config)
    with register.transaction() as connection:
        for number in ("2026-EAU-D-000004", "2026-EAU-D-000001", "2026-EAU-D-000010"):
            assert numbering.reclaim(connection, kind, where, number)
            assert not numbering.reclaim(connection, kind, where, number)
        for wrong in (
            "2026-EAU-D-000011", "2026-EAU-D-4", "2026-ELEC-D-000004", "2025-EAU-D-000004", "", "2026-EAU-D-",
            "2026-EAU-D-٠٠٠٠٠٥", "2026-EAU-D-000005 ", "9" * 5000 + "-EAU-D-000005", "2026-EAU-D-0000005",
            "-", "2026-EAU-R-000005", "2026-EAU-D-D-000005", "2026-EAU-000004",
        ):  # fmt: skip
            assert not numbering.reclaim(connection, kind, where, wrong)
        table = tables.cancelled_number
        mine = (table.c.kind == kind) & (table.c.administration == where)
        query = select(table.c.first, table.c.last).where(mine).order_by(table.c.first)
        assert [tuple(row) for row in connection.execute(query)] == [(2, 3), (5, 9)]
    register.close()


def test_a_letter_numbered_before_the_marks_keeps_its_number(world, tmp_path):
    config, _, _ = put_back(saved(world, tmp_path), tmp_path / "new")
    register = database.connect(config)
    with register.transaction() as connection:
        assert numbering.reclaim(connection, numbering.OUTGOING, "EAU", "2026-EAU-000004")
        assert not numbering.reclaim(connection, numbering.OUTGOING, "EAU", "2026-EAU-D-000004")
    register.close()


def test_a_number_cancelled_for_another_reason_never_comes_back(world):
    row = {
        "kind": numbering.OUTGOING, "administration": "EAU", "year": 2026, "first": 3, "last": 3,
        "reason": "letter spoilt", "at": NOW,
    }  # fmt: skip
    with world.register.transaction() as connection:
        connection.execute(insert(tables.cancelled_number).values(**row))
        assert not numbering.reclaim(connection, numbering.OUTGOING, "EAU", "2026-EAU-D-000003")


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


def test_notices_that_waited_in_the_copy_do_not_leave_by_themselves(world, tmp_path):
    with world.register.transaction() as connection:
        complaint = connection.execute(select(tables.complaint.c.id)).scalars().first()
        for state in ("queued", "sending", "sent"):
            connection.execute(
                insert(tables.notice).values(
                    id=f"notice-{state}", complaint=complaint, act=state, kind="registered", channel="sms",
                    address="+212600000000", language="ar", subject="", body="", state=state, tries=0,
                    next_try=NOW, error="", reference="", at=NOW, expires_at=later(days=2),
                )
            )  # fmt: skip
    config, _, renewed = put_back(saved(world, tmp_path), tmp_path / "new")
    register = database.connect(config)
    with register.reading() as connection:
        table = tables.notice
        held = select(table.c.state).where(table.c.id.like("notice-%")).order_by(table.c.id)
        states = connection.execute(held).scalars().all()
        waiting = connection.execute(select(table.c.id).where(table.c.state.in_(("queued", "sending")))).all()
    register.close()
    assert states == ["uncertain", "uncertain", "sent"]
    assert waiting == []
    assert renewed.uncertain >= 2


def test_a_register_copied_back_by_hand_is_not_served_until_it_is_adopted(world, tmp_path):
    copy = tmp_path / "copy.db"
    service = open_service(world.config)
    with sqlite3.connect(world.config.data / "chekaya.db") as live, sqlite3.connect(copy) as other:
        live.backup(other)
    live.close()
    other.close()
    with service.database.transaction() as connection:
        lost = complaints.register(connection, draft("Fuite", now=NOW), by="citizen", now=NOW).number
    service.database.close()
    world.close()
    for name in ("chekaya.db", "chekaya.db-wal", "chekaya.db-shm"):
        (world.config.data / name).unlink(missing_ok=True)
    shutil.copyfile(copy, world.config.data / "chekaya.db")
    with pytest.raises(WentBack, match="--in-place"):
        open_service(world.config)
    register = database.connect(world.config)
    ceilings = restore.witnessed([world.config.witness_folder], Floor())
    restore.renew(register, NOW, ceilings=ceilings, floor=Floor())
    with register.transaction() as connection:
        assert numbering.next_number(connection, numbering.REGISTRATION, "EAU", NOW) > lost
    register.close()
    open_service(world.config).database.close()


def test_a_register_of_another_epoch_is_not_served(world):
    service = open_service(world.config)
    service.database.witness.mark("01a20b4b-e2c2-74f2-9077-10b7069c1cee", {})
    service.database.close()
    with pytest.raises(WentBack, match="epoch"):
        open_service(world.config)


def test_a_register_is_served_again_after_a_power_cut_at_any_moment(world):
    for _ in range(3):
        service = open_service(world.config)
        with service.database.transaction() as connection:
            complaints.register(connection, draft("Fuite", now=NOW), by="citizen", now=NOW)
        with pytest.raises(ZeroDivisionError), service.database.transaction() as connection:
            complaints.register(connection, draft("Perdue", now=NOW), by="citizen", now=NOW)
            raise ZeroDivisionError
        service.database.engine.dispose()


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


def test_a_file_that_was_half_arrived_begins_again(world, tmp_path):
    content = b"%PDF-1.7 a file in two parts"
    file = Attachment(
        sha256=hashlib.sha256(content).hexdigest(), name="x.pdf", mime="application/pdf", size=len(content)
    )
    mine = world.staff["amina"].id
    with world.register.transaction() as connection:
        name, _ = blobs.offer(connection, file, mine, NOW, entropy=os.urandom)
        upload = blobs.find_upload(connection, name, mine)
        blobs.append(connection, world.config, upload, content[:10], at=0)
    config, _, _ = put_back(saved(world, tmp_path), tmp_path / "new")
    register = database.connect(config)
    with register.transaction() as connection:
        assert blobs.offer(connection, file, mine, NOW, entropy=os.urandom)[1] == 0
    register.close()
