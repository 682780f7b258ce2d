"""Several complaints handed over at once: the preview, the recording, the undo."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from desktop.core.handover import ALREADY_THEIRS, Handing, Office
from desktop.core.workload_records import Handover, Undone
from desktop.models.replica import StoreReplica
from desktop.models.store import Store
from protocol.complaint import Status
from protocol.refusals import Refused
from tests import desk_world
from tests.profiles import KEY, document, page
from tests.profiles import ME as ACTOR
from tests.profiles import NOW as SHORTLY
from tests.workload_world import MemoryStore, agent, giveable

OMAR, KARIMA = "u-senhaji", "u-alaoui"
FIRST_DUE = date(2026, 12, 1)


@pytest.fixture
def office(tmp_path):
    made = desk_world.Office(tmp_path)
    yield made
    made.close()


def test_several_are_handed_over_with_a_note_and_taken_back_by_one_undo(office):
    desk = office.open(grace=8)
    chosen = giveable(desk, 5)
    before = {id_: desk.case(id_).document for id_ in chosen}
    plan = desk.workload.plan(chosen, [OMAR, KARIMA])
    assert len(plan.hands) == 5 and plan.moving
    assert {id_: desk.case(id_).document for id_ in chosen} == before
    batch = desk.workload.hand_over(plan, "absence de Mme Bennis")
    for hand in plan.moving:
        now = desk.case(hand.complaint).document
        assert now.assignee == hand.to_agent and now.events[-1].text == "absence de Mme Bennis"
    loads = desk.workload.loads()
    assert all(loads.get(who, 0) == plan.after[who] for who in (OMAR, KARIMA))
    assert desk.status().waiting == len(plan.moving)
    assert desk.workload.undo(batch) == Undone(recalled=len(plan.moving), left=0)
    assert {id_: desk.case(id_).document for id_ in chosen} == before
    assert desk.status().waiting == 0
    with pytest.raises(KeyError):
        desk.workload.undo(batch)


def test_what_was_handed_over_arrives_and_an_undo_then_says_it_had_left(office):
    desk = office.open()
    plan = desk.workload.plan(giveable(desk, 4), [OMAR])
    batch = desk.workload.hand_over(plan)
    office.settled()
    for hand in plan.moving:
        assert office.house.model.document(hand.complaint).assignee == OMAR
    assert desk.workload.undo(batch) == Undone(recalled=0, left=len(plan.moving))


def test_what_changed_since_the_preview_stops_the_whole_handover(office):
    desk = office.open(grace=8)
    chosen = giveable(desk, 3)
    plan = desk.workload.plan(chosen, [OMAR])
    stale = replace(plan, hands=(*plan.moving[:-1], replace(plan.moving[-1], from_agent="u-somebody")))
    with pytest.raises(Refused):
        desk.workload.hand_over(stale)
    assert desk.status().waiting == 0


def test_nothing_allowed_is_nothing_recorded(office):
    desk = office.open()
    plan = desk.workload.plan(giveable(desk, 2), ["u-nobody"])
    assert [hand.refusal for hand in plan.hands] == ["not_in_unit"] * 2
    assert desk.workload.hand_over(plan) == ""
    assert desk.status().waiting == 0


def test_a_preview_without_agents_says_that_names_are_missing(office):
    desk = office.open()
    (hand,) = desk.workload.plan(giveable(desk, 1), []).hands
    assert (hand.to_agent, hand.refusal) == ("", "names_missing")


@pytest.fixture
def giving(tmp_path):
    """A store of my unit with an absent colleague, and the planning of handovers in it."""
    store = Store.open(tmp_path, KEY, actor=ACTOR)
    memory = MemoryStore()
    memory.refer(
        *(agent(id_, "ONEE-RABAT") for id_ in ("u-1", "u-2", "u-3")),
        agent("u-away", "ONEE-RABAT", absent_from=date(2026, 11, 1)),
    )
    store.directory = memory.directory
    replica = StoreReplica(store)
    day = timedelta(days=1)
    documents = [document(f"c{n}", due=FIRST_DUE + n * day, assignee="u-1") for n in range(6)]
    documents.append(document("against", against="u-2", due=FIRST_DUE + 9 * day))
    documents.append(document("signing", status=Status.TO_SIGN, due=FIRST_DUE + 9 * day))
    replica.apply(page(*documents))
    office = Office(lambda: ACTOR, lambda: SHORTLY, lambda _: ("x",), lambda _: ())
    yield Handing(store, office)
    store.close()
    memory.cache.close()


def shares(plan: Handover) -> list[tuple[str, str]]:
    return [(hand.complaint, hand.to_agent) for hand in plan.hands]


def test_balance_gives_each_to_whoever_has_least(giving):
    plan = giving.plan(["c3", "c0", "c1", "c2", "c0"], ["u-2", "u-3"], {"u-1": 6, "u-2": 4, "u-3": 2})
    assert shares(plan) == [("c0", "u-3"), ("c1", "u-3"), ("c2", "u-2"), ("c3", "u-3")]
    assert plan.before == {"u-1": 6, "u-2": 4, "u-3": 2}
    assert plan.after == {"u-1": 2, "u-2": 5, "u-3": 5}


def test_without_balance_they_take_turns(giving):
    plan = giving.plan(["c0", "c1", "c2", "c3"], ["u-2", "u-3"], {"u-2": 40}, balance=False)
    assert shares(plan) == [("c0", "u-2"), ("c1", "u-3"), ("c2", "u-2"), ("c3", "u-3")]


def test_lines_that_the_rules_refuse_say_why_and_move_nothing(giving):
    plan = giving.plan(["c0", "against", "signing", "gone"], ["u-2"], {"u-1": 1, "u-2": 0})
    told = {hand.complaint: hand.refusal for hand in plan.hands}
    assert told == {"c0": "", "against": "person_complained_of", "signing": "illegal_transition"}
    assert plan.after == {"u-1": 0, "u-2": 1}
    assert [hand.refusal for hand in giving.plan(["c0"], ["u-1"], {}).hands] == [ALREADY_THEIRS]
    assert [hand.refusal for hand in giving.plan(["c0"], ["u-away"], {}).hands] == ["assignee_absent"]
    assert [hand.refusal for hand in giving.plan(["c0"], ["u-1", "u-away"], {}).hands] == ["assignee_absent"]


def test_somebody_refused_for_one_complaint_is_passed_over_for_that_one(giving):
    plan = giving.plan(["c0", "against"], ["u-2", "u-3", "u-away"], {"u-3": 9})
    assert shares(plan) == [("c0", "u-2"), ("against", "u-3")]


def test_a_handover_is_taken_back_once(giving):
    plan = giving.plan(["c0"], ["u-2"], {})
    giving.hand_over(plan)
    assert giving.undo("x") == Undone(recalled=0, left=1)
    with pytest.raises(KeyError):
        giving.undo("x")
