"""Acts whose connection was never made have not left: they can still be taken back."""

import pytest

from sync.errors import Offline, Unreached
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
