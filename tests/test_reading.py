"""Queues, orders, pages and search over the real encrypted cache, held against plain Python."""

import random
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from desktop.core import queues
from desktop.models import first_page as first
from desktop.models import queue_sql
from desktop.models.reading import Reading
from desktop.models.replica import StoreReplica
from desktop.models.store import Store
from protocol.acts import Assign, Note
from protocol.complaint import Person, Status
from protocol.settings import COORDINATION
from protocol.wire import Result
from tests.profiles import KEY, ME, NOW, PROFILE, TODAY, asked, document, page

STATUSES = [status for status in Status if status != Status.DRAFT]


def various(count):
    """Documents of several units, states, people and dates."""
    rng = random.Random(7)
    for n in range(count):
        received = TODAY - timedelta(days=rng.randrange(90))
        administration = rng.choice(["ONEE", "ONEE", "ONEE", COORDINATION, "ADM"])
        yield document(
            f"c{n:03}",
            ver=rng.randrange(1, 5),
            status=rng.choice(STATUSES),
            administration=administration,
            unit=rng.choice(["ONEE-RABAT", "ONEE-SALE"]) if administration == "ONEE" else "",
            assignee=rng.choice(["", "u-me", "u-other"]),
            received_on=received,
            due=received + timedelta(days=60),
            object=rng.choice(["Eau", "Électricité", "ماء"]),
            entered_at=NOW + timedelta(seconds=rng.randrange(10_000)),
        )


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    folder = tmp_path_factory.mktemp("profile")
    opened = Store.open(folder, KEY, actor=ME)
    replica = StoreReplica(opened)
    replica.apply(page(*various(400)))
    opened.record(asked("a1", "c000"))
    replica.settle([Result(id="a1", status="rejected", code="out_of_scope")], "e1", NOW)
    yield opened
    opened.close()


@pytest.fixture
def reading(store):
    return Reading(store, PROFILE)


@pytest.fixture
def lines(reading):
    return reading.rows(range(1, 401))


@pytest.mark.parametrize("unit", ["ONEE-RABAT", ""])
@pytest.mark.parametrize("queue", queue_sql.QUEUES)
def test_each_queue_holds_what_its_predicate_says(store, lines, queue, unit):
    profile = type(PROFILE)(
        **{f: getattr(PROFILE, f) for f in PROFILE.__struct_fields__} | {"main_unit": unit}
    )
    reading = Reading(store, profile)
    who = queues.viewer(profile, TODAY, frozenset({"c000"}))
    holds = next(known for known in queues.QUEUES if known.code == queue).holds
    wanted = [line for line in lines if holds(line, who)]
    assert list(reading.order(queue, "due", TODAY)) == [line.n for line in queues.arrange(wanted, "due")]
    assert reading.counts(TODAY)[queue] == len(wanted)
    assert wanted or queue == "waiting"


@pytest.mark.parametrize("sort", ["due", "received", "changed"])
def test_orders_are_those_of_the_desk(reading, lines, sort):
    who = queues.viewer(PROFILE, TODAY)
    wanted = [line for line in lines if queues._unit(line, who)]
    assert list(reading.order("unit", sort, TODAY)) == [line.n for line in queues.arrange(wanted, sort)]


@pytest.mark.parametrize("sort", ["number", "object", "citizen", "status", "assignee", "unit", "due"])
def test_any_column_can_be_turned_round(reading, sort):
    there, back = reading.order("unit", sort, TODAY), reading.order("unit", f"-{sort}", TODAY)
    assert list(there) == list(reversed(back)) and len(there) > 50


def test_the_first_page_is_the_beginning_of_the_order(reading):
    listing = reading.listing("unit", "due", TODAY)
    page_ = reading.first_page("unit", "due", TODAY)
    assert [line.n for line in page_] == list(listing.order[:50]) and listing.total > 50
    assert page_ == reading.rows(listing.order[:50])


def test_lines_come_in_the_order_asked_without_those_that_are_gone(reading):
    assert [line.n for line in reading.rows([9, 3, 99_999, 5])] == [9, 3, 5]


@pytest.mark.parametrize(("queue", "sort"), [("nowhere", "due"), ("mine", "colour")])
def test_an_unknown_queue_or_order_is_said_to_be_so(reading, queue, sort):
    with pytest.raises(KeyError):
        reading.order(queue, sort, TODAY)


@pytest.mark.parametrize("queue", ["mine", "today", "unit", "unassigned", "triage", "overdue"])
def test_no_page_by_due_date_sorts_or_scans(store, queue):
    condition = queue_sql.holds(queue, queue_sql.viewer(PROFILE, TODAY))
    with store.cache.reading() as connection:
        plan = connection.exec_driver_sql(
            f"explain query plan {queue_sql.page_of(condition, 'due')}", (*condition.values, 50)
        ).all()
    told = " ".join(row[3] for row in plan)
    assert "USING INDEX list_" in told and "TEMP B-TREE" not in told, told


def test_the_first_page_of_a_starting_desk_is_the_same(store, reading):
    who = queue_sql.viewer(PROFILE, TODAY)
    shown = first.first_page(store.folder, KEY, who, queue="unit")
    assert shown.rows == reading.first_page("unit", "due", TODAY)
    assert shown.counts == {
        name: count for name, count in reading.counts(TODAY).items() if name != "returned"
    }


def test_a_first_page_of_nothing_is_empty(tmp_path):
    who = queue_sql.viewer(PROFILE, TODAY)
    assert first.first_page(tmp_path, KEY, who) == first.FirstPage()
    (tmp_path / "cache.db").touch()
    assert first.first_page(tmp_path, KEY, who) == first.FirstPage()


