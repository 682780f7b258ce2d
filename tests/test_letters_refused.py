"""Letters that the press cannot make: named, never in the way of others, taken up as they were to be."""

from collections.abc import Iterator
from datetime import timedelta

import msgspec
import pytest
from sqlalchemy import update

from protocol import acts, history
from server import blobs, letter_press, letters, tables
from tests.letter_office import Office, open_office, readies_of
from tests.letter_world import printed
from tests.server_world import NOW, World


@pytest.fixture
def office(world: World) -> Iterator[Office]:
    with open_office(world) as opened:
        yield opened


def test_a_letter_refused_keeps_the_letterhead_of_who_answered_whoever_has_the_complaint_now(office: Office):
    office.rename(place_fr="", place_ar="")
    first = office.answered()
    office.press()
    reopened = office.does("salma", first, acts.Reopen(reason="x"))
    away = acts.Transfer(
        administration="ELEC",
        unit="ELEC-1",
        from_administration="EAU",
        from_unit="EAU-1",
        reason="compétence",
    )
    office.does("salma", reopened, away)
    office.rename(place_fr="Salé", place_ar="سلا")
    with office.world.register.transaction() as connection:
        letters.retry(connection)
    office.press()
    document = office.world.load(first.id)
    (ready,) = readies_of(document)
    file = history.recorded_letter(document, ready.act)
    assert document.administration == "ELEC" and file is not None
    text = printed(blobs.read(office.world.config, file.sha256))
    assert "Office EAU" in text and "EAU-1" in text and "Salé" in text and "ELEC" not in text


def test_a_letter_that_cannot_be_drawn_is_put_aside_and_older_ones_are_made(
    office: Office, capsys: pytest.CaptureFixture[str]
):
    documents = [office.answered() for _ in range(2)]
    acts_of = [readies_of(document)[0].act for document in documents]
    table, newest = tables.letter, office.rows()[1]
    words = msgspec.json.decode(newest.fields) | {"model": "de_demain"}
    with office.world.register.transaction() as connection:
        changed = {"fields": msgspec.json.encode(words), "at": NOW + timedelta(seconds=1)}
        connection.execute(update(table).where(table.c.act == newest.act).values(**changed))
    office.press()
    made = [history.recorded_letter(office.world.load(document.id)) for document in documents]
    assert [file is not None for file in made] == [act != newest.act for act in acts_of]
    with office.world.register.reading() as connection:
        (one,) = letters.stopped(connection)
    assert (one.act, one.reason) == (newest.act, letter_press.FAULT)
    assert '"where":"letter"' in capsys.readouterr().err
