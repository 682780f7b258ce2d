"""How complaints end or are classed: joined, withdrawn, noted, flagged, inadmissible; promises kept."""

from datetime import timedelta

import pytest
from msgspec.structs import replace as changed

from protocol import acts
from protocol.complaint import (
    Attachment,
    Channel,
    Commitment,
    Inadmissibility,
    Place,
    Reply,
    RequestType,
    Status,
)  # fmt: skip
from protocol.rules import Refusal
from protocol.settings import CITIZEN, SYSTEM
from tests.rule_cases import (
    ADVERSE,
    AMINA,
    BILAL,
    CLARA,
    REPLY,
    SALMA,
    SETTINGS,
    SIGNED,
    SINA,
    TODAY,
    Story,
    answered,
    assigned,
    complaint,
    done,
    in_progress,
    refused,
)  # fmt: skip

TOMORROW = TODAY + timedelta(days=1)
FILE = Attachment(sha256="0" * 64, name="photo.jpg", mime="image/jpeg", size=10)


class TestJoining:
    def test_an_agent_proposes_and_a_supervisor_joins(self) -> None:
        story = Story(in_progress())
        proposed = story.does(AMINA, acts.ProposeJoin(parent="c0", reason="même objet"))
        assert (proposed.status, proposed.join_proposed) == (Status.IN_PROGRESS, "c0")
        assert story.does(AMINA, acts.ProposeJoin(parent="c0")) is proposed
        joined = story.does(SALMA, acts.Join(parent="c0", parent_number="2026-MEE-000007"))
        assert (joined.status, joined.parent, joined.join_proposed) == (Status.JOINED, "c0", "")
        assert (joined.events[-1].other, joined.events[-1].number) == ("c0", "2026-MEE-000007")
        assert story.does(SALMA, acts.Join(parent="c0", parent_number="2026-MEE-000007")) is joined
        other = acts.Join(parent="c8", parent_number="2026-MEE-000008")
        assert story.refuses(SALMA, other) is Refusal.ILLEGAL_TRANSITION

    def test_a_complaint_is_joined_to_another_one_whose_number_is_told(self) -> None:
        for parent in ("", "c1"):
            assert refused(in_progress(), AMINA, acts.ProposeJoin(parent=parent)) is Refusal.BAD_TARGET
        act = acts.Join(parent="c0", parent_number="")
        assert refused(in_progress(), SALMA, act) is Refusal.NUMBER_MISSING
        assert refused(in_progress(), AMINA, act) is Refusal.NOT_ALLOWED


class TestWithdrawing:
    def test_the_citizens_request_ends_it_and_twice_changes_nothing(self) -> None:
        for actor in (CITIZEN, CLARA, AMINA, SALMA):
            after = done(in_progress(), actor, acts.Withdraw(reason="réglé"))
            assert (after.status, after.events[-1].reason) == (Status.WITHDRAWN, "réglé")
            assert done(after, CITIZEN, acts.Withdraw(reason="réglé")) is after

    def test_an_answered_complaint_is_not_withdrawn(self) -> None:
        sent = answered().document
        assert refused(sent, CITIZEN, acts.Withdraw(reason="x")) is Refusal.ILLEGAL_TRANSITION


class TestRemarks:
    @pytest.mark.parametrize("kind", [RequestType.OBSERVATION, RequestType.SUGGESTION])
    def test_observations_and_suggestions_end_noted_or_filed(self, kind: RequestType) -> None:
        remark = in_progress(type=kind)
        noted = done(remark, AMINA, acts.TakeIntoAccount(text="merci"))
        filed = done(remark, AMINA, acts.File(reason="déjà connu"))
        assert (noted.status, filed.status) == (Status.NOTED, Status.FILED)
        assert done(noted, AMINA, acts.TakeIntoAccount(text="merci")) is noted
        assert refused(remark, AMINA, acts.Answer(reply=REPLY)) is Refusal.WRONG_TYPE

    def test_a_complaint_is_never_just_noted_or_filed(self) -> None:
        assert refused(in_progress(), AMINA, acts.TakeIntoAccount(text="x")) is Refusal.WRONG_TYPE
        assert refused(in_progress(), AMINA, acts.File(reason="x")) is Refusal.WRONG_TYPE


