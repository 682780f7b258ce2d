"""Two people and one complaint: what the author could not know decides, and the code says what happened."""

import pytest
from msgspec.structs import replace as changed

from protocol import acts
from protocol.acts import Act
from protocol.complaint import Channel, EventKind, Place, Status
from protocol.rules import Refusal
from protocol.settings import CITIZEN, SYSTEM, Actor, Grant, Role
from protocol.wire import MAX_TEXT
from tests.rule_cases import (
    ADVERSE,
    AMINA,
    BILAL,
    CLARA,
    CN,
    COORDINATOR,
    DIRECTOR,
    FOREIGN_HEAD,
    REPLY,
    SALMA,
    SIGNED,
    SINA,
    TODAY,
    VERA,
    A,
    B,
    Story,
    answered,
    assigned,
    complaint,
    in_progress,
    transfer,
)  # fmt: skip

ANSWER = acts.Answer(reply=REPLY)
SEND = acts.Dispatch(channel=Channel.PORTAL, on=TODAY)


def test_a_note_applies_whatever_happened_as_long_as_it_is_in_scope() -> None:
    story = answered()
    assert story.does(BILAL, acts.Note(text="vu"), seen=0).events[-1].text == "vu"
    moved = Story(in_progress())
    moved.does(AMINA, transfer())
    assert moved.refuses(AMINA, acts.Note(text="trop tard"), seen=1) is Refusal.OUT_OF_SCOPE


@pytest.mark.parametrize("speaker", [CITIZEN, CLARA])
def test_an_answer_to_a_citizen_who_has_spoken_since_is_stale(speaker: Actor) -> None:
    story = Story(in_progress())
    story.does(speaker, acts.Write(text="وجدت الوثيقة"))
    assert story.refuses(AMINA, ANSWER, seen=1) is Refusal.STALE_THREAD
    assert story.does(AMINA, ANSWER, seen=2).status == Status.TO_DISPATCH


def test_a_complement_given_meanwhile_makes_an_answer_stale() -> None:
    story = Story(in_progress())
    story.does(AMINA, acts.AskComplement(items=("x",), limit=TODAY.replace(day=20)))
    story.does(CITIZEN, acts.GiveComplement(text="voici"))
    assert story.refuses(AMINA, ANSWER, seen=2) is Refusal.STALE_THREAD


def test_a_reopening_meanwhile_makes_an_answer_stale_once_assigned_again() -> None:
    story = answered()
    version = story.document.ver
    story.does(CITIZEN, acts.Reopen(reason="non"))
    story.does(BILAL, acts.Assign(assignee="bilal"))
    assert story.refuses(BILAL, ANSWER, seen=version) is Refusal.STALE_THREAD


def test_an_answer_to_what_was_taken_away_meanwhile_says_that_it_changed_hands() -> None:
    story = Story(in_progress())
    seen = story.document.ver
    after = story.does(SALMA, acts.Assign(assignee="bilal", previous="amina")).ver
    assert story.refuses(AMINA, ANSWER, seen=seen) is Refusal.ASSIGNEE_CHANGED
    assert story.refuses(AMINA, ANSWER, seen=after) is Refusal.NOT_ASSIGNED


def test_notes_of_colleagues_do_not_disturb_an_answer() -> None:
    story = Story(in_progress())
    story.does(BILAL, acts.Note(text="bonne chance"))
    assert story.does(AMINA, ANSWER, seen=1).status == Status.TO_DISPATCH


@pytest.mark.parametrize("sent", [False, True])
def test_the_second_answer_is_told_that_there_is_one(sent: bool) -> None:
    story = Story(in_progress())
    story.does(AMINA, ANSWER)
    if sent:
        story.does(SYSTEM, SEND)
    assert story.refuses(SALMA, ANSWER, seen=1) is Refusal.ALREADY_ANSWERED
    assert story.refuses(SALMA, ANSWER) is Refusal.ILLEGAL_TRANSITION


def test_an_answer_beats_the_citizens_message_as_the_reason_told() -> None:
    story = Story(in_progress())
    story.does(AMINA, ANSWER)
    story.does(CITIZEN, acts.Write(text="?"))
    assert story.refuses(SALMA, ANSWER, seen=1) is Refusal.ALREADY_ANSWERED


def test_inadmissibility_and_answer_exclude_each_other() -> None:
    story = Story(in_progress())
    story.does(SALMA, acts.DeclareInadmissible(ground="j8_insults", reply=ADVERSE))
    assert story.refuses(AMINA, ANSWER, seen=1) is Refusal.ALREADY_ANSWERED
    other = Story(in_progress())
    other.does(AMINA, ANSWER)
    act = acts.DeclareInadmissible(ground="j8_insults", reply=ADVERSE)
    assert other.refuses(SALMA, act, seen=1) is Refusal.ALREADY_ANSWERED


