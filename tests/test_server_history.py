"""The chained history finds any direct change of the database, and the logs hold nothing personal."""

import hashlib
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import delete, insert, select, update

from protocol.acts import Note
from server import audit, tables, verification
from server.admin import main
from server.verification import Fault
from tests.server_world import NOW, ServerProcess, World, ask, new_id

pytestmark = pytest.mark.both_databases

EVENTS = tables.event


@pytest.fixture
def told(world: World) -> World:
    """Three complaints with a few events, heads anchored."""
    for number in range(3):
        document = world.file(f"Fuite {number}")
        world.act("amina", document, Note(text=f"remarque {number}"))
    with world.register.reading() as connection:
        verification.anchor(connection, world.config.anchors, NOW)
    return world


def faults(world: World) -> set[str]:
    with world.register.reading() as connection:
        report = verification.verify(connection, world.config.anchors)
    return {finding.fault for finding in report.findings}


def test_an_untouched_history_is_whole(told: World) -> None:
    with told.register.reading() as connection:
        report = verification.verify(connection, told.config.anchors)
    assert (report.links, report.erased, report.findings) == (6, 0, ())


def test_an_edited_event_is_found(told: World) -> None:
    with told.register.transaction() as connection:
        row = connection.execute(select(EVENTS.c.body).where(EVENTS.c.chain_n == 2)).scalar_one()
        body = row.replace(b"remarque 0", b"remarque 9")
        connection.execute(update(EVENTS).where(EVENTS.c.chain_n == 2).values(body=body))
    assert Fault.CONTENT_EDITED in faults(told)


def test_an_event_edited_with_its_digest_recomputed_is_found(told: World) -> None:
    with told.register.transaction() as connection:
        row = connection.execute(select(EVENTS).where(EVENTS.c.chain_n == 3)).mappings().one()
        body = row["body"].replace(b"citizen", b"agent99")
        forged = dict(row) | {"body": body, "content_digest": hashlib.sha256(row["salt"] + body).digest()}
        forged["digest"] = audit.link_digest(audit.EVENTS, forged)
        connection.execute(update(EVENTS).where(EVENTS.c.chain_n == 3).values(**forged))
    assert Fault.LINK_BROKEN in faults(told)


@pytest.mark.parametrize("column", ["kind", "act", "complaint"])
def test_an_edited_column_is_found(told: World, column: str) -> None:
    with told.register.transaction() as connection:
        connection.execute(update(EVENTS).where(EVENTS.c.chain_n == 4).values({column: new_id()}))
    assert Fault.LINK_BROKEN in faults(told)


def test_a_deleted_event_is_found(told: World) -> None:
    with told.register.transaction() as connection:
        connection.execute(delete(EVENTS).where(EVENTS.c.chain_n == 3))
    assert Fault.LINK_MISSING in faults(told)


def test_two_swapped_events_are_found(told: World) -> None:
    with told.register.transaction() as connection:
        for old, new in ((2, 90), (3, 2), (90, 3)):
            connection.execute(update(EVENTS).where(EVENTS.c.chain_n == old).values(chain_n=new))
    assert Fault.LINK_BROKEN in faults(told)


def test_an_inserted_event_is_found(told: World) -> None:
    with told.register.transaction() as connection:
        row = dict(connection.execute(select(EVENTS).where(EVENTS.c.chain_n == 6)).mappings().one())
        connection.execute(insert(EVENTS).values(**row | {"chain_n": 7, "act": new_id()}))
    assert Fault.TAIL_CUT in faults(told) or Fault.LINK_BROKEN in faults(told)


def test_a_cut_tail_is_found(told: World) -> None:
    with told.register.transaction() as connection:
        connection.execute(delete(EVENTS).where(EVENTS.c.chain_n == 6))
    assert Fault.TAIL_CUT in faults(told)


def test_a_tail_cut_together_with_its_head_is_found_by_the_anchor(told: World) -> None:
    with told.register.transaction() as connection:
        connection.execute(delete(EVENTS).where(EVENTS.c.chain_n == 6))
        fifth = connection.execute(select(EVENTS.c.digest).where(EVENTS.c.chain_n == 5)).scalar_one()
        connection.execute(update(tables.chain).values(n=5, digest=fifth))
    assert Fault.ANCHOR_BROKEN in faults(told)


def test_a_document_edited_added_or_removed_by_hand_is_found(told: World) -> None:
    table = tables.complaint
    with told.register.transaction() as connection:
        ids = connection.execute(select(table.c.id).order_by(table.c.id)).scalars().all()
        row = dict(connection.execute(select(table).where(table.c.id == ids[0])).mappings().one())
        edited = row["document"].replace(b"Zineb", b"Salma")
        connection.execute(update(table).where(table.c.id == ids[0]).values(document=edited))
        connection.execute(delete(table).where(table.c.id == ids[1]))
        connection.execute(insert(table).values(**row | {"id": new_id(), "number": "2026-EAU-777777"}))
    assert faults(told) == {Fault.DOCUMENT_EDITED, Fault.DOCUMENT_MISSING, Fault.DOCUMENT_ADDED}


def test_contents_erased_on_purpose_leave_the_chain_verifiable(told: World) -> None:
    with told.register.transaction() as connection:
        connection.execute(update(EVENTS).where(EVENTS.c.chain_n == 1).values(body=None))
    with told.register.reading() as connection:
        report = verification.verify(connection, told.config.anchors)
    assert (report.erased, report.findings) == (1, ())


def test_the_verify_command_tells_by_its_exit_code(told: World, capsys: pytest.CaptureFixture[str]) -> None:
    data = str(told.config.data)
    assert main(["verify", "--data", data]) == 0
    assert len((told.config.anchors / "anchors.jsonl").read_bytes().splitlines()) == 2
    with told.register.transaction() as connection:
        connection.execute(delete(EVENTS).where(EVENTS.c.chain_n == 3))
    assert main(["verify", "--data", data]) == 1
    assert "link_missing\tevent/EAU\t3" in capsys.readouterr().out


def test_logs_hold_no_personal_data(server: ServerProcess, world: World) -> None:
    client = server.client("amina")
    assert client.session is not None
    planted = ["BK123456", "0661223344", "zineb@example.ma", client.session.access, client.session.refresh]
    document = world.file("Je suis joignable au 0661223344, zineb@example.ma, CIN BK123456")
    client.push(ask(document, Note(text="rappeler Zineb au 0661223344")))
    client.push(ask(document, Note(text="x" * 30_000 + "BK123456")))
    client.get("/v1/sync/pull", cursor="BK123456", limit=5)
    client.get("/v1/blobs/BK123456")
    client.get("/follow/2026-EAU-000001/zineb@example.ma")
    client.post("/v1/sync/push", b"0661223344 zineb@example.ma")
    client.sign_in("zineb@example.ma", "0661223344")
    with world.register.transaction() as connection:
        table = tables.complaint
        broken = msgspec.json.encode({"id": document.id, "ver": "zineb@example.ma"})
        connection.execute(update(table).where(table.c.id == document.id).values(document=broken))
    assert client.push(ask(document, Note(text="BK123456")))[0].code == "server_fault"
    server.stop()
    written = server.log.read_text()
    assert '"what":"request"' in written and '"what":"fault"' in written
    for marker in planted:
        assert marker not in written
    for line in written.splitlines():
        msgspec.json.decode(line)


def test_the_anchor_file_is_for_the_service_alone(told: World) -> None:
    path: Path = told.config.anchors / "anchors.jsonl"
    assert path.stat().st_mode & 0o077 == 0
