"""The desk over real local files and the real engine, against a twin of the server with the real rules."""

import hashlib
import threading

import pytest

from desktop.core import queues as rail
from desktop.core.desk import Desk
from desktop.core.errors import TooLate
from desktop.models.errors import NotHere
from desktop.models.records import Draft
from protocol.acts import AskComplement, Assign, Note, Open, Transfer
from protocol.complaint import Status
from protocol.refusals import Refusal, Refused
from protocol.settings import COORDINATION
from sync.errors import NotFound, ServerDown
from tests import fake_complaints as told
from tests.desk_world import LONG_S, Office
from tests.fake_complaints import ME, ONEE
from tests.twin_connection import NOW


@pytest.fixture
def office(tmp_path):
    made = Office(tmp_path)
    yield made
    made.close()


def first(desk: Desk, queue: str = "mine"):
    return desk.rows(desk.listing(queue).order[:1])[0].row


def find(desk: Desk, queue: str, status: str):
    return next(line.row for line in desk.rows(desk.listing(queue).order) if line.row.status == status)


def draft(complaint: str, kind: str = "note") -> Draft:
    return Draft(complaint=complaint, kind=kind, body='{"text":"…"}', cursor=3, seen=2, updated=NOW)


def test_after_signing_in_the_queues_are_filled_and_counted(office):
    desk = office.open()
    counts = {queue.code: queue.count for queue in desk.queues()}
    assert counts["mine"] == desk.listing("mine").total == 17
    assert counts["unassigned"] == 7
    assert "triage" not in counts


def test_queues_say_the_same_as_their_definitions(office):
    desk = office.open()
    desk.ask(first(desk).id, Note(text="ملاحظة"), seen=3)
    who = rail.viewer(desk.profile, desk.today)
    every = desk.rows(range(1, 100))
    assert len(every) == 26
    for queue in rail.QUEUES:
        if queue.code == "returned":
            continue
        held = [line for line in every if queue.holds(line, who)]
        for sort in ("due", "received", "changed", "number"):
            shown = list(desk.listing(queue.code, sort).order)
            assert shown == [line.n for line in rail.arrange(held, sort)], (queue.code, sort)


def test_coordination_sees_what_is_to_triage(office):
    desk = office.open("coord")
    counts = {queue.code: queue.count for queue in desk.queues()}
    assert counts["triage"] == 4
    row = first(desk, "triage")
    assert row.administration == COORDINATION
    best = desk.suggestions(row.id)[0]
    assert best.words and 0 < best.confidence < 1


def test_an_act_made_off_line_is_shown_at_once_survives_a_restart_and_is_applied_once(office):
    desk = office.open()
    row = find(desk, "mine", Status.IN_PROGRESS)
    office.house.cut()
    act = desk.ask(row.id, Note(text="Appelé l’usager"), seen=desk.case(row.id).confirmed_ver)
    assert desk.case(row.id).document.events[-1].text == "Appelé l’usager"
    assert desk.status().waiting == 1
    desk = office.restart(offline=True)
    assert [one.id for one in desk.case(row.id).waiting] == [act]
    office.house.up = True
    desk.sync_now()
    office.settled()
    noted = [event for event in office.house.model.document(row.id).events if event.act == act]
    assert len(noted) == 1


def test_being_cut_off_is_told_and_so_is_coming_back(office):
    desk = office.open()
    office.house.cut()
    office.until(lambda: desk.status().state == "offline")
    assert desk.status().code == "server_down"
    office.house.up = True
    desk.sync_now()
    office.until(lambda: desk.status().state == "online")


def test_a_poke_brings_what_somebody_else_did(office):
    desk = office.open()
    row = find(desk, "unassigned", Status.RECEIVED)
    office.changes.clear()
    office.happens(row.id, Assign(assignee="u-alaoui"), ME)
    office.until(lambda: any(row.id in change.complaints for change in office.changes))
    assert desk.case(row.id).document.assignee == "u-alaoui"


def test_an_act_that_the_rules_refuse_is_refused_at_once_and_not_stored(office):
    desk = office.open()
    row = find(desk, "mine", Status.ASSIGNED)
    with pytest.raises(Refused) as refused:
        desk.ask(row.id, AskComplement(items=("قسيمة",), limit=desk.today), seen=row.ver)
    assert desk.case(row.id).may["ask_complement"] == refused.value.code
    assert desk.status().waiting == 0