class TestHeader:
    def test_urgency_is_set_and_cleared(self) -> None:
        story = Story(complaint())
        assert story.does(SALMA, acts.Flag(reason="santé", urgent=True)).urgent
        kept = story.document
        assert story.does(SALMA, acts.Flag(reason="santé", urgent=True)) is kept
        cleared = story.does(SALMA, acts.Flag(reason="réglé", urgent=False))
        assert (cleared.urgent, cleared.events[-1].items) == (False, ("not_urgent",))

    def test_confidentiality_names_its_readers(self) -> None:
        story = Story(complaint())
        act = acts.Flag(reason="mineur", confidential=True, named=("salma", "amina"))
        secret = story.does(SALMA, act)
        assert (secret.confidential, secret.named) == (True, ("salma", "amina"))
        assert story.does(SALMA, act) is secret
        assert story.refuses(BILAL, acts.Note(text="x")) is Refusal.OUT_OF_SCOPE
        lifted = story.does(SALMA, acts.Flag(reason="levée", confidential=False))
        assert (lifted.confidential, lifted.named) == (False, ())
        assert story.does(SALMA, acts.Flag(reason="levée", confidential=False)) is lifted

    def test_named_readers_exist_belong_here_and_include_the_assignee(self) -> None:
        def naming(*named: str) -> acts.Flag:
            return acts.Flag(reason="mineur", confidential=True, named=named)

        assert refused(complaint(), SALMA, naming()) is Refusal.NAMES_MISSING
        assert refused(complaint(), SALMA, naming("ghost")) is Refusal.NOT_IN_UNIT
        assert refused(complaint(), SALMA, naming("farid")) is Refusal.NOT_IN_UNIT
        assert refused(assigned(), SALMA, naming("salma")) is Refusal.NOT_NAMED
        against = complaint(against="bilal")
        assert refused(against, SALMA, naming("salma", "bilal")) is Refusal.PERSON_COMPLAINED_OF
        assert refused(complaint(), SALMA, acts.Flag(reason="", urgent=True)) is Refusal.TEXT_MISSING

    def test_theme_and_place_are_rectified_and_old_values_kept(self) -> None:
        place = Place(region="05", province="05.091")
        before = in_progress(theme="water", place=Place(region="01"))
        after = done(before, AMINA, acts.Correct(reason="lu", theme="power", place=place))
        assert (after.theme, after.place) == ("power", place)
        assert after.events[-1].items == ("theme=water", "place=01///")
        assert done(after, AMINA, acts.Correct(reason="lu", theme="power")) is after
        only_place = done(before, AMINA, acts.Correct(reason="lu", place=place))
        assert (only_place.theme, only_place.place) == ("water", place)
        only_theme = done(before, AMINA, acts.Correct(reason="lu", theme="power"))
        assert (only_theme.theme, only_theme.place) == ("power", before.place)
        assert refused(before, AMINA, acts.Correct(reason="lu")) is Refusal.TEXT_MISSING


class TestCommitments:
    PROMISE = Commitment(id="k1", text="réparer", due=TOMORROW)

    def test_a_promise_is_tracked_until_kept(self) -> None:
        story = answered(changed(REPLY, commitments=(self.PROMISE,)))
        other = Commitment(id="k2", text="x", due=TOMORROW)
        story.document = changed(story.document, commitments=(*story.document.commitments, other))
        assert (
            story.refuses(BILAL, acts.KeepCommitment(commitment="kx", on=TODAY)) is Refusal.COMMITMENT_UNKNOWN
        )
        late = acts.KeepCommitment(commitment="k1", on=TODAY + timedelta(days=9))
        assert story.refuses(BILAL, late) is Refusal.BAD_DATE
        kept = story.does(BILAL, acts.KeepCommitment(commitment="k1", on=TODAY, text="fait"))
        assert [promise.kept_on for promise in kept.commitments] == [TODAY, None]
        assert story.does(BILAL, acts.KeepCommitment(commitment="k1", on=TODAY)) is kept


