"""Readings, prints and exports go to the server once, last of all, and never hold anything back."""

import logging

import pytest

from desktop.models import cipher, migrations
from desktop.models.store import Store
from protocol.access_wire import MAX_ACCESSES
from sync.accesses import BATCHES, Accesses
from sync.errors import NotFound, Offline
from tests import test_transport
from tests.desk_world import Office
from tests.profiles import KEY, ME, NOW
from tests.test_transport import Answer

server, wire = test_transport.server, test_transport.wire


class Listener:
    """A server's ear: `refuses` ids, raises what is in `faults` first."""

    def __init__(self) -> None:
        self.heard, self.faults, self.refuses = [], [], set()

    def tell_accesses(self, accesses):
        if self.faults:
            raise self.faults.pop(0)
        self.heard.append([one.id for one in accesses])
        return self.refuses & {one.id for one in accesses} or self.refuses


@pytest.fixture
def store(tmp_path):
    made = Store.open(tmp_path, KEY, actor=ME)
    yield made
    made.close()


def rows(store) -> list[tuple[str, int]]:
    with store.work.reading() as connection:
        return [tuple(row) for row in connection.exec_driver_sql("select what, told from access_log")]


def test_what_is_told_goes_but_for_prints_by_which_a_copy_is_known(store):
    for what in ("read letter 1", "printed letter 1", "exported receipt"):
        store.log_access("c1", what, NOW)
    wire = Listener()
    assert Accesses(store.access_log, wire).send() == 3
    assert Accesses(store.access_log, wire).send() == 0
    assert len(wire.heard) == 1 and rows(store) == [("printed letter 1", 1)]
    assert store.accesses("c1", "printed letter 1") == 1


@pytest.mark.parametrize("fault", [Offline(), NotFound()])
def test_a_lost_answer_tells_the_same_again_under_the_same_ids(store, fault):
    store.log_access("c1", "read letter 1", NOW)
    before = store.access_log.untold(10)
    wire = Listener()
    wire.faults = [fault]
    assert Accesses(store.access_log, wire).send() == 0
    assert store.access_log.untold(10) == before
    assert Accesses(store.access_log, wire).send() == 1
    assert wire.heard == [[before[0].id]]


def test_a_refused_access_is_dropped_and_counted(store, caplog):
    store.log_access("c1", "read x", NOW)
    wire = Listener()
    wire.refuses = {store.access_log.untold(1)[0].id}
    with caplog.at_level(logging.WARNING):
        assert Accesses(store.access_log, wire).send() == 1
    assert "refused 1 accesses" in caplog.text and rows(store) == []


def test_an_answer_about_something_else_changes_nothing(store):
    store.log_access("c1", "read x", NOW)
    wire = Listener()
    wire.refuses = {"another"}
    assert Accesses(store.access_log, wire).send() == 0
    assert rows(store) == [("read x", 0)]


def test_a_long_backlog_goes_in_bounded_batches(store):
    def many(connection):
        connection.exec_driver_sql(
            "with recursive c(i) as (select 1 union all select i + 1 from c where i < ?)"
            " insert into access_log (id, complaint, what, at) select i, 'c1', 'read x', ? from c",
            (MAX_ACCESSES * BATCHES + 1, NOW.isoformat()),
        )

    store.work.write(many)
    wire = Listener()
    assert Accesses(store.access_log, wire).send() == MAX_ACCESSES * BATCHES
    assert {len(batch) for batch in wire.heard} == {MAX_ACCESSES}
    assert len(rows(store)) == 1


def test_a_work_file_of_the_second_version_names_its_accesses(tmp_path):
    old = cipher.connect(tmp_path / "work.db", KEY, synchronous="FULL")
    for step in migrations.STEPS[:2]:
        step(old)
    values = ("c1", "read x", NOW.isoformat())
    old.executemany("insert into access_log (complaint, what, at) values (?, ?, ?)", [values, values])
    old.execute("pragma user_version = 2")
    old.close()
    store = Store.open(tmp_path, KEY, actor=ME)
    found = store.access_log.untold(10)
    assert [(one.complaint, one.what, one.at) for one in found] == [("c1", "read x", NOW)] * 2
    assert len({one.id for one in found}) == 2 and all(len(one.id) == 36 for one in found)
    store.close()
    assert (tmp_path / "work-v2.db").exists()


def test_the_transport_tells_and_hears_what_is_refused(server, wire, store):
    store.log_access("c1", "read x", NOW)
    server.answers = [Answer(body={"refused": ["a"]})]
    assert wire.tell_accesses(store.access_log.untold(1)) == ("a",)
    assert server.asked[0][1] == "/v1/access" and b'"what":"read x"' in server.asked[0][3]


def test_a_desk_tells_in_its_cycle_after_its_acts(tmp_path):
    office = Office(tmp_path)
    desk = office.open()
    desk.correspondence.prints.note("c1", "read", "letter 1")
    done = desk.status().last_sync
    office.clock.pass_(seconds=1)
    desk.sync_now()
    office.until(lambda: desk.status().last_sync > done)
    assert [(user, one.what) for user, one in office.house.accesses] == [("u-bennis", "read letter 1")]
    office.close()
