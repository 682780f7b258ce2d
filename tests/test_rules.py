"""The moves of DOMAIN §3 one by one: what each act changes, what it leaves in history, when it is refused."""

from datetime import date, timedelta

import pytest
from msgspec.structs import replace as changed

from protocol import acts
from protocol.complaint import (
    Attachment,
    EventKind,
    Point,
    Status,
)  # fmt: skip
from protocol.rules import Refusal, allowed, may
from protocol.settings import CITIZEN, SYSTEM, Actor, Grant, Role, Staff
from tests.rule_cases import (
    AMINA,
    BILAL,
    CLARA,
    CN,
    COORDINATOR,
    DIRECTOR,
    FOREIGN_HEAD,
    FOREIGNER,
    NOW,
    OTHER_UNIT,
    REPLY,
    SALMA,
    SETTINGS,
    TODAY,
    VERA,
    A,
    B,
    Story,
    assigned,
    complaint,
    done,
    in_progress,
    refused,
    reopened,
    transfer,
)  # fmt: skip

TOMORROW = TODAY + timedelta(days=1)
FILE = Attachment(sha256="0" * 64, name="photo.jpg", mime="image/jpeg", size=10)


def test_every_event_says_version_act_author_and_both_clocks() -> None:
    after = done(complaint(), SALMA, acts.Assign(assignee="amina", note="عاجل"), id="act-7")
    (event,) = after.events
    assert (after.ver, event.n, event.act, event.kind) == (2, 2, "act-7", EventKind.ASSIGNED)
    assert (event.at, event.typed_at, event.by) == (NOW, NOW, "salma")
    assert (event.assignee, event.previous, event.text) == ("amina", "", "عاجل")


