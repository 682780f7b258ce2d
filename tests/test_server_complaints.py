"""Executing acts: numbers, idempotency, order within a desk, streams, the system's own dispatch."""

import uuid
from datetime import UTC, datetime

import msgspec
import pytest
from sqlalchemy import func, select

from protocol.acts import Answer, Asked, Assign, Note, Transfer
from protocol.complaint import Attachment, Complaint, EventKind, Reply, Status
from protocol.refusals import Refusal
from protocol.settings import CITIZEN
from protocol.wire import seal
from server import blobs, complaints, tables
from tests.server_world import DEVICE, NOW, World, ask, draft, later, new_id

pytestmark = pytest.mark.both_databases

ANSWER = Answer(reply=Reply(nature="favourable", text="تم إصلاح العطب"), channel="portal")


def assigned(world: World, complaint: Complaint, login: str = "amina") -> Complaint:
    result = world.act("salma", complaint, Assign(assignee=world.staff[login].id))
    assert result.status == "applied", result.code
    return world.load(complaint.id)


def count(world: World, table: str) -> int:
    with world.register.reading() as connection:
        return connection.execute(
            select(func.count()).select_from(tables.metadata.tables[table])
        ).scalar_one()


def test_numbers_are_continuous_per_administration_and_casablanca_year(world: World) -> None:
    numbers = [world.file().number for _ in range(3)]
    other = world.file(administration="ELEC", unit="ELEC-1").number
    # 23:30 in universal time on New Year's Eve is already the new year in Casablanca.
    new_year = world.file(now=datetime(2025, 12, 31, 23, 30, tzinfo=UTC)).number
    assert numbers == ["2026-EAU-000001", "2026-EAU-000002", "2026-EAU-000003"]
    assert other == "2026-ELEC-000001"
    assert new_year == "2026-EAU-000004"


def test_a_registration_rolled_back_leaves_no_hole(world: World) -> None:
    with pytest.raises(RuntimeError), world.register.transaction() as connection:
        complaints.register(connection, draft("perdue"), by="citizen", now=NOW)
        raise RuntimeError
    assert world.file().number == "2026-EAU-000001"
    assert count(world, "change") == 1


def test_a_registered_complaint_has_its_history_and_is_found_by_number(world: World) -> None:
    document = world.file()
    assert [event.kind for event in document.events] == [EventKind.REGISTERED]
    assert document.ver == 1 and world.load(document.id) == document
    with world.register.reading() as connection:
        found = complaints.find(connection, document.number)
        assert found is not None and found.id == document.id
        assert complaints.find(connection, "2026-EAU-999999") is None
        with pytest.raises(complaints.NoSuchComplaint):
            complaints.load(connection, new_id())


def test_the_same_act_twice_has_one_effect_and_the_stored_result(world: World) -> None:
    document = world.file()
    asked = ask(document, Note(text="vu"))
    with world.register.transaction() as connection:
        first = complaints.execute(connection, asked, world.staff["amina"].actor, DEVICE, NOW)
        again = complaints.execute(connection, asked, world.staff["amina"].actor, DEVICE, later(hours=1))
    assert (first.status, first.ver) == (again.status, again.ver) == ("applied", 2)
    assert len(world.load(document.id).events) == 2


def test_a_duplicate_of_a_refused_act_is_refused_again_even_if_it_would_now_pass(world: World) -> None:
    document = world.file()
    asked = ask(document, Assign(assignee=world.staff["amina"].id, previous=world.staff["badr"].id))
    first = world.act("salma", document, asked.act, id=asked.id)
    assert (first.status, first.code) == ("rejected", Refusal.ASSIGNEE_CHANGED)
    world.act("salma", document, Assign(assignee=world.staff["badr"].id))
    again = world.act("salma", document, asked.act, id=asked.id)
    assert (again.status, again.code) == ("rejected", Refusal.ASSIGNEE_CHANGED)


