"""List columns, search text and the fold of pending acts: the same on server and desk."""

from datetime import timedelta

import msgspec
import pytest
from msgspec.structs import replace as changed

from protocol import acts
from protocol.complaint import Attachment, Channel, Commitment, Place, Point, Status
from protocol.projection import (
    Row,
    columns,
    fold,
    is_unread,
    read_document,
    searchable,
    write_document,
)  # fmt: skip
from protocol.settings import CITIZEN, SYSTEM
from tests.rule_cases import (
    AMINA,
    BILAL,
    CLARA,
    NOW,
    REASONED,
    REPLY,
    SALMA,
    SETTINGS,
    TODAY,
    Story,
    answered,
    asked,
    assigned,
    complaint,
    in_progress,
    transfer,
)  # fmt: skip

FILE = Attachment(sha256="0" * 64, name="Facture_Été.pdf", mime="application/pdf", size=10)


class TestColumns:
    def test_they_are_the_header(self) -> None:
        row = columns(in_progress(urgent=True, theme="water"))
        assert row == Row(
            id="c1", ver=1, number="2026-MEE-000001", type="complaint", object="انقطاع الماء",
            citizen="Fatima Zahra", place="", status="in_progress", due=complaint().due,
            received_on=complaint().received_on, administration="MEE", unit="U1", assignee="amina",
            theme="water", channel="portal", language="ar", urgent=True, confidential=False, unread=True,
            changed_at=complaint().entered_at,
        )  # fmt: skip

    def test_the_provisional_number_stands_until_there_is_one(self) -> None:
        assert columns(complaint(number="", provisional="P-7")).number == "P-7"

    def test_the_place_is_the_finest_known(self) -> None:
        for place, code in (
            (Place(region="05", province="05.091", commune="05.091.01"), "05.091.01"),
            (Place(region="05", province="05.091"), "05.091"),
            (Place(region="05"), "05"),
        ):
            assert columns(complaint(place=place)).place == code

    def test_it_changed_when_its_last_event_happened(self) -> None:
        story = Story(complaint())
        story.does(SALMA, acts.Assign(assignee="amina"))
        assert columns(story.document).changed_at == story.now

    def test_a_row_travels(self) -> None:
        row = columns(complaint())
        assert msgspec.json.decode(msgspec.json.encode(row), type=Row) == row


class TestUnread:
    def test_what_arrives_is_unread_until_opened(self) -> None:
        story = Story(complaint())
        assert is_unread(story.document)
        story.does(SALMA, acts.Assign(assignee="amina"))
        assert is_unread(story.document)
        story.does(AMINA, acts.Open())
        assert not is_unread(story.document)

    def test_taking_it_oneself_implies_having_read_it(self) -> None:
        story = Story(complaint())
        story.does(AMINA, acts.Assign(assignee="amina"))
        assert not is_unread(story.document)

    @pytest.mark.parametrize("actor", [CITIZEN, CLARA])
    def test_words_of_the_citizen_are_news_whoever_typed_them(self, actor: object) -> None:
        story = Story(in_progress())
        story.does(AMINA, acts.Note(text="lu"))
        assert not is_unread(story.document)
        story.does(actor, acts.Write(text="alors ?"))  # type: ignore[arg-type]
        assert is_unread(story.document)
        story.does(AMINA, acts.Note(text="vu"))
        assert not is_unread(story.document)

    def test_a_transfer_is_news_to_the_other_house(self) -> None:
        story = Story(in_progress())
        story.does(AMINA, transfer())
        assert is_unread(story.document)

    def test_what_the_system_does_is_no_news_by_itself(self) -> None:
        story = Story(in_progress())
        story.does(AMINA, acts.AskComplement(items=("x",), limit=TODAY + timedelta(days=1)))
        story.waits(2).does(SYSTEM, acts.ExpireComplement())
        assert not is_unread(story.document)

    def test_what_is_answered_or_over_is_read(self) -> None:
        assert not is_unread(answered().document)
        assert not is_unread(complaint(status=Status.CLOSED))


class TestSearchable:
    def test_everything_said_is_found_folded_and_once(self) -> None:
        reply = changed(
            REASONED,
            translation="Traduction",
            points=(Point(text="Grief", answer="Réponse"),),
            commitments=(Commitment(id="k", text="Engagé", due=TODAY),),
        )
        story = Story(
            in_progress(
                provisional="P-7",
                attachments=(FILE,),
                ombudsman_reference="MED/12",
                place=Place(detail="Hay Salam"),
            )
        )
        story.does(BILAL, acts.Note(text="Appelé", attachments=(changed(FILE, name="scan.png"),)))
        story.does(AMINA, acts.AskComplement(items=("Contrat",), limit=TODAY + timedelta(days=5)))
        story.does(CITIZEN, acts.GiveComplement(text="الوثيقة"))
        story.does(AMINA, acts.Answer(reply=reply))
        lines = searchable(story.document).split("\n")
        for expected in (
            "2026-mee-000001", "p-7", "med/12", "fatima zahra", "انقطاع الماء", "انقطع الماء منذ اسبوع",
            "hay salam", "facture_ete.pdf", "scan.png", "appele", "contrat", "الوثيقه", "تعذر.", "traduction",
            "grief", "reponse", "engage", "الماده 3", "عدم وجود عقد",
        ):  # fmt: skip
            assert lines.count(expected) == 1, expected

    def test_identity_telephone_and_address_stay_out_of_the_index(self) -> None:
        person = changed(complaint().person, identity_number="AB123456", address="12 rue X")
        indexed = searchable(complaint(person=person))
        assert not any(secret in indexed for secret in ("ab123456", "0600000000", "rue x", "example"))

    def test_reasons_of_acts_are_found(self) -> None:
        story = Story(in_progress())
        story.does(AMINA, transfer(reason="Compétence de l’Office"))
        assert "competence de l'office" in searchable(story.document)


class TestFold:
    def test_pending_acts_are_replayed_in_order_at_their_own_time(self) -> None:
        base = assigned()
        later = NOW + timedelta(hours=3)
        mine = [
            asked(base, acts.Open(), id="a1"),
            asked(base, acts.Answer(reply=REPLY), id="a2", now=later),
        ]
        view = fold(base, mine, AMINA, SETTINGS)
        assert (view.status, view.ver, [e.act for e in view.events]) == (Status.TO_DISPATCH, 3, ["a1", "a2"])
        assert view.events[-1].at == later

    def test_refused_acts_are_skipped(self) -> None:
        base = assigned()
        mine = [asked(base, acts.Sign(), id="a1"), asked(base, acts.Note(text="ok"), id="a2")]
        assert [event.act for event in fold(base, mine, AMINA, SETTINGS).events] == ["a2"]

    def test_an_act_the_base_already_holds_is_not_shown_twice(self) -> None:
        story = Story(in_progress())
        story.does(AMINA, acts.Note(text="une fois"))
        again = asked(complaint(), acts.Note(text="une fois"), id="a1")
        assert fold(story.document, [again], AMINA, SETTINGS) is story.document

    def test_without_acts_the_view_is_the_base(self) -> None:
        base = assigned()
        assert fold(base, [], AMINA, SETTINGS) is base


def test_a_document_is_written_and_read_whole_and_newer_fields_are_ignored() -> None:
    story = answered()
    story.does(CITIZEN, acts.Rate(satisfied=False, reason="متأخر"))
    raw = write_document(story.document)
    assert read_document(raw) == story.document
    assert "متأخر".encode() in raw
    assert read_document(raw[:-1] + b',"hologram":1}') == story.document
    assert Channel.PORTAL.encode() in raw
