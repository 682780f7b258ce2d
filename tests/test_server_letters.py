"""Numbers and files of record: one of each for every answer that leaves, whatever happens in between."""

import threading
from collections.abc import Iterator
from dataclasses import replace

import msgspec
import pytest
from sqlalchemy import select

from letters.letter import Letter, render
from protocol import acts, history
from protocol.complaint import Channel, Complaint, EventKind, Status
from protocol.deadlines import civil_date
from protocol.settings import CITIZEN, Chain
from protocol.wire import seal
from server import blobs, complaints, database, letter_press, letters, numbering, tables
from server.admin import main
from server.letters import State
from tests.letter_office import ADVERSE, REPLY, Office, letters_of, open_office, readies_of
from tests.letter_world import printed
from tests.server_world import DEVICE, NOW, World, ask

pytestmark = pytest.mark.both_databases

TODAY = civil_date(NOW)
FIRST = "2026-EAU-D-000001"


@pytest.fixture
def office(world: World) -> Iterator[Office]:
    with open_office(world) as opened:
        yield opened


# The number ------------------------------------------------------------------------------------------------


def test_a_direct_answer_has_its_number_at_once_and_its_letter_waits(office: Office):
    document = office.answered()
    assert document.status == Status.ANSWERED
    (ready,) = readies_of(document)
    assert (ready.kind, ready.number) == (EventKind.ANSWERED, FIRST)
    (row,) = office.rows()
    assert (row.act, row.complaint, row.number, row.state) == (ready.act, document.id, FIRST, State.WAITING)
    assert (row.on, row.kind, row.model) == (TODAY, "answer", "answer-1")
    assert history.outgoing_number(document) == FIRST and history.recorded_letter(document) is None


def test_a_validated_answer_has_its_number_at_validation(office: Office):
    office.chain(Chain.VALIDATE)
    submitted = office.does("amina", office.taken(), acts.Submit(reply=REPLY))
    assert office.rows() == []
    (ready,) = readies_of(office.does("vera", submitted, acts.Validate()))
    assert (ready.kind, ready.number) == (EventKind.VALIDATED, FIRST)


def test_a_signed_answer_has_its_number_at_signature_and_a_refused_one_has_none(office: Office):
    office.chain(Chain.VALIDATE_AND_SIGN)
    waiting = office.does(
        "vera", office.does("amina", office.taken(), acts.Submit(reply=REPLY)), acts.Validate()
    )
    refused = office.does("sina", waiting, acts.RefuseSignature(comment="à revoir"))
    assert office.rows() == [] and readies_of(refused) == []
    again = office.does("vera", office.does("amina", refused, acts.Submit(reply=REPLY)), acts.Validate())
    (ready,) = readies_of(office.does("sina", again, acts.Sign()))
    assert (ready.kind, ready.number) == (EventKind.SIGNED, FIRST)
    office.press()
    assert "Le délégataire de signature" in text_of(office, office.world.load(again.id))


def test_a_decision_of_inadmissibility_has_its_number_and_its_letter_says_the_ground(office: Office):
    decision = acts.DeclareInadmissible(ground="j1_before_court", reply=ADVERSE)
    document = office.does("salma", office.taken(), decision)
    assert document.status == Status.INADMISSIBLE
    assert office.rows()[0].kind == "inadmissible"
    office.press()
    text = text_of(office, office.world.load(document.id))
    assert "سبب عدم القبول" in text and "41.90" in text


def test_a_refused_act_and_one_sent_twice_take_no_number(office: Office):
    taken = office.taken()
    holed = acts.Answer(reply=msgspec.structs.replace(REPLY, text="le [date]"))
    assert office.world.act("amina", taken, holed).code == "fields_unfilled"
    asked = ask(taken, acts.Answer(reply=REPLY))
    for _ in range(2):
        with office.world.register.transaction() as connection:
            actor = office.world.staff["amina"].actor
            assert complaints.execute(connection, asked, actor, DEVICE, NOW).status == "applied"
    assert [row.number for row in office.rows()] == [FIRST]
    assert history.outgoing_number(office.answered()) == "2026-EAU-D-000002"


