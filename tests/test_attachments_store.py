"""Files in the two local files: parts that came outlive the program, refused ones give their acts back."""

import os

import pytest

from desktop.core.ledger import LiveFiles
from desktop.models.replica import StoreReplica
from desktop.models.store import Store
from protocol.acts import Note
from protocol.refusals import Held, Refusal
from protocol.wire import Result
from sync.blobs import PART, RESUMED, Files
from sync.errors import Garbled, TooLarge
from tests.file_shelf import Downloads, Shelf
from tests.profiles import KEY, ME, NOW, asked, document, page
from tests.test_blobs import cut, wrong

LARGE = os.urandom(2 * PART + 1234)


@pytest.fixture
def store(tmp_path):
    opened = Store.open(tmp_path, KEY, actor=ME)
    StoreReplica(opened).apply(page(document("c1"), document("c2")))
    yield opened
    opened.close()


def test_a_download_broken_off_goes_on_after_a_restart(tmp_path, store):
    server = Downloads(LARGE, cut(PART + 300), *[cut(10)] * RESUMED)
    with pytest.raises(Garbled):
        Files(LiveFiles(store), server).bring(server.name)
    assert store.files.kept(server.name) is None
    store.close()
    again = Store.open(tmp_path, KEY)
    assert Files(LiveFiles(again), server).bring(server.name) == LARGE
    assert server.asked[-1] == PART + 300 + 10 * RESUMED
    assert again.files.kept(server.name) == LARGE
    again.close()


def test_what_came_of_a_file_cannot_be_read_on_the_disk(tmp_path, store):
    server = Downloads(b"temoignage-secret " * 9000, cut(100_000), cut(0))
    with pytest.raises(Garbled):
        Files(LiveFiles(store), server).bring(server.name)
    assert store.files.begun(server.name) == 100_000
    assert not any(b"temoignage" in path.read_bytes() for path in tmp_path.iterdir() if path.is_file())


def test_wrong_bytes_leave_no_part_behind(store):
    server = Downloads(LARGE, wrong)
    assert Files(LiveFiles(store), server).bring(server.name) == LARGE
    store.files.spoil(server.name)
    assert store.files.begun(server.name) == 0 and store.files.kept(server.name) is None


def test_bytes_kept_anew_from_a_place_replace_what_lay_beyond(store):
    store.files.add("f", 0, LARGE)
    store.files.add("f", PART + 7, b"end")
    assert store.files.begun("f") == PART + 10
    store.files.add("f", 0, b"short")
    assert store.files.begun("f") == 5


def test_a_file_too_large_for_the_server_puts_its_act_into_the_tray_with_what_leans_on_it(store):
    file = store.files.attach("plan.pdf", "application/pdf", LARGE)
    store.record(asked("a1", "c1", Note(text="voir le plan", attachments=(file,))))
    store.record(asked("a2", "c1", Note(text="et ceci")))
    store.record(asked("a3", "c2", Note(text="autre dossier")))
    wire = Shelf()
    wire.refusals = [TooLarge()]
    assert Files(LiveFiles(store), wire).send(NOW) == {"a1": "c1", "a2": "c1"}
    returned = {one.id: (one.code, one.act.text) for one in store.returned()}
    assert returned == {
        "a1": (Refusal.FILE_TOO_LARGE, "voir le plan"),
        "a2": (Refusal.PREV_REJECTED, "et ceci"),
    }
    assert store.view("c1")[1] == () and [one.id for one in store.waiting()] == ["a3"]


def test_a_file_that_the_server_has_lost_leaves_again_before_its_act(store):
    replica = StoreReplica(store)
    file = store.files.attach("plan.pdf", "application/pdf", LARGE)
    store.record(asked("a1", "c1", Note(text="voir le plan", attachments=(file,))))
    assert replica.take(NOW, 9) == ()
    Files(LiveFiles(store), Shelf()).send(NOW)
    assert [act.id for act in replica.take(NOW, 9)] == ["a1"] and store.files.outgoing() == ()
    replica.settle([Result(id="a1", status="held", code=Held.BLOB_MISSING)], "e", NOW)
    assert store.files.outgoing() == (file,) and replica.take(NOW, 9) == ()
    wire = Shelf()
    Files(LiveFiles(store), wire).send(NOW)
    assert wire.arrived[file.sha256] == LARGE
    assert [act.id for act in replica.take(NOW, 9)] == ["a1"]


def test_an_act_held_for_the_one_before_it_sends_no_file_again(store):
    replica = StoreReplica(store)
    file = store.files.attach("plan.pdf", "application/pdf", LARGE)
    store.record(asked("a1", "c1", Note(text="voir le plan", attachments=(file,))))
    Files(LiveFiles(store), Shelf()).send(NOW)
    replica.settle([Result(id="a1", status="held", code=Held.PREV_UNKNOWN)], "e", NOW)
    assert store.files.outgoing() == ()
