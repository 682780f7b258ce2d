"""The answer through its chain, its sending, what comes back, the citizen's last word (moves 5 to 9)."""

from datetime import timedelta

import pytest
from msgspec.structs import replace as changed

from protocol import acts
from protocol.complaint import Channel, Commitment, EventKind, Nature, Person, Point, Reply, Status
from protocol.rules import Refusal, dispatch_channel, may, sent_reply
from protocol.settings import CITIZEN, SYSTEM, Actor, Grant, Role
from tests.rule_cases import (
    ADVERSE,
    AMINA,
    BILAL,
    CLARA,
    NOW,
    REASONED,
    REPLY,
    SALMA,
    SETTINGS,
    SIGNED,
    SINA,
    TODAY,
    VALIDATED,
    VERA,
    A,
    Story,
    answered,
    assigned,
    complaint,
    done,
    in_progress,
    refused,
    reopened,
)  # fmt: skip

ANSWER = acts.Answer(reply=REPLY)
SUBMIT = acts.Submit(reply=REPLY)
SEND = acts.Dispatch(channel=Channel.PORTAL, on=TODAY)


class TestDirectChain:
    def test_an_agents_answer_waits_to_leave_and_the_system_sends_it(self) -> None:
        story = Story(in_progress())
        signed = story.does(AMINA, ANSWER)
        assert (signed.status, signed.pending, signed.drafter) == (Status.TO_DISPATCH, REPLY, "amina")
        assert (signed.answered_on, sent_reply(signed)) == (None, None)
        assert dispatch_channel(signed) == Channel.PORTAL
        sent = story.does(SYSTEM, SEND)
        assert (sent.status, sent.answered_on, sent.first_author) == (Status.ANSWERED, TODAY, "amina")
        assert (sent.reopen_until, sent.pending) == (TODAY + timedelta(days=30), None)
        assert (sent_reply(sent), dispatch_channel(sent)) == (REPLY, "")

    def test_opening_is_implied(self) -> None:
        assert done(assigned(), AMINA, ANSWER).status == Status.TO_DISPATCH

    def test_supervisor_and_validator_may_answer_what_is_assigned_to_another(self) -> None:
        for actor in (SALMA, VERA):
            assert done(in_progress(), actor, ANSWER).drafter == actor.id
        assert refused(in_progress(), BILAL, ANSWER) is Refusal.NOT_ASSIGNED

    def test_a_reopened_complaint_is_answered_once_assigned_and_by_another(self) -> None:
        story = reopened()
        assert story.refuses(SALMA, ANSWER) is Refusal.NOT_ASSIGNED
        story.does(SALMA, acts.Assign(assignee="bilal"))
        chief_author = changed(story.document, first_author="salma")
        assert refused(chief_author, SALMA, ANSWER) is Refusal.SAME_PERSON
        assert story.does(BILAL, ANSWER).status == Status.TO_DISPATCH
        again = story.does(SYSTEM, acts.Dispatch(channel=Channel.PORTAL, on=TODAY))
        assert again.first_author == "amina"

    def test_an_answer_leaves_by_a_channel_that_exists_and_reaches_the_citizen(self) -> None:
        for channel in ("", "pigeon", Channel.WALK_IN):
            act = acts.Answer(reply=REPLY, channel=channel)
            assert refused(in_progress(), AMINA, act) is Refusal.CHANNEL_MISSING
        mute = in_progress(person=Person(name="X"))
        for channel in (Channel.EMAIL, Channel.SMS):
            act = acts.Answer(reply=REPLY, channel=channel)
            assert refused(mute, AMINA, act) is Refusal.CHANNEL_UNREACHABLE
            assert done(in_progress(), AMINA, act).events[-1].channel == channel

    def test_other_chains_are_refused(self) -> None:
        for book in (VALIDATED, SIGNED):
            assert refused(in_progress(), AMINA, ANSWER, book) is Refusal.WRONG_CHAIN
        assert refused(in_progress(), AMINA, SUBMIT) is Refusal.WRONG_CHAIN