class TestAssigning:
    def test_a_supervisor_assigns_anybody_of_the_unit(self) -> None:
        after = done(complaint(), SALMA, acts.Assign(assignee="amina"))
        assert (after.status, after.assignee) == (Status.ASSIGNED, "amina")

    def test_an_agent_takes_what_nobody_has(self) -> None:
        assert done(complaint(), AMINA, acts.Assign(assignee="amina")).assignee == "amina"

    def test_an_agent_takes_before_the_register_of_staff_has_come(self) -> None:
        bare = changed(SETTINGS, staff={})
        assert done(complaint(), AMINA, acts.Assign(assignee="amina"), bare).assignee == "amina"

    def test_an_agent_gives_nothing_to_others_and_takes_nothing_from_them(self) -> None:
        assert refused(complaint(), AMINA, acts.Assign(assignee="bilal")) is Refusal.NOT_ALLOWED
        take = acts.Assign(assignee="bilal", previous="amina")
        assert refused(assigned(), BILAL, take) is Refusal.NOT_ALLOWED

    def test_reassigning_work_in_progress_puts_it_back_to_assigned(self) -> None:
        after = done(in_progress(), SALMA, acts.Assign(assignee="bilal", previous="amina"))
        assert (after.status, after.assignee) == (Status.ASSIGNED, "bilal")

    @pytest.mark.parametrize("status", [Status.AWAITING_CITIZEN, Status.AWAITING_ELEMENTS])
    def test_reassigning_what_waits_keeps_it_waiting(self, status: Status) -> None:
        waiting = in_progress(status=status)
        after = done(waiting, SALMA, acts.Assign(assignee="bilal", previous="amina"))
        assert (after.status, after.assignee) == (status, "bilal")

    def test_what_somebody_else_got_meanwhile_is_a_conflict(self) -> None:
        act = acts.Assign(assignee="bilal", previous="")
        assert refused(assigned(), SALMA, act) is Refusal.ASSIGNEE_CHANGED

    def test_assigning_whom_it_already_has_changes_nothing(self) -> None:
        before = assigned()
        assert done(before, SALMA, acts.Assign(assignee="amina")) is before

    def test_the_assignee_works_in_this_unit(self) -> None:
        for user in ("omar", "farid", "clara", "nobody", ""):
            act = acts.Assign(assignee=user, previous="amina")
            assert refused(assigned(), SALMA, act) is Refusal.NOT_IN_UNIT, user

    def test_the_assignee_is_present(self) -> None:
        for left, back, expected in (
            (TODAY, TODAY, Refusal.ASSIGNEE_ABSENT),
            (TODAY - timedelta(days=9), None, Refusal.ASSIGNEE_ABSENT),
            (TODAY - timedelta(days=9), TODAY - timedelta(days=1), None),
            (TODAY + timedelta(days=1), None, None),
        ):
            away = Staff(id="amina", grants=AMINA.grants, absent_from=left, absent_until=back)
            book = changed(SETTINGS, staff={"amina": away})
            act = acts.Assign(assignee="amina")
            if expected is None:
                assert done(complaint(), SALMA, act, book).assignee == "amina"
            else:
                assert refused(complaint(), SALMA, act, book) is expected

    def test_the_assignee_is_not_the_person_complained_of(self) -> None:
        act = acts.Assign(assignee="amina")
        assert refused(complaint(against="amina"), SALMA, act) is Refusal.PERSON_COMPLAINED_OF

    def test_a_complaint_of_no_unit_joins_its_assignees_only_unit(self) -> None:
        after = done(complaint(unit=""), DIRECTOR, acts.Assign(assignee="omar"))
        assert (after.unit, after.unit_since, after.events[-1].unit) == ("U2", NOW, "U2")
        roaming = done(complaint(unit=""), DIRECTOR, acts.Assign(assignee="director"))
        assert (roaming.unit, roaming.unit_since) == ("", None)

    def test_a_complaint_of_no_unit_does_not_go_to_somebody_who_would_lose_sight_of_it(self) -> None:
        grants = tuple(Grant(role=Role.AGENT, administration=A, unit=unit) for unit in ("U1", "U2"))
        book = changed(SETTINGS, staff={"both": Staff(id="both", grants=grants)})
        assert (
            refused(complaint(unit=""), DIRECTOR, acts.Assign(assignee="both"), book) is Refusal.NOT_IN_UNIT
        )

    def test_a_clerk_of_the_whole_house_who_is_agent_elsewhere_gets_no_work_here(self) -> None:
        grants = (
            Grant(role=Role.REGISTRY_CLERK, administration=A),
            Grant(role=Role.AGENT, administration=A, unit="U2"),
        )
        book = changed(SETTINGS, staff={"mixed": Staff(id="mixed", grants=grants)})
        assert refused(complaint(), SALMA, acts.Assign(assignee="mixed"), book) is Refusal.NOT_IN_UNIT

    def test_work_on_a_confidential_complaint_goes_to_named_persons_only(self) -> None:
        secret = complaint(confidential=True, named=("salma", "bilal"))
        assert refused(secret, SALMA, acts.Assign(assignee="amina")) is Refusal.NOT_NAMED
        assert done(secret, SALMA, acts.Assign(assignee="bilal")).assignee == "bilal"

    def test_a_confirmed_routing_assigns_as_the_system(self) -> None:
        assert done(complaint(), SYSTEM, acts.Assign(assignee="amina")).status == Status.ASSIGNED

    def test_the_system_gives_no_unit_to_somebody_unknown(self) -> None:
        assert refused(complaint(unit=""), SYSTEM, acts.Assign(assignee="ghost")) is Refusal.NOT_IN_UNIT

    def test_after_a_reopening_another_handler_than_the_first_author_is_assigned(self) -> None:
        story = reopened()
        assert story.refuses(SALMA, acts.Assign(assignee="amina")) is Refusal.SAME_PERSON
        assert story.refuses(AMINA, acts.Assign(assignee="amina")) is Refusal.SAME_PERSON
        assert story.does(BILAL, acts.Assign(assignee="bilal")).status == Status.ASSIGNED
        again = acts.Assign(assignee="amina", previous="bilal")
        assert story.refuses(SALMA, again) is Refusal.SAME_PERSON

    def test_the_assignee_hands_it_back_with_a_reason(self) -> None:
        after = done(assigned(), AMINA, acts.Decline(reason="en congé demain"))
        assert (after.status, after.assignee, after.events[-1].previous) == (Status.RECEIVED, "", "amina")
        assert refused(assigned(), AMINA, acts.Decline(reason=" ")) is Refusal.TEXT_MISSING
        assert refused(assigned(), BILAL, acts.Decline(reason="x")) is Refusal.NOT_ASSIGNED
        assert refused(assigned(), SALMA, acts.Decline(reason="x")) is Refusal.NOT_ASSIGNED

    def test_only_the_assignee_opens_it_and_opening_twice_changes_nothing(self) -> None:
        after = done(assigned(), AMINA, acts.Open())
        assert (after.status, after.events[-1].kind) == (Status.IN_PROGRESS, EventKind.OPENED)
        assert done(after, AMINA, acts.Open()) is after
        assert refused(assigned(), SALMA, acts.Open()) is Refusal.NOT_ASSIGNED


