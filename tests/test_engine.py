"""One cycle, top to bottom, over the memory twin and an in-process server with chosen faults."""

from collections.abc import Sequence
from datetime import timedelta

import msgspec
import pytest

from protocol import acts
from protocol.acts import Asked
from protocol.wire import Envelope, Header, Pushed, ReferenceLine, Result, write_reset, write_stream
from sync.engine import PAGES, Engine
from sync.errors import (
    ClientTooOld,
    Garbled,
    Offline,
    ServerFault,
    SignInNeeded,
    TooLarge,
)
from sync.replica import Position
from sync.wire import Reply
from tests.convergence_world import SETTINGS, USERS
from tests.faulty_wire import FaultyWire
from tests.memory_replica import MemoryReplica, PowerCut
from tests.model_server import START, ModelServer

ME = "u-two"


class Fated(FaultyWire):
    """A connection whose fates are a list, and which may raise or answer something of its own."""

    def __init__(self, server):
        self.fates: list[str] = []
        self.refusing: list[Exception] = []
        self.answers: list[Reply] = []
        self.sent: list[list[str]] = []
        super().__init__(server, ME, "pc", lambda: self.fates.pop(0) if self.fates else "fine")

    def push(self, acts_: Sequence[Envelope], cursor: str = "") -> Reply:
        self.sent.append([act.id for act in acts_])
        if self.refusing:
            raise self.refusing.pop(0)
        return super().push(acts_, cursor)

    def pull(self, cursor, limit):
        return self.answers.pop(0) if self.answers else super().pull(cursor, limit)

    def snapshot(self, after, limit):
        return self.answers.pop(0) if self.answers else super().snapshot(after, limit)


class Room:
    """A desk, a server, and an engine between them."""

    def __init__(self, complaints=3):
        self.server = ModelServer(SETTINGS, dict(USERS))
        for n in range(complaints):
            self.server.register(f"c{n}", "AA")
        self.wire = Fated(self.server)
        self.replica = MemoryReplica(USERS[ME], SETTINGS)
        self.steps = []
        self.engine = Engine(self.replica, self.wire, clock=lambda: self.server.now, told=self.steps.append)

    def note(self, id_, complaint="c0", text="relance"):
        seen = self.replica.bases[complaint].ver
        asked = Asked(id=id_, complaint=complaint, seen=seen, at=START, act=acts.Note(text=text))
        return self.replica.record(asked)

    def states(self):
        return {id_: kept.state for id_, kept in self.replica.outbox.items()}


@pytest.fixture
def room():
    made = Room()
    made.engine.cycle()
    made.engine.cycle()  # compares what the first has brought
    made.steps.clear()
    return made


def test_a_first_cycle_brings_everything_and_is_finished_only_then():
    room = Room(complaints=5)
    outcome = room.engine.cycle()
    assert outcome.documents == 5 and not outcome.more
    assert {id_: base.raw for id_, base in room.replica.bases.items()} == room.server.visible(ME)
    assert room.replica.place.snap_done


def test_a_long_first_sync_pauses_so_that_acts_may_leave():
    room = Room(complaints=2 * PAGES + 5)
    outcome = room.engine.cycle()
    assert outcome.more and not room.replica.place.snap_done
    room.note("a1")
    assert room.engine.cycle().applied == 1
    while room.engine.cycle().more:
        pass
    assert len(room.replica.bases) == 2 * PAGES + 5


def test_a_long_pull_pauses_so_that_acts_may_leave(room):
    for n in range(3 * PAGES + 2):
        room.server.register(f"d{n:02}", "AA")
    assert room.engine.cycle().more
    while room.engine.cycle().more:
        pass
    assert len(room.replica.bases) == 3 * PAGES + 5


def test_a_first_sync_goes_on_where_it_stopped():
    room = Room(complaints=6)
    room.wire.fates = ["fine", "lost"]
    with pytest.raises(Offline):
        room.engine.cycle()
    assert len(room.replica.bases) == 2
    room.engine.cycle()
    assert len(room.replica.bases) == 6


def test_acts_leave_in_outbox_order_and_come_back_in_documents(room):
    room.note("a1")
    room.note("a2")
    outcome = room.engine.cycle()
    assert room.wire.sent == [["a1", "a2"]]
    assert (outcome.sent, outcome.applied) == (2, 2)
    assert room.states() == {"a1": "acked", "a2": "acked"}
    assert [event.act for event in room.server.document("c0").events] == ["a1", "a2"]


def test_every_step_is_told_with_what_changed(room):
    room.note("a1")
    room.engine.cycle()
    assert room.steps[0].settled == {"a1"} and room.steps[0].changed == {"c0"}


