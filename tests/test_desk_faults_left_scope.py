"""A complaint leaves this PC while something is being written on it: the words lie in the tray."""

import pytest

from desktop.models.records import Draft
from desktop.ui.answer_presenter import AnswerForm, write_draft
from protocol.acts import Transfer
from protocol.complaint import Status
from tests.desk_world import SERVER, Office
from tests.fake_complaints import ONEE
from tests.twin_connection import NOW

WORDS = "نحيطكم علما بأن الفاتورة صُححت."


@pytest.fixture
def office(tmp_path):
    made = Office(tmp_path)
    yield made
    made.close()


def begun(office) -> str:
    """An answer and a note are being written on a complaint that is transferred; gives its id."""
    desk = office.open()
    row = next(
        line.row for line in desk.rows(desk.listing("mine").order) if line.row.status == Status.IN_PROGRESS
    )
    body = write_draft(AnswerForm(text=WORDS))
    desk.save_draft(Draft(row.id, "answer", body, 3, row.ver, NOW))
    desk.save_draft(Draft(row.id, "note", "à vérifier", 3, row.ver, NOW))
    assert desk.returned() == ()
    away = Transfer(administration="CNSS", from_administration=ONEE, from_unit=row.unit, reason="CNSS")
    desk.ask(row.id, away, seen=row.ver)
    office.settled()
    office.until(lambda: row.id not in shown(desk))
    return row.id


def shown(desk) -> set[str]:
    return {line.row.id for line in desk.rows(range(1, 100))}


def test_what_was_being_written_lies_in_the_tray_when_its_complaint_leaves(office):
    begun(office)
    desk = office.desk
    back = {act.act.kind: act for act in desk.returned()}
    assert back["answer"].act.reply.text == WORDS
    assert back["note"].act.text == "à vérifier"
    assert {act.code for act in back.values()} == {"out_of_scope"}
    assert next(queue.count for queue in desk.queues() if queue.code == "returned") == 2
    desk.discard(back["note"].id)
    assert [act.act.kind for act in desk.returned()] == ["answer"]


def test_nothing_is_said_to_be_gone_before_everything_was_fetched(office):
    desk = office.open()
    complaint = desk.rows(desk.listing("unassigned").order)[0].row.id
    desk.save_draft(Draft(complaint, "note", "à vérifier", 3, 2, NOW))
    office.close()
    (office.session.folder(SERVER, "bennis") / "cache.db").unlink()
    office.house.cut()
    desk = office.open(offline=True)
    assert desk.returned() == ()
    office.house.up = True
    desk.sync_now()
    office.until(lambda: complaint in shown(desk))
    assert desk.returned() == ()
    assert desk.case(complaint).drafts["note"].body == "à vérifier"
