"""Letters that the press cannot make: named, never in the way of others, taken up as they were to be."""

from collections.abc import Iterator

import pytest

from protocol import acts, history
from server import blobs, letters
from tests.letter_office import Office, open_office, readies_of
from tests.letter_world import printed
from tests.server_world import World


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