def test_an_idle_cycle_is_one_request(room):
    before = room.wire.requests
    room.engine.cycle()
    assert room.wire.requests == before + 1


def test_a_lost_reply_is_answered_from_the_log_the_second_time(room):
    room.note("a1")
    room.wire.fates = ["reply_lost"]
    with pytest.raises(Offline):
        room.engine.cycle()
    assert room.states() == {"a1": "queued"}
    room.engine.cycle()
    assert room.states() == {"a1": "acked"} and room.server.document("c0").ver == 2


def test_a_refused_act_lies_in_the_tray_with_its_text(room):
    seen = room.replica.bases["c0"].ver
    room.replica.record(Asked(id="a1", complaint="c0", seen=seen, at=START, act=acts.Close(reason="fini")))
    outcome = room.engine.cycle()
    assert outcome.rejected == 1 and room.steps[0].rejected == 1
    assert room.replica.tray["a1"][0] == acts.Close(reason="fini")


def test_a_held_act_stays_queued(room):
    room.note("a1")
    room.replica.outbox["a1"].asked = msgspec.structs.replace(
        room.replica.outbox["a1"].asked, prev="never-sent"
    )
    assert room.engine.cycle().held == 1
    assert room.states() == {"a1": "queued"}


def test_results_that_were_not_asked_for_settle_nothing(room):
    room.note("a1")
    room.note("a2")
    body = msgspec.json.encode(
        Pushed(
            results=(
                Result(id="a2", status="applied", ver=7),
                Result(id="zz", status="applied", ver=7),
                Result(id="a2", status="rejected", code="x"),
            )
        )
    )
    room.server.push = lambda *_: body
    room.engine.cycle()
    assert room.states() == {"a1": "queued", "a2": "acked"}


@pytest.mark.parametrize("error", [SignInNeeded(), ClientTooOld(), ServerFault("409"), Offline()])
def test_a_push_that_fails_changes_nothing_and_the_same_ids_go_again(room, error):
    room.note("a1")
    room.wire.refusing = [error]
    with pytest.raises(type(error)):
        room.engine.cycle()
    assert room.states() == {"a1": "queued"}
    room.engine.cycle()
    assert room.wire.sent == [["a1"], ["a1"]] and room.states() == {"a1": "acked"}


def test_a_batch_that_is_too_large_is_halved(room):
    for n in range(4):
        room.note(f"a{n}")
    room.wire.refusing = [TooLarge()]
    assert room.engine.cycle().applied == 4
    assert [len(sent) for sent in room.wire.sent] == [4, 2, 2]


def test_one_act_that_is_too_large_does_not_hold_the_others_back(room):
    room.note("a1", "c1", "x" * 50)
    room.note("a2", "c2")
    room.wire.refusing = [TooLarge(), TooLarge()]
    outcome = room.engine.cycle()
    assert (outcome.too_large, outcome.rejected, outcome.applied) == (1, 1, 1)
    assert room.states() == {"a1": "rejected", "a2": "acked"}
    assert room.replica.tray["a1"] == (acts.Note(text="x" * 50), "too_large")


@pytest.mark.parametrize("fate", ["cut", "html"])
@pytest.mark.parametrize("path", ["push", "pull", "snapshot"])
def test_a_cut_or_foreign_reply_changes_nothing(fate, path):
    room = Room(complaints=2)
    if path != "snapshot":
        room.engine.cycle()
    if path == "push":
        room.note("a1")
    if path == "pull":
        room.server.register("c9", "AA")
    before = (dict(room.replica.bases), room.states(), dict(room.replica.tray))
    room.wire.fates = [fate]
    with pytest.raises(Garbled):
        room.engine.cycle()
    assert (dict(room.replica.bases), room.states(), dict(room.replica.tray)) == before


def stream(*lines, epoch="epoch-1", **end):
    return Reply(body=write_stream([Header(epoch=epoch), *lines], **end), epoch=epoch)


def test_a_stream_without_header_is_not_believed(room):
    room.wire.answers = [Reply(body=write_stream([], cursor="c", more=False))]
    with pytest.raises(Garbled):
        room.engine.cycle()


def test_a_page_that_leads_nowhere_is_not_believed(room):
    room.wire.answers = [stream(cursor=room.replica.place.cursor, more=True)]
    with pytest.raises(Garbled):
        room.engine.cycle()
    fresh = Room()
    fresh.wire.answers = [stream(cursor="c", more=True, after="")]
    with pytest.raises(Garbled):
        fresh.engine.cycle()


