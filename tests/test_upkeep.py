"""Complements that citizens have not given in time: given up by the server itself, once, and told."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import msgspec
import pytest
from sqlalchemy import select, update

from protocol.acts import AskComplement, Assign, GiveComplement, Open
from protocol.complaint import Complaint, EventKind, Person, Status
from protocol.deadlines import civil_date
from protocol.settings import CITIZEN, SYSTEM
from server import complaints, tables, upkeep, verification
from server.service import Service, open_service
from tests.server_world import NOW, World, ask, later

LIMIT = civil_date(NOW) + timedelta(days=5)
LAST_DAY, OVER = later(days=5), later(days=6)
ZINEB = Person(name="Zineb El Fassi", phone="+212661223344", email="zineb@example.ma")


@contextmanager
def serving(world: World, *, now: datetime = OVER) -> Iterator[Service]:
    service = open_service(world.config, clock=lambda: now)
    yield service
    service.database.close()


def asked_of(world: World) -> Complaint:
    """A complaint whose citizen has been asked for a paper."""
    document = world.file(person=ZINEB)
    for login, act in (
        ("salma", Assign(assignee=world.staff["amina"].id)),
        ("amina", Open()),
        ("amina", AskComplement(items=("Copie du contrat",), limit=LIMIT)),
    ):
        assert world.act(login, document, act).status == "applied"
        document = world.load(document.id)
    return document


def expiries(document: Complaint) -> list[str]:
    return [event.by for event in document.events if event.kind == EventKind.COMPLEMENT_EXPIRED]


def told(world: World, document: Complaint) -> list[str]:
    table = tables.notice
    query = select(table.c.kind).where(table.c.complaint == document.id, table.c.kind == "complement_expired")
    with world.register.reading() as connection:
        return list(connection.execute(query).scalars())


def test_a_complement_is_given_up_once_its_day_is_over_and_the_citizen_hears_it_once(world: World) -> None:
    document = asked_of(world)
    with serving(world, now=LAST_DAY) as service:
        upkeep.run_once(service)
    assert world.load(document.id).status == Status.AWAITING_CITIZEN
    with serving(world) as service:
        upkeep.run_once(service)
        upkeep.run_once(service)
    after = world.load(document.id)
    assert (after.status, after.due, expiries(after)) == (Status.IN_PROGRESS, document.due, [SYSTEM.id])
    assert told(world, document) == ["complement_expired"]
    with world.register.reading() as connection:
        assert verification.verify(connection, world.config.anchors).findings == ()


def test_what_was_given_in_time_or_is_not_limited_stays_as_it_is(world: World) -> None:
    given, bare = asked_of(world), asked_of(world)
    with world.register.transaction() as connection:
        brought = ask(given, GiveComplement(text="Voici"))
        assert complaints.execute(connection, brought, CITIZEN, "", NOW).status == "applied"
        odd = msgspec.structs.replace(bare, complement_limit=None)
        table = tables.complaint
        row = update(table).where(table.c.id == bare.id)
        connection.execute(row.values(document=msgspec.json.encode(odd)))
    with serving(world) as service:
        upkeep.expire_complements(service)
    assert expiries(world.load(given.id)) == expiries(world.load(bare.id)) == []


def test_several_processes_give_it_up_once(world: World) -> None:
    documents = [asked_of(world) for _ in range(4)]
    with serving(world) as one, serving(world) as other:
        at_once = [threading.Thread(target=upkeep.expire_complements, args=(it,)) for it in (one, other)]
        for thread in at_once:
            thread.start()
        for thread in at_once:
            thread.join()
    assert [expiries(world.load(one.id)) for one in documents] == [[SYSTEM.id]] * 4
    assert [told(world, one) for one in documents] == [["complement_expired"]] * 4


def test_a_second_request_for_a_complement_is_given_up_by_itself(world: World) -> None:
    document = asked_of(world)
    with serving(world) as service:
        upkeep.expire_complements(service)
    again = AskComplement(items=("Copie lisible",), limit=LIMIT, override="illisible")
    assert world.act("salma", world.load(document.id), again).status == "applied"
    with serving(world) as service:
        upkeep.expire_complements(service)
    assert expiries(world.load(document.id)) == [SYSTEM.id] * 2


def test_one_complaint_that_cannot_be_read_keeps_no_other_waiting(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    broken, sound = asked_of(world), asked_of(world)
    table = tables.complaint
    with world.register.transaction() as connection:
        connection.execute(update(table).where(table.c.id == broken.id).values(document=b"{"))
    with serving(world) as service:
        upkeep.run_once(service)
    assert expiries(world.load(sound.id)) == [SYSTEM.id]
    assert '"complement"' in capsys.readouterr().err
