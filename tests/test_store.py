"""Acts recorded, shown, settled, returned: two encrypted files and the order of their writes."""

import zlib
from datetime import timedelta

import msgspec
import pytest

from desktop.models import errors
from desktop.models.reading import Reading
from desktop.models.records import Draft
from desktop.models.replica import StoreReplica
from desktop.models.store import Store
from protocol.acts import Assign, Close, Note
from protocol.projection import write_document
from protocol.settings import Actor
from protocol.wire import GoneLine, ReferenceLine, Result
from sync.errors import Garbled
from sync.replica import Checked, Page, Position, Repair
from tests.profiles import KEY, ME, NOW, PROFILE, TODAY, applied, asked, document, line, page


@pytest.fixture
def store(tmp_path):
    opened = Store.open(tmp_path, KEY, actor=ME)
    yield opened
    opened.close()


@pytest.fixture
def replica(store):
    made = StoreReplica(store)
    made.apply(page(document("c1"), document("c2"), document("c3")))
    return made


def row(store, complaint):
    reading = Reading(store, PROFILE)
    (found,) = reading.rows([reading.numbers([complaint])[complaint]])
    return found


def states(store):
    with store.work.reading() as connection:
        return {r.id: r.state for r in connection.exec_driver_sql("select id, state from outbox order by n")}


def test_a_recorded_act_is_shown_and_counted_as_waiting(store, replica):
    saved = store.record(asked("a1", "c1", Assign(assignee="u-me")))
    assert saved.n == 1 and saved.prev is None
    assert row(store, "c1").row.assignee == "u-me" and row(store, "c1").waiting == 1
    view, waiting = store.view("c1")
    assert view.assignee == "u-me" and [act.id for act in waiting] == ["a1"]
    assert store.document("c1") == write_document(document("c1"))


def test_an_act_names_the_one_before_it_on_the_same_complaint(store, replica):
    store.record(asked("a1", "c1"))
    assert store.record(asked("a2", "c2")).prev is None
    assert store.record(asked("a3", "c1")).prev == "a1"


def test_recording_the_same_act_twice_is_recording_it_once(store, replica):
    first = store.record(asked("a1", "c1"))
    assert store.record(asked("a1", "c1")) == first
    assert states(store) == {"a1": "queued"}


def test_a_recorded_act_drops_its_draft_in_the_same_breath(store, replica):
    for kind in ("note", "answer"):
        store.drafts.save(Draft("c1", kind, '{"text": "بداية"}', 3, 1, NOW))
    assert row(store, "c1").draft
    store.record(asked("a1", "c1"), draft="note")
    assert set(store.drafts.of("c1")) == {"answer"}
    store.drafts.drop("c1", "answer")
    assert not row(store, "c1").draft


def test_drafts_come_back_word_for_word(store):
    text = Draft("c9", "answer", '{"text": "جواب"}', 4, 7, NOW)
    store.drafts.save(Draft("c9", "answer", "{}", 0, 1, NOW - timedelta(hours=1)))
    store.drafts.save(text)
    assert store.drafts.of("c9") == {"answer": text} and store.drafts.every() == (text,)
    assert store.drafts.complaints() == {"c9"}


def test_everything_is_still_there_in_the_next_process(tmp_path):
    store = Store.open(tmp_path, KEY, actor=ME)
    replica = StoreReplica(store)
    replica.apply(page(document("c1")))
    store.record(asked("a1", "c1", Assign(assignee="u-me")))
    store.close()
    again = Store.open(tmp_path, KEY)
    assert again.actor == ME and row(again, "c1").row.assignee == "u-me"
    assert [act.id for act in again.waiting()] == ["a1"]
    again.close()


def test_only_one_window_may_have_a_profile(store, tmp_path):
    with pytest.raises(errors.ProfileInUse):
        Store.open(tmp_path, KEY)


def test_a_wrong_key_opens_nothing_and_harms_nothing(tmp_path):
    Store.open(tmp_path, KEY, actor=ME).close()
    with pytest.raises(errors.WrongKey):
        Store.open(tmp_path, bytes(32))
    with pytest.raises(errors.WrongKey):
        Store.open(tmp_path, b"short")
    Store.open(tmp_path, KEY).close()


def test_a_file_that_is_no_database_is_said_to_be_so(tmp_path):
    (tmp_path / "work.db").write_bytes(b"this is a letter, not a database" * 200)
    with pytest.raises(errors.WrongKey):
        Store.open(tmp_path, KEY)


