"""Disks that are full, files that rot, come from another version or are lost: what is kept and said."""

import hashlib
import shutil
import sqlite3

import msgspec
import pytest

from desktop.models import cache_file, cipher, errors, migrations, work_file
from desktop.models.local_file import LocalFile
from desktop.models.reading import Reading
from desktop.models.records import Draft
from desktop.models.replica import StoreReplica
from desktop.models.store import Store
from protocol.acts import Assign, Note, write_act
from protocol.wire import Result
from sync.blobs import PART
from sync.replica import Position
from tests.profiles import KEY, ME, NOW, PROFILE, TODAY, asked, document, page


def filled(folder, count=40):
    store = Store.open(folder, KEY, actor=ME)
    replica = StoreReplica(store)
    replica.apply(page(*(document(f"c{n}") for n in range(count))))
    return store, replica


def test_a_full_disk_is_said_aloud_and_nothing_is_half_stored(tmp_path):
    store, _ = filled(tmp_path)
    store.work.write(
        lambda c: c.exec_driver_sql(
            f"pragma max_page_count = {c.exec_driver_sql('pragma page_count').scalar()}"
        ).scalar()
    )
    stored = []
    with pytest.raises(errors.DiskFull):
        for n in range(2000):
            store.record(asked(f"a{n}", "c1"))
            stored.append(f"a{n}")
    assert [act.id for act in store.waiting()] == stored
    store.close()
    again = Store.open(tmp_path, KEY)
    assert [act.id for act in again.waiting()] == stored
    again.record(asked("after", "c1"))
    again.close()


def rot(path, first, last):
    """Flip a bit in each page from `first` (0..1 of the file) to `last`."""
    content = bytearray(path.read_bytes())
    pages = len(content) // 4096
    for number in range(max(1, int(pages * first)), int(pages * last)):
        content[number * 4096 + 77] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(("first", "last"), [(0, 1), (0, 0.3), (0.3, 0.6), (0.6, 1)])
def test_a_cache_whose_pages_rotted_is_fetched_again_and_work_is_kept(tmp_path, first, last):
    store, _ = filled(tmp_path, 300)
    store.record(asked("a1", "c1"))
    store.drafts.save(Draft("c1", "note", "texte", 0, 1, NOW))
    store.close()
    rot(tmp_path / "cache.db", first, last)
    opened = Store.open(tmp_path, KEY)
    replica = StoreReplica(opened)
    if replica.position() != Position():
        with pytest.raises(errors.Damaged):
            for n in range(300):
                opened.document(f"c{n}")
            Reading(opened, PROFILE).order("unit", "object", TODAY)
    assert replica.position() == Position()
    replica.apply(page(document("c1")))
    assert [act.id for act in opened.view("c1")[1]] == ["a1"]
    assert opened.drafts.of("c1")["note"].body == "texte"
    opened.close()


def test_deleting_the_cache_loses_nothing_typed(tmp_path):
    store, _ = filled(tmp_path)
    store.record(asked("a1", "c1"))
    store.close()
    (tmp_path / "cache.db").unlink()
    again = Store.open(tmp_path, KEY)
    assert StoreReplica(again).position() == Position()
    assert [act.id for act in again.waiting()] == ["a1"]
    again.close()


def test_a_cache_that_is_no_database_is_replaced(tmp_path):
    store, _ = filled(tmp_path)
    store.close()
    (tmp_path / "cache.db").write_bytes(b"nonsense" * 4096)
    again = Store.open(tmp_path, KEY)
    assert StoreReplica(again).position() == Position()
    again.close()


def test_a_cache_of_another_schema_is_derived_again_from_its_documents(tmp_path):
    store, _ = filled(tmp_path)
    store.record(asked("a1", "c1"))
    before = StoreReplica(store).position()
    store.close()
    connection = cipher.connect(tmp_path / "cache.db", KEY, synchronous="NORMAL")
    connection.execute("update complaint set object = 'from an older program', stage = 9, arrived_on = ''")
    connection.execute("pragma user_version = 77")
    connection.close()
    again = Store.open(tmp_path, KEY)
    reading = Reading(again, PROFILE)
    numbers = reading.numbers([f"c{n}" for n in range(40)])
    assert len(numbers) == 40 and StoreReplica(again).position() == before
    (line,) = reading.rows([numbers["c1"]])
    assert line.row.object == "Coupure d'eau" and line.waiting == 1
    with again.cache.reading() as connection:
        steered = connection.exec_driver_sql("select distinct stage, arrived_on from complaint").all()
    assert steered == [(1, "2026-11-23")]
    assert not (tmp_path / "cache-earlier.db").exists()
    again.close()