class TestValidationAndSignature:
    def test_a_draft_replaced_since_it_was_read_is_stale(self) -> None:
        story = Story(in_progress(), SIGNED)
        seen = story.does(AMINA, acts.Submit(reply=REPLY)).ver
        story.does(VERA, acts.Return(comment="non"))
        story.does(AMINA, acts.Submit(reply=changed(REPLY, text="autre")))
        assert story.refuses(VERA, acts.Validate(), seen=seen) is Refusal.STALE_THREAD
        story.does(VERA, acts.Validate())
        assert story.refuses(SINA, acts.Sign(), seen=seen) is Refusal.STALE_THREAD

    def test_a_citizen_who_spoke_stops_validation_and_signature(self) -> None:
        story = Story(in_progress(), SIGNED)
        seen = story.does(AMINA, acts.Submit(reply=REPLY)).ver
        story.does(CITIZEN, acts.Write(text="autre chose"))
        assert story.refuses(VERA, acts.Validate(), seen=seen) is Refusal.STALE_THREAD
        seen = story.does(VERA, acts.Validate()).ver
        story.does(CITIZEN, acts.Write(text="encore"))
        assert story.refuses(SINA, acts.Sign(), seen=seen) is Refusal.STALE_THREAD

    def test_what_another_signed_is_already_answered(self) -> None:
        story = Story(in_progress(), SIGNED)
        story.does(AMINA, acts.Submit(reply=REPLY))
        seen = story.does(VERA, acts.Validate()).ver
        story.does(SINA, acts.Sign())
        second = Actor(id="second", grants=(Grant(role=Role.SIGNATORY, administration=A),))
        assert story.refuses(second, acts.Sign(), seen=seen) is Refusal.ALREADY_ANSWERED

    def test_ones_own_draft_written_in_the_same_breath_is_no_surprise(self) -> None:
        one = Actor(
            id="one",
            grants=(Grant(role=Role.AGENT, administration=A), Grant(role=Role.VALIDATOR, administration=A)),
        )
        story = Story(in_progress(assignee="one"), changed(SIGNED, drafter_may_validate=True))
        story.does(one, acts.Submit(reply=REPLY), seen=1)
        assert story.does(one, acts.Validate(), seen=1).status == Status.TO_SIGN


def test_closing_over_an_unread_message_is_stale() -> None:
    story = answered()
    seen = story.document.ver
    story.does(CITIZEN, acts.Write(text="ça coule encore"))
    story.waits(40)
    assert story.refuses(AMINA, acts.Close(reason="fin"), seen=seen) is Refusal.STALE_THREAD


class TestMoved:
    def test_a_transfer_of_what_has_left_says_so(self) -> None:
        story = Story(in_progress())
        story.does(AMINA, transfer())
        assert story.refuses(SALMA, transfer(), seen=1) is Refusal.ALREADY_MOVED

    def test_a_transfer_of_what_has_changed_unit_says_so(self) -> None:
        story = Story(in_progress())
        story.does(AMINA, transfer(administration=A, unit="U2"))
        assert story.refuses(DIRECTOR, transfer(), seen=1) is Refusal.ALREADY_MOVED
        assert story.refuses(DIRECTOR, transfer()) is Refusal.ALREADY_MOVED

    def test_after_arbitration_too(self) -> None:
        story = Story(complaint(status=Status.ARBITRATION, administration=CN, unit="", hops=4))
        story.does(COORDINATOR, acts.Arbitrate(administration=B, reason="décision"))
        act = transfer(from_administration=CN, from_unit="")
        assert story.refuses(COORDINATOR, act, seen=1) is Refusal.ALREADY_MOVED

    def test_strangers_learn_nothing_of_where_it_went(self) -> None:
        story = Story(complaint())
        story.does(SALMA, transfer())
        stranger = Actor(id="x", grants=(Grant(role=Role.SUPERVISOR, administration="Z"),))
        assert story.refuses(stranger, transfer(), seen=1) is Refusal.OUT_OF_SCOPE
        secret = Story(complaint(confidential=True, named=("salma",)))
        secret.does(SALMA, transfer())
        assert secret.refuses(SALMA, transfer(), seen=1) is Refusal.OUT_OF_SCOPE
        aimed = Story(complaint(against="salma"))
        aimed.does(DIRECTOR, transfer())
        assert aimed.refuses(SALMA, transfer(), seen=1) is Refusal.OUT_OF_SCOPE

    def test_a_transfer_read_after_the_move_is_plainly_out_of_scope(self) -> None:
        story = Story(complaint())
        story.does(SALMA, transfer())
        assert story.refuses(SALMA, transfer()) is Refusal.OUT_OF_SCOPE

    def test_a_transfer_elsewhere_from_the_new_house_works(self) -> None:
        story = Story(complaint())
        story.does(SALMA, transfer(unit="V1"))
        back = acts.Transfer(
            administration=A, from_administration=B, from_unit="V1", reason="de votre ressort"
        )
        assert story.does(FOREIGN_HEAD, back).hops == 2