def test_the_first_page_does_not_import_sqlalchemy_or_requests():
    code = (
        "import sys, desktop.models.first_page;"
        "print([name for name in ('sqlalchemy', 'requests', 'PySide6') if name in sys.modules])"
    )
    root = Path(__file__).parents[1]
    told = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


def test_the_engine_does_not_import_requests_before_the_first_request():
    code = "import sys, sync.engine, sync.transport; print('requests' in sys.modules)"
    root = Path(__file__).parents[1]
    told = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "False"


# --- search


@pytest.fixture
def library(tmp_path):
    opened = Store.open(tmp_path, KEY, actor=ME)
    replica = StoreReplica(opened)
    texts = {
        "c1": ("Échéance dépassée", "La coupure d'électricité dure depuis 3 jours", 1),
        "c2": ("انقطاع الماء", "تجاوز الأجل القانوني ولم أتوصل بأي جواب، الفاتورة رقم ٤٥", 2),
        "c3": ("Facture", "إنقطاع الكهرباء في المدرسة العُلْيا مـــنذ أسبوع", 3),
        "c4": ("Coupures répétées", "Eau et électricité", 4),
    }
    replica.apply(
        page(
            *(
                document(
                    id_,
                    object=object_,
                    text=text,
                    number=f"2026-ONEE-1534{days}",
                    person=Person(name="Fatima Zahra", identity_number="AB123456"),
                    received_on=TODAY - timedelta(days=days),
                    due=TODAY + timedelta(days=days),
                    assignee="u-me" if id_ in ("c3", "c4") else "",
                )
                for id_, (object_, text, days) in texts.items()
            )
        )
    )
    while Reading(opened, PROFILE).index_pending():
        pass
    yield opened
    opened.close()


def found(store, text, queue=""):
    reading = Reading(store, PROFILE)
    return [line.row.id for line in reading.rows(reading.search(text, queue, today=TODAY).order)]


@pytest.mark.parametrize(
    ("typed", "ids"),
    [
        ("echeance", ["c1"]),
        ("ÉCHÉANCE", ["c1"]),
        ("coupure", ["c1", "c4"]),
        ("coup elec", ["c1", "c4"]),
        ("الاجل", ["c2"]),
        ("الأجل", ["c2"]),
        ("انقطاع", ["c2", "c3"]),
        ("إنقطاع", ["c2", "c3"]),
        ("المدرسه العليا", ["c3"]),
        ("منذ", ["c3"]),
        ("45", ["c2"]),
        ("٤٥", ["c2"]),
        ("2026-ONEE-15343", ["c3"]),
        ("15343", ["c3"]),
        ("2026-onee-1534", ["c1", "c2", "c3", "c4"]),
        ("fatima", ["c1", "c2", "c3", "c4"]),
        ("AB123456", []),
        ("inconnu", []),
        ("coupure inconnu", []),
    ],
)
def test_search_finds_every_spelling_newest_first(library, typed, ids):
    assert found(library, typed) == ids


@pytest.mark.parametrize("typed", ["", "   ", "-- '\" *", '")', "؟"])
def test_what_holds_no_word_finds_nothing(library, typed):
    assert found(library, typed) == []


def test_search_inside_a_queue_is_ordered_by_due_date(library):
    assert found(library, "fatima", "mine") == ["c3", "c4"]
    assert found(library, "coupure", "mine") == ["c4"]


def test_a_common_word_in_a_queue_is_found_by_walking_the_queue(library, monkeypatch):
    from desktop.models import search

    monkeypatch.setitem(search.__dict__, "_FEW", 1)
    assert found(library, "fatima", "mine") == ["c3", "c4"]
    reading = Reading(library, PROFILE)
    assert len(reading.search("fatima", "unit", today=TODAY, limit=2).order) == 2


def test_what_i_wrote_is_found_before_it_leaves_and_the_rest_stays(library):
    library.record(asked("a1", "c1", Note(text="voir le transformateur")))
    assert found(library, "transformateur") == []
    assert Reading(library, PROFILE).index_pending() == 0
    assert found(library, "transformateur") == ["c1"] and found(library, "echeance") == ["c1"]


def test_the_index_is_touched_only_where_text_changed(library):
    reading = Reading(library, PROFILE)

    def digests():
        with library.cache.reading() as connection:
            return connection.exec_driver_sql("select * from indexed order by n").all()

    before = digests()
    library.record(asked("a1", "c1", Assign(assignee="u-me")))
    assert reading.index_pending() == 0 and digests() == before
    StoreReplica(library).apply(page(document("c2", 2, text="autre chose")))
    assert reading.index_pending() == 0 and digests() != before
    assert found(library, "الاجل") == [] and found(library, "autre") == ["c2"]


def test_a_complaint_changed_while_it_was_folded_stays_to_be_indexed(library):
    from desktop.models import search

    replica = StoreReplica(library)
    replica.apply(page(document("c2", 2, text="premier")))
    texts = search._texts

    def overtaken(store, limit):
        read = texts(store, limit)
        replica.apply(page(document("c2", 3, text="second")))
        return read

    search._texts = overtaken
    try:
        assert search.index_pending(library, 10) == 1
    finally:
        search._texts = texts
    assert search.index_pending(library, 10) == 0
    assert found(library, "second") == ["c2"] and found(library, "premier") == []


def test_what_left_is_no_longer_found(library):
    from protocol.wire import GoneLine

    StoreReplica(library).apply(page(gone=(GoneLine(id="c1", ver=9, why="scope"),)))
    assert found(library, "echeance") == []


def test_a_listed_line_says_what_waits(library):
    library.record(asked("a1", "c1"))
    reading = Reading(library, PROFILE)
    (line,) = reading.rows([reading.numbers(["c1"])["c1"]])
    assert line == replace(line, waiting=1, draft=False)
    assert reading.view("c1")[1][0].id == "a1" and reading.document("c1")