def test_nothing_typed_or_received_can_be_read_in_the_files(store, replica, tmp_path):
    store.record(asked("a1", "c1", Note(text="marqueur-secret-فاطمة")))
    store.drafts.save(Draft("c1", "note", "brouillon-secret", 0, 1, NOW))
    store.files.attach("plan.pdf", "application/pdf", b"piece-secrete" * 100)
    for path in tmp_path.iterdir():
        content = path.read_bytes()
        for marker in (b"secret", "فاطمة".encode(), b"Fatima", b"robinet", b"2026-ONEE"):
            assert marker not in content, path.name


def test_a_closed_store_says_so(tmp_path):
    store = Store.open(tmp_path, KEY, actor=ME)
    store.close()
    store.close()
    with pytest.raises(errors.StoreClosed):
        store.record(asked("a1", "c1"))
    with pytest.raises(errors.StoreClosed):
        store.document("c1")


def test_a_complaint_that_is_not_here_is_said_to_be_so(store):
    with pytest.raises(errors.NotHere):
        store.view("c1")


# --- recall


def test_an_act_that_never_left_can_be_recalled(store, replica):
    store.record(asked("a1", "c1", Assign(assignee="u-me")))
    store.recall("a1")
    assert states(store) == {"a1": "recalled"}
    assert row(store, "c1").row.assignee == "" and row(store, "c1").waiting == 0
    assert replica.take(NOW, 10) == ()


def test_an_act_on_which_another_depends_or_that_left_cannot_be_recalled(store, replica):
    store.record(asked("a1", "c1"))
    store.record(asked("a2", "c1"))
    store.record(asked("a3", "c2"))
    with pytest.raises(errors.TooLateToRecall):
        store.recall("a1")
    with pytest.raises(errors.TooLateToRecall):
        store.recall("unknown")
    replica.take(NOW, 10)
    with pytest.raises(errors.TooLateToRecall):
        store.recall("a3")


def test_an_act_waits_its_time_and_holds_back_only_its_own_complaint(store, replica):
    store.record(asked("a1", "c1"), not_before=NOW + timedelta(seconds=10))
    store.record(asked("a2", "c1"))
    store.record(asked("a3", "c2"))
    assert [act.id for act in replica.take(NOW, 10)] == ["a3"]
    later = replica.take(NOW + timedelta(seconds=10), 10)
    assert [act.id for act in later] == ["a1", "a2", "a3"]


def test_acts_are_taken_in_order_in_slices(store, replica):
    for n in range(5):
        store.record(asked(f"a{n}", "c1", minutes=n))
    first = replica.take(NOW, 2)
    assert [act.id for act in first] == ["a0", "a1"]
    assert [act.id for act in replica.take(NOW, 9, first[-1].n)] == ["a2", "a3", "a4"]
    assert replica.take(NOW, 9, 99) == ()


def test_acts_leave_only_under_the_account_that_typed_them(store, replica):
    store.record(asked("a1", "c1"))
    store.become(Actor(id="u-other"))
    assert replica.take(NOW, 9) == ()
    store.become(ME)
    assert len(replica.take(NOW, 9)) == 1


# --- results


def test_an_acked_act_stays_in_sight_until_its_document_has_come(store, replica):
    store.record(asked("a1", "c1", Assign(assignee="u-me")))
    replica.take(NOW, 9)
    assert replica.settle([Result(id="a1", status="applied", ver=2)], "e1", NOW) == {"a1"}
    assert row(store, "c1").row.assignee == "u-me" and row(store, "c1").waiting == 0
    assert store.waiting() == ()
    replica.apply(page(document("c1", 2, assignee="u-me", status="assigned"), cursor="c2"))
    assert store.view("c1")[1] == ()
    store.record(asked("a2", "c2"))
    replica.take(NOW, 9)
    with store.work.reading() as connection:
        overlay = connection.exec_driver_sql("select id from outbox where overlay = 1").scalars().all()
    assert overlay == ["a2"]


def test_a_document_beside_a_result_is_taken_over_a_base_of_this_round(store, replica):
    store.record(asked("a1", "c1"))
    replica.settle([applied("a1", document("c1", 2, theme="eau"))], "e1", NOW)
    assert row(store, "c1").row.theme == "eau"
    store.record(asked("a2", "c9"))
    replica.settle([applied("a2", document("c9", 2))], "e1", NOW)
    with pytest.raises(errors.NotHere):
        store.document("c9")


