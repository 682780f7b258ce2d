"""Which letter the desk shows, with real local files and a twin of the server; receipts; copies."""

from hashlib import sha256

import pytest

from desktop.core.correspondence import LetterIncomplete, NoLetter, state_of
from desktop.core.printing import Access
from protocol import acts
from protocol.complaint import Attachment, Nature, Reply
from sync.errors import DamagedFile, Offline
from tests.desk_world import Office
from tests.papers_seen import letter_of_record
from tests.test_letters_paragraph import copied as words_of

REPLY = Reply(nature=Nature.FAVOURABLE, text="تم إصلاح العطب وعاد الماء إلى الحي.")


@pytest.fixture
def office(tmp_path):
    made = Office(tmp_path)
    yield made
    made.close()


def one(desk, status: str) -> str:
    return next(row.row.id for row in desk.rows(desk.listing("unit").order) if row.row.status == status)


def answer(office) -> str:
    """A complaint answered from this desk, accepted by the server."""
    desk = office.desk
    id_ = next(
        row.row.id
        for row in desk.rows(desk.listing("mine").order)
        if desk.case(row.row.id).may[acts.Answer.kind] is None
    )
    desk.ask(id_, acts.Answer(reply=REPLY), seen=desk.case(id_).confirmed_ver)
    office.settled()
    return id_


def lay_down(office, id_: str, content: bytes) -> Attachment:
    """The server numbers the answer, renders its letter (here: `content`) and records it."""
    from msgspec.structs import replace

    base = office.house.model.document(id_)
    ready = state_of(base).event
    numbered = tuple(replace(e, number="118/2026") if e.n == ready.n else e for e in base.events)
    office.put(replace(base, events=numbered))
    file = Attachment(
        sha256=sha256(content).hexdigest(), name="l.pdf", mime="application/pdf", size=len(content)
    )
    office.happens(id_, acts.RecordLetter(act=ready.act, number="118/2026", file=file), "system")
    office.until(lambda: state_of(office.desk.case(id_).document).file is not None)
    return file


def test_what_is_typed_is_rendered_here_as_a_project_without_a_number(office):
    desk = office.open()
    words = words_of(desk.correspondence.preview(one(desk, "in_progress"), REPLY))
    assert "PROJET" in words and "عاد الماء" in words and "Royaume du Maroc" in words


def test_the_preview_says_everything_that_is_missing_by_name(office):
    desk = office.open()
    id_ = one(desk, "in_progress")
    with pytest.raises(LetterIncomplete) as caught:
        desk.correspondence.preview(id_, Reply(nature=Nature.UNFAVOURABLE, text=""))
    assert caught.value.missing == ("body", "reasons_of_law", "reasons_of_fact")
    with pytest.raises(LetterIncomplete) as caught:
        desk.correspondence.preview(id_, Reply(nature=Nature.FAVOURABLE, text="يوم {date} في [lieu]"))
    assert caught.value.unfilled == ("date", "lieu") and not caught.value.missing


def test_an_answer_that_is_still_here_has_a_provisional_letter_signed_by_its_author(office):
    desk = office.open()
    office.house.cut()
    id_ = next(
        row.row.id
        for row in desk.rows(desk.listing("mine").order)
        if desk.case(row.row.id).may[acts.Answer.kind] is None
    )
    desk.ask(id_, acts.Answer(reply=REPLY), seen=desk.case(id_).confirmed_ver)
    shown = desk.correspondence.letter(id_)
    assert shown.why == "not_yet" and not shown.is_record
    words = words_of(shown.content)
    assert "PROVISOIRE" in words and desk.profile.name_fr in words


def test_a_complaint_without_an_answer_has_no_letter(office):
    desk = office.open()
    with pytest.raises(NoLetter):
        desk.correspondence.letter(one(desk, "in_progress"))
    assert desk.correspondence.record(one(desk, "in_progress")) is None


def test_the_record_is_the_servers_file_and_stays_without_the_network(office):
    desk = office.open()
    id_ = answer(office)
    assert desk.correspondence.record(id_) is None
    content = letter_of_record()
    file = lay_down(office, id_, content)
    office.house.files[file.sha256] = content
    assert desk.correspondence.record(id_) == content
    office.house.cut()
    shown = desk.correspondence.letter(id_)
    assert shown.is_record and shown.content == content and shown.number == "118/2026"


def test_without_the_network_and_the_file_the_rendering_stands_in_with_its_number(office):
    desk = office.open()
    id_ = answer(office)
    file = lay_down(office, id_, letter_of_record())
    office.house.cut()
    with pytest.raises(Offline):
        desk.correspondence.record(id_)
    shown = desk.correspondence.letter(id_)
    assert shown.why == "not_here" and shown.number == "118/2026"
    assert "PROVISOIRE" in words_of(shown.content) and "118/2026" in words_of(shown.content)
    assert file.sha256 not in shown.paper


def test_a_file_that_is_not_what_was_recorded_is_never_shown_as_the_record(office):
    desk = office.open()
    id_ = answer(office)
    file = lay_down(office, id_, letter_of_record())
    office.house.files[file.sha256] = b"%PDF-1.4 something else"
    with pytest.raises(DamagedFile):
        desk.correspondence.record(id_)
    assert not desk.correspondence.letter(id_).is_record


def test_a_printed_record_is_a_copy_from_then_on_even_after_a_restart(office):
    desk = office.open()
    id_ = answer(office)
    content = letter_of_record()
    office.house.files[lay_down(office, id_, content).sha256] = content
    first = desk.correspondence.letter(id_)
    assert not first.is_copy
    desk.correspondence.prints.note(id_, Access.READ, first.paper)
    assert not desk.correspondence.letter(id_).is_copy
    desk.correspondence.prints.note(id_, Access.PRINTED, first.paper)
    assert desk.correspondence.letter(id_).is_copy
    assert office.restart(offline=True).correspondence.letter(id_).is_copy


def test_a_receipt_comes_from_the_server_and_from_nowhere_else(office):
    desk = office.open()
    id_ = one(desk, "in_progress")
    office.house.receipts[id_] = b"%PDF-1.4 receipt"
    assert desk.correspondence.receipt(id_) == b"%PDF-1.4 receipt"
    office.house.cut()
    with pytest.raises(Offline):
        desk.correspondence.receipt(id_)


def test_what_is_noted_names_what_was_done_to_what(office):
    desk = office.open()
    id_ = one(desk, "in_progress")
    desk.correspondence.prints.note(id_, Access.EXPORTED, "receipt")
    with office.session.account.store.work.reading() as connection:
        rows = connection.exec_driver_sql("select complaint, what from access_log").all()
    assert [tuple(row) for row in rows] == [(id_, "exported receipt")]


def test_the_letter_of_an_earlier_answer_is_still_the_one_of_its_act(office):
    desk = office.open()
    id_ = answer(office)
    content = letter_of_record()
    office.house.files[lay_down(office, id_, content).sha256] = content
    act = state_of(desk.case(id_).document).event.act
    assert desk.correspondence.letter(id_, act).content == content
    with pytest.raises(NoLetter):
        desk.correspondence.letter(id_, "no-such-act")