class TestNotesAndMessages:
    @pytest.mark.parametrize("status", [s for s in Status if s != Status.DRAFT])
    def test_a_note_applies_in_every_state_and_changes_only_history(self, status: Status) -> None:
        before = complaint(status=status)
        after = done(before, AMINA, acts.Note(text="appelé ce matin", attachments=(FILE,)))
        assert changed(after, ver=1, events=()) == before
        assert (after.events[0].text, after.events[0].attachments) == ("appelé ce matin", (FILE,))

    def test_a_note_needs_a_text(self) -> None:
        assert refused(complaint(), AMINA, acts.Note(text=" \n ")) is Refusal.TEXT_MISSING

    def test_the_citizen_writes_or_a_clerk_types_it_in(self) -> None:
        for actor in (CITIZEN, CLARA):
            after = done(in_progress(), actor, acts.Write(text="أضيف ما يلي"))
            assert (after.status, after.events[-1].kind) == (Status.IN_PROGRESS, EventKind.CITIZEN_WROTE)
        assert done(in_progress(), CITIZEN, acts.Write(text="", attachments=(FILE,))).ver == 2
        assert refused(in_progress(), CITIZEN, acts.Write(text="")) is Refusal.TEXT_MISSING

    def test_nobody_writes_to_a_closed_complaint(self) -> None:
        closed = complaint(status=Status.CLOSED)
        assert refused(closed, CITIZEN, acts.Write(text="x")) is Refusal.ILLEGAL_TRANSITION

    def test_texts_and_files_have_limits(self) -> None:
        assert refused(complaint(), AMINA, acts.Note(text="x" * 20_001)) is Refusal.TEXT_TOO_LONG
        assert done(complaint(), AMINA, acts.Note(text="x" * 20_000)).ver == 2
        six = acts.Note(text="x", attachments=(FILE,) * 6)
        assert refused(complaint(), AMINA, six) is Refusal.TOO_MANY_FILES
        large = acts.Note(text="x", attachments=(changed(FILE, size=10 * 1024 * 1024 + 1),))
        assert refused(complaint(), AMINA, large) is Refusal.FILE_TOO_LARGE
        deep = acts.Answer(reply=changed(REPLY, points=(Point(text="p", answer="x" * 20_001),)))
        assert refused(in_progress(), AMINA, deep) is Refusal.TEXT_TOO_LONG

    def test_stored_texts_hold_no_control_and_no_bidi_override(self) -> None:
        after = done(complaint(), AMINA, acts.Note(text="a\u202egnp.exe\x00\tb\r\nc e\u0301"))
        assert after.events[0].text == "agnp.exe\tb\nc é"


class TestComplement:
    ASK = acts.AskComplement(items=("نسخة العقد",), limit=TOMORROW)

    def test_the_citizen_is_asked_once_and_answers(self) -> None:
        story = Story(in_progress())
        waiting = story.does(AMINA, self.ASK)
        assert (waiting.status, waiting.complement_limit) == (Status.AWAITING_CITIZEN, TOMORROW)
        assert (waiting.events[-1].items, waiting.events[-1].limit) == (("نسخة العقد",), TOMORROW)
        given = story.does(CITIZEN, acts.GiveComplement(text="هذه", attachments=(FILE,)))
        assert (given.status, given.complement_limit) == (Status.IN_PROGRESS, None)
        assert story.refuses(AMINA, self.ASK) is Refusal.COMPLEMENT_ALREADY_ASKED
        assert story.refuses(SALMA, self.ASK) is Refusal.COMPLEMENT_ALREADY_ASKED
        later = story.does(SALMA, changed(self.ASK, override="pièce illisible", limit=TOMORROW))
        assert later.events[-1].reason == "pièce illisible"

    def test_the_limit_passes_by_the_system_and_not_before_its_day_is_over(self) -> None:
        story = Story(in_progress())
        story.does(AMINA, self.ASK)
        story.waits(1)
        assert story.refuses(SYSTEM, acts.ExpireComplement()) is Refusal.LIMIT_NOT_REACHED
        story.waits(1)
        after = story.does(SYSTEM, acts.ExpireComplement())
        assert (after.status, after.events[-1].limit) == (Status.IN_PROGRESS, TOMORROW)

    def test_nothing_expires_without_a_limit(self) -> None:
        odd = in_progress(status=Status.AWAITING_CITIZEN)
        assert refused(odd, SYSTEM, acts.ExpireComplement()) is Refusal.LIMIT_NOT_REACHED

    def test_a_request_lists_things_and_leaves_time(self) -> None:
        for items in ((), ("ok", " ")):
            act = changed(self.ASK, items=items)
            assert refused(in_progress(), AMINA, act) is Refusal.TEXT_MISSING
        assert refused(in_progress(), AMINA, changed(self.ASK, limit=TODAY)) is Refusal.LIMIT_PAST