def test_a_refused_act_lies_in_the_tray_with_their_document_beside_it(store, replica):
    act = Close(reason="réglé avec l'intéressée")
    store.record(asked("a1", "c1", act, seen=1))
    store.record(asked("a2", "c2"))
    theirs = document("c1", 2, assignee="u-other", status="assigned")
    refused = Result(
        id="a1", status="rejected", code="stale_thread", ver=2, doc=msgspec.Raw(write_document(theirs))
    )
    bare = Result(id="a2", status="rejected", code="out_of_scope", gone=True)
    replica.settle([refused, bare], "e1", NOW + timedelta(minutes=5))
    tray = {one.id: one for one in store.returned()}
    assert tray["a1"].act == act and tray["a1"].theirs == theirs and tray["a1"].code == "stale_thread"
    assert tray["a1"].typed_at == NOW and tray["a1"].at == NOW + timedelta(minutes=5)
    assert tray["a2"].theirs is None
    assert row(store, "c1").row.assignee == "u-other"
    assert Reading(store, PROFILE).counts(TODAY)["returned"] == 2
    store.discard("a1")
    assert [one.id for one in store.returned()] == ["a2"]


def test_held_and_unknown_results_settle_nothing(store, replica):
    store.record(asked("a1", "c1"))
    held = Result(id="a1", status="held", code="prev_unknown")
    assert replica.settle([held, Result(id="zz", status="applied")], "e1", NOW) == frozenset()
    assert states(store) == {"a1": "queued"}
    settled = Result(id="a1", status="applied", ver=2)
    assert replica.settle([settled], "e1", NOW) == {"a1"}
    assert replica.settle([msgspec.structs.replace(settled, status="rejected")], "e1", NOW) == frozenset()


def test_a_garbled_document_beside_a_result_settles_nothing(store, replica):
    store.record(asked("a1", "c1"))
    with pytest.raises(Garbled):
        replica.settle([Result(id="a1", status="applied", ver=2, doc=msgspec.Raw(b'{"id": 3}'))], "e1", NOW)
    assert states(store) == {"a1": "queued"}


def test_another_epoch_puts_recent_acks_back_into_the_queue(store, replica):
    for n, days in ((1, 0), (2, 40)):
        store.record(asked(f"a{n}", "c1"))
        replica.take(NOW, 9)
        replica.settle([Result(id=f"a{n}", status="applied", ver=2)], "e1", NOW - timedelta(days=days))
    assert replica.requeue("e1", NOW - timedelta(days=30)) == 0
    assert replica.requeue("e2", NOW - timedelta(days=30)) == 1
    assert states(store) == {"a1": "queued", "a2": "acked"}
    with pytest.raises(errors.TooLateToRecall):
        store.recall("a1")


# --- pages


def test_a_page_and_its_cursor_are_stored_together_or_not_at_all(store, replica):
    before = replica.position()
    bad = msgspec.structs.replace(line(document("c8")), row=msgspec.Raw(b'{"id": 5}'))
    with pytest.raises(Garbled):
        replica.apply(
            Page(
                documents=(line(document("c7")), bad),
                position=Position(cursor="c9", epoch="e1", snap_done=True),
            )
        )
    assert replica.position() == before
    with pytest.raises(errors.NotHere):
        store.document("c7")


def test_documents_of_a_lower_version_are_ignored(store, replica):
    replica.apply(page(document("c1", 3, theme="new"), document("c1", 2, theme="middle")))
    assert replica.apply(page(document("c1", 2, theme="old"))) == frozenset()
    assert row(store, "c1").row.theme == "new"


def test_what_left_is_taken_away_with_its_acts_kept_and_may_come_back(store, replica):
    store.record(asked("a1", "c1"))
    assert replica.apply(page(gone=(GoneLine(id="c1", ver=4, why="scope"),))) == {"c1"}
    assert Reading(store, PROFILE).numbers(["c1"]) == {}
    assert states(store) == {"a1": "queued"}
    replica.apply(page(document("c1", 5)))
    assert row(store, "c1").waiting == 1
    replica.apply(page(gone=(GoneLine(id="c1", ver=4, why="scope"),)))
    assert row(store, "c1").row.ver >= 5


