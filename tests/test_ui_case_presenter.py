"""What the pane says of a complaint, in both languages, without a widget."""

from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest

from desktop.core.translation import Translation
from desktop.ui.case_presenter import OpenedCase, facts, flags, gather, origin, sureness
from desktop.ui.timeline_presenter import Form, entries, sentence
from protocol import acts
from protocol.complaint import Event, EventKind
from tests.case_world import METER, UNASSIGNED, WATER, complaint
from tests.fake_desk import NOW, FakeDesk


def opened(desk: FakeDesk, words: str, language: str = "fr") -> OpenedCase:
    return gather(desk, complaint(desk, words), language)


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_origin_isolates_the_number_and_says_how_sure_the_routing_was(language):
    line = origin(opened(FakeDesk(), WATER, language), Translation(language))
    assert "\u20662026-ONEE-015142\u2069" in line
    assert "94" in line


def test_a_file_of_the_ombudsman_that_is_late_says_both():
    desk = FakeDesk()
    case = opened(desk, "Raccordement refusé")
    document = msgspec.structs.replace(case.document, ombudsman=True)
    late = OpenedCase(
        case=type(case.case)(
            document=document,
            confirmed_ver=case.case.confirmed_ver,
            waiting=(),
            drafts={},
            may={},
            today=case.case.today,
            days_left=case.case.days_left,
        ),
        me=case.me,
        language="fr",
    )
    assert [flag.code for flag in flags(late, Translation("fr"))] == ["overdue", "urgent", "ombudsman"]


def test_the_due_fact_is_first_with_its_meter_and_words():
    due = facts(opened(FakeDesk(), WATER), Translation("fr"))[0]
    assert due.code == "due" and due.hint == "J-8" and due.meter == pytest.approx(52 / 60)


def test_an_answered_complaint_shows_no_meter():
    due = facts(opened(FakeDesk(), "Changement de titulaire"), Translation("fr"))[0]
    assert due.meter is None or due.meter <= 1


def test_nobody_is_said_in_words():
    found = {fact.code: fact for fact in facts(opened(FakeDesk(), UNASSIGNED), Translation("fr"))}
    assert found["assignee"].value == "Personne"


def test_the_citizens_words_come_first_and_notes_keep_their_author():
    shown = entries(opened(FakeDesk(), WATER), Translation("fr"))
    assert shown[0].form is Form.CITIZEN and shown[0].attachments
    note = next(entry for entry in shown if entry.form is Form.NOTE)
    assert "Omar Senhaji" in note.title and note.title.startswith("Note interne")


def test_my_acts_are_marked_until_the_server_has_them():
    desk = FakeDesk()
    where = complaint(desk, WATER)
    desk.ask(where, acts.Note(text="À vérifier"), seen=desk.case(where).confirmed_ver)
    assert entries(opened(desk, WATER), Translation("fr"))[-1].waiting
    desk.settle()
    assert not entries(opened(desk, WATER), Translation("fr"))[-1].waiting


@pytest.mark.parametrize("language", ["fr", "ar"])
@pytest.mark.parametrize("kind", [*EventKind, "from_a_newer_server"])
def test_every_kind_of_event_has_its_words(kind, language):
    case = opened(FakeDesk(), METER, language)
    event = Event(
        n=9, act="a", kind=kind, at=NOW, by="u-senhaji", assignee="u-bennis", administration="ONEE",
        from_administration="CNSS", unit="ONEE-RES-SAL", channel="portal", number="12", other="13",
        limit=NOW.date() + timedelta(days=3), satisfied=True,
    )  # fmt: skip
    said = sentence(event, case, Translation(language))
    assert said and "{" not in said and "None" not in said


def test_an_unknown_event_becomes_a_generic_line():
    case = opened(FakeDesk(), METER)
    event = Event(n=9, act="a", kind="teleported", at=NOW, by="u-senhaji")
    assert "version plus récente" in sentence(event, case, Translation("fr"))


@pytest.mark.parametrize(("confidence", "shown"), [(1.0, "99"), (0.0, "1"), (0.42, "42")])
def test_a_reading_of_words_is_never_certain_nor_worthless(confidence: float, shown: str):
    assert sureness(confidence, Translation("fr")) == f"{shown}\u202f%"


@pytest.mark.parametrize(
    ("language", "known"), [("fr", ("Salé", "Rabat-Salé-Kénitra")), ("ar", ("سلا", "الرباط"))]
)
def test_the_finest_known_place_comes_first(language: str, known: tuple[str, str]):
    case = opened(FakeDesk(), WATER, language)
    place = msgspec.structs.replace(
        case.document.place, detail="", commune="", province="04.441", region="04"
    )
    document = msgspec.structs.replace(case.document, place=place)
    case = replace(case, case=replace(case.case, document=document))
    found = next(fact for fact in facts(case, Translation(language)) if fact.code == "place")
    assert known[0] in found.value and known[1] in found.hint


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_codes_kept_by_flags_and_corrections_are_said_in_words(language: str):
    case, words = opened(FakeDesk(), WATER, language), Translation(language)
    kept = {"flagged": ("not_urgent", "confidential"), "corrected": ("theme=ONEE-1", "place=04/04.441//Hay")}
    for kind, items in kept.items():
        event = Event(n=90, act="a-90", kind=kind, at=NOW, by="u-me", items=items)
        document = msgspec.structs.replace(case.document, events=(event,))
        shown = entries(replace(case, case=replace(case.case, document=document)), words)[-1]
        texts = [part.text for part in shown.parts]
        assert len(texts) == 2 and not any(mark in text for text in texts for mark in "_=")