def test_what_a_person_may_do_follows_the_unsettled_acts(office):
    desk = office.open()
    row = find(desk, "mine", Status.ASSIGNED)
    office.house.cut()
    assert desk.case(row.id).may["open"] is None
    desk.ask(row.id, Open(), seen=row.ver)
    case = desk.case(row.id)
    assert case.document.status == Status.IN_PROGRESS
    assert case.may["open"] == Refusal.ILLEGAL_TRANSITION
    assert case.may["answer"] is None
    assert case.confirmed_ver < case.document.ver


def test_a_recorded_act_takes_the_draft_of_its_kind_with_it(office):
    desk = office.open()
    row = find(desk, "mine", Status.IN_PROGRESS)
    desk.save_draft(draft(row.id))
    desk.save_draft(draft(row.id, "answer"))
    assert set(desk.case(row.id).drafts) == {"note", "answer"}
    desk.ask(row.id, Note(text="x"), seen=row.ver)
    assert set(desk.case(row.id).drafts) == {"answer"}


def test_drafts_survive_a_restart_and_mark_their_row(office):
    desk = office.open()
    row = first(desk)
    desk.save_draft(draft(row.id))
    desk = office.restart(offline=True)
    assert desk.case(row.id).drafts["note"] == draft(row.id)
    assert desk.rows(desk.listing("mine").order[:1])[0].draft
    desk.drop_draft(row.id, "note")
    assert desk.case(row.id).drafts == {}


def test_acts_can_be_undone_for_some_seconds_the_latest_first(office):
    desk = office.open(grace=8)
    row = find(desk, "mine", Status.ASSIGNED)
    former = desk.ask(row.id, Note(text="un"), seen=row.ver)
    latter = desk.ask(row.id, Note(text="deux"), seen=row.ver)
    with pytest.raises(TooLate):
        desk.undo(former)
    desk.undo(latter)
    desk.undo(former)
    assert desk.status().waiting == 0
    assert desk.case(row.id).document.ver == row.ver
    assert office.house.pushed_by == []


def test_after_its_grace_an_act_leaves_by_itself(office):
    desk = office.open(grace=8)
    row = first(desk)
    desk.ask(row.id, Note(text="un"), seen=row.ver)
    office.clock.pass_(seconds=8)
    desk.sync_now()
    office.settled()


def test_an_act_still_in_its_grace_leaves_when_the_desk_is_closed(office):
    desk = office.open(grace=8)
    act = desk.ask(first(desk).id, Note(text="un"), seen=1)
    office.close()
    assert [sent for _, sent in office.house.pushed_by] == [act]


def test_reading_leaves_at_once(office):
    desk = office.open(grace=8)
    row = find(desk, "mine", Status.ASSIGNED)
    desk.ask(row.id, Open(), seen=row.ver)
    office.settled()


def test_an_act_that_left_cannot_be_undone(office):
    desk = office.open()
    row = first(desk)
    act = desk.ask(row.id, Note(text="x"), seen=row.ver)
    office.settled()
    with pytest.raises(TooLate):
        desk.undo(act)


def test_a_refused_act_lies_in_the_tray_and_can_be_sent_again(office):
    desk = office.open()
    row = find(desk, "unassigned", Status.RECEIVED)
    office.house.cut()
    office.until(lambda: desk.status().state == "offline")
    office.happens(row.id, Assign(assignee="u-alaoui"), ME)
    mine = desk.ask(row.id, Assign(assignee="u-senhaji", note="pour avis"), seen=row.ver)
    office.house.up = True
    desk.sync_now()
    office.until(lambda: len(desk.returned()) == 1)
    office.until(lambda: desk.case(row.id).document.assignee == "u-alaoui")
    back = desk.returned()[0]
    assert (back.id, back.code, back.act.note) == (mine, Refusal.ASSIGNEE_CHANGED, "pour avis")
    assert desk.listing("returned").total == 1
    desk.resend(mine, Assign(assignee="u-senhaji", previous="u-alaoui", note="pour avis"))
    assert desk.returned() == ()
    office.settled()
    assert office.house.model.document(row.id).assignee == "u-senhaji"


def test_resending_what_the_rules_refuse_leaves_it_in_the_tray(office):
    desk = refused_act(office)
    with pytest.raises(Refused):
        desk.resend(desk.returned()[0].id, Assign(assignee="u-nobody", previous="u-alaoui"))
    assert len(desk.returned()) == 1


def test_a_refused_act_can_be_discarded(office):
    desk = refused_act(office)
    desk.discard(desk.returned()[0].id)
    assert desk.returned() == ()
    with pytest.raises(NotHere):
        desk.discard("unknown")