def test_a_transaction_that_fails_gives_its_number_back(office: Office):
    taken = office.taken()
    with pytest.raises(ZeroDivisionError), office.world.register.transaction() as connection:
        actor = office.world.staff["amina"].actor
        complaints.execute(connection, ask(taken, acts.Answer(reply=REPLY)), actor, DEVICE, NOW)
        raise ZeroDivisionError
    assert office.rows() == []
    assert history.outgoing_number(office.answered()) == FIRST


def test_numbers_stay_continuous_when_many_answer_at_once(office: Office):
    cases = [office.taken() for _ in range(24)]
    failures: list[object] = []

    def work(mine: list[Complaint]) -> None:
        register = database.connect(office.world.config)
        for n, case in enumerate(mine):
            with register.transaction() as connection:
                actor = office.world.staff["amina"].actor
                asked = ask(case, acts.Answer(reply=REPLY, channel=Channel.MAIL))
                result = complaints.execute(connection, asked, actor, DEVICE, NOW)
                failures.extend([result] if result.status != "applied" else [])
            if n % 3 == 0:
                with pytest.raises(ZeroDivisionError), register.transaction() as connection:
                    numbering.next_number(connection, numbering.OUTGOING, "EAU", NOW)
                    raise ZeroDivisionError
        register.close()

    threads = [threading.Thread(target=work, args=(cases[k::4],)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    numbers = [row.number for row in office.rows()]
    assert numbers == [f"2026-EAU-D-{n:06d}" for n in range(1, 25)]
    assert sorted(history.outgoing_number(office.world.load(case.id)) for case in cases) == numbers


def test_an_act_sent_again_to_a_restored_server_gets_its_number_back(office: Office):
    with office.world.register.transaction() as connection:
        gap = {"kind": "outgoing", "administration": "EAU", "year": 2026, "first": 1, "last": 50}
        connection.execute(tables.cancelled_number.insert().values(**gap, reason=numbering.RESTORED, at=NOW))
        connection.execute(
            tables.number.insert().values(kind="outgoing", administration="EAU", year=2026, last=50)
        )
    asked = seal(ask(office.taken(), acts.Answer(reply=REPLY)))
    asked = msgspec.structs.replace(asked, number="2026-EAU-D-000017")
    with office.world.register.transaction() as connection:
        complaints.execute(connection, asked, office.world.staff["amina"].actor, DEVICE, NOW)
    assert [row.number for row in office.rows()] == ["2026-EAU-D-000017"]
    assert history.outgoing_number(office.answered()) == "2026-EAU-D-000051"


# The file --------------------------------------------------------------------------------------------------


def text_of(office: Office, document: Complaint) -> str:
    file = history.recorded_letter(document)
    assert file is not None
    return printed(blobs.read(office.world.config, file.sha256))


def test_the_press_records_the_file_in_the_history_of_its_complaint(office: Office):
    before = office.answered()
    assert office.press() == 1
    after = office.world.load(before.id)
    (event,) = letters_of(after)
    (row,) = office.rows()
    file = history.recorded_letter(after)
    assert event.by == "system" and event.other == readies_of(after)[0].act and event.number == FIRST
    assert file is not None and (file.name, file.mime) == (f"{FIRST}.pdf", "application/pdf")
    assert (row.state, row.sha256, row.recorded_at) == (State.RECORDED, file.sha256, NOW)
    assert after.status == before.status and after.ver == before.ver + 1
    text = text_of(office, after)
    for words in (FIRST, before.number, "Rabat, le 20 novembre 2026", "Amina", "La fuite est réparée",
                  office.world.config.address):  # fmt: skip
        assert words in text
    with office.world.register.reading() as connection:
        assert blobs.described(connection, file.sha256, after.id).size == file.size
        assert connection.execute(select(tables.change).where(tables.change.c.act == event.act)).one()


def test_pressing_again_changes_nothing(office: Office):
    document = office.answered()
    office.press()
    once = office.world.load(document.id)
    assert office.press() == 0
    assert office.world.load(document.id) == once


def test_what_was_frozen_is_printed_whatever_the_register_says_later(office: Office):
    document = office.answered()
    office.rename(name_fr="Office nouveau", name_ar="مكتب جديد", place_fr="Fès", place_ar="فاس")
    office.press()
    text = text_of(office, office.world.load(document.id))
    assert "Office EAU" in text and "Rabat, le" in text and "Fès" not in text


class Fallen(BaseException):
    """The machine stops here."""


@pytest.mark.parametrize("reached", ["rendered", "placed", "recorded"])
def test_a_press_that_falls_anywhere_leaves_the_same_file_and_one_fact(office: Office, reached: str):
    document = office.answered()
    wanted = render(msgspec.json.decode(office.rows()[0].fields, type=Letter))
    with pytest.raises(Fallen):
        fall(office, reached)
    assert letters_of(office.world.load(document.id)) == [] and office.rows()[0].state == State.WAITING
    office.press()
    after = office.world.load(document.id)
    assert len(letters_of(after)) == 1
    file = history.recorded_letter(after)
    assert file is not None and blobs.read(office.world.config, file.sha256) == wanted


def fall(office: Office, reached: str) -> None:
    """Do what the press does up to a point, and lose the transaction."""
    with office.world.register.reading() as connection:
        (frozen,) = letters.waiting(connection, 9)
    if reached == "rendered":
        render(frozen.letter)
        raise Fallen
    file = letter_press._printed(office.service, frozen)
    if reached == "placed":
        raise Fallen
    with office.world.register.transaction() as connection:
        letter_press._settle(office.service, connection, frozen, file, NOW)
        raise Fallen


def test_several_presses_at_once_record_each_letter_once(office: Office):
    documents = [office.answered() for _ in range(20)]
    registers = [database.connect(office.world.config) for _ in range(3)]
    presses = [
        threading.Thread(target=Office(office.world, replace(office.service, database=register)).press)
        for register in registers
    ]
    for thread in presses:
        thread.start()
    for thread in presses:
        thread.join()
    for register in registers:
        register.close()
    assert [len(letters_of(office.world.load(one.id))) for one in documents] == [1] * 20
    assert {row.state for row in office.rows()} == {State.RECORDED}


def test_the_newest_letter_is_printed_first(office: Office):
    documents = [office.answered() for _ in range(letter_press.BATCH + 3)]
    with office.world.register.transaction() as connection:
        for n, row in enumerate(office.rows()):
            table = tables.letter
            at = NOW.replace(minute=n)
            connection.execute(table.update().where(table.c.act == row.act).values(at=at))
    done = office.press_once()
    assert [one.complaint for one in done] == [one.id for one in reversed(documents)][: letter_press.BATCH]


# What cannot be printed, and what must not be ---------------------------------------------------------------


def test_a_letter_that_misses_something_is_named_and_stops_no_other(office: Office):
    office.rename(place_fr="", place_ar="")
    holed = office.answered()
    office.rename(place_fr="Salé", place_ar="سلا")
    whole = office.answered()
    office.press()
    assert history.recorded_letter(office.world.load(whole.id)) is not None
    assert history.recorded_letter(office.world.load(holed.id)) is None
    with office.world.register.reading() as connection:
        assert letters.counts(connection) == {State.RECORDED: 1, State.REFUSED: 1}
        (one,) = letters.stopped(connection)
    assert (one.number, one.complaint, one.reason) == (FIRST, holed.id, "place")
    with office.world.register.transaction() as connection:
        assert letters.retry(connection) == 1
    office.press()
    text = text_of(office, office.world.load(holed.id))
    assert FIRST in text and "Salé, le 20 novembre 2026" in text


def test_the_operator_sees_what_is_refused_and_cancelled_and_takes_it_up(office: Office, capsys):
    office.rename(place_fr="", place_ar="")
    refused = office.answered()
    gone = office.answered(Channel.MAIL)
    office.press()
    office.works_alone(CITIZEN, office.world.load(gone.id), acts.Withdraw(reason="réglé"))
    where = ["--data", str(office.world.config.data)]
    assert main(["letters", "list", *where]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "0 waiting, 0 recorded, 1 refused, 1 cancelled"
    assert lines[1:] == [
        f"refused\t{FIRST}\t{refused.id}\tplace",
        "cancelled\t2026-EAU-D-000002\t2026-EAU-D-000002\twithdrawn",
    ]
    assert main(["letters", "retry", *where]) == 0
    assert capsys.readouterr().out == "1 letters wait again\n"
    office.rename(place_fr="Salé", place_ar="سلا")
    office.press()
    assert main(["letters", "retry", *where]) == 0
    office.press()
    assert main(["letters", "list", *where]) == 0


def test_a_letter_refused_is_taken_up_with_the_answer_it_had(office: Office):
    office.rename(place_fr="", place_ar="")
    first = office.answered()
    office.press()
    reopened = office.does("salma", first, acts.Reopen(reason="x"))
    given = office.does("salma", reopened, acts.Assign(assignee=office.id("salma")))
    second = msgspec.structs.replace(REPLY, text="جواب ثان.", translation="Une seconde réponse.")
    office.does("salma", given, acts.Answer(reply=second))
    office.rename(place_fr="Salé", place_ar="سلا")
    with office.world.register.transaction() as connection:
        letters.retry(connection)
    office.press()
    document = office.world.load(first.id)
    one, two = (history.recorded_letter(document, event.act) for event in readies_of(document))
    assert one is not None
    assert "La fuite est réparée" in printed(blobs.read(office.world.config, one.sha256))
    assert two is None
    with office.world.register.transaction() as connection:
        letters.retry(connection)
    office.press()
    assert "Une seconde réponse" in text_of(office, office.world.load(first.id))


def test_a_letter_that_comes_back_leaves_again_under_its_number(office: Office):
    document = office.does(
        "clara", office.answered(Channel.MAIL), acts.Dispatch(channel=Channel.MAIL, on=TODAY)
    )
    office.press()
    back = office.does(
        "clara", office.world.load(document.id), acts.ReportUndelivered(reason="inconnu", on=TODAY)
    )
    again = office.does("clara", back, acts.Dispatch(channel=Channel.BY_HAND, on=TODAY))
    assert again.status == Status.ANSWERED
    assert [row.number for row in office.rows()] == [FIRST]
    office.press()
    assert len(letters_of(office.world.load(document.id))) == 1


def test_a_complaint_withdrawn_before_its_letter_left_cancels_the_number(office: Office):
    document = office.answered(Channel.MAIL)
    office.works_alone(CITIZEN, document, acts.Withdraw(reason="réglé"))
    assert office.press() == 0
    assert office.rows()[0].state == State.CANCELLED
    assert office.cancelled() == [("EAU", 1, 1, letters.WITHDRAWN)]
    assert history.outgoing_number(office.answered()) == "2026-EAU-D-000002"


def test_a_complaint_withdrawn_after_its_letter_left_keeps_the_number(office: Office):
    sent = office.does("clara", office.answered(Channel.MAIL), acts.Dispatch(channel=Channel.MAIL, on=TODAY))
    back = office.does("clara", sent, acts.ReportUndelivered(reason="inconnu", on=TODAY))
    office.works_alone(CITIZEN, back, acts.Withdraw(reason="réglé"))
    untouched = office.works_alone(CITIZEN, office.taken(), acts.Withdraw(reason="réglé"))
    assert office.cancelled() == [] and readies_of(untouched) == []
    assert office.press() == 1
