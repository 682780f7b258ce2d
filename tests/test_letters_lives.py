"""Whole lives of answers, by every chain: one number and one letter for each that was made ready to leave."""

import random
from collections.abc import Iterator

import pytest

from protocol import acts
from protocol.complaint import Channel, Complaint, Status
from protocol.deadlines import civil_date
from protocol.settings import CITIZEN, Chain
from server import numbering
from server.letters import State
from tests.letter_office import REPLY, Office, letters_of, open_office, readies_of
from tests.server_world import NOW, World

TODAY = civil_date(NOW)


@pytest.fixture
def office(world: World) -> Iterator[Office]:
    with open_office(world) as opened:
        yield opened


@pytest.mark.parametrize("seed", range(3))
def test_every_answer_that_left_has_one_number_and_one_letter(office: Office, seed: int):
    chance = random.Random(seed)
    documents = [live(office, chance) for _ in range(12)]
    office.press()
    ready = 0
    for one in documents:
        document = office.world.load(one.id)
        made = readies_of(document)
        ready += len(made)
        if document.answered_on is not None:
            assert made
        recorded = {event.other: event.number for event in letters_of(document)}
        assert len(letters_of(document)) == len(recorded)
        assert recorded == {event.act: event.number for event in made if not gave_up(document)}
    rows = office.rows()
    assert [row.number for row in rows] == [f"2026-EAU-D-{n:06d}" for n in range(1, ready + 1)]
    listed = {first for _, first, _, _ in office.cancelled()}
    assert listed == {numbering.parts(row.number)[1] for row in rows if row.state == State.CANCELLED}


def gave_up(document: Complaint) -> bool:
    return document.status == Status.WITHDRAWN and document.answered_on is None


def live(office: Office, chance: random.Random) -> Complaint:
    """A life with an answer by some chain, and what may come after it."""
    office.chain(chance.choice(list(Chain)))
    document = office.taken()
    channel = chance.choice([Channel.PORTAL, Channel.MAIL])
    if office.world.act("amina", document, acts.Answer(reply=REPLY, channel=channel)).status != "applied":
        document = office.does("amina", document, acts.Submit(reply=REPLY))
        document = office.does("vera", document, acts.Validate())
        if document.status == Status.TO_SIGN:
            document = office.does("sina", document, acts.Sign())
    document = office.world.load(document.id)
    if document.status == Status.TO_DISPATCH:
        if chance.random() < 0.3:
            return office.works_alone(CITIZEN, document, acts.Withdraw(reason="x"))
        document = office.does("clara", document, acts.Dispatch(channel=Channel.MAIL, on=TODAY))
    if chance.random() < 0.4:
        if chance.random() < 0.5:
            office.press()
            document = office.world.load(document.id)
        office.chain(Chain.DIRECT)
        document = office.does("salma", document, acts.Reopen(reason="x"))
        document = office.does("salma", document, acts.Assign(assignee=office.id("salma")))
        document = office.does("salma", document, acts.Answer(reply=REPLY))
    return document