def test_an_act_id_of_somebody_else_is_not_answered_with_their_document(world: World) -> None:
    document = world.file()
    asked = ask(document, Note(text="vu"))
    world.act("amina", document, asked.act, id=asked.id)
    stolen = world.act("driss", document, asked.act, id=asked.id)
    assert (stolen.status, stolen.code, stolen.doc) == ("rejected", complaints.NOT_YOURS, msgspec.UNSET)


def test_an_act_that_leans_on_an_unknown_one_is_held_and_not_logged(world: World) -> None:
    document = world.file()
    first, second = ask(document, Note(text="un")), ask(document, Note(text="deux"))
    held = world.act("amina", document, second.act, id=second.id, prev=first.id)
    assert (held.status, held.code) == ("held", complaints.PREV_UNKNOWN)
    assert count(world, "act_log") == 0
    world.act("amina", document, first.act, id=first.id)
    assert world.act("amina", document, second.act, id=second.id, prev=first.id).status == "applied"


def test_an_act_that_leans_on_a_refused_one_is_refused_with_it(world: World) -> None:
    document = assigned(world, world.file())
    refused = ask(
        document, Transfer(administration="PORTS", from_administration="EAU", from_unit="EAU-1", reason="x")
    )
    note = ask(document, Note(text="suite"), prev=refused.id)
    assert world.act("salma", document, refused.act, id=refused.id).code == Refusal.BAD_TARGET
    result = world.act("salma", document, note.act, id=note.id, prev=refused.id)
    assert (result.status, result.code) == ("rejected", Refusal.PREV_REJECTED)
    assert len(world.load(document.id).events) == len(document.events)


def test_a_refused_act_brings_the_current_document_and_nothing_changes(world: World) -> None:
    document = world.file()
    before = count(world, "change"), count(world, "event")
    result = world.act("amina", document, ANSWER, seen=document.ver)
    assert result.status == "rejected" and isinstance(result.doc, msgspec.Raw)
    assert msgspec.json.decode(result.doc, type=Complaint) == document
    assert (count(world, "change"), count(world, "event")) == before


def test_a_complaint_out_of_scope_and_one_that_does_not_exist_are_refused_alike(world: World) -> None:
    document = world.file()
    foreign = world.act("driss", document, Note(text="?"))
    nowhere = world.act("driss", msgspec.structs.replace(document, id=new_id()), Note(text="?"))
    assert (foreign.code, foreign.ver, foreign.doc, foreign.gone) == (
        Refusal.OUT_OF_SCOPE,
        0,
        msgspec.UNSET,
        True,
    )
    assert (nowhere.code, nowhere.ver, nowhere.doc, nowhere.gone) == (
        Refusal.OUT_OF_SCOPE,
        0,
        msgspec.UNSET,
        True,
    )


def test_an_act_of_an_unknown_kind_is_refused_and_logged(world: World) -> None:
    document = world.file()
    envelope = msgspec.structs.replace(seal(ask(document, Note(text="vu"))), kind="teleport")
    with world.register.transaction() as connection:
        result = complaints.execute(connection, envelope, world.staff["amina"].actor, DEVICE, NOW)
    assert (result.status, result.code) == ("rejected", Refusal.UNKNOWN_ACT)
    assert count(world, "act_log") == 1


def test_a_portal_answer_is_dispatched_by_the_system_in_the_same_breath(world: World) -> None:
    document = assigned(world, world.file())
    asked = ask(document, ANSWER)
    result = world.act("amina", document, ANSWER, id=asked.id)
    now = world.load(document.id)
    assert result.status == "applied" and now.status == Status.ANSWERED
    assert result.ver == now.ver == document.ver + 2
    assert [event.kind for event in now.events][-2:] == [EventKind.ANSWERED, EventKind.DISPATCHED]
    assert now.events[-1].by == "system"
    assert now.events[-1].act == str(uuid.uuid5(uuid.UUID(asked.id), "dispatch"))
    again = world.act("amina", document, ANSWER, id=asked.id)
    assert again.status == "applied" and world.load(document.id).ver == now.ver


def test_an_answer_by_post_waits_for_the_clerk(world: World) -> None:
    document = assigned(world, world.file())
    by_post = msgspec.structs.replace(ANSWER, channel="mail")
    assert world.act("amina", document, by_post).status == "applied"
    assert world.load(document.id).status == Status.TO_DISPATCH


