"""Files within a cycle: they leave before the acts that carry them, and one that is refused holds nothing."""

from sync.blobs import Files
from sync.engine import Engine
from sync.errors import TooLarge
from tests.file_shelf import Shelf
from tests.test_engine import room

__all__ = ["room"]  # pytest's fixture


def test_files_leave_before_the_acts_that_carry_them(room):
    shelf = Shelf(b"abc")
    engine = Engine(room.replica, room.wire, clock=lambda: room.server.now, files=Files(shelf, shelf))
    room.note("a1")
    engine.cycle()
    assert shelf.arrived["0"] == b"abc" and room.states() == {"a1": "acked"}


def test_a_file_that_is_refused_for_good_is_told_and_holds_nothing(room):
    shelf, told = Shelf(b"abc"), []
    shelf.refusals = [TooLarge()]
    files = Files(shelf, shelf)
    engine = Engine(room.replica, room.wire, clock=lambda: room.server.now, files=files, told=told.append)
    room.note("a1")
    outcome = engine.cycle()
    assert outcome.rejected == 1 and "complaint of 0" in outcome.changed
    assert told[0].rejected == 1 and told[0].settled == {"act of 0"}
    assert room.states() == {"a1": "acked"}
