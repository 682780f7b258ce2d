"""P18: work.db of every version, written by the program of its time, opens today and its acts still leave."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from desktop.models import migrations, outbox
from desktop.models.replica import StoreReplica
from desktop.models.store import Store
from protocol.acts import Note
from tests.profiles import KEY, NOW, applied, document, page

FIXTURES = Path(__file__).parent / "fixtures"
VERSIONS = range(1, migrations.VERSION + 1)
STATES = {
    "acked": "acked",
    "rejected": "rejected",
    "noted": "queued",
    "answered": "queued",
    "later": "queued",
    "undone": "recalled",
}
FILE = b"%PDF-1.7 plan " * 100


def open_version(folder: Path, version: int) -> Store:
    shutil.copyfile(FIXTURES / f"work-v{version}.db", folder / "work.db")
    return Store.open(folder, KEY)


def test_every_version_has_its_file():
    found = {path.name for path in FIXTURES.glob("work-v*.db")}
    assert found == {f"work-v{version}.db" for version in VERSIONS}


@pytest.mark.parametrize("version", VERSIONS)
def test_nothing_typed_in_an_older_version_is_lost_or_changed(tmp_path, version):
    store = open_version(tmp_path, version)
    with store.work.reading() as connection:
        assert outbox.states(connection) == STATES
    (refused,) = store.returned()
    assert refused.id == "rejected" and refused.act == Note(text="رُدّ — refusé")
    assert store.drafts.of("c6")["note"].body == "pas encore envoyé — لم يُرسل بعد"
    assert store.accesses("c1", "read") == 1 and len(store.access_log.untold(9)) == 1
    (file,) = store.files.outgoing()
    assert store.files.kept(file.sha256) == FILE
    store.close()
    assert version == migrations.VERSION or (tmp_path / f"work-v{version}.db").exists()


@pytest.mark.parametrize("version", VERSIONS)
def test_acts_of_an_older_version_leave_in_order_and_are_settled(tmp_path, version):
    store = open_version(tmp_path, version)
    replica = StoreReplica(store)
    replica.apply(page(*(document(f"c{n}") for n in range(1, 7))))
    assert [act.id for act in replica.take(NOW, 9)] == ["answered", "later"]
    store.files.sent(store.files.outgoing()[0].sha256)
    sent = replica.take(NOW + timedelta(minutes=2), 9)
    assert [(act.id, act.prev) for act in sent] == [
        ("noted", None),
        ("answered", None),
        ("later", "answered"),
    ]
    results = [applied(act.id, document(act.complaint, 2)) for act in sent]
    assert replica.settle(results, "e1", NOW) == {"noted", "answered", "later"}
    assert store.waiting() == ()
    store.close()
