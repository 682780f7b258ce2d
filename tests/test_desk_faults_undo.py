"""Taking an act back while the network is away: what no connection ever carried can still be recalled."""

import pytest

from desktop.core.errors import TooLate
from protocol.acts import Assign, Note
from sync.errors import Offline
from tests.desk_world import Office
from tests.fake_complaints import ME
from tests.twin_connection import TwinConnection


@pytest.fixture
def office(tmp_path):
    made = Office(tmp_path)
    yield made
    made.close()


def one(desk) -> str:
    return desk.rows(desk.listing("unassigned").order)[0].row.id


def test_an_act_that_no_connection_carried_can_still_be_taken_back(office):
    desk = office.open()
    complaint = one(desk)
    office.house.cut()
    office.until(lambda: desk.status().state == "offline")
    act = desk.ask(complaint, Assign(assignee=ME, previous=""), seen=1)
    tried = len(office.changes)
    desk.sync_now()
    office.until(lambda: any(change.connection for change in office.changes[tried + 1 :]))
    desk.undo(act)
    assert desk.case(complaint).document.assignee == ""
    assert desk.status().waiting == 0


def test_an_act_whose_reply_was_lost_cannot_be_taken_back(office, monkeypatch):
    desk = office.open()
    complaint = one(desk)
    push = TwinConnection.push

    def lost(connection, acts, cursor=""):
        push(connection, acts)
        raise Offline("the reply was lost")

    monkeypatch.setattr(TwinConnection, "push", lost)
    act = desk.ask(complaint, Note(text="partie"), seen=1)
    office.until(lambda: desk.status().state == "offline")
    with pytest.raises(TooLate):
        desk.undo(act)
    monkeypatch.setattr(TwinConnection, "push", push)
    desk.sync_now()
    office.settled()
    texts = [event.text for event in desk.case(complaint).document.events]
    assert texts.count("partie") == 1