# Outcome of a second act written while looking at the version before the first: the first to arrive wins,
# unless both can stand. None: applied. Rows: what came first; columns: what came second.
FIRST: dict[str, tuple[Actor, Act]] = {
    "note": (BILAL, acts.Note(text="n")),
    "write": (CITIZEN, acts.Write(text="w")),
    "answer": (AMINA, ANSWER),
    "assign": (SALMA, acts.Assign(assignee="bilal", previous="amina")),
    "transfer": (SALMA, transfer()),
    "withdraw": (CITIZEN, acts.Withdraw(reason="r")),
    "join": (SALMA, acts.Join(parent="c0", parent_number="2026-MEE-000002")),
}
SECOND: dict[str, tuple[Actor, Act]] = {
    "note": (AMINA, acts.Note(text="m")),
    "answer": (DIRECTOR, ANSWER),
    "assign": (DIRECTOR, acts.Assign(assignee="salma", previous="amina")),
    "transfer": (DIRECTOR, transfer()),
    "ask": (DIRECTOR, acts.AskComplement(items=("x",), limit=TODAY.replace(day=30))),
    "withdraw": (CLARA, acts.Withdraw(reason="r")),
}
GONE = "out_of_scope"
EXPECTED: dict[str, dict[str, str | None]] = {
    "note": {"note": None, "answer": None, "assign": None, "transfer": None, "ask": None, "withdraw": None},
    "write": {
        "note": None, "answer": "stale_thread", "assign": None, "transfer": None, "ask": None,
        "withdraw": None,
    },
    "answer": {
        "note": None, "answer": "already_answered", "assign": "illegal_transition",
        "transfer": "illegal_transition", "ask": "illegal_transition", "withdraw": None,
    },
    "assign": {
        "note": None, "answer": None, "assign": "assignee_changed", "transfer": None,
        "ask": "illegal_transition", "withdraw": None,
    },
    "transfer": {
        "note": GONE, "answer": GONE, "assign": GONE, "transfer": "already_moved", "ask": GONE,
        "withdraw": GONE,
    },
    "withdraw": {
        "note": None, "answer": "illegal_transition", "assign": "illegal_transition",
        "transfer": "illegal_transition", "ask": "illegal_transition", "withdraw": None,
    },
    "join": {
        "note": None, "answer": "illegal_transition", "assign": "illegal_transition",
        "transfer": "illegal_transition", "ask": "illegal_transition", "withdraw": "illegal_transition",
    },
}  # fmt: skip


@pytest.mark.parametrize("first", FIRST)
@pytest.mark.parametrize("second", SECOND)
def test_of_two_acts_on_the_same_version(first: str, second: str) -> None:
    story = Story(in_progress())
    story.does(*FIRST[first])
    actor, act = SECOND[second]
    expected = EXPECTED[first][second]
    if expected is None:
        before = story.document
        after = story.does(actor, act, seen=1)
        assert after.ver == before.ver + 1 or after is before
    else:
        assert story.refuses(actor, act, seen=1) == expected


def test_the_same_wish_of_two_people_is_no_conflict() -> None:
    story = Story(complaint())
    story.does(SALMA, acts.Assign(assignee="amina"))
    before = story.document
    assert story.does(DIRECTOR, acts.Assign(assignee="amina"), seen=1) is before