class TestReply:
    @pytest.mark.parametrize(
        ("reply", "expected"),
        [
            (changed(REPLY, nature=""), Refusal.NATURE_MISSING),
            (changed(REPLY, nature="maybe"), Refusal.NATURE_MISSING),
            (changed(REPLY, text=" \u00a0\n"), Refusal.TEXT_MISSING),
            (changed(REASONED, reasons_of_law=" "), Refusal.REASONS_MISSING),
            (changed(REASONED, reasons_of_fact=""), Refusal.REASONS_MISSING),
            (changed(REPLY, points=(Point(text="p", answer=""),)), Refusal.POINTS_UNANSWERED),
            (ADVERSE, Refusal.INADMISSIBLE_INSTEAD),
            (
                changed(REPLY, commitments=(Commitment(id="k", text=" ", due=TODAY),)),
                Refusal.TEXT_MISSING,
            ),
            (
                changed(REPLY, commitments=(Commitment(id="k", text="x", due=TODAY - timedelta(days=1)),)),
                Refusal.LIMIT_PAST,
            ),
        ],
    )
    def test_an_incomplete_reply_is_refused_in_every_chain(self, reply: Reply, expected: Refusal) -> None:
        assert refused(in_progress(), AMINA, acts.Answer(reply=reply)) is expected
        assert refused(in_progress(), AMINA, acts.Submit(reply=reply), SIGNED) is expected

    def test_an_unfavourable_reply_with_both_reasons_passes(self) -> None:
        assert done(in_progress(), AMINA, acts.Answer(reply=REASONED)).pending == REASONED

    @pytest.mark.parametrize("nature", sorted(set(Nature) - {Nature.UNFAVOURABLE, Nature.INADMISSIBLE}))
    def test_other_natures_need_no_reasons(self, nature: Nature) -> None:
        act = acts.Answer(reply=changed(REPLY, nature=nature))
        assert done(in_progress(), AMINA, act).status == Status.TO_DISPATCH

    def test_promises_of_a_sent_answer_are_tracked(self) -> None:
        promise = Commitment(id="k", text="réparer", due=TODAY)
        assert answered(changed(REPLY, commitments=(promise,))).document.commitments == (promise,)

    def test_a_promise_sent_twice_is_one_promise(self) -> None:
        promise = Commitment(id="k", text="réparer", due=TODAY)
        story = answered(changed(REPLY, commitments=(promise,)))
        story.does(CLARA, acts.ReportUndelivered(reason="boîte pleine", on=TODAY))
        again = story.does(CLARA, acts.Dispatch(channel=Channel.BY_HAND, on=TODAY))
        assert (again.status, again.commitments) == (Status.ANSWERED, (promise,))