class TestElements:
    def test_another_service_is_asked_and_its_elements_come(self) -> None:
        story = Story(in_progress())
        after = story.does(AMINA, acts.RequestElements(unit="V1", text="relevés", due=TOMORROW))
        assert (after.status, after.elements_due) == (Status.AWAITING_ELEMENTS, TOMORROW)
        assert (after.events[-1].unit, after.events[-1].limit) == ("V1", TOMORROW)
        assert story.refuses(AMINA, acts.ReceiveElements(text="")) is Refusal.TEXT_MISSING
        after = story.does(AMINA, acts.ReceiveElements(text="reçus", attachments=(FILE,)))
        assert (after.status, after.elements_due) == (Status.IN_PROGRESS, None)

    def test_a_request_for_elements_names_another_known_service_and_leaves_time(self) -> None:
        ask = acts.RequestElements(unit="V1", text="relevés", due=TOMORROW)
        assert refused(in_progress(), AMINA, changed(ask, unit="U1")) is Refusal.BAD_TARGET
        assert refused(in_progress(), AMINA, changed(ask, unit="X9")) is Refusal.BAD_TARGET
        assert refused(in_progress(), AMINA, changed(ask, due=TODAY)) is Refusal.LIMIT_PAST
        assert refused(in_progress(), AMINA, changed(ask, text="")) is Refusal.TEXT_MISSING
        assert refused(in_progress(), BILAL, ask) is Refusal.NOT_ASSIGNED
        assert done(in_progress(), SALMA, ask).status == Status.AWAITING_ELEMENTS


class TestTransfer:
    def test_it_arrives_unassigned_one_hop_further_with_its_clock_running(self) -> None:
        before = in_progress(complement_limit=TOMORROW, join_proposed="c9", pending=REPLY, drafter="amina")
        after = done(before, AMINA, transfer(unit="V1"))
        assert (after.status, after.assignee, after.administration, after.unit) == (
            Status.RECEIVED, "", B, "V1",
        )  # fmt: skip
        assert (after.hops, after.unit_since, after.due) == (1, NOW, before.due)
        assert (after.complement_limit, after.join_proposed, after.pending, after.drafter) == (
            None, "", None, "",
        )  # fmt: skip
        event = after.events[-1]
        assert (event.from_administration, event.from_unit, event.previous) == (A, "U1", "amina")
        assert (event.administration, event.unit, event.reason) == (B, "V1", "من اختصاصكم")

    def test_an_agent_transfers_his_own_work_only(self) -> None:
        assert refused(in_progress(), BILAL, transfer()) is Refusal.NOT_ASSIGNED
        assert refused(complaint(), AMINA, transfer()) is Refusal.NOT_ASSIGNED
        both = Actor(id="bilal", grants=(*BILAL.grants, *CLARA.grants))
        assert refused(in_progress(), both, transfer()) is Refusal.NOT_ASSIGNED
        for actor in (SALMA, VERA):
            assert done(complaint(), actor, transfer()).administration == B

    def test_the_target_is_operational_elsewhere_and_the_unit_its_own(self) -> None:
        for bad in (
            transfer(administration="NOPE"),
            transfer(unit="U2"),
            transfer(unit="X9"),
            transfer(administration=A, unit="U1"),
        ):
            assert refused(complaint(), SALMA, bad) is Refusal.BAD_TARGET
        assert refused(complaint(), SALMA, transfer(reason="")) is Refusal.TEXT_MISSING

    def test_national_coordination_always_takes_it_back(self) -> None:
        assert done(complaint(), SALMA, transfer(administration=CN)).administration == CN

    def test_between_units_of_one_house_no_hop_is_counted(self) -> None:
        after = done(complaint(), SALMA, transfer(administration=A, unit="U2"))
        assert (after.unit, after.hops, after.status) == ("U2", 0, Status.RECEIVED)
        to_the_head = done(complaint(), SALMA, transfer(administration=A))
        assert (to_the_head.unit, to_the_head.hops) == ("", 0)

    def test_the_relay_out_of_triage_counts_no_hop(self) -> None:
        act = transfer(from_administration=CN, from_unit="")
        triaged = done(complaint(administration=CN, unit=""), COORDINATOR, act)
        assert (triaged.hops, triaged.administration, triaged.number) == (0, B, "2026-MEE-000001")

    def test_the_fourth_hop_goes_to_arbitration_and_coordination_decides(self) -> None:
        story = Story(complaint(hops=3))
        after = story.does(SALMA, transfer())
        assert (after.status, after.administration, after.unit, after.hops) == (
            Status.ARBITRATION, CN, "", 4,
        )  # fmt: skip
        assert (after.events[-1].other, after.events[-1].administration) == (B, CN)
        assert story.refuses(COORDINATOR, acts.Arbitrate(administration=CN, reason="x")) is Refusal.BAD_TARGET
        assert story.refuses(COORDINATOR, acts.Arbitrate(administration=B, reason="")) is Refusal.TEXT_MISSING
        decided = story.does(COORDINATOR, acts.Arbitrate(administration=B, unit="V1", reason="décision"))
        assert (decided.status, decided.administration, decided.unit, decided.hops) == (
            Status.RECEIVED, B, "V1", 4,
        )  # fmt: skip
        assert decided.events[-1].kind == EventKind.ARBITRATED

    def test_moving_inside_the_house_is_possible_after_three_hops(self) -> None:
        assert done(complaint(hops=3), SALMA, transfer(administration=A, unit="U2")).hops == 3

    def test_who_was_named_in_one_house_is_not_named_in_the_next(self) -> None:
        secret = complaint(confidential=True, named=("salma",))
        after = done(secret, SALMA, transfer())
        assert (after.confidential, after.named) == (True, ())


