"""A push that asks for what changed too, over HTTP: results and page in one checked stream."""

import msgspec
import pytest

from protocol.acts import Note, Transfer
from protocol.wire import (
    DocumentLine,
    EndLine,
    GoneLine,
    Header,
    Push,
    Pushed,
    ResultLine,
    read_stream,
    seal,
)
from tests.server_world import Client, ServerProcess, World, ask
from tests.test_server_sync import first_sync


@pytest.fixture
def amina(server: ServerProcess) -> Client:
    return server.client("amina")


def exchanged(client: Client, cursor: str, *asked):
    response = client.post("/v1/sync/push", Push(acts=tuple(seal(one) for one in asked), cursor=cursor))
    assert response.status_code == 200, response.text
    assert response.headers["Content-Type"] == "application/x-ndjson"
    return list(read_stream(response.content))


def of(lines, kind):
    return [line for line in lines if isinstance(line, kind)]


def test_results_come_first_then_what_changed_and_the_document_once(world: World, amina: Client):
    mine, other = world.file(), world.file()
    _, cursor = first_sync(amina)
    amina.push(ask(other, Note(text="par ailleurs")))
    lines = exchanged(amina, cursor, ask(mine, Note(text="vu")))
    assert isinstance(lines[0], Header) and isinstance(lines[1], ResultLine)
    assert lines[1].result.status == "applied" and lines[1].result.doc is msgspec.UNSET
    assert {line.id for line in of(lines, DocumentLine)} == {mine.id, other.id}
    again = amina.pull(of(lines, EndLine)[0].cursor)
    assert of(again, DocumentLine) == []


def test_a_result_whose_document_did_not_change_brings_it(world: World, amina: Client):
    mine = world.file()
    note = ask(mine, Note(text="vu"))
    amina.push(note)
    _, cursor = first_sync(amina)
    lines = exchanged(amina, cursor, note)
    assert of(lines, DocumentLine) == [] and b"vu" in bytes(lines[1].result.doc)


def test_a_complaint_sent_away_by_the_act_is_gone_in_the_same_answer(server: ServerProcess, world: World):
    salma, mine = server.client("salma"), world.file()
    _, cursor = first_sync(salma)
    move = Transfer(administration="ELEC", from_administration="EAU", from_unit="EAU-1", reason="réseau")
    lines = exchanged(salma, cursor, ask(mine, move))
    assert lines[1].result.status == "applied" and lines[1].result.gone
    assert [line.id for line in of(lines, GoneLine)] == [mine.id] and of(lines, DocumentLine) == []


@pytest.mark.parametrize("cursor", ["not ours", "eyJlIjoieCIsInMiOiIiLCJxIjp7fX0"])
def test_a_cursor_that_would_be_reset_gets_plain_results(world: World, amina: Client, cursor):
    mine = world.file()
    body = Push(acts=(seal(ask(mine, Note(text="vu"))),), cursor=cursor)
    response = amina.post("/v1/sync/push", body)
    assert response.headers["Content-Type"] == "application/json"
    (result,) = msgspec.json.decode(response.content, type=Pushed).results
    assert result.status == "applied"


def test_the_same_push_again_gives_the_stored_result_and_no_second_effect(world: World, amina: Client):
    mine = world.file()
    _, cursor = first_sync(amina)
    note = ask(mine, Note(text="vu"))
    once, twice = exchanged(amina, cursor, note), exchanged(amina, cursor, note)
    assert once[1:] == twice[1:]