def test_a_transfer_writes_both_streams_and_keeps_the_number(world: World) -> None:
    document = world.file()
    act = Transfer(
        administration="ELEC", from_administration="EAU", from_unit="EAU-1", reason="réseau électrique"
    )
    assert world.act("salma", document, act).status == "applied"
    moved = world.load(document.id)
    assert (moved.administration, moved.number) == ("ELEC", document.number)
    with world.register.reading() as connection:
        rows = connection.execute(
            select(tables.change.c.administration, tables.change.c.ver).where(tables.change.c.ver == 2)
        ).all()
    assert sorted(row.administration for row in rows) == ["EAU", "ELEC"]


def test_streams_are_dense(world: World) -> None:
    documents = [world.file() for _ in range(4)]
    for document in documents[:2]:
        act = Transfer(administration="ELEC", from_administration="EAU", from_unit="EAU-1", reason="réseau")
        world.act("salma", document, act)
        world.act("amina", documents[3], Note(text="vu"), id=new_id())
    with world.register.reading() as connection:
        for stream in connection.execute(select(tables.stream)).all():
            if stream.administration == tables.REFERENCE_STREAM:
                continue
            seqs = connection.execute(
                select(tables.change.c.seq)
                .where(tables.change.c.administration == stream.administration)
                .order_by(tables.change.c.seq)
            ).scalars()
            assert list(seqs) == list(range(1, stream.seq + 1))


def test_a_no_op_is_applied_without_a_version(world: World) -> None:
    document = assigned(world, world.file())
    changes = count(world, "change")
    again = world.act("salma", document, Assign(assignee=world.staff["amina"].id))
    assert (again.status, again.ver) == ("applied", document.ver)
    assert count(world, "change") == changes


def test_an_act_waits_for_its_file(world: World) -> None:
    document = world.file()
    data = b"%PDF-1.4 constat"
    note = ask(document, Note(text="constat joint", attachments=(_attachment(data),)))
    assert world.act("amina", document, note.act, id=note.id).code == complaints.BLOB_MISSING
    with world.register.transaction() as connection:
        sender = world.staff["amina"].id
        name, _ = blobs.offer(connection, _attachment(data), sender, NOW, entropy=lambda n: b"\1" * n)
        upload = blobs.find_upload(connection, name, sender)
        blobs.append(connection, world.config, upload, data, at=0)
        blobs.finish(connection, world.config, upload, NOW, lambda _: "application/pdf")
    assert world.act("amina", document, note.act, id=note.id).status == "applied"
    with world.register.reading() as connection:
        assert blobs.holders(connection, _attachment(data).sha256) == [document.id]


def _attachment(data: bytes) -> Attachment:
    import hashlib

    return Attachment(
        sha256=hashlib.sha256(data).hexdigest(), name="constat.pdf", mime="application/pdf", size=len(data)
    )


def test_the_citizen_acts_without_a_device(world: World) -> None:
    from protocol.acts import Write

    document = world.file()
    asked: Asked = ask(document, Write(text="j’ajoute une précision"))
    with world.register.transaction() as connection:
        assert complaints.execute(connection, asked, CITIZEN, "", NOW).status == "applied"
    assert world.load(document.id).events[-1].kind == EventKind.CITIZEN_WROTE


def test_one_push_of_many_acts_takes_each_stream_once_and_keeps_their_order(world: World) -> None:
    document = world.file()
    first = ask(document, Note(text="un"))
    second = ask(document, Note(text="deux"), prev=first.id)
    third = ask(document, Note(text="trois"), prev=second.id)
    with world.register.transaction() as connection:
        acts = [seal(one) for one in (first, second, third)]
        results = complaints.execute_all(connection, acts, world.staff["amina"].actor, DEVICE, NOW)
    assert [result.ver for result in results] == [2, 3, 4]
    assert [event.text for event in world.load(document.id).events[1:]] == ["un", "deux", "trois"]
