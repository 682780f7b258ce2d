"""The letter in the rules: recorded by the system alone, once, in nobody's way; unfilled fields stop it."""

import msgspec
import pytest

from protocol import acts, history
from protocol.blanks import blanks, unfilled
from protocol.complaint import Attachment, Channel, Commitment, Complaint, EventKind, Point, Status
from protocol.projection import is_unread, searchable
from protocol.rules import Refusal
from protocol.settings import CITIZEN, SYSTEM
from tests.rule_cases import (
    ADVERSE,
    AMINA,
    BILAL,
    CLARA,
    DIRECTOR,
    NOW,
    REPLY,
    SALMA,
    SIGNED,
    SINA,
    TODAY,
    VALIDATED,
    VERA,
    Story,
    done,
    in_progress,
    refused,
)

FILE = Attachment(sha256="a" * 64, name="MEE-2026-000001.pdf", mime="application/pdf", size=9)
NUMBER = "MEE/2026/000001"


def numbered(document: Complaint, number: str = NUMBER) -> Complaint:
    """The document with the outgoing number that the server puts into the newest event."""
    event = msgspec.structs.replace(document.events[-1], number=number)
    return msgspec.structs.replace(document, events=(*document.events[:-1], event))


def ready() -> Story:
    """Answered by Amina, numbered by the server, still to be sent."""
    story = Story(in_progress())
    story.does(AMINA, acts.Answer(reply=REPLY, channel=Channel.MAIL))
    story.document = numbered(story.document)
    return story


def record(act: str = "a1", number: str = NUMBER) -> acts.RecordLetter:
    return acts.RecordLetter(act=act, number=number, file=FILE)


def test_recording_leaves_the_complaint_as_it_is_and_the_file_in_its_history():
    story = ready()
    before = story.document
    after = story.does(SYSTEM, record())
    event = after.events[-1]
    assert (event.kind, event.number, event.other) == (EventKind.LETTER_RECORDED, NUMBER, "a1")
    assert event.attachments == (FILE,)
    assert msgspec.structs.replace(after, ver=before.ver, events=before.events) == before
    assert history.recorded_letter(after) == history.recorded_letter(after, "a1") == FILE
    assert NUMBER.casefold() in searchable(after)


@pytest.mark.parametrize("actor", [AMINA, SALMA, DIRECTOR, CLARA, CITIZEN])
def test_only_the_system_records_a_letter(actor):
    assert ready().refuses(actor, record()) is Refusal.NOT_ALLOWED


def test_a_letter_is_recorded_once():
    story = ready()
    once = story.does(SYSTEM, record())
    assert story.does(SYSTEM, record()) is once


@pytest.mark.parametrize(
    "act", [record(act="a9"), record(number="MEE/2026/000002"), record(act="", number="")]
)
def test_a_letter_nobody_made_ready_is_refused(act):
    assert ready().refuses(SYSTEM, act) is Refusal.BAD_TARGET


def test_an_answer_without_number_has_no_letter():
    story = Story(in_progress())
    story.does(AMINA, acts.Answer(reply=REPLY))
    assert story.refuses(SYSTEM, record(number="")) is Refusal.BAD_TARGET
    assert history.outgoing_number(story.document) == ""


def test_the_number_is_found_on_the_fact_that_made_the_answer_ready():
    story = Story(in_progress(), settings=SIGNED)
    story.does(AMINA, acts.Submit(reply=REPLY))
    story.does(VERA, acts.Validate())
    assert history.made_ready(story.document) is None
    story.does(SINA, acts.Sign())
    story.document = numbered(story.document)
    assert history.outgoing_number(story.document) == history.outgoing_number(story.document, "a3") == NUMBER
    assert history.reply_of(story.document, story.document.events[-1]) == REPLY
    validated = Story(in_progress(), settings=VALIDATED)
    validated.does(AMINA, acts.Submit(reply=REPLY))
    validated.does(VERA, acts.Validate())
    validated.document = numbered(validated.document)
    assert history.outgoing_number(validated.document) == NUMBER


