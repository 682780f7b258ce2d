"""Synchronisation over HTTP with a real server process: push, pull, first sync, repair, waking, restarts."""

import threading

import msgspec
import pytest
from sqlalchemy import update

from protocol.acts import Assign, Flag, Note, Transfer
from protocol.complaint import Complaint, Status
from protocol.projection import columns
from protocol.settings import Onboarding, Settings
from protocol.wire import (
    DocumentLine,
    EndLine,
    GoneLine,
    Header,
    Line,
    Meta,
    Problem,
    Push,
    ReferenceLine,
    ResetLine,
    seal,
)
from server import directory, tables
from tests.server_world import Client, ServerProcess, World, ask, new_id

pytestmark = pytest.mark.both_databases


def documents(lines: list[Line]) -> dict[str, DocumentLine]:
    return {line.id: line for line in lines if isinstance(line, DocumentLine)}


def gone(lines: list[Line]) -> set[str]:
    return {line.id for line in lines if isinstance(line, GoneLine)}


def end(lines: list[Line]) -> EndLine:
    assert isinstance(lines[-1], EndLine), lines[-1]
    return lines[-1]


def first_sync(client: Client, limit: int = 500) -> tuple[list[str], str]:
    """Ids in the order they came, and the cursor to pull from."""
    ids: list[str] = []
    after, cursor = "", ""
    while True:
        lines = client.stream("/v1/sync/snapshot", after=after, limit=limit)
        ids += documents(lines)
        cursor = cursor or end(lines).cursor
        after = end(lines).after
        if end(lines).done:
            return ids, cursor


@pytest.fixture
def amina(server: ServerProcess) -> Client:
    return server.client("amina")


def test_meta_is_public_and_tells_the_epoch(server: ServerProcess) -> None:
    response = server.client().get("/v1/meta")
    meta = msgspec.json.decode(response.content, type=Meta)
    assert response.headers["X-Epoch"] == meta.epoch
    assert "Date" in response.headers and "server" not in response.headers


def test_a_push_is_idempotent_over_the_wire(server: ServerProcess, world: World, amina: Client) -> None:
    document = world.file()
    note = ask(document, Note(text="vu"))
    first, again = amina.push(note), amina.push(note)
    assert first == again and first[0].status == "applied"
    assert isinstance(first[0].doc, msgspec.Raw)
    assert msgspec.json.decode(first[0].doc, type=Complaint) == world.load(document.id)
    assert world.load(document.id).ver == 2


def test_one_refused_act_does_not_stop_the_others(server: ServerProcess, world: World, amina: Client) -> None:
    mine, foreign = world.file(), world.file(administration="ELEC", unit="ELEC-1")
    results = amina.push(ask(foreign, Note(text="?")), ask(mine, Note(text="vu")))
    assert [result.status for result in results] == ["rejected", "applied"]


def test_an_act_that_breaks_the_server_is_held_alone(
    server: ServerProcess, world: World, amina: Client
) -> None:
    broken, sound = world.file(), world.file()
    with world.register.transaction() as connection:
        damaged = update(tables.complaint).where(tables.complaint.c.id == broken.id)
        connection.execute(damaged.values(document=b"{}"))
    results = amina.push(ask(broken, Note(text="?")), ask(sound, Note(text="vu")))
    assert [(result.status, result.code) for result in results] == [("held", "server_fault"), ("applied", "")]


def test_a_pull_brings_what_changed_whole_with_its_list_columns(
    server: ServerProcess, world: World, amina: Client
) -> None:
    _, cursor = first_sync(amina)
    document = world.file()
    lines = amina.pull(cursor)
    assert isinstance(lines[0], Header)
    line = documents(lines)[document.id]
    assert line.ver == 1 and msgspec.json.decode(line.doc, type=Complaint) == document
    assert bytes(line.row) == msgspec.json.encode(columns(document))
    assert documents(amina.pull(end(lines).cursor)) == {}


