"""A complaint that changes keeps its place in the lists or takes another, whatever columns were rewritten."""

import msgspec
import pytest

from benchmarks.documents import complaints
from benchmarks.filled import ACTOR, KEY, PROFILE, TODAY, line
from desktop.models.reading import Reading
from desktop.models.replica import StoreReplica
from desktop.models.store import Store
from protocol.complaint import OPEN
from sync.replica import Page, Position


@pytest.fixture
def store(tmp_path):
    made = Store.open(tmp_path, KEY, actor=ACTOR)
    yield made
    made.close()


def bring(store, document):
    done = Position(cursor="c", epoch="e", snap_done=True)
    StoreReplica(store).apply(Page(documents=(line(document),), position=done))


@pytest.mark.parametrize("change", [{"assignee": ACTOR.id}, {"unit": "elsewhere"}, {"object": "Autre objet"}])
def test_what_changed_is_read_back_and_listed_where_it_belongs(store, change):
    first = next(one for one in complaints(40, 1) if one.status in OPEN and not one.assignee)
    bring(store, first)
    changed = msgspec.structs.replace(first, ver=first.ver + 1, **change)
    bring(store, changed)
    reading = Reading(store, PROFILE)
    mine = reading.first_page("mine", "due", TODAY)
    unit = reading.first_page("unit", "due", TODAY)
    assert [one.row.id for one in mine] == ([first.id] if changed.assignee else [])
    assert [one.row.id for one in unit] == ([first.id] if changed.unit == first.unit else [])
    (listed,) = reading.rows([1])
    assert (listed.row.ver, listed.row.object) == (changed.ver, changed.object)
    assert (listed.row.assignee, listed.row.unit) == (changed.assignee, changed.unit)