def test_an_earlier_cache_that_cannot_be_read_is_fetched_again(tmp_path):
    store, _ = filled(tmp_path)
    store.close()
    connection = cipher.connect(tmp_path / "cache.db", KEY, synchronous="NORMAL")
    connection.execute("drop table document")
    connection.execute("pragma user_version = 77")
    connection.close()
    again = Store.open(tmp_path, KEY)
    assert StoreReplica(again).position().cursor == ""
    again.close()


def test_a_newer_work_file_is_left_alone(tmp_path):
    Store.open(tmp_path, KEY, actor=ME).close()
    connection = cipher.connect(tmp_path / "work.db", KEY, synchronous="FULL")
    connection.execute("pragma user_version = 99")
    connection.close()
    with pytest.raises(errors.NewerVersion):
        Store.open(tmp_path, KEY)


def test_a_work_file_is_migrated_forward_with_a_copy_beside_it(tmp_path, monkeypatch):
    store, _ = filled(tmp_path)
    store.record(asked("a1", "c1"))
    store.close()

    def add_column(connection):
        connection.execute("alter table outbox add column colour text not null default ''")

    monkeypatch.setitem(work_file.__dict__, "STEPS", (*migrations.STEPS, add_column))
    monkeypatch.setitem(work_file.__dict__, "VERSION", migrations.VERSION + 1)
    again = Store.open(tmp_path, KEY)
    assert [act.id for act in again.waiting()] == ["a1"]
    again.close()
    copy = cipher.connect(tmp_path / f"work-v{migrations.VERSION}.db", KEY, synchronous="FULL")
    assert copy.execute("select id from outbox").fetchall() == [("a1",)]
    copy.close()


def test_a_work_file_of_the_first_version_comes_forward_with_its_acts(tmp_path):
    act = asked("a1", "c1")
    old = cipher.connect(tmp_path / "work.db", KEY, synchronous="FULL")
    migrations.STEPS[0](old)
    old.execute(
        "insert into outbox (id, user, complaint, kind, kv, body, seen, at, skew_ms, state, overlay)"
        " values (?, ?, ?, ?, ?, ?, 1, ?, 0, 'queued', 1)",
        (act.id, ME.id, "c1", act.act.kind, act.act.kv, write_act(act.act), act.at.isoformat()),
    )
    old.execute("pragma user_version = 1")
    old.close()
    store = Store.open(tmp_path, KEY, actor=ME)
    (sent,) = StoreReplica(store).take(act.at, 10)
    assert (sent.id, sent.number) == ("a1", "")
    store.close()


def test_a_migration_that_fails_leaves_the_file_as_it_was(tmp_path, monkeypatch):
    Store.open(tmp_path, KEY, actor=ME).close()

    def fail(connection):
        connection.execute("drop table draft")
        connection.execute("select * from nowhere")

    monkeypatch.setitem(work_file.__dict__, "STEPS", (*migrations.STEPS, fail))
    monkeypatch.setitem(work_file.__dict__, "VERSION", migrations.VERSION + 1)
    with pytest.raises(errors.StoreError):
        Store.open(tmp_path, KEY)
    monkeypatch.undo()
    Store.open(tmp_path, KEY).close()


def test_the_tables_of_the_program_are_those_of_the_migrations(tmp_path):
    from desktop.models.tables import work

    store = Store.open(tmp_path, KEY, actor=ME)
    with store.work.reading() as connection:
        for table in work.sorted_tables:
            rows = connection.exec_driver_sql(f"pragma table_info({table.name})").all()
            assert [row[1] for row in rows] == [column.name for column in table.columns], table.name
    store.close()