def test_one_sees_only_ones_scope(server: ServerProcess, world: World) -> None:
    amina, salma, driss, nadia, root = (
        server.client(login) for login in ("amina", "salma", "driss", "nadia", "root")
    )
    one, two = world.file().id, world.file(unit="EAU-2").id
    elec = world.file(administration="ELEC", unit="ELEC-1").id
    triage = world.file(administration="CN", unit="CN-TRI").id
    secret = world.file(confidential=True, named=(world.staff["amina"].id,)).id
    against = world.file(against=world.staff["salma"].id).id
    assert set(first_sync(amina)[0]) == {one, secret, against}
    assert set(first_sync(salma)[0]) == {one, two}
    assert set(first_sync(driss)[0]) == {elec}
    assert set(first_sync(nadia)[0]) == {triage}
    assert first_sync(root)[0] == []


def test_a_transfer_sends_gone_to_one_side_and_the_document_to_the_other(
    server: ServerProcess, world: World
) -> None:
    salma, driss, badr = server.client("salma"), server.client("driss"), server.client("badr")
    document = world.file()
    cursors = {client: first_sync(client)[1] for client in (salma, driss, badr)}
    act = Transfer(administration="ELEC", from_administration="EAU", from_unit="EAU-1", reason="réseau")
    assert salma.push(ask(document, act))[0].gone
    left, came, nothing = (client.pull(cursors[client]) for client in (salma, driss, badr))
    assert gone(left) == {document.id} and not documents(left)
    assert set(documents(came)) == {document.id} and not gone(came)
    assert not gone(nothing) and not documents(nothing)


def test_becoming_confidential_takes_a_complaint_off_other_desks(server: ServerProcess, world: World) -> None:
    amina, salma = server.client("amina"), server.client("salma")
    document = world.file()
    _, cursor = first_sync(amina)
    flag = Flag(reason="corruption", confidential=True, named=(world.staff["salma"].id,))
    result = salma.push(ask(document, flag))[0]
    assert result.status == "applied", result.code
    assert gone(amina.pull(cursor)) == {document.id}


def test_first_sync_pages_hold_everything_once_own_open_ones_first(
    server: ServerProcess, world: World, amina: Client
) -> None:
    salma = server.client("salma")
    others = [world.file(unit="EAU-2").id for _ in range(5)]
    mine = [world.file().id for _ in range(5)]
    closed = world.file(status=Status.CLOSED).id
    ids, _ = first_sync(amina, limit=2)
    assert ids == [*sorted(mine), closed]
    everything, _ = first_sync(salma, limit=3)
    assert len(everything) == len(set(everything)) == 11
    assert set(everything) == {*others, *mine, closed} and everything[-1] == closed


def test_what_changes_during_a_first_sync_is_pulled_after_it(
    server: ServerProcess, world: World, amina: Client
) -> None:
    known = [world.file() for _ in range(4)]
    lines = amina.stream("/v1/sync/snapshot", limit=2)
    assert not end(lines).done and sum(isinstance(line, ReferenceLine) for line in lines) > 5
    world.act("amina", known[0], Note(text="changé entre deux pages"))
    late = world.file()
    rest = amina.stream("/v1/sync/snapshot", after=end(lines).after, limit=500)
    assert end(rest).done and end(rest).cursor == end(lines).cursor
    caught_up = documents(amina.pull(end(lines).cursor))
    assert set(caught_up) == {known[0].id, late.id} and caught_up[known[0].id].ver == 2


def test_a_long_pull_comes_in_pages_that_lose_nothing(
    server: ServerProcess, world: World, amina: Client
) -> None:
    _, cursor = first_sync(amina)
    expected = set()
    for number in range(9):
        # Rows of another unit lie between: they count for nobody here.
        world.file(unit="EAU-2")
        expected.add(world.file(f"Fuite numéro {number}").id)
    got: list[str] = []
    for _ in range(20):
        lines = amina.stream("/v1/sync/pull", cursor=cursor, limit=2)
        got += documents(lines)
        cursor = end(lines).cursor
        if not end(lines).more:
            break
    assert set(got) == expected and len(got) == len(expected)


