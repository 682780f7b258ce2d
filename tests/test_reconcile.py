"""Repair and check over the memory twin: only the difference travels, and nothing half-heard is believed."""

from datetime import timedelta

import msgspec
import pytest

from protocol.marks import BUCKETS
from protocol.projection import read_document, write_document
from protocol.wire import Check, DocumentLine, GoneLine, Header, ReferenceLine, write_reset, write_stream
from sync import reconcile
from sync.ahead import in_a_thread
from sync.engine import Engine
from sync.errors import Garbled, Offline
from sync.first_sync import FirstSync
from sync.link import Link
from sync.outcome import Outcome
from sync.replica import Checked, Position
from sync.streams import Reset
from sync.wire import Reply
from tests.memory_replica import Base, PowerCut
from tests.test_engine import ME, Room, stream

DAY = timedelta(days=1)


@pytest.fixture
def room():
    made = Room(complaints=5)
    made.asked = []
    documents = made.wire.documents
    made.wire.documents = lambda ids: made.asked.append(tuple(ids)) or documents(ids)
    made.engine.cycle()
    made.engine.cycle()
    return made


def spoil(room, complaint, **changes):
    """Another content under the same version, as a restored server or a rotten disk may leave it."""
    document = read_document(room.replica.bases[complaint].raw)
    other = write_document(msgspec.structs.replace(document, **changes))
    room.replica.bases[complaint] = Base(document.ver, other)


def settled(room):
    return {id_: base.raw for id_, base in room.replica.bases.items()} == room.server.visible(ME)


def reset(room, why="expired"):
    room.wire.answers = [Reply(body=write_reset("epoch-1", why))]


def test_a_reset_fetches_what_differs_and_nothing_else(room):
    spoil(room, "c1", theme="other")
    del room.replica.bases["c2"]
    room.replica.bases["c9"] = room.replica.bases["c0"]
    reset(room)
    outcome = room.engine.cycle()
    assert sorted(room.asked[0]) == ["c1", "c2"] and len(room.asked) == 1
    assert settled(room) and outcome.repaired == 3


def test_a_restored_server_is_matched_although_its_versions_are_lower(room):
    backup = room.server.backup()
    room.server.citizen_writes("c3", "encore")
    room.engine.cycle()
    room.server.restore(backup)
    room.engine.cycle()
    assert room.asked == [("c3",)] and settled(room)


def test_the_reference_documents_of_a_repair_are_all_there_are(room):
    room.replica.references[("theme", "old")] = b"{}"
    room.server.references = [ReferenceLine(kind="theme", id="new", ver=1, doc=msgspec.Raw(b"{}"))]
    reset(room)
    room.engine.cycle()
    assert set(room.replica.references) == {("theme", "new")}


def test_a_repair_broken_off_is_begun_again_and_the_cursor_comes_last(room):
    for complaint in ("c1", "c2"):
        spoil(room, complaint, theme="other")
    before = room.replica.place
    reset(room, "ahead")
    room.wire.fates = ["fine", "fine", "lost"]
    with pytest.raises(Offline):
        room.engine.cycle()
    assert room.replica.place == before
    reset(room, "ahead")
    room.replica.cut_at = "page"
    with pytest.raises(PowerCut):
        room.engine.cycle()
    reset(room, "ahead")
    room.engine.cycle()
    assert settled(room)


def test_a_long_repair_pauses_so_that_acts_may_leave(room, monkeypatch):
    monkeypatch.setattr(reconcile, "FETCHES", 1)
    monkeypatch.setattr(reconcile, "MAX_PAGE", 2)
    for n in range(5):
        spoil(room, f"c{n}", theme="other")
    place = msgspec.structs.replace(room.replica.place, cursor="")
    room.replica.place = place
    assert room.engine.cycle().more and room.replica.place == place
    room.note("a1")
    assert room.engine.cycle().applied == 1
    while room.engine.cycle().more:
        pass
    assert settled(room) and room.replica.place.cursor


def test_a_server_that_changes_its_mind_at_every_word_does_not_hold_a_cycle_for_ever(room):
    room.wire.pull = lambda cursor, limit: Reply(body=write_reset("epoch-1", "expired"))
    assert room.engine.cycle().more


def test_what_is_gone_when_it_is_fetched_is_dropped(room):
    spoil(room, "c1", theme="other")
    manifest = room.wire.manifest

    def then_it_leaves(buckets=()):
        reply = manifest(buckets)
        del room.server.state.documents["c1"]
        return reply

    room.wire.manifest = then_it_leaves
    reset(room)
    room.engine.cycle()
    assert "c1" not in room.replica.bases


@pytest.mark.parametrize(
    "lines",
    [
        (),
        (GoneLine(id="c1", ver=0, why="scope"), GoneLine(id="c1", ver=0, why="scope")),
        (GoneLine(id="c7", ver=0, why="scope"),),
        (DocumentLine(id="c0", ver=1, row=msgspec.Raw(b"{}"), doc=msgspec.Raw(b"{}")),),
    ],
)
def test_documents_nobody_asked_for_or_left_out_are_not_believed(room, lines):
    spoil(room, "c1", theme="other")
    reset(room)
    body = write_stream([Header(epoch="epoch-1"), *lines], cursor="c", more=False)
    room.wire.documents = lambda ids: Reply(body=body)
    before = dict(room.replica.bases)
    with pytest.raises(Garbled):
        room.engine.cycle()
    assert room.replica.bases == before


