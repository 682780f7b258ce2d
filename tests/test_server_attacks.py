"""A real server under attack: bodies no desk sends, ids and cursors made up, files taken by their name."""

import base64
import gzip
import hashlib
import json
import uuid
from typing import Any

import msgspec
import pytest
import requests
from backports import zstd

from protocol.acts import Note
from protocol.complaint import Attachment, Complaint
from protocol.wire import Meta, Result, Wanted, seal
from server import accounts, blobs
from server.blobs_api import Offered
from tests.server_world import NOW, Client, ServerProcess, World, ask, new_id

PDF = b"%PDF-1.4 dossier d'un autre\n%%EOF\n"
POSTED = (
    "/v1/auth/login", "/v1/auth/refresh", "/v1/devices/enrol", "/v1/sync/push", "/v1/sync/fetch", "/v1/blobs",
)  # fmt: skip
NESTED = b'{"x":' + b"[" * 200_000
NOT_UTF8 = b'{"user":"\xff","refresh":"\xff","device":"\xff","ids":["\xff"],"acts":["\xff"],"sha256":"\xff"}'
SURROGATE = b'{"user":"\\ud800","refresh":"\\ud800","device":"\\ud800","ids":["\\ud800"],"acts":["\\ud800"]}'


def code_of(response: requests.Response) -> str:
    return str(response.json()["code"])


def envelope(document: Complaint, **changes: object) -> dict[str, Any]:
    sound: dict[str, Any] = json.loads(msgspec.json.encode(seal(ask(document, Note(text="vu")))))
    return sound | changes


def push(client: Client, *acts: dict[str, Any]) -> requests.Response:
    return client.post("/v1/sync/push", json.dumps({"acts": acts}).encode())


@pytest.fixture
def amina(server: ServerProcess) -> Client:
    return server.client("amina")


def test_no_body_whatever_its_bytes_breaks_the_server(server: ServerProcess, amina: Client) -> None:
    for path in POSTED:
        for body in (NOT_UTF8, NESTED, SURROGATE, b"", b"null", b"[]", b'{"acts":1}', b"\x00" * 100):
            response = amina.post(path, body)
            if path == "/v1/sync/push" and response.status_code == 200:
                assert response.json()["results"] == []  # a list of acts of which none has a name
                continue
            assert (response.status_code, code_of(response)) == (422, "malformed"), (path, body[:30])
    assert '"what":"fault"' not in server.log.read_text()


def test_what_grows_too_large_is_refused_before_it_is_read(amina: Client, world: World) -> None:
    document = world.file()
    blank = b" " * (64 << 20)
    sent = (
        amina.post("/v1/sync/push", blank),
        amina.post("/v1/sync/push", gzip.compress(blank), **{"Content-Encoding": "gzip"}),
        amina.post("/v1/sync/push", zstd.compress(blank), **{"Content-Encoding": "zstd"}),
        push(amina, *[envelope(document)] * 10_000),
    )
    assert [(one.status_code, code_of(one)) for one in sent] == [(413, "too_large")] * 4
    assert amina.post("/v1/sync/push", b"{}", **{"Content-Encoding": "br"}).status_code == 422
    assert world.load(document.id).ver == 1


def test_envelopes_that_no_desk_writes_are_refused_alone_and_hold_nobody_back(
    amina: Client, world: World
) -> None:
    document = world.file()
    for count, damage in enumerate((
        {"complaint": 'a"b'}, {"complaint": "\0"}, {"prev": "../x"}, {"prev": 7},
        {"kv": -1}, {"kv": 10**40}, {"n": 10**40}, {"seen": -(10**40)}, {"skew_ms": 10**40},
        {"kind": "note\0"}, {"kind": "x" * 41}, {"kind": ""}, {"kind": "note; --"}, {"kind": None},
        {"at": "2026-01-01T00:00:00"}, {"at": "0001-01-01T00:00:00+23:59"},
        {"at": "9999-12-31T23:59:59-23:59"}, {"at": "hier"},
    )):  # fmt: skip
        bad, good = envelope(document, **damage), envelope(document)
        leaning = envelope(document, prev=bad["id"])
        for _ in range(2):
            told = push(amina, bad, leaning, good).json()["results"]
            assert [(one["id"], one["status"], one.get("code", "")) for one in told] == [
                (bad["id"], "rejected", "unknown_act"),
                (leaning["id"], "rejected", "prev_rejected"),
                (good["id"], "applied", ""),
            ], damage
        assert world.load(document.id).ver == 2 + count