def test_reference_documents_follow_the_register(server: ServerProcess, world: World, amina: Client) -> None:
    lines = amina.stream("/v1/sync/snapshot")
    kinds = {line.kind for line in lines if isinstance(line, ReferenceLine)}
    assert kinds == {"administration", "unit", "theme", "colleague", "settings"}
    books = [line for line in lines if isinstance(line, ReferenceLine) and line.kind == "settings"]
    assert [book.id for book in books] == ["EAU"]
    book = msgspec.json.decode(books[0].doc, type=Settings)
    assert book.operational == {"EAU", "ELEC", "CN"} and book.units["ELEC-1"] == "ELEC"
    assert world.staff["amina"].id in book.staff and world.staff["driss"].id not in book.staff
    with world.register.transaction() as connection:
        directory.set_state(connection, "PORTS", Onboarding.OPERATIONAL)
    fresh = [line for line in amina.pull(end(lines).cursor) if isinstance(line, ReferenceLine)]
    assert {(line.kind, line.id) for line in fresh} == {("administration", "PORTS"), ("settings", "EAU")}


def resets(client: Client, cursor: str) -> str:
    line = client.pull(cursor)[-1]
    assert isinstance(line, ResetLine)
    return line.why


def test_cursors_that_cannot_go_on_are_reset_with_their_reason(
    server: ServerProcess, world: World, amina: Client
) -> None:
    from server.changes import Cursor, read_cursor, write_cursor

    world.file()
    _, text = first_sync(amina)
    cursor = read_cursor(text, Cursor)
    ahead = msgspec.structs.replace(cursor, q=cursor.q | {"EAU": 99})
    foreign = msgspec.structs.replace(cursor, e=new_id())
    assert resets(amina, write_cursor(ahead)) == "ahead"
    assert resets(amina, write_cursor(foreign)) == "epoch"
    assert resets(amina, "") == "expired" and resets(amina, "%%%") == "expired"
    assert resets(server.client("driss"), text) == "scope"
    with world.register.transaction() as connection:
        connection.execute(
            update(tables.stream).where(tables.stream.c.administration == "EAU").values(min_seq=2, seq=3)
        )
    assert resets(amina, text) == "expired"


def test_a_waiting_desk_is_woken_by_a_colleagues_act(
    server: ServerProcess, world: World, amina: Client
) -> None:
    document = world.file()
    _, cursor = first_sync(amina)
    woken: list[int] = []
    waiting = server.client("amina")
    thread = threading.Thread(
        target=lambda: woken.append(waiting.get("/v1/sync/wait", cursor=cursor, t=30).status_code)
    )
    thread.start()
    assert server.client("salma").push(ask(document, Note(text="vu")))[0].status == "applied"
    thread.join(timeout=2)
    assert woken == [200]


def test_another_process_wakes_a_waiting_desk_too(server: ServerProcess, world: World, amina: Client) -> None:
    _, cursor = first_sync(amina)
    woken: list[int] = []
    thread = threading.Thread(
        target=lambda: woken.append(amina.get("/v1/sync/wait", cursor=cursor, t=30).status_code)
    )
    thread.start()
    world.file()
    thread.join(timeout=2)
    assert woken == [200]


def test_nothing_new_is_204_and_an_old_cursor_is_a_poke_at_once(
    server: ServerProcess, world: World, amina: Client
) -> None:
    _, cursor = first_sync(amina)
    assert amina.get("/v1/sync/wait", cursor=cursor, t=0).status_code == 204
    world.file()
    assert amina.get("/v1/sync/wait", cursor=cursor, t=30).content == b'{"poke":true}'
    assert amina.get("/v1/sync/wait", cursor="", t=30).status_code == 200