def test_a_copy_that_does_not_fit_on_the_disk_is_a_full_disk(tmp_path, monkeypatch):
    Store.open(tmp_path, KEY, actor=ME).close()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setitem(shutil.__dict__, "copyfile", full)
    monkeypatch.setitem(work_file.__dict__, "STEPS", (*migrations.STEPS, lambda connection: None))
    monkeypatch.setitem(work_file.__dict__, "VERSION", migrations.VERSION + 1)
    with pytest.raises(errors.DiskFull):
        Store.open(tmp_path, KEY)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("database is locked", errors.LocalFileLocked),
        ("database or disk is full", errors.DiskFull),
        ("attempt to write a readonly database", errors.ReadOnlyFile),
        ("disk I/O error", errors.DiskFault),
        ("unable to open database file", errors.DiskFault),
        ("database disk image is malformed", errors.Damaged),
        ("file is not a database", errors.WrongKey),
        ("no such table: x", errors.StoreError),
    ],
)
def test_what_the_driver_complains_about_is_said_in_our_words(said, meant):
    assert type(cipher.meaning(sqlite3.OperationalError(said), "work.db")) is meant


def test_a_write_that_fails_is_undone_and_the_next_one_goes_on(tmp_path):
    file = LocalFile(tmp_path / "x.db", KEY, synchronous="NORMAL")
    file.write(lambda c: c.exec_driver_sql("create table t (n)") and None)

    def half(connection):
        connection.exec_driver_sql("insert into t values (1)")
        raise ValueError("enough")

    with pytest.raises(ValueError, match="enough"):
        file.write(half)
    with pytest.raises(errors.StoreError):
        file.write(lambda c: c.exec_driver_sql("select * from nowhere"))
    with pytest.raises(RuntimeError):
        file.write(lambda c: file.write(lambda again: None))
    assert file.write(lambda c: c.exec_driver_sql("select count(*) from t").scalar()) == 0
    file.close()
    with pytest.raises(errors.StoreClosed):
        file.write(lambda c: None)


def test_files_wait_encrypted_leave_in_parts_and_hold_their_act(tmp_path):
    from protocol.acts import Note

    store, replica = filled(tmp_path)
    content = bytes(range(256)) * 6000
    file = store.files.attach("plan.pdf", "application/pdf", content)
    assert store.files.attach("again.pdf", "application/pdf", content).sha256 == file.sha256
    store.record(asked("a1", "c1", Note(text="voir plan", attachments=(file,))))
    store.record(asked("a2", "c2"))
    assert [act.id for act in replica.take(NOW, 9)] == ["a2"]
    assert store.files.outgoing() == (file,)
    assert store.files.part(file.sha256, 10, PART) == content[10 : 10 + PART]
    assert store.files.part(file.sha256, PART, PART) == content[PART:]
    store.files.sent(file.sha256)
    assert store.files.outgoing() == () and store.files.kept(file.sha256) == content
    assert [act.id for act in replica.take(NOW, 9)] == ["a1", "a2"]
    store.close()


def test_a_file_that_came_is_whole_or_absent(tmp_path):
    store, _ = filled(tmp_path)
    content = b"photo" * 1000
    name = hashlib.sha256(content).hexdigest()
    assert store.files.kept(name) is None
    store.files.keep(name, content)
    assert store.files.kept(name) == content
    store.files.keep(name, content[:-1])
    assert store.files.kept(name) is None
    store.files.keep(hashlib.sha256(b"").hexdigest(), b"")
    assert store.files.kept(hashlib.sha256(b"").hexdigest()) == b""
    store.close()


def test_readings_are_noted_for_the_server(tmp_path):
    store, _ = filled(tmp_path)
    store.log_access("c1", "read", NOW)
    with store.work.reading() as connection:
        assert connection.exec_driver_sql("select complaint, what from access_log").all() == [("c1", "read")]
    store.close()


def test_a_cache_held_by_another_program_is_said_to_be_so(tmp_path):
    (tmp_path / "cache.db").mkdir()
    with pytest.raises(errors.StoreError):
        cache_file.discard(tmp_path / "cache.db")
    with pytest.raises(errors.StoreError):
        Store.open(tmp_path, KEY)
    (tmp_path / "cache.db").rmdir()
    Store.open(tmp_path, KEY).close()


