"""The receipt at the counter: who issues it, what it prints, the old code that stops, its trace."""

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
import requests
from sqlalchemy import select

from protocol.complaint import Complaint
from protocol.settings import Grant, Role
from server import accounts, audit, receipts, tables
from server.accounts import NewAccount
from server.config import secret
from tests.citizen import Citizen
from tests.server_world import NOW, ServerProcess, World, new_id, password_hash
from tests.test_letters_paragraph import copied

ISSUE = {"registry_clerk": 200, "agent": 200, "supervisor": 200}
SEE_ONLY = {"validator": 403, "signatory": 403, "coordination": 403}
NOT_AT_ALL = {"ombudsman_liaison": 404, "administrator": 404, "auditor": 404}


def hire(world: World, login: str, grant: Grant) -> None:
    new = NewAccount(login=login, name_fr=login, name_ar="اسم", grants=(grant,))
    with world.register.transaction() as connection:
        world.staff[login] = accounts.add(connection, new, password_hash=password_hash(), now=NOW)


def issue(server: ServerProcess, login: str, complaint: str) -> requests.Response:
    client = server.client(login, device=new_id())
    return client.post(f"/v1/complaints/{complaint}/receipt", b"")


def code_in(pdf: bytes) -> str:
    found = re.search(r"\b(?:[0-9A-Z]{4}-){3}[0-9A-Z]{4}\b", copied(pdf))
    assert found is not None
    return found[0]


def stored(world: World, document: Complaint) -> str:
    with world.register.reading() as connection:
        return receipts.stored_hash(connection, document.id)


def readings(world: World, document: Complaint) -> list[tuple[str, audit.Reading]]:
    table = tables.access_log
    with world.register.reading() as connection:
        rows = connection.execute(select(table).where(table.c.complaint == document.id)).all()
    return [(row.kind, msgspec.json.decode(row.body, type=audit.Reading)) for row in rows]


def test_who_may_issue_a_receipt_role_by_role(world: World, server: ServerProcess) -> None:
    document = world.file()
    for role, status in (ISSUE | SEE_ONLY | NOT_AT_ALL).items():
        hire(world, f"the-{role}", Grant(role=role, administration="EAU"))
        before = stored(world, document)
        got = issue(server, f"the-{role}", document.id)
        assert got.status_code == status, role
        assert (stored(world, document) == before) is (status != 200), role
    issued = [told.by for kind, told in readings(world, document) if kind == "receipt_issued"]
    assert issued == [world.staff[f"the-{role}"].id for role in ISSUE]


def test_what_one_may_not_see_answers_as_what_is_not_there(world: World, server: ServerProcess) -> None:
    amina = world.staff["amina"].id
    hidden = (
        world.file(administration="ELEC", unit="ELEC-1"),
        world.file(unit="EAU-2"),
        world.file(confidential=True, named=(world.staff["badr"].id,)),
        world.file(against=amina),
    )
    answers = {
        (got.status_code, got.text)
        for one in (*(document.id for document in hidden), new_id(), "x", "0" * 5000, "%00")
        for got in (issue(server, "amina", one),)
    }
    assert answers == {(404, '{"code":"not_found"}')}
    assert not any(stored(world, document) or readings(world, document) for document in hidden)


@pytest.fixture
def citizen(server: ServerProcess) -> Iterator[Citizen]:
    browser = Citizen(server.url)
    yield browser
    browser.close()


@pytest.mark.both_databases
def test_the_new_code_opens_and_the_old_one_stops_with_the_pages_it_had_opened(
    world: World, server: ServerProcess, citizen: Citizen
) -> None:
    document = world.file()
    first = code_in(issue(server, "amina", document.id).content)
    assert document.number in citizen.follow("fr", document.number, first).text
    answer = issue(server, "salma", document.id)
    second = code_in(answer.content)
    assert answer.headers["Content-Type"] == "application/pdf"
    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.headers["Content-Disposition"] == f'attachment; filename="recepisse-{document.number}.pdf"'
    assert citizen.open("/fr/suivi/dossier").status == 403
    assert citizen.follow("fr", document.number, first).status == 422
    assert document.number in citizen.follow("ar", document.number, second).text
    log = server.log.read_text("utf-8")
    assert first not in log and second not in log and document.number not in log


def test_a_grant_revoked_or_over_issues_nothing(world: World, server: ServerProcess) -> None:
    document = world.file()
    client = server.client("amina")
    with world.register.transaction() as connection:
        accounts.set_grants(connection, world.staff["amina"].id, ())
    assert client.post(f"/v1/complaints/{document.id}/receipt", b"").status_code == 404
    assert stored(world, document) == ""


def test_the_code_of_a_receipt_is_kept_as_a_keyed_hash_only(world: World, server: ServerProcess) -> None:
    document = world.file()
    code = code_in(issue(server, "amina", document.id).content)
    key = secret(world.config, "portal")
    assert stored(world, document) == receipts.hash_code(key, document.id, code)
    files = [path.read_bytes() for path in Path(world.config.data).glob("chekaya.db*")]
    assert not any(code.encode() in data or code.replace("-", "").encode() in data for data in files)


def test_every_role_has_its_place_in_the_matrix() -> None:
    assert set(Role) - {Role.CITIZEN, Role.SYSTEM} == set(ISSUE | SEE_ONLY | NOT_AT_ALL)
