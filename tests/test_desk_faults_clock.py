"""A clock that is wrong, or is put right while the desk runs: acts leave all the same, drafts stay."""

from datetime import UTC, datetime

import pytest

from desktop.core.errors import ClockWrong, LeaseExpired
from protocol.acts import Note
from tests.desk_world import Office


@pytest.fixture
def office(tmp_path):
    made = Office(tmp_path)
    yield made
    made.close()


def one(desk) -> str:
    return desk.rows(desk.listing("unassigned").order)[0].row.id


@pytest.mark.parametrize("year", [1970, 2100])
def test_an_act_typed_under_a_wrong_clock_leaves_once_the_clock_is_right(office, year):
    desk = office.open(grace=8)
    complaint, right = one(desk), office.clock.now
    office.house.cut()
    office.until(lambda: desk.status().state == "offline")
    office.clock.now = datetime(year, 1, 1, 0, 0, 5, tzinfo=UTC)
    desk.ask(complaint, Note(text="tapée sous une mauvaise horloge"), seen=1)
    assert desk.status().waiting == 1
    office.clock.now = right
    office.clock.pass_(seconds=9)
    office.house.up = True
    desk.sync_now()
    office.settled()
    assert desk.status().waiting == 0


@pytest.mark.parametrize("year", [1970, 2100])
def test_a_desk_works_under_a_wrong_clock_while_the_server_is_there(office, year):
    office.clock.now = datetime(year, 1, 1, 0, 0, 5, tzinfo=UTC)
    desk = office.open()
    complaint = one(desk)
    desk.ask(complaint, Note(text="tout de même"), seen=1)
    office.settled()
    assert "tout de même" in [event.text for event in desk.case(complaint).document.events]


def test_a_clock_set_back_or_far_ahead_opens_nothing_off_line_and_says_so(office):
    office.open()
    office.close()
    right = office.clock.now
    office.clock.now = datetime(1970, 1, 2, tzinfo=UTC)
    with pytest.raises(ClockWrong):
        office.open(offline=True)
    office.clock.now = datetime(2100, 1, 1, tzinfo=UTC)
    with pytest.raises(LeaseExpired):
        office.open(offline=True)
    office.clock.now = right
    assert one(office.open(offline=True))