def no_room(job):
    raise errors.DiskFull("cache.db")


def without_room(store, monkeypatch):
    """The disk of cache.db is full from now on."""
    monkeypatch.setattr(store.cache, "write", no_room)


def test_an_act_saved_while_the_cache_has_no_room_is_told_as_saved_and_shown_later(tmp_path, monkeypatch):
    store, replica = filled(tmp_path)
    with monkeypatch.context() as full:
        without_room(store, full)
        store.record(asked("a1", "c1", Assign(assignee=ME.id)))
        store.record_all([asked("a2", "c2", Assign(assignee=ME.id))])
    assert [act.id for act in store.waiting()] == ["a1", "a2"]
    assert {shown(store, one).assignee for one in ("c1", "c2")} == {""}
    replica.position()
    assert {shown(store, one).assignee for one in ("c1", "c2")} == {ME.id}
    store.close()


def test_a_refusal_the_cache_has_no_room_for_leaves_the_screen_at_the_next_exchange(tmp_path, monkeypatch):
    store, replica = filled(tmp_path)
    store.record(asked("a1", "c1", Assign(assignee=ME.id)))
    with monkeypatch.context() as full:
        without_room(store, full)
        with pytest.raises(errors.DiskFull):
            replica.settle([Result(id="a1", status="rejected", code="out_of_scope")], "e1", NOW)
    assert shown(store, "c1").assignee == ME.id
    replica.position()
    assert shown(store, "c1").assignee == ""
    store.close()


def shown(store, complaint):
    reading = Reading(store, PROFILE)
    (found,) = reading.rows([reading.numbers([complaint])[complaint]])
    return found.row


def test_an_act_whose_file_neither_server_nor_pc_has_any_more_goes_back_to_its_author(tmp_path):
    store, replica = filled(tmp_path)
    kept, lost = (
        store.files.attach("plan.pdf", "application/pdf", content) for content in (b"ici", b"ailleurs")
    )
    for id_, complaint, file in (("a1", "c1", kept), ("a2", "c2", lost)):
        store.record(asked(id_, complaint, Note(text="plan", attachments=(file,))))
        store.files.sent(file.sha256)
    store.record(asked("a3", "c2"))
    store.cache.write(
        lambda c: c.exec_driver_sql("delete from blob_in where sha256 = ?", (lost.sha256,)) and None
    )
    held = [Result(id=id_, status="held", code="blob_missing") for id_ in ("a1", "a2")]
    assert replica.settle(held, "e1", NOW) == {"a2", "a3"}
    assert [file.sha256 for file in store.files.outgoing()] == [kept.sha256]
    assert {one.id: one.code for one in store.returned()} == {"a2": "file_lost", "a3": "prev_rejected"}
    assert [one.id for one in store.waiting()] == ["a1"]
    store.close()


def test_views_are_folded_again_when_the_grants_change(tmp_path, monkeypatch):
    store, _ = filled(tmp_path)
    store.record(asked("a1", "c1", Assign(assignee=ME.id)))
    with monkeypatch.context() as full:
        full.setattr(store.work, "write", no_room)
        with pytest.raises(errors.DiskFull):
            store.become(msgspec.structs.replace(ME, grants=()))
    assert store.actor == ME
    store.become(msgspec.structs.replace(ME, grants=()))
    assert shown(store, "c1").assignee == ""
    store.become(ME)
    assert shown(store, "c1").assignee == ME.id
    store.close()


def test_what_leans_on_a_refusal_is_not_left_to_a_server_that_has_forgotten_it(tmp_path):
    store, replica = filled(tmp_path)
    for n in range(3):
        store.record(asked(f"a{n}", "c1"))
    store.record(asked("other", "c2"))
    replica.settle([Result(id="a0", status="rejected", code="stale_thread")], "e1", NOW)
    assert replica.requeue("e2", NOW) == 0
    assert [one.id for one in store.waiting()] == ["other"]
    assert {one.id: one.code for one in store.returned()} == {
        "a0": "stale_thread",
        "a1": "prev_rejected",
        "a2": "prev_rejected",
    }
    store.close()