class TestValidationAndSignature:
    def test_the_whole_chain(self) -> None:
        story = Story(in_progress(), SIGNED)
        drafted = story.does(AMINA, SUBMIT)
        assert (drafted.status, drafted.pending, drafted.drafter) == (Status.TO_VALIDATE, REPLY, "amina")
        assert dispatch_channel(drafted) == ""
        validated = story.does(VERA, acts.Validate(comment="bien"))
        assert (validated.status, validated.events[-1].text) == (Status.TO_SIGN, "bien")
        signed = story.does(SINA, acts.Sign(delegation="DEL-12"))
        assert (signed.status, signed.pending, signed.events[-1].other) == (
            Status.TO_DISPATCH, REPLY, "DEL-12",
        )  # fmt: skip
        assert story.does(SYSTEM, SEND).first_author == "amina"
        assert sent_reply(story.document) == REPLY

    def test_without_signature_the_validated_answer_leaves(self) -> None:
        story = Story(in_progress(), VALIDATED)
        story.does(AMINA, SUBMIT)
        assert story.does(VERA, acts.Validate()).status == Status.TO_DISPATCH

    def test_an_answer_waiting_when_the_chain_becomes_direct_still_passes(self) -> None:
        waiting = in_progress(status=Status.TO_VALIDATE, pending=REPLY, drafter="amina")
        assert done(waiting, VERA, acts.Validate(), SETTINGS).status == Status.TO_DISPATCH

    def test_what_is_sent_back_returns_to_its_handler_with_text_and_count(self) -> None:
        story = Story(in_progress(), SIGNED)
        story.does(AMINA, SUBMIT)
        returned = story.does(VERA, acts.Return(comment="préciser"))
        assert (returned.status, returned.returns, returned.pending) == (Status.IN_PROGRESS, 1, REPLY)
        assert (returned.assignee, returned.events[-1].reason) == ("amina", "préciser")
        story.does(AMINA, SUBMIT)
        story.does(VERA, acts.Validate())
        refused_again = story.does(SINA, acts.RefuseSignature(comment="non"))
        assert (refused_again.status, refused_again.returns) == (Status.IN_PROGRESS, 2)

    def test_sending_back_says_why(self) -> None:
        for status, actor, act in (
            (Status.TO_VALIDATE, VERA, acts.Return(comment=" ")),
            (Status.TO_SIGN, SINA, acts.RefuseSignature(comment="")),
        ):
            assert refused(in_progress(status=status), actor, act, SIGNED) is Refusal.TEXT_MISSING

    def test_drafter_validator_and_signatory_are_three_persons(self) -> None:
        one = Actor(
            id="one",
            grants=tuple(
                Grant(role=role, administration=A) for role in (Role.AGENT, Role.VALIDATOR, Role.SIGNATORY)
            ),
        )
        own = in_progress(assignee="one")
        story = Story(own, SIGNED)
        story.does(one, SUBMIT)
        assert story.refuses(one, acts.Validate()) is Refusal.SAME_PERSON
        story.does(VERA, acts.Validate())
        assert story.refuses(one, acts.Sign()) is Refusal.SAME_PERSON
        other = Story(in_progress(), SIGNED)
        other.does(AMINA, SUBMIT)
        other.does(one, acts.Validate())
        assert other.refuses(one, acts.Sign()) is Refusal.SAME_PERSON
        assert other.does(SINA, acts.Sign()).status == Status.TO_DISPATCH

    def test_a_small_office_may_allow_one_person_for_all_three(self) -> None:
        one = Actor(
            id="one",
            grants=tuple(
                Grant(role=role, administration=A) for role in (Role.AGENT, Role.VALIDATOR, Role.SIGNATORY)
            ),
        )
        story = Story(in_progress(assignee="one"), changed(SIGNED, drafter_may_validate=True))
        for act in (SUBMIT, acts.Validate(), acts.Sign()):
            story.does(one, act)
        assert story.document.status == Status.TO_DISPATCH

    def test_a_new_draft_needs_a_new_validation(self) -> None:
        story = Story(in_progress(), SIGNED)
        story.does(AMINA, SUBMIT)
        story.does(VERA, acts.Validate())
        story.does(SINA, acts.RefuseSignature(comment="non"))
        story.does(AMINA, SUBMIT)
        vera_signs = Actor(id="vera", grants=(Grant(role=Role.SIGNATORY, administration=A),))
        waiting = changed(story.document, status=Status.TO_SIGN)
        assert may(waiting, acts.Sign, vera_signs, SIGNED, NOW) is None