class TestInadmissibility:
    def declares(self, ground: str, reply: Reply = ADVERSE) -> acts.DeclareInadmissible:
        return acts.DeclareInadmissible(ground=ground, reply=reply)

    def test_it_is_in_force_once_its_letter_has_left(self) -> None:
        story = Story(complaint())
        waiting = story.does(SALMA, self.declares(Inadmissibility.BEFORE_COURT))
        assert (waiting.status, waiting.events[-1].other) == (Status.TO_DISPATCH, "j1_before_court")
        ended = story.does(SYSTEM, acts.Dispatch(channel=Channel.PORTAL, on=TODAY))
        assert (ended.status, ended.answered_on, ended.pending) == (Status.INADMISSIBLE, TODAY, None)

    def test_where_letters_are_signed_it_waits_for_the_signatory(self) -> None:
        story = Story(complaint(), SIGNED)
        assert story.does(SALMA, self.declares(Inadmissibility.INSULTS)).status == Status.TO_SIGN
        sent_back = story.does(SINA, acts.RefuseSignature(comment="à motiver"))
        assert (sent_back.status, sent_back.assignee) == (Status.IN_PROGRESS, "salma")

    @pytest.mark.parametrize(
        ("ground", "expected"),
        [
            (Inadmissibility.NOT_COMPETENT, Refusal.TRANSFER_INSTEAD),
            (Inadmissibility.DUPLICATE, Refusal.JOIN_INSTEAD),
            (Inadmissibility.WRONG_FORM, Refusal.COMPLEMENT_FIRST),
            (Inadmissibility.UNCLEAR, Refusal.COMPLEMENT_FIRST),
            (Inadmissibility.ANONYMOUS, Refusal.GROUND_NOT_ALLOWED),
            ("j99", Refusal.GROUND_MISSING),
        ],
    )
    def test_grounds_that_call_for_something_else_are_refused(self, ground: str, expected: Refusal) -> None:
        assert refused(complaint(), SALMA, self.declares(ground)) is expected

    def test_settings_open_and_close_the_grounds_left_to_them(self) -> None:
        strict = changed(SETTINGS, anonymous_allowed=False, private_dispute_inadmissible=False)
        anonymous = self.declares(Inadmissibility.ANONYMOUS)
        private = self.declares(Inadmissibility.PRIVATE_DISPUTE)
        assert done(complaint(), SALMA, anonymous, strict).status == Status.TO_DISPATCH
        assert refused(complaint(), SALMA, private, strict) is Refusal.GROUND_NOT_ALLOWED
        assert done(complaint(), SALMA, private).status == Status.TO_DISPATCH

    def test_the_letter_is_adverse_and_reasoned_in_law_and_in_fact(self) -> None:
        ground = Inadmissibility.BEFORE_COURT
        for reply, expected in (
            (REPLY, Refusal.NATURE_MISSING),
            (changed(ADVERSE, reasons_of_law=""), Refusal.REASONS_MISSING),
            (changed(ADVERSE, reasons_of_fact=" "), Refusal.REASONS_MISSING),
        ):
            assert refused(complaint(), SALMA, self.declares(ground, reply)) is expected
        assert refused(in_progress(), AMINA, self.declares(ground)) is Refusal.NOT_ALLOWED

    def test_unclear_needs_a_complement_request_that_reached_the_citizen(self) -> None:
        act = self.declares(Inadmissibility.UNCLEAR)
        ask = acts.AskComplement(items=("pièces",), limit=TOMORROW)
        answered_it = Story(in_progress())
        answered_it.does(AMINA, ask)
        answered_it.does(CITIZEN, acts.GiveComplement(text="…"))
        assert answered_it.does(SALMA, act).status == Status.TO_DISPATCH
        let_it_pass = Story(in_progress())
        let_it_pass.does(AMINA, ask)
        let_it_pass.waits(2).does(SYSTEM, acts.ExpireComplement())
        assert let_it_pass.does(SALMA, act).status == Status.TO_DISPATCH
        never_got_it = Story(in_progress())
        never_got_it.does(AMINA, ask)
        never_got_it.does(CLARA, acts.ReportUndelivered(reason="adresse inconnue", on=TODAY))
        never_got_it.waits(2).does(SYSTEM, acts.ExpireComplement())
        assert never_got_it.refuses(SALMA, act) is Refusal.COMPLEMENT_FIRST

    def test_an_answer_that_came_back_says_nothing_about_the_complement(self) -> None:
        story = Story(in_progress())
        story.does(AMINA, acts.AskComplement(items=("pièces",), limit=TOMORROW))
        story.waits(2).does(SYSTEM, acts.ExpireComplement())
        story.does(AMINA, acts.Answer(reply=REPLY))
        left = TODAY + timedelta(days=2)
        story.does(SYSTEM, acts.Dispatch(channel=Channel.PORTAL, on=left))
        story.does(CLARA, acts.ReportUndelivered(reason="boîte pleine", on=left))
        story.does(CLARA, acts.Dispatch(channel=Channel.MAIL, on=left))
        story.does(CITIZEN, acts.Reopen(reason="non"))
        story.does(BILAL, acts.Assign(assignee="bilal"))
        story.does(BILAL, acts.Open())
        assert story.does(SALMA, self.declares(Inadmissibility.UNCLEAR)).status == Status.TO_DISPATCH