def refused_act(office):
    desk = office.open()
    row = find(desk, "unassigned", Status.RECEIVED)
    office.house.cut()
    office.until(lambda: desk.status().state == "offline")
    office.happens(row.id, Assign(assignee="u-alaoui"), ME)
    desk.ask(row.id, Assign(assignee="u-senhaji"), seen=row.ver)
    office.house.up = True
    desk.sync_now()
    office.until(lambda: len(desk.returned()) == 1)
    office.until(lambda: desk.case(row.id).document.assignee == "u-alaoui")
    return desk


def test_versions_that_only_my_own_acts_made_are_not_claimed_as_seen(office):
    desk = office.open()
    row = find(desk, "mine", Status.IN_PROGRESS)
    office.house.cut()
    office.until(lambda: desk.status().state == "offline")
    desk.ask(row.id, Note(text="un"), seen=row.ver)
    folded = desk.case(row.id)
    desk.ask(row.id, Note(text="deux"), seen=folded.document.ver)
    assert [one.seen for one in desk.case(row.id).waiting] == [folded.confirmed_ver] * 2


def test_a_transfer_takes_the_complaint_out_of_sight(office):
    desk = office.open()
    row = find(desk, "mine", Status.IN_PROGRESS)
    act = Transfer(
        administration="CNSS", from_administration=ONEE, from_unit=row.unit, reason="Relève de la CNSS"
    )
    desk.ask(row.id, act, seen=row.ver)
    office.settled()
    office.until(lambda: row.id not in [line.row.id for line in desk.rows(range(1, 100))])
    with pytest.raises(NotHere):
        desk.case(row.id)


def test_what_one_person_typed_never_leaves_under_another_account(office):
    desk = office.open()
    row = first(desk)
    office.house.cut()
    desk.ask(row.id, Note(text="à moi"), seen=row.ver)
    office.close()
    office.house.up = True
    office.open("senhaji")
    assert office.house.pushed_by == []
    office.close()
    office.open("bennis")
    office.settled()
    assert {user for user, _ in office.house.pushed_by} == {ME}


def test_searching_folds_both_languages(office):
    desk = office.open()
    office.until(lambda: True)
    wait_for_index(office)
    assert desk.search("انقطاعات").total == desk.search("إنقطاعات").total == 1
    assert desk.search("الماء").total == desk.search("المَاء").total > 1
    assert desk.search("coopérative branchement").total == desk.search("COOPERATIVE").total == 1
    assert desk.search("facture", "unassigned").total < desk.search("facture").total
    assert desk.search("   ").total == 0


def wait_for_index(office) -> None:
    done = threading.Event()

    def look() -> None:
        while office.desk._reading.index_pending(1):
            pass
        done.set()

    threading.Thread(target=look).start()
    assert done.wait(LONG_S)


def test_files_are_fetched_once_and_kept(office):
    desk = office.open()
    content = b"%PDF-1.7 facture"
    digest = hashlib.sha256(content).hexdigest()
    with pytest.raises(NotFound):
        desk.attachment(digest)
    office.house.files[digest] = content
    assert desk.attachment(digest) == content
    office.house.cut()
    assert desk.attachment(digest) == content
    with pytest.raises(ServerDown):
        desk.attachment("0" * 64)


def test_the_register_is_at_hand(office):
    desk = office.open()
    assert {body.code for body in desk.administrations()} == {body.code for body in told.ADMINISTRATIONS}
    assert [unit.code for unit in desk.units("CNSS")] == ["CNSS-RAB"]
    assert {person.id for person in desk.colleagues(told.RABAT)} == {ME, "u-senhaji", "u-alaoui"}
    assert "u-idrissi" not in {person.id for person in desk.colleagues()}, "a signatory is given no work"
    assert desk.name_of("u-senhaji", "ar") == "عمر الصنهاجي"
    assert desk.name_of(ME, "fr") == "Leïla Bennis"
    assert desk.name_of("u-unknown", "fr") == ""
    assert [one.id for one in desk.templates("billing", "fr")] == ["t3"]
    assert len(desk.themes()) == len(told.THEMES)


def test_a_complaint_that_is_not_here_is_said_to_be_elsewhere(office):
    desk = office.open()
    for ask in (desk.case, desk.suggestions):
        with pytest.raises(NotHere):
            ask("nowhere")
    with pytest.raises(NotHere):
        desk.ask("nowhere", Note(text="x"), seen=1)


def test_listening_can_be_stopped_even_after_closing(office):
    desk = office.open()
    stop = desk.listen(lambda change: None)
    office.close()
    stop()
    stop()