class TestSending:
    def waiting(self, channel: str = Channel.MAIL) -> Story:
        story = Story(in_progress())
        story.does(AMINA, acts.Answer(reply=REPLY, channel=channel))
        return story

    def test_paper_is_sent_by_the_registry_with_its_number_when_registered(self) -> None:
        story = self.waiting(Channel.REGISTERED_MAIL)
        assert dispatch_channel(story.document) == ""
        act = acts.Dispatch(channel=Channel.REGISTERED_MAIL, on=TODAY)
        assert story.refuses(CLARA, act) is Refusal.NUMBER_MISSING
        sent = story.does(CLARA, changed(act, number="RR123456789MA"))
        assert (sent.events[-1].number, sent.events[-1].channel) == ("RR123456789MA", "registered_mail")
        assert story.refuses(AMINA, SEND) is Refusal.NOT_ALLOWED

    def test_the_system_sends_only_what_needs_no_hands(self) -> None:
        act = acts.Dispatch(channel=Channel.MAIL, on=TODAY)
        assert self.waiting().refuses(SYSTEM, act) is Refusal.NOT_ALLOWED

    def test_it_leaves_neither_before_its_signature_nor_in_the_future(self) -> None:
        for days in (-1, 1):
            act = acts.Dispatch(channel=Channel.MAIL, on=TODAY + timedelta(days=days))
            assert self.waiting().refuses(CLARA, act) is Refusal.BAD_DATE

    def test_without_a_recorded_signature_the_reception_is_the_earliest_day(self) -> None:
        old = complaint(status=Status.TO_DISPATCH, pending=REPLY, drafter="amina")
        assert done(old, CLARA, acts.Dispatch(channel=Channel.MAIL, on=old.received_on)).answered_on
        act = acts.Dispatch(channel=Channel.MAIL, on=old.received_on - timedelta(days=1))
        assert refused(old, CLARA, act) is Refusal.BAD_DATE

    def test_a_draft_lost_by_an_old_server_does_not_stop_the_sending(self) -> None:
        old = complaint(status=Status.TO_DISPATCH, drafter="amina")
        assert done(old, SYSTEM, SEND).commitments == ()

    def test_the_way_back_is_the_way_the_request_came(self) -> None:
        ready = complaint(status=Status.TO_DISPATCH)
        assert dispatch_channel(ready) == ""
        for came, expected in (
            (Channel.PORTAL, Channel.PORTAL),
            (Channel.MOBILE, Channel.PORTAL),
            (Channel.EMAIL, Channel.EMAIL),
            (Channel.WALK_IN, ""),
        ):
            story = Story(in_progress(channel=came), VALIDATED)
            story.does(AMINA, SUBMIT)
            story.does(VERA, acts.Validate())
            assert dispatch_channel(story.document) == expected
        no_address = changed(story.document, channel=Channel.EMAIL, person=Person(name="X"))
        assert dispatch_channel(no_address) == ""

    def test_an_undelivered_answer_waits_for_another_channel_and_the_clock_runs_on(self) -> None:
        story = answered()
        back = story.does(CLARA, acts.ReportUndelivered(reason="boîte pleine", on=TODAY))
        assert (back.status, back.answered_on, back.reopen_until, back.pending) == (
            Status.TO_DISPATCH, None, None, REPLY,
        )  # fmt: skip
        assert dispatch_channel(back) == ""
        act = acts.Dispatch(channel=Channel.MAIL, on=TODAY)
        assert story.does(CLARA, act).answered_on == TODAY
        assert sent_reply(story.document) == REPLY

    def test_a_letter_comes_back_after_it_left_and_not_tomorrow(self) -> None:
        for days in (-1, 1):
            act = acts.ReportUndelivered(reason="x", on=TODAY + timedelta(days=days))
            assert answered().refuses(CLARA, act) is Refusal.BAD_DATE

    def test_an_undelivered_decision_stands_and_is_sent_again(self) -> None:
        story = Story(complaint())
        story.does(SALMA, acts.DeclareInadmissible(ground="j1_before_court", reply=ADVERSE))
        story.does(SYSTEM, SEND)
        assert story.refuses(CLARA, SEND) is Refusal.ILLEGAL_TRANSITION
        story.waits(3)
        day = TODAY + timedelta(days=3)
        back = story.does(CLARA, acts.ReportUndelivered(reason="x", on=day))
        assert (back.status, back.answered_on) == (Status.INADMISSIBLE, TODAY)
        again = story.does(CLARA, acts.Dispatch(channel=Channel.MAIL, on=day))
        assert (again.status, again.answered_on, again.reopen_until) == (
            Status.INADMISSIBLE, day, day + timedelta(days=30),
        )  # fmt: skip

    def test_an_interim_reply_stops_no_clock(self) -> None:
        later = TODAY + timedelta(days=10)
        after = done(in_progress(), AMINA, acts.SendInterim(text="en cours", expected=later))
        assert (after.status, after.interim_sent, after.answered_on) == (Status.IN_PROGRESS, True, None)
        assert after.events[-1].limit == later
        for text, expected, refusal in ((" ", later, "text_missing"), ("x", TODAY, "limit_past")):
            act = acts.SendInterim(text=text, expected=expected)
            assert refused(in_progress(), AMINA, act) == refusal