def test_an_act_whose_own_name_is_none_gets_no_answer_and_the_others_theirs(
    amina: Client, world: World
) -> None:
    document = world.file()
    for id_ in ("x" * 10_000, "1' OR '1'='1", str(uuid.uuid4()).upper(), "\0", None):
        good = envelope(document)
        told = push(amina, envelope(document, id=id_), good).json()["results"]
        assert [one["id"] for one in told] == [good["id"]]
    for strange in (7, "x", [], {}):
        none = amina.post("/v1/sync/push", json.dumps({"acts": [strange]}).encode())
        assert none.json()["results"] == []


def test_a_clock_of_1970_or_2100_decides_nothing(amina: Client, world: World) -> None:
    document = world.file()
    for year in ("1970", "2100"):
        result = push(amina, envelope(document, at=f"{year}-01-01T00:00:00Z")).json()["results"][0]
        assert result["status"] == "applied"
    after = world.load(document.id)
    assert after.due == document.due and [event.n for event in after.events] == [1, 2, 3]
    assert after.events[-1].at.year not in (1970, 2100)


@pytest.mark.both_databases
def test_a_cursor_made_up_is_reset_never_an_error(server: ServerProcess, amina: Client) -> None:
    driss = server.client("driss")
    sound = json.loads(base64.urlsafe_b64decode(driss.stream("/v1/sync/snapshot")[-1].cursor + "=="))  # type: ignore[union-attr]
    huge, below = ({**sound, "q": sound["q"] | {"ELEC": at}} for at in (10**30, -(10**30)))
    strange: list[Any] = [huge, below, {**sound, "s": "x"}, {**sound, "q": {}}, {"e": 1}, [[]]]
    for made_up in strange:
        text = base64.urlsafe_b64encode(json.dumps(made_up).encode()).decode().rstrip("=")
        response = driss.get("/v1/sync/pull", cursor=text)
        assert response.status_code == 200 and b'"t":"reset"' in response.content, made_up
    nested = base64.urlsafe_b64encode(b"[" * 30_000).decode()
    for text in (nested, "A" * 5_000, "é\0", "%00"):
        assert driss.get("/v1/sync/pull", cursor=text).status_code == 200
        assert driss.get("/v1/sync/snapshot", after=text).status_code == 422
        assert driss.get("/v1/sync/wait", cursor=text, t=0).status_code == 200


def test_limits_are_told_in_figures(server: ServerProcess) -> None:
    body = server.client().get("/v1/meta").content
    assert json.loads(body)["limits"] == {
        "acts": 200, "page": 500, "text": 20_000, "file": 10 * 1024 * 1024, "files": 5,
    }  # fmt: skip
    assert msgspec.json.decode(body, type=Meta).limits.acts == 200


# Files -------------------------------------------------------------------------------------------------


def described(data: bytes, **changes: Any) -> Attachment:
    sound = Attachment(
        sha256=hashlib.sha256(data).hexdigest(), name="pièce.pdf", mime="application/pdf", size=len(data)
    )
    return msgspec.structs.replace(sound, **changes)


def kept(world: World, data: bytes) -> Attachment:
    """A file as the portal keeps it."""
    with world.register.transaction() as connection:
        blobs.keep(connection, world.config, data, "application/pdf", NOW)
    return described(data)


def send_whole(client: Client, data: bytes, file: Attachment) -> None:
    place = msgspec.json.decode(client.post("/v1/blobs", file).content, type=Offered)
    if place.offset < file.size:
        headers = {"Upload-Offset": str(place.offset)}
        sent = client.http.patch(f"{client.url}/v1/blobs/{place.id}", data=data, headers=headers, timeout=30)
        assert sent.status_code == 204, sent.text


def fetched(client: Client, file: Attachment) -> requests.Response:
    return client.get(f"/v1/blobs/{file.sha256}")


def test_a_citizens_file_is_read_by_who_has_the_complaint_and_by_nobody_else(
    server: ServerProcess, world: World
) -> None:
    file = kept(world, PDF)
    world.file(attachments=(file,))
    readers = {login: fetched(server.client(login), file).status_code for login in world.staff}
    assert readers == {"amina": 200, "badr": 404, "salma": 200, "driss": 404, "nadia": 404, "root": 404}
    assert requests.get(f"{server.url}/v1/blobs/{file.sha256}", timeout=30).status_code == 426
    got = fetched(server.client("amina"), file)
    assert got.content == PDF and got.headers["Content-Type"] == "application/pdf"
    assert got.headers["Content-Disposition"] == "attachment; filename*=UTF-8''pi%C3%A8ce.pdf"
    assert got.headers["X-Content-Type-Options"] == "nosniff" and "sandbox" in str(got.headers)


def test_a_confidential_complaints_file_is_absent_for_who_is_not_named(
    server: ServerProcess, world: World
) -> None:
    file = kept(world, PDF)
    world.file(confidential=True, named=(world.staff["amina"].id,), attachments=(file,))
    assert fetched(server.client("amina"), file).status_code == 200
    assert fetched(server.client("salma"), file).status_code == 404