def test_a_repair_replaces_whatever_the_version_and_moves_the_cursor_last(store, replica):
    replica.apply(page(document("c1", 9, theme="lost")))
    before = replica.position()
    repair = Repair(documents=(line(document("c1", 2, theme="restored")),), dropped=("c2", "c7"))
    assert replica.repair(repair) == {"c1", "c2"}
    assert row(store, "c1").row.theme == "restored" and replica.position() == before
    assert set(Reading(store, PROFILE).numbers(["c1", "c2", "c3"])) == {"c1", "c3"}
    there = Position(cursor="c2", epoch="e2", snap_done=True)
    replica.repair(Repair(references=(), position=there))
    assert replica.position() == there


def test_versions_and_marks_tell_two_contents_of_one_version_apart(store, replica):
    assert set(replica.versions()) == {"c1", "c2", "c3"}
    assert set(replica.versions((0xC1, 0xC3))) == {"c1", "c3"}
    replica.repair(Repair(documents=(line(document("c1", 1, theme="other")),)))
    (first, mark), (second, _) = replica.versions()["c1"], replica.versions()["c2"]
    assert (first, second) == (1, 1) and mark == zlib.crc32(write_document(document("c1", 1, theme="other")))


def test_what_is_asked_again_leaves_the_tray_in_the_same_transaction(store, replica, monkeypatch):
    store.record(asked("a1", "c1"))
    replica.settle([Result(id="a1", status="rejected", code="stale_thread")], "e1", NOW)

    def torn(*_):
        raise errors.DiskFull

    with monkeypatch.context() as faulty:
        faulty.setattr("desktop.models.tray.discard", torn)
        with pytest.raises(errors.DiskFull):
            store.record(asked("a2", "c1"), instead_of="a1")
    assert states(store) == {"a1": "rejected"} and [act.id for act in store.returned()] == ["a1"]
    store.record(asked("a2", "c1"), instead_of="a1")
    assert states(store) == {"a1": "rejected", "a2": "queued"} and store.returned() == ()


def test_the_time_of_the_last_check_is_kept(store, replica):
    assert replica.last_check() == Checked()
    replica.checked("e1", NOW)
    assert replica.last_check() == Checked(epoch="e1", at=NOW)


def test_an_act_refused_here_goes_to_the_tray_with_what_leans_on_it(store, replica):
    for n in (1, 2, 3):
        store.record(asked(f"a{n}", "c1", Note(text=f"mot {n}")))
    store.record(asked("b1", "c2"))
    assert replica.refuse("a1", "too_large", NOW) == {"a1", "a2", "a3"}
    assert replica.refuse("a1", "too_large", NOW) == frozenset()
    assert states(store) == {"a1": "rejected", "a2": "rejected", "a3": "rejected", "b1": "queued"}
    told = {act.id: (act.code, act.act.text) for act in store.returned()}
    assert told == {
        "a1": ("too_large", "mot 1"),
        "a2": ("prev_rejected", "mot 2"),
        "a3": ("prev_rejected", "mot 3"),
    }
    assert row(store, "c1").waiting == 0


def test_reference_documents_make_the_rule_book(store, replica):
    def ref(kind, id_, **body):
        return ReferenceLine(kind=kind, id=id_, ver=1, doc=msgspec.Raw(msgspec.json.encode(body)))

    names = {"name_fr": "Office", "name_ar": "المكتب"}
    colleague = {"id": "u-me", "grants": msgspec.to_builtins(ME.grants), **names}
    assert store.directory.settings("ONEE").operational == frozenset()
    replica.apply(
        page(
            references=(
                ref("administration", "ONEE", code="ONEE", onboarding="operational", **names),
                ref("administration", "CN", code="CN", **names),
                ref("unit", "ONEE-RABAT", code="ONEE-RABAT", administration="ONEE", **names),
                ref("colleague", "u-me", **colleague),
                ref("theme", "eau", code="eau", **names),
                ref("template", "t1", id="t1", theme="eau", language="fr", title="T", text="…"),
                ref("settings", "ONEE", chain="validate"),
            )
        )
    )
    reading = Reading(store, PROFILE)
    book = reading.settings("ONEE")
    assert book.chain == "validate" and book.operational == {"ONEE"}
    assert book.units == {"ONEE-RABAT": "ONEE"} and book.staff["u-me"].grants == ME.grants
    assert [one.code for one in reading.administrations()] == ["CN", "ONEE"]
    assert (len(reading.units()), len(reading.colleagues()), len(reading.themes())) == (1, 1, 1)
    assert reading.templates()[0].id == "t1"