class TestAfterTheAnswer:
    def test_it_closes_when_the_window_is_over(self) -> None:
        story = answered().waits(30)
        for actor in (SYSTEM, AMINA, SALMA):
            assert story.refuses(actor, acts.Close(reason="fin")) is Refusal.WINDOW_OPEN
        closed = story.waits(1).does(SYSTEM, acts.Close(reason="fin"))
        assert (closed.status, closed.events[-1].reason) == (Status.CLOSED, "fin")
        assert story.does(SYSTEM, acts.Close(reason="fin")) is closed

    def test_it_closes_at_once_for_a_satisfied_citizen(self) -> None:
        assert answered().does(CITIZEN, acts.Close(reason="merci")).status == Status.CLOSED
        story = answered()
        story.does(CITIZEN, acts.Rate(satisfied=True))
        assert story.does(AMINA, acts.Close(reason="usager satisfait")).status == Status.CLOSED
        unhappy = answered()
        unhappy.does(CITIZEN, acts.Rate(satisfied=False, reason="rien n'a changé"))
        assert unhappy.refuses(AMINA, acts.Close(reason="fin")) is Refusal.WINDOW_OPEN

    def test_an_answer_without_a_window_is_closed_by_the_citizen_only(self) -> None:
        old = complaint(status=Status.ANSWERED)
        assert refused(old, SYSTEM, acts.Close(reason="x")) is Refusal.WINDOW_OPEN

    def test_closing_says_why(self) -> None:
        assert answered().refuses(CITIZEN, acts.Close(reason="")) is Refusal.TEXT_MISSING

    def test_satisfaction_is_told_once_per_answer(self) -> None:
        story = answered()
        assert story.refuses(CITIZEN, acts.Rate(satisfied=False)) is Refusal.TEXT_MISSING
        rated = story.does(CITIZEN, acts.Rate(satisfied=False, reason="tard", comment="60 jours"))
        event = rated.events[-1]
        assert (event.satisfied, event.reason, event.text) == (False, "tard", "60 jours")
        assert story.refuses(CITIZEN, acts.Rate(satisfied=True)) is Refusal.ALREADY_RATED
        story.does(CITIZEN, acts.Reopen(reason="non"))
        story.does(BILAL, acts.Assign(assignee="bilal"))
        story.does(BILAL, ANSWER)
        story.does(SYSTEM, SEND)
        assert story.does(CITIZEN, acts.Rate(satisfied=True)).events[-1].kind == EventKind.RATED

    def test_reopening_clears_the_handler_raises_priority_and_keeps_the_due_date(self) -> None:
        story = reopened()
        after = story.document
        assert (after.status, after.assignee, after.urgent, after.reopenings) == (
            Status.REOPENED, "", True, 1,
        )  # fmt: skip
        assert (after.due, after.reopen_until) == (complaint().due, None)
        assert story.does(CITIZEN, acts.Reopen(reason="encore")) is after

    def test_the_citizen_reopens_inside_the_window_a_supervisor_whenever(self) -> None:
        story = answered().waits(30)
        assert may(story.document, acts.Reopen, CITIZEN, SETTINGS, story.now) is None
        story.waits(1)
        assert story.refuses(CITIZEN, acts.Reopen(reason="x")) is Refusal.WINDOW_OVER
        assert story.refuses(SALMA, acts.Reopen(reason="")) is Refusal.TEXT_MISSING
        assert story.does(SALMA, acts.Reopen(reason="erreur")).status == Status.REOPENED

    def test_the_citizen_reopens_twice_at_most(self) -> None:
        sent = answered().document
        assert refused(changed(sent, reopenings=2), CITIZEN, acts.Reopen(reason="x")) is (
            Refusal.REOPENING_LIMIT
        )
        assert done(changed(sent, reopenings=1), CITIZEN, acts.Reopen(reason="x")).reopenings == 2
        assert done(changed(sent, reopenings=2), SALMA, acts.Reopen(reason="x")).reopenings == 3

    def test_what_ended_without_an_answer_reopens_within_the_window_of_its_end(self) -> None:
        story = Story(in_progress())
        story.does(CITIZEN, acts.Withdraw(reason="réglé"))
        story.waits(29).does(AMINA, acts.Note(text="classé"))
        assert may(story.document, acts.Reopen, CITIZEN, SETTINGS, story.now) is None
        assert story.waits(2).refuses(CITIZEN, acts.Reopen(reason="x")) is Refusal.WINDOW_OVER
        without_history = complaint(status=Status.JOINED, parent="c0")
        assert done(without_history, CITIZEN, acts.Reopen(reason="x")).parent == ""