class TestGreying:
    def test_may_judges_nothing_that_is_not_typed_yet(self) -> None:
        assert may(in_progress(), acts.Answer, AMINA, SETTINGS, NOW) is None
        assert may(in_progress(), acts.Transfer, AMINA, SETTINGS, NOW) is None
        assert may(in_progress(), acts.Answer, BILAL, SETTINGS, NOW) is Refusal.NOT_ASSIGNED
        assert may(in_progress(), acts.Answer, FOREIGNER, SETTINGS, NOW) is Refusal.OUT_OF_SCOPE
        assert may(in_progress(), acts.Answer, CLARA, SETTINGS, NOW) is Refusal.NOT_ALLOWED
        assert may(complaint(), acts.Answer, AMINA, SETTINGS, NOW) is Refusal.ILLEGAL_TRANSITION
        assert may(in_progress(), acts.Submit, AMINA, SETTINGS, NOW) is Refusal.WRONG_CHAIN
        assert may(in_progress(), acts.File, AMINA, SETTINGS, NOW) is Refusal.WRONG_TYPE
        assert may(in_progress(), acts.Act, AMINA, SETTINGS, NOW) is Refusal.UNKNOWN_ACT

    def test_allowed_tells_it_for_every_act(self) -> None:
        told = allowed(in_progress(), AMINA, SETTINGS, NOW)
        assert set(told) == {kind for kind, _ in acts.KINDS}
        assert told["answer"] is None
        assert told["join"] is Refusal.NOT_ALLOWED

    def test_what_leaves_triage_is_allowed_to_coordination(self) -> None:
        triage = complaint(administration=CN, unit="")
        assert may(triage, acts.Transfer, COORDINATOR, SETTINGS, NOW) is None
        assert may(complaint(), acts.Transfer, COORDINATOR, SETTINGS, NOW) is Refusal.OUT_OF_SCOPE
        assert may(complaint(), acts.Note, FOREIGN_HEAD, SETTINGS, NOW) is Refusal.OUT_OF_SCOPE
        assert may(complaint(), acts.Note, OTHER_UNIT, SETTINGS, NOW) is Refusal.OUT_OF_SCOPE


def test_a_day_is_a_day_in_casablanca() -> None:
    late = NOW.replace(hour=23, minute=30)
    act = acts.AskComplement(items=("x",), limit=date(2026, 3, 11))
    assert done(in_progress(), AMINA, act, now=late).status == Status.AWAITING_CITIZEN
    assert refused(in_progress(), AMINA, act, now=late + timedelta(hours=1)) is Refusal.LIMIT_PAST
