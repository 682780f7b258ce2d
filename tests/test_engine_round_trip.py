"""One round trip: what changed comes with the results of a push, stored after them, believed as a whole."""

import msgspec
import pytest

from protocol.acts import Asked, Close
from protocol.wire import (
    DocumentLine,
    Header,
    Push,
    Result,
    ResultLine,
    read_stream,
    seal,
    write_pushed,
    write_reset,
    write_stream,
)
from sync import streams
from sync.engine import Engine
from sync.errors import Garbled
from tests.model_server import START, ModelServer
from tests.test_engine import ME, Room


class Answering(ModelServer):
    """A model server whose next answer of a push may be another; as an older one it knows no cursor."""

    is_older = False
    disguise = staticmethod(lambda body: body)

    def push(self, user, device, body):
        if self.is_older:
            asked = msgspec.json.decode(body, type=Push)
            body = msgspec.json.encode(msgspec.structs.replace(asked, cursor=""))
        return self.disguise(super().push(user, device, body))


@pytest.fixture
def room():
    made = Room()
    made.server = made.wire.server = Answering(made.server.settings, made.server.users)
    made.engine = Engine(made.replica, made.wire, clock=lambda: made.server.now, told=made.steps.append)
    for n in range(3):
        made.server.register(f"c{n}", "AA")
    made.engine.cycle()
    made.engine.cycle()
    made.steps.clear()
    return made


def asked_of(room, *ids):
    before = room.wire.requests
    for id_ in ids:
        room.note(id_)
    outcome = room.engine.cycle()
    return room.wire.requests - before, outcome


def in_step(room):
    return {id_: base.raw for id_, base in room.replica.bases.items()} == room.server.visible(ME)


def test_an_act_and_what_changed_meanwhile_are_one_request(room):
    room.server.citizen_writes("c1", "du nouveau")
    requests, outcome = asked_of(room, "a1")
    assert requests == 1 and (outcome.applied, outcome.documents) == (1, 2)
    assert room.states() == {"a1": "acked"} and in_step(room)


def test_results_are_stored_before_what_came_with_them(room):
    asked_of(room, "a1")
    assert [(step.settled, step.documents) for step in room.steps] == [
        (frozenset({"a1"}), 0),
        (frozenset(), 1),
    ]


def test_an_older_server_is_pulled_from_afterwards(room):
    room.server.is_older = True
    requests, outcome = asked_of(room, "a1")
    assert requests == 2 and outcome.documents == 1 and in_step(room)


def test_the_document_beside_a_refusal_may_be_the_streams_own(room):
    room.server.citizen_writes("c0", "encore")
    seen = room.replica.bases["c0"].ver
    room.replica.record(Asked(id="a1", complaint="c0", seen=seen, at=START, act=Close(reason="fini")))
    room.engine.cycle()
    assert room.states() == {"a1": "rejected"} and room.replica.tray["a1"][0] == Close(reason="fini")


def test_more_to_come_is_pulled(room):
    cut_short = []

    def first_only(body):
        """The page ends after its first document, as a full one does."""
        *lines, end = read_stream(body)
        cut_short.append(end.cursor)
        return write_stream(lines, cursor=room.replica.place.cursor + " ", more=True)

    room.server.disguise = first_only
    requests, _ = asked_of(room, "a1")
    assert requests == 2 and cut_short and in_step(room)


def test_a_page_of_another_history_is_left_to_the_pull(room):
    def restored(body):
        *lines, end = read_stream(body)
        lines[0] = Header(epoch="epoch-9")
        return write_stream(lines, cursor=end.cursor, more=False)

    room.server.disguise = restored
    requests, outcome = asked_of(room, "a1")
    assert requests == 2 and outcome.applied == 1 and in_step(room)


@pytest.mark.parametrize("keep", [0.2, 0.5, 0.9])
def test_a_stream_cut_anywhere_settles_nothing(room, keep):
    whole = Answering.disguise
    room.server.disguise = lambda body: body[: int(len(body) * keep)]
    before = {id_: base.raw for id_, base in room.replica.bases.items()}
    place = room.replica.place
    with pytest.raises(Garbled):
        asked_of(room, "a1")
    assert room.states() == {"a1": "queued"} and room.replica.place == place
    assert {id_: base.raw for id_, base in room.replica.bases.items()} == before
    room.server.disguise = whole
    assert room.engine.cycle().applied == 1 and in_step(room)


def test_a_reset_is_no_answer_to_acts(room):
    room.server.disguise = lambda _: write_reset("epoch-1", "scope")
    with pytest.raises(Garbled):
        asked_of(room, "a1")
    assert room.states() == {"a1": "queued"}


def test_results_nobody_asked_for_are_left_out(room):
    asked_of(room, "a1")
    act = room.replica.outbox["a1"].asked
    lines = [Header(epoch="e"), *(ResultLine(result=Result(id=id_, status="held")) for id_ in ("x", "a1"))]
    body = write_stream(lines, cursor="c", more=False)
    told = streams.settled(body, [seal(act)])
    assert [result.id for result in told.results] == ["a1"] and told.changes.end.cursor == "c"


def test_a_result_is_given_the_document_that_the_stream_brings(room):
    asked_of(room, "a1")
    act = room.replica.outbox["a1"].asked
    raw = msgspec.Raw(room.server.visible(ME)["c0"])
    brought = DocumentLine(id="c0", ver=2, row=msgspec.Raw(b"{}"), doc=raw)
    told = ResultLine(result=Result(id="a1", status="rejected", code="x", ver=2))
    body = write_stream([Header(epoch="e"), told, brought], cursor="c", more=False)
    (result,) = streams.settled(body, [seal(act)]).results
    assert bytes(result.doc) == bytes(raw)


def test_a_desk_without_a_first_sync_asks_for_results_alone():
    room = Room(complaints=50)
    room.engine.cycle()
    sent = []
    real = room.wire.push
    room.wire.push = lambda acts, cursor="": sent.append(cursor) or real(acts, cursor)
    room.note("a1")
    assert not room.replica.place.snap_done
    room.engine.cycle()
    assert sent == [""]


def test_plain_results_bring_no_changes():
    assert streams.settled(write_pushed(()), []) == streams.Settled(results=())


def test_plain_results_that_were_damaged_settle_nothing(room):
    room.server.is_older = True
    room.server.disguise = lambda body: body.replace(b'"applied"', b'"held"')
    with pytest.raises(Garbled):
        asked_of(room, "a1")
    assert room.states() == {"a1": "queued"}