def test_a_server_restored_between_manifest_and_documents_begins_again(room):
    spoil(room, "c1", theme="other")
    documents = room.wire.documents

    def restored(ids):
        room.wire.documents = documents
        room.server.restore(room.server.backup())
        return documents(ids)

    room.wire.documents = restored
    reset(room)
    room.engine.cycle()
    assert settled(room) and room.replica.place.epoch == room.server.epoch


class TestCheck:
    def test_it_is_due_once_a_day_and_costs_one_request(self, room):
        requests = room.wire.requests
        room.engine.cycle()
        assert room.wire.requests == requests + 1
        room.server.now += DAY
        room.engine.cycle()
        assert room.wire.requests == requests + 3
        assert room.replica.last_check() == Checked(epoch="epoch-1", at=room.server.now)

    def test_a_clock_set_back_makes_it_due_and_so_does_another_epoch(self, room):
        engine = reconcile.Reconcile(Link(room.replica, room.wire, lambda: room.server.now))
        assert not engine.is_due(room.replica.place)
        assert engine.is_due(Position(epoch="epoch-2", snap_done=True))
        room.server.now -= timedelta(hours=1)
        assert engine.is_due(room.replica.place)

    def test_only_buckets_that_differ_are_compared(self, room):
        del room.replica.bases["c1"]
        room.replica.bases["c4"] = Base(9, room.replica.bases["c4"].raw)
        named = []
        manifest = room.wire.manifest
        room.wire.manifest = lambda buckets=(): named.append(tuple(buckets)) or manifest(buckets)
        place = room.replica.place
        room.server.now += DAY
        assert room.engine.cycle().repaired == 2
        assert named == [(0xC1, 0xC4)] and settled(room) and room.replica.place == place

    def test_a_count_that_differs_under_equal_sums_compares_everything(self, room):
        answer = room.server.check(ME, room.replica.place.cursor)
        wrong = msgspec.structs.replace(msgspec.json.decode(answer, type=Check), n=4)
        room.server.check = lambda *_: msgspec.json.encode(wrong)
        spoil(room, "c1", theme="other")
        room.server.now += DAY
        assert room.engine.cycle().repaired == 1 and settled(room)

    def test_a_desk_behind_pulls_first_and_a_busy_server_is_left_for_the_next_time(self, room):
        room.server.now += DAY
        check = room.server.check

        def busy(user, cursor):
            room.server.register(f"d{len(room.server.state.documents):x}", "AA")
            return check(user, cursor)

        room.server.check = busy
        before = room.replica.last_check()
        room.engine.cycle()
        assert room.replica.last_check() == before
        room.server.check = check
        room.engine.cycle()
        assert room.replica.last_check().at == room.server.now and settled(room)

    def test_what_is_left_to_fetch_leaves_it_due(self, room, monkeypatch):
        monkeypatch.setattr(reconcile, "FETCHES", 1)
        monkeypatch.setattr(reconcile, "MAX_PAGE", 1)
        for n in (1, 2):
            room.replica.bases[f"c{n}"] = Base(9, b"")
        room.server.now += DAY
        assert room.engine.cycle().more and not settled(room)
        room.engine.cycle()
        assert settled(room)

    @pytest.mark.parametrize("body", [b"<html>", msgspec.json.encode(Check(at="c", x=("00",) * 3))])
    def test_sums_that_cannot_be_read_change_nothing(self, room, body):
        room.server.now += DAY
        room.server.check = lambda *_: body
        before = dict(room.replica.bases)
        with pytest.raises(Garbled):
            room.engine.cycle()
        assert room.replica.bases == before and BUCKETS == 256


def test_a_first_sync_that_leads_nowhere_is_garbled():
    room = Room(complaints=5)
    room.engine.cycle()
    room.replica.drop_cache()
    room.wire.answers = [stream(cursor="c", more=True, after="", done=False)]
    with pytest.raises(Garbled):
        room.engine.cycle()


def test_the_next_page_is_asked_for_while_the_last_one_is_stored():
    room = Room(complaints=7)
    events = []
    snapshot, apply = room.wire.snapshot, room.replica.apply
    room.wire.snapshot = lambda after, limit: events.append("asked") or snapshot(after, limit)
    room.replica.apply = lambda page: events.append("stored") or apply(page)

    def at_once(work):
        page = in_a_thread(work)()
        return lambda: page

    engine = Engine(room.replica, room.wire, clock=lambda: room.server.now, ahead=at_once)
    engine.cycle()
    assert events == ["asked", *["asked", "stored"] * 3, "stored"] and settled(room)


def test_a_page_asked_for_ahead_that_fails_fails_where_it_is_wanted():
    room = Room(complaints=7)
    engine = Engine(room.replica, room.wire, clock=lambda: room.server.now, ahead=in_a_thread)
    room.wire.fates = ["fine", "cut"]
    with pytest.raises(Garbled):
        engine.cycle()
    assert len(room.replica.bases) == 2 and not room.replica.place.snap_done
    while engine.cycle().more:
        pass
    assert settled(room)


def test_a_first_sync_whose_server_was_restored_meanwhile_compares():
    room = Room(complaints=6)
    room.wire.fates = ["fine", "lost"]
    with pytest.raises(Offline):
        room.engine.cycle()
    room.server.restore(room.server.backup())
    with pytest.raises(Reset):
        FirstSync(Link(room.replica, room.wire, lambda: room.server.now)).run()
    room.engine.cycle()
    assert settled(room)


def test_outcomes_add_up():
    both = Outcome(sent=1, more=True, changed=frozenset("a")) + Outcome(sent=2, changed=frozenset("b"))
    assert both == Outcome(sent=3, more=True, changed=frozenset("ab"))