def test_knowing_a_files_name_does_not_open_it(server: ServerProcess, world: World, amina: Client) -> None:
    file = kept(world, PDF)
    world.file(administration="ELEC", unit="ELEC-1", attachments=(file,))
    mine = world.file()
    place = msgspec.json.decode(amina.post("/v1/blobs", file).content, type=Offered)
    assert place.offset == 0, "the server tells that it holds somebody else's file"
    claim = ask(mine, Note(text="la pièce", attachments=(file,)))
    assert amina.push(claim)[0].code == "blob_missing"
    assert fetched(amina, file).status_code == 404
    send_whole(amina, PDF, file)
    assert amina.push(claim)[0].status == "applied" and fetched(amina, file).content == PDF


def test_a_file_one_may_read_can_be_attached_again_without_sending_it(world: World, amina: Client) -> None:
    file = kept(world, PDF)
    world.file(attachments=(file,))
    other = world.file()
    place = msgspec.json.decode(amina.post("/v1/blobs", file).content, type=Offered)
    assert place.offset == file.size
    assert amina.push(ask(other, Note(text="déjà là", attachments=(file,))))[0].status == "applied"


def test_what_an_act_claims_of_a_file_is_not_believed(
    server: ServerProcess, world: World, amina: Client
) -> None:
    document, file = world.file(), described(PDF, mime="text/html")
    send_whole(amina, PDF, file)
    lie = described(PDF, name="../../e\r\nX-Evil: 1\u202efdp.html", mime="text/html\r\nX-Evil: 1", size=-5)
    assert amina.push(ask(document, Note(text="?", attachments=(lie,))))[0].status == "applied"
    got = fetched(amina, file)
    assert got.status_code == 200 and got.headers["Content-Type"] == "application/pdf"
    assert "X-Evil" not in got.headers and "/" not in got.headers["Content-Disposition"].partition(";")[2]
    stored = world.load(document.id).events[-1].attachments[0]
    assert (stored.mime, stored.size) == ("application/pdf", len(PDF)) and "\r" not in stored.name


@pytest.mark.both_databases
def test_names_of_files_lead_nowhere_else(server: ServerProcess, amina: Client) -> None:
    for name in ("..", "%2e%2e%2fchekaya.db", "..%2f..%2fetc%2fpasswd", "%00", "a" * 64, "A" * 5_000):
        for method in ("GET", "HEAD", "PATCH"):
            asked = requests.Request(method, server.url, headers={**amina.http.headers, "Upload-Offset": "0"})
            prepared = amina.http.prepare_request(asked)
            prepared.url = f"{server.url}/v1/blobs/{name}"
            assert amina.http.send(prepared, timeout=30).status_code == 404, (method, name)


# What is not there -------------------------------------------------------------------------------------


def told(result: Result) -> tuple[str, str, int, bool]:
    return result.status, result.code, result.ver, result.gone


def test_what_one_may_not_see_answers_as_what_does_not_exist(server: ServerProcess, world: World) -> None:
    driss = server.client("driss")
    against = world.file(administration="ELEC", unit="ELEC-1", against=world.staff["driss"].id)
    secret = world.file(administration="ELEC", unit="ELEC-1", confidential=True, named=("x",))
    foreign = world.file()
    absent = msgspec.structs.replace(foreign, id=new_id())
    answers = []
    for document in (against, secret, foreign, absent):
        first = ask(document, Note(text="?"))
        leaning = ask(document, Note(text="??"), prev=first.id)
        results = driss.push(first, leaning, first)
        lines = driss.post("/v1/sync/fetch", Wanted(ids=(document.id,))).text.replace(document.id, "")
        answers.append(([told(result) for result in results], lines.partition('"t":"end"')[0]))
    assert all(answer == answers[-1] for answer in answers), answers
    assert not any(one.id in driss.get("/v1/sync/manifest").text for one in (against, secret, foreign))


def test_a_request_without_its_device_is_refused(server: ServerProcess, amina: Client) -> None:
    del amina.http.headers["X-Device"]
    assert amina.get("/v1/sync/manifest").status_code == 403


def test_a_closed_account_is_out_at_its_next_request(
    server: ServerProcess, world: World, amina: Client
) -> None:
    assert amina.get("/v1/sync/manifest").status_code == 200
    with world.register.transaction() as connection:
        accounts.disable(connection, world.staff["amina"].id)
    assert amina.get("/v1/sync/manifest").status_code == 401
    assert push(amina, envelope(world.file())).status_code == 401
    refused = server.client().sign_in("amina")
    assert (refused.status_code, code_of(refused)) == (401, "wrong_credentials")
