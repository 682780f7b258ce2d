"""What does not leave, by no connection or by a build too old, stays queued; reading goes on where it can."""

import pytest

from sync.errors import ClientTooOld, Offline, Unreached
from tests.test_engine import Room


@pytest.mark.parametrize(
    ("fault", "may_be_recalled"), [(Unreached("refused"), True), (Offline("cut off"), False)]
)
def test_only_a_connection_that_was_made_may_have_carried_an_act(fault, may_be_recalled):
    room = Room()
    room.engine.cycle()
    room.note("a1")
    room.wire.refusing.append(fault)
    with pytest.raises(type(fault)):
        room.engine.cycle()
    assert (room.replica.outbox["a1"].tries == 0) is may_be_recalled
    room.engine.cycle()
    assert room.replica.outbox["a1"].state == "acked"


def test_a_build_too_old_to_send_reads_on_and_holds_its_outbox():
    room = Room()
    room.engine.cycle()
    room.note("a1")
    room.server.register("c9", "AA")
    room.wire.refusing.append(ClientTooOld("426"))
    with pytest.raises(ClientTooOld):
        room.engine.cycle()
    assert "c9" in room.replica.bases
    assert room.states() == {"a1": "queued"}
    room.engine.cycle()
    assert room.states() == {"a1": "acked"}
