"""What desks tell of readings, prints and exports: chained once, verified with the rest, never an act."""

from datetime import datetime

import msgspec
import pytest
from sqlalchemy import select, update

from protocol.access_wire import MAX_ACCESSES, Access, Accesses, AccessesKept
from server import tables, verification
from server.accesses import Told
from tests.server_world import DEVICE, NOW, Client, ServerProcess, World, new_id

NAMED = "printed letter " + "a" * 64


def told(complaint: str, what: str = NAMED, **changes: object) -> Access:
    sound = Access(id=new_id(), complaint=complaint, what=what, at=NOW)
    return msgspec.structs.replace(sound, **changes)


def tell(client: Client, *accesses: Access) -> tuple[str, ...]:
    response = client.post("/v1/access", Accesses(accesses=accesses))
    assert response.status_code == 200, response.text
    return msgspec.json.decode(response.content, type=AccessesKept).refused


def links(world: World) -> list[tuple[str, str, str, Told]]:
    with world.register.reading() as connection:
        rows = connection.execute(select(tables.access_log).order_by(tables.access_log.c.chain_n)).all()
    return [
        (row.administration, row.complaint, row.kind, msgspec.json.decode(row.body, type=Told))
        for row in rows
    ]


def faults(world: World) -> int:
    with world.register.reading() as connection:
        return len(verification.verify(connection, world.config.anchors).findings)


def test_an_access_is_chained_once_however_often_it_is_told(server: ServerProcess, world: World) -> None:
    complaint, client = world.file(), server.client("amina")
    one, two = told(complaint.id), told(complaint.id, "read receipt")
    assert tell(client, one, one) == ()
    assert tell(client, one, two) == ()
    assert [(link[0], link[2]) for link in links(world)] == [("EAU", "printed"), ("EAU", "read")]
    content = links(world)[0][3]
    assert (content.by, content.what, content.device, content.told_at) == (
        world.staff["amina"].id, NAMED, DEVICE, NOW,
    )  # fmt: skip
    assert world.load(complaint.id).ver == complaint.ver
    assert faults(world) == 0


def test_an_edited_or_deleted_access_is_found(server: ServerProcess, world: World) -> None:
    complaint, client = world.file(), server.client("amina")
    tell(client, told(complaint.id), told(complaint.id, "read receipt"))
    table = tables.access_log
    with world.register.transaction() as connection:
        connection.execute(update(table).where(table.c.chain_n == 1).values(body=b"{}"))
    assert faults(world) == 1


def test_what_was_read_of_a_complaint_that_is_not_here_is_kept_and_nothing_is_told_of_it(
    server: ServerProcess, world: World
) -> None:
    unknown = new_id()
    assert tell(server.client("amina"), told(unknown)) == ()
    assert [link[:2] for link in links(world)] == [("EAU", unknown)]


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "1"},
        {"complaint": "c1"},
        {"what": "stolen letter"},
        {"what": "printed " + "a" * 300},
        {"what": "read \u202etxt"},
        {"at": datetime(2026, 1, 1)},  # noqa: DTZ001 (what is refused)
        {"at": NOW.replace(year=9999)},
    ],
)
def test_what_is_not_an_access_is_refused_alone(
    server: ServerProcess, world: World, changes: dict[str, object]
) -> None:
    complaint, client = world.file(), server.client("amina")
    good = told(complaint.id)
    bad = msgspec.structs.replace(told(complaint.id), **changes)
    assert tell(client, bad, good) == (bad.id,)
    assert len(links(world)) == 1


def test_too_many_at_once_are_refused_whole(server: ServerProcess, world: World) -> None:
    many = tuple(told(new_id()) for _ in range(MAX_ACCESSES + 1))
    response = server.client("amina").post("/v1/access", Accesses(accesses=many))
    assert response.status_code == 413 and links(world) == []