class TestTheSameThingOtherwise:
    """Nothing that a colleague has set is overwritten by somebody who had not seen it."""

    def test_a_theme_corrected_by_another_stays_and_the_second_one_is_told(self) -> None:
        story = Story(in_progress())
        story.does(AMINA, acts.Correct(reason="r", theme="water"))
        second = acts.Correct(reason="s", theme="roads")
        assert story.refuses(SALMA, second, seen=1) is Refusal.CHANGED_MEANWHILE
        assert story.does(SALMA, acts.Correct(reason="s", place=Place(region="04")), seen=1).theme == "water"
        third = acts.Correct(reason="t", place=Place(region="05"))
        assert story.refuses(AMINA, third, seen=1) is Refusal.CHANGED_MEANWHILE
        assert story.does(AMINA, acts.Correct(reason="u", theme="air"), seen=1).theme == "air"

    def test_a_flag_set_by_another_stays(self) -> None:
        story = Story(in_progress(urgent=True))
        story.does(SALMA, acts.Flag(reason="r", urgent=False))
        story.does(SALMA, acts.Flag(reason="r", confidential=True, named=("amina", "salma", "director")))
        assert (
            story.refuses(DIRECTOR, acts.Flag(reason="s", urgent=True), seen=1) is Refusal.CHANGED_MEANWHILE
        )
        others = acts.Flag(reason="s", confidential=True, named=("amina", "director"))
        assert story.refuses(DIRECTOR, others, seen=1) is Refusal.CHANGED_MEANWHILE
        assert story.does(SALMA, acts.Flag(reason="t", urgent=True), seen=1).urgent

    def test_a_parent_proposed_by_another_stays(self) -> None:
        story = Story(in_progress())
        story.does(AMINA, acts.ProposeJoin(parent="c7"))
        assert story.refuses(SALMA, acts.ProposeJoin(parent="c8"), seen=1) is Refusal.CHANGED_MEANWHILE

    def test_the_citizen_is_given_one_date_and_none_after_the_answer(self) -> None:
        interim = acts.SendInterim(text="t", expected=TODAY.replace(day=25))
        story = Story(in_progress())
        story.does(AMINA, interim)
        assert story.refuses(SALMA, interim, seen=1) is Refusal.CHANGED_MEANWHILE
        story.does(AMINA, acts.Answer(reply=REPLY, channel=Channel.MAIL))
        assert story.refuses(SALMA, interim, seen=2) is Refusal.ALREADY_ANSWERED

    def test_a_return_is_never_noted_of_a_letter_sent_after_it(self) -> None:
        second = Actor(id="karim", grants=(Grant(role=Role.REGISTRY_CLERK, administration=A),))
        story = answered()
        seen = story.document.ver
        back = acts.ReportUndelivered(reason="adresse", on=TODAY)
        story.does(CLARA, back)
        before = story.document
        assert story.does(second, back, seen=seen) is before
        story.does(CLARA, acts.Dispatch(channel=Channel.MAIL, on=TODAY))
        assert story.refuses(second, back, seen=seen) is Refusal.CHANGED_MEANWHILE
        assert story.does(CLARA, back, seen=seen).status == Status.TO_DISPATCH

    def test_what_a_colleague_decided_in_arbitration_is_told_as_a_move(self) -> None:
        second = Actor(id="chama", grants=COORDINATOR.grants)
        story = Story(complaint(status=Status.ARBITRATION, administration=CN, unit="", hops=4))
        decision = acts.Arbitrate(administration=B, reason="décision")
        story.does(COORDINATOR, decision)
        assert story.refuses(second, decision, seen=1) is Refusal.ALREADY_MOVED

    def test_work_taken_away_is_told_so_whatever_the_state(self) -> None:
        story = Story(in_progress())
        story.does(SALMA, acts.Assign(assignee="bilal", previous="amina"))
        ask = acts.AskComplement(items=("x",), limit=TODAY.replace(day=30))
        assert story.refuses(AMINA, ask, seen=1) is Refusal.ASSIGNEE_CHANGED
        own = Story(assigned())
        own.does(AMINA, acts.Decline(reason="r"))
        assert own.refuses(AMINA, acts.Open(), seen=1) is Refusal.ILLEGAL_TRANSITION


class TestWordsOfWhatIsAlreadySo:
    def test_the_second_reason_joins_the_history_as_a_note(self) -> None:
        story = Story(in_progress())
        before = story.does(CLARA, acts.Withdraw(reason="par téléphone"))
        after = story.does(AMINA, acts.Withdraw(reason="lettre du 12"), seen=1)
        assert (after.status, after.ver, after.events[:-1]) == (before.status, before.ver + 1, before.events)
        assert (after.events[-1].kind, after.events[-1].text) == (EventKind.NOTED, "lettre du 12")
        assert story.does(AMINA, acts.Withdraw(reason="lettre du 12"), seen=1) is after
        assert story.does(CITIZEN, acts.Withdraw(reason="je renonce"), seen=1) is after

    def test_words_too_long_are_refused_as_everywhere(self) -> None:
        story = Story(in_progress())
        story.does(CLARA, acts.Withdraw(reason="r"))
        long = acts.Withdraw(reason="x" * (MAX_TEXT + 1))
        assert story.refuses(AMINA, long, seen=1) is Refusal.TEXT_TOO_LONG