def test_a_restart_keeps_everything_and_stops_cleanly_with_desks_waiting(
    server: ServerProcess, world: World, amina: Client
) -> None:
    document = world.file()
    note = ask(document, Note(text="vu"))
    before = amina.push(note)
    _, cursor = first_sync(amina)
    thread = threading.Thread(target=lambda: amina.get("/v1/sync/wait", cursor=cursor, t=50))
    thread.start()
    assert server.stop() == 0
    thread.join(timeout=5)
    assert not thread.is_alive()
    server.start()
    again = server.client("amina")
    assert again.push(note) == before
    assert documents(again.pull(cursor)) == {} and end(again.pull(cursor)).more is False
    world.file()
    assert len(documents(again.pull(cursor))) == 1


def test_a_killed_server_has_all_it_acknowledged(server: ServerProcess, world: World, amina: Client) -> None:
    document = world.file()
    notes = [ask(document, Note(text=f"remarque {n}")) for n in range(5)]
    acked = [amina.push(note)[0] for note in notes]
    server.kill()
    server.start()
    again = server.client("amina").push(*notes)
    assert [result.ver for result in again] == [result.ver for result in acked] == [2, 3, 4, 5, 6]


def problem(response: object) -> str:
    content = response.content  # type: ignore[attr-defined]
    return msgspec.json.decode(content, type=Problem).code


def test_refusals_of_whole_requests_have_their_status_and_code(
    server: ServerProcess, world: World, amina: Client
) -> None:
    stranger = server.client()
    assert stranger.get("/v1/sync/pull").status_code == 401
    assert problem(amina.post("/v1/sync/push", b"<html>")) == "malformed"
    assert amina.post("/v1/sync/push", b"<html>").status_code == 422
    note = seal(ask(world.file(), Note(text="vu")))
    crowd = Push(acts=tuple(msgspec.structs.replace(note, id=new_id()) for _ in range(201)))
    assert amina.post("/v1/sync/push", crowd).status_code == 413
    assert amina.get("/v1/nowhere").status_code == 404 and problem(amina.get("/v1/nowhere")) == "not_found"
    amina.http.headers["X-Protocol"] = "99"
    assert amina.get("/v1/sync/pull").status_code == 426
    amina.http.headers["X-Protocol"] = "1"
    amina.http.headers["X-Device"] = new_id()
    assert amina.get("/v1/sync/pull").status_code == 403


@pytest.mark.parametrize("coding", ["zstd", "gzip", "identity"])
def test_replies_are_compressed_as_offered(
    server: ServerProcess, world: World, amina: Client, coding: str
) -> None:
    document = world.file("ماء " * 2_000)
    amina.http.headers["Accept-Encoding"] = coding
    response = amina.get("/v1/sync/snapshot")
    assert response.headers.get("Content-Encoding", "identity") == coding
    assert document.id.encode() in response.content


def test_a_compressed_push_is_read_and_a_bomb_is_not(
    server: ServerProcess, world: World, amina: Client
) -> None:
    from backports import zstd

    body = msgspec.json.encode(Push(acts=(seal(ask(world.file(), Note(text="vu"))),)))
    sent = amina.post("/v1/sync/push", zstd.compress(body), **{"Content-Encoding": "zstd"})
    assert sent.status_code == 200 and b'"applied"' in sent.content
    bomb = zstd.compress(b" " * 50_000_000)
    assert amina.post("/v1/sync/push", bomb, **{"Content-Encoding": "zstd"}).status_code == 413


def test_grants_taken_away_end_the_scope_at_once(server: ServerProcess, world: World, amina: Client) -> None:
    from server import accounts

    document = world.file()
    _, cursor = first_sync(amina)
    with world.register.transaction() as connection:
        accounts.set_grants(connection, world.staff["amina"].id, ())
    assert amina.push(ask(document, Note(text="trop tard")))[0].code == "out_of_scope"
    assert resets(amina, cursor) == "scope"


def test_assigning_reaches_the_colleagues_desk(server: ServerProcess, world: World, amina: Client) -> None:
    document = world.file()
    _, cursor = first_sync(amina)
    act = Assign(assignee=world.staff["amina"].id)
    assert server.client("salma").push(ask(document, act))[0].status == "applied"
    line = documents(amina.pull(cursor))[document.id]
    assert msgspec.json.decode(line.doc, type=Complaint).assignee == world.staff["amina"].id