def test_the_newest_letter_is_not_the_older_one_while_its_file_is_on_the_way():
    story = ready()
    story.does(SYSTEM, record())
    story.does(CLARA, acts.Dispatch(channel=Channel.MAIL, on=TODAY))
    story.does(SALMA, acts.Reopen(reason="x"))
    story.does(SALMA, acts.Assign(assignee="bilal"))
    story.does(BILAL, acts.Answer(reply=REPLY, channel=Channel.MAIL))
    assert history.recorded_letter(story.document) == FILE
    story.document = numbered(story.document, "MEE/2026/000002")
    assert history.recorded_letter(story.document) is None
    assert history.recorded_letter(story.document, "a1") == FILE


def test_an_act_written_before_the_file_came_is_still_accepted():
    story = ready()
    seen = story.document.ver
    story.does(SYSTEM, record())
    story.does(CLARA, acts.Dispatch(channel=Channel.MAIL, on=TODAY), seen=seen)
    assert story.document.status == Status.ANSWERED
    closing = story.document
    assert done(closing, CITIZEN, acts.Rate(satisfied=True), seen=seen).events[-1].kind == EventKind.RATED
    returned = acts.ReportUndelivered(reason="adresse inconnue", on=TODAY)
    back = story.does(CLARA, returned, seen=seen)
    assert history.dispatch_channel(back) == "" and history.recorded_letter(back) == FILE


def test_a_second_answer_is_not_stopped_by_the_late_file_of_the_first():
    story = ready()
    story.does(CLARA, acts.Dispatch(channel=Channel.MAIL, on=TODAY))
    story.does(SALMA, acts.Reopen(reason="x"))
    seen = story.does(SALMA, acts.Assign(assignee="bilal")).ver
    story.does(SYSTEM, record())
    assert story.does(BILAL, acts.Answer(reply=REPLY, channel=Channel.MAIL), seen=seen).ver == seen + 2


def test_a_recorded_letter_makes_nothing_unread_and_hides_no_words_of_the_citizen():
    story = ready()
    assert not is_unread(story.document)
    assert not is_unread(story.does(SYSTEM, record()))
    spoken = ready()
    spoken.does(CITIZEN, acts.Write(text="نص"))
    assert is_unread(spoken.document)
    assert is_unread(spoken.does(SYSTEM, record()))


def test_fields_of_templates_are_found_by_name_and_ordinary_brackets_are_not():
    text = "Le {date}, {{ agence }} et [التاريخ] : voir [1], […], (note) {date}."
    assert blanks(text) == ("date", "agence", "التاريخ")


@pytest.mark.parametrize(
    "reply",
    [
        msgspec.structs.replace(REPLY, text="Le [date]."),
        msgspec.structs.replace(REPLY, translation="Le {date}."),
        msgspec.structs.replace(REPLY, points=(Point(text="a", answer="{date}"),)),
        msgspec.structs.replace(REPLY, commitments=(Commitment(id="k", text="[date]", due=TODAY),)),
    ],
)
def test_an_answer_with_an_unfilled_field_is_refused(reply):
    assert unfilled(reply) == ("date",)
    assert refused(in_progress(), AMINA, acts.Answer(reply=reply)) is Refusal.FIELDS_UNFILLED
    assert refused(in_progress(), AMINA, acts.Submit(reply=reply), VALIDATED) is Refusal.FIELDS_UNFILLED


def test_a_decision_of_inadmissibility_with_an_unfilled_field_is_refused():
    decision = acts.DeclareInadmissible(
        ground="j8_insults", reply=msgspec.structs.replace(ADVERSE, reasons_of_law="{article}")
    )
    assert refused(in_progress(), SALMA, decision, now=NOW) is Refusal.FIELDS_UNFILLED