def test_a_first_page_cannot_be_reset():
    room = Room()
    room.wire.answers = [Reply(body=write_reset("epoch-1", "expired"))]
    with pytest.raises(ServerFault):
        room.engine.cycle()


@pytest.mark.parametrize("why", ["scope", "expired", "ahead"])
def test_a_reset_is_answered_by_a_new_round_and_work_is_not_touched(room, why):
    room.note("a1")
    room.replica.outbox["a1"].asked = msgspec.structs.replace(
        room.replica.outbox["a1"].asked, prev="never-sent"
    )
    room.wire.answers = [Reply(body=write_reset("epoch-1", why))]
    outcome = room.engine.cycle()
    assert outcome.requeued == 0 and room.states() == {"a1": "queued"}
    assert len(room.replica.bases) == 3 and room.replica.place.snap_done


def test_a_snapshot_whose_cursor_expired_begins_again():
    room = Room(complaints=5)
    room.wire.fates = ["fine", "lost"]
    with pytest.raises(Offline):
        room.engine.cycle()
    room.wire.answers = [Reply(body=write_reset("epoch-1", "expired"))]
    room.engine.cycle()
    assert len(room.replica.bases) == 5


def test_what_left_the_scope_with_its_grant_is_dropped(room):
    room.server.users[ME] = msgspec.structs.replace(USERS[ME], grants=USERS[ME].grants[1:2])
    room.engine.cycle()
    assert room.replica.bases == {}


def test_a_server_restored_from_a_backup_gets_its_lost_acts_back(room):
    backup = room.server.backup()
    room.note("a1")
    room.engine.cycle()
    room.server.restore(backup)
    outcome = room.engine.cycle()
    assert outcome.requeued == 1 and outcome.applied == 1
    assert [event.act for event in room.server.document("c0").events] == ["a1"]


def test_what_a_restored_server_lost_goes_before_the_rest_of_what_is_new(room):
    backup = room.server.backup()
    room.note("a1")
    room.engine.cycle()
    room.server.restore(backup)
    room.note("a2", "c1")
    room.engine.cycle()
    assert room.wire.sent[1:] == [["a2"], ["a1"]]
    assert set(room.states().values()) == {"acked"}


def test_a_desk_that_lost_its_cache_meets_a_restored_server_and_sends_again_at_once(room):
    backup = room.server.backup()
    room.note("a1")
    room.engine.cycle()
    room.server.restore(backup)
    room.replica.drop_cache()
    outcome = room.engine.cycle()
    assert outcome.requeued == 1 and room.states() == {"a1": "acked"}


def test_a_server_restored_again_and_again_does_not_hold_a_cycle_for_ever(room):
    pull = room.server.pull
    room.server.restore(room.server.backup())

    def restored_again(*args):
        room.server.restore(room.server.backup())
        return pull(*args)

    room.server.pull = restored_again
    assert room.engine.cycle().more


def test_acts_acked_more_than_thirty_days_ago_are_not_sent_again(room):
    backup = room.server.backup()
    room.note("a1")
    room.engine.cycle()
    room.server.restore(backup)
    room.server.now += timedelta(days=31)
    assert room.engine.cycle().requeued == 0


def test_reference_documents_are_told_apart(room):
    line = ReferenceLine(kind="theme", id="eau", ver=1, doc=msgspec.Raw(b"{}"))
    room.wire.answers = [stream(line, cursor="c2", more=False)]
    room.engine.cycle()
    assert room.steps[-1].reference and room.replica.place.cursor == "c2"


def test_a_power_cut_before_the_page_leaves_the_cursor_behind(room):
    room.server.register("c9", "AA")
    before = room.replica.place
    room.replica.cut_at = "page"
    with pytest.raises(PowerCut):
        room.engine.cycle()
    assert room.replica.place == before


def test_the_skew_of_this_clock_is_measured(room):
    ahead = Engine(room.replica, room.wire, clock=lambda: room.server.now + timedelta(minutes=7))
    ahead.cycle()
    assert ahead.skew_ms == 7 * 60_000


def test_a_reply_without_date_leaves_the_skew_as_it_was(room):
    before = room.engine.skew_ms
    room.wire.answers = [stream(cursor="c2", more=False)]
    room.server.now += timedelta(hours=1)
    room.engine.cycle()
    assert room.engine.skew_ms == before


def test_waiting_asks_from_where_the_desk_stands(room):
    asked = []
    room.wire.wait = lambda cursor, seconds: bool(asked.append((cursor, seconds))) or True
    assert room.engine.wait(50)
    assert asked == [(room.replica.place.cursor, 50)]


def test_a_desk_that_never_synced_stands_nowhere():
    assert Room().replica.position() == Position()
