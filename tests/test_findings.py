"""What the seeded simulation once found, each as the few lines it takes."""

import re
from datetime import timedelta

import msgspec
import pytest

from protocol import acts
from protocol.acts import Asked
from protocol.wire import (
    Header,
    Result,
    Truncated,
    read_pushed,
    read_stream,
    write_pushed,
    write_stream,
)
from sync.engine import Engine
from sync.errors import NotOurServer
from sync.transport import HttpTransport
from tests.convergence_world import SETTINGS, USERS
from tests.faulty_wire import FaultyWire
from tests.memory_replica import MemoryReplica
from tests.model_server import START, ModelServer
from tests.simulation.network import Reply

ME = "u-two"


class Room:
    """A desk in step with a server."""

    def __init__(self):
        self.server = ModelServer(SETTINGS, dict(USERS))
        self.server.register("c0", "AA")
        self.replica = MemoryReplica(USERS[ME], SETTINGS)
        self.cycle()

    def cycle(self, jump=timedelta()):
        wire = FaultyWire(self.server, ME, "pc", lambda: "fine")
        return Engine(self.replica, wire, clock=lambda: self.server.now + jump).cycle()

    def ask(self, id_, act):
        self.replica.record(Asked(id=id_, complaint="c0", seen=1, at=START, act=act))

    def states(self):
        return {id_: kept.state for id_, kept in self.replica.outbox.items()}


@pytest.mark.parametrize("years", [-56, 74])
def test_a_clock_that_jumped_keeps_no_lost_act_from_coming_back(years):
    room = Room()
    backup = room.server.backup()
    room.ask("a1", acts.Note(text="relance"))
    room.cycle()
    room.server.restore(backup)
    room.cycle(timedelta(days=365 * years))
    assert room.states() == {"a1": "acked"} and "a1" in room.server.state.log


def test_an_act_left_leaning_on_a_forgotten_refusal_is_returned_rather_than_held():
    room = Room()
    backup = room.server.backup()
    room.ask("a1", acts.Close(reason="fini"))
    room.ask("a2", acts.Note(text="relance"))
    room.replica.settle([Result(id="a1", status="rejected", code="window_open")], room.server.epoch, START)
    room.server.restore(backup)
    room.cycle()
    assert room.states() == {"a1": "rejected", "a2": "rejected"}
    assert room.replica.tray["a2"][1] == "prev_rejected"


class Answering(HttpTransport):
    """A connection that gives one reply."""

    def __init__(self, body):
        super().__init__("https://chekaya.test", "pc-1", "0.1.0")
        self.body = body

    def _session(self, line):
        return self

    def request(self, *_, **__):
        return Reply(200, {"Content-Type": "application/json"}, self.body)


def test_a_session_damaged_on_its_way_is_not_begun():
    lease = {"lease": "", "signature": "", "key": ""}
    session = {"access": "a", "refresh": "r", "expires_in": 900, "lease": lease, "profile": {"id": "u"}}
    whole = msgspec.json.encode(session)
    assert Answering(whole).login("agent", "secret").access == "a"
    made = Answering(whole.replace(b'"u"', b'"\xff"'))
    with pytest.raises(NotOurServer):
        made.login("agent", "secret")
    assert made.tokens is None


def test_results_damaged_on_their_way_settle_nothing():
    whole = write_pushed((Result(id="a1", status="applied", ver=3, doc=msgspec.Raw(b'{"events":[1]}')),))
    assert read_pushed(whole).results[0].ver == 3
    assert read_pushed(b'{"results":[]}').results == ()
    for damaged in (whole.replace(b"events", b"evonts"), whole.replace(b":3", b":4"), whole[:-2]):
        with pytest.raises(Truncated):
            read_pushed(damaged)


def test_a_place_damaged_on_its_way_is_not_gone_on_from():
    whole = write_stream([Header(epoch="e")], cursor="c41", more=False, after="a7")
    assert len(list(read_stream(whole))) == 2
    more = write_stream([Header(epoch="e")], cursor="c41", more=True)
    for damaged in (
        whole.replace(b"c41", b"c40"),
        whole.replace(b"a7", b"a6"),
        more.replace(b"more", b"mope"),
    ):
        with pytest.raises(Truncated):
            read_stream(damaged)
    unsealed = re.sub(rb',"seal":\d+', b"", whole)
    assert len(list(read_stream(unsealed))) == 2
