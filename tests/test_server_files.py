"""Files over HTTP: resumable, whole or absent, served to whoever sees a complaint that has them."""

import hashlib
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import select

from protocol.acts import Note
from protocol.complaint import Attachment
from server import blobs, tables
from server.blobs_api import Offered
from tests.server_world import NOW, Client, ServerProcess, World, ask, later

PDF = b"%PDF-1.4\n" + b"constat de fuite " * 90_000 + b"\n%%EOF\n"


def described(data: bytes, name: str = "constat.pdf") -> Attachment:
    sha256 = hashlib.sha256(data).hexdigest()
    return Attachment(sha256=sha256, name=name, mime="application/pdf", size=len(data))


def offer(client: Client, file: Attachment) -> Offered:
    response = client.post("/v1/blobs", file)
    assert response.status_code == 200, response.text
    return msgspec.json.decode(response.content, type=Offered)


def send(client: Client, upload: str, at: int, part: bytes) -> tuple[int, str]:
    headers = {"Upload-Offset": str(at)}
    response = client.http.patch(f"{client.url}/v1/blobs/{upload}", data=part, headers=headers, timeout=30)
    return response.status_code, response.headers.get("Upload-Offset", "")


def upload_whole(client: Client, data: bytes) -> Attachment:
    file = described(data)
    place = offer(client, file)
    while place.offset < file.size:
        status, reached = send(
            client, place.id, place.offset, data[place.offset : place.offset + blobs.MAX_PART]
        )
        assert status == 204
        place = Offered(id=place.id, offset=int(reached))
    return file


@pytest.fixture
def amina(server: ServerProcess) -> Client:
    return server.client("amina")


@pytest.mark.both_databases
def test_a_file_goes_up_in_parts_across_a_crash_of_the_server(
    server: ServerProcess, world: World, amina: Client
) -> None:
    place = offer(amina, described(PDF))
    assert send(amina, place.id, 0, PDF[:1_000_000]) == (204, "1000000")
    server.kill()
    server.start()
    again = server.client("amina")
    resumed = offer(again, described(PDF))
    assert resumed == Offered(id=place.id, offset=1_000_000)
    head = again.http.head(f"{again.url}/v1/blobs/{place.id}", timeout=30)
    assert head.headers["Upload-Offset"] == "1000000"
    assert send(again, place.id, 1_000_000, PDF[1_000_000:]) == (204, str(len(PDF)))
    assert blobs.path_of(world.config, described(PDF).sha256).read_bytes() == PDF
    assert list(world.config.uploads.glob("*.part")) == []
    assert offer(again, described(PDF)).offset == len(PDF)


@pytest.mark.both_databases
def test_a_part_at_the_wrong_place_is_told_the_right_one(amina: Client) -> None:
    place = offer(amina, described(PDF))
    assert send(amina, place.id, 5, PDF[5:100]) == (409, "0")
    assert send(amina, place.id, 0, PDF[:100]) == (204, "100")
    assert send(amina, place.id, 0, PDF[:100]) == (409, "100")


@pytest.mark.both_databases
def test_bytes_that_are_not_the_announced_file_are_thrown_away(amina: Client, world: World) -> None:
    file = described(b"%PDF-1.4 vrai %%EOF")
    place = offer(amina, file)
    assert send(amina, place.id, 0, b"%PDF-1.4 faux %%EOF")[0] == 422
    assert not blobs.path_of(world.config, file.sha256).exists()
    assert offer(amina, file).offset == 0


@pytest.mark.both_databases
def test_a_file_whose_content_is_not_taken_is_thrown_away(amina: Client, world: World) -> None:
    data = b"MZ" + b"\0" * 200
    place = offer(amina, described(data, "facture.pdf"))
    assert send(amina, place.id, 0, data)[0] == 422
    assert not blobs.path_of(world.config, described(data).sha256).exists()


def test_more_bytes_than_announced_and_files_too_large_are_refused(amina: Client) -> None:
    place = offer(amina, described(b"%PDF court"))
    assert send(amina, place.id, 0, b"%PDF court et bien plus long")[0] == 413
    large = msgspec.structs.replace(described(b"x"), size=10 * 1024 * 1024 + 1)
    assert amina.post("/v1/blobs", large).status_code == 413
    assert amina.post("/v1/blobs", msgspec.structs.replace(large, sha256="../../etc")).status_code == 422


def test_an_upload_belongs_to_who_announced_it(server: ServerProcess, amina: Client) -> None:
    place = offer(amina, described(PDF))
    assert send(server.client("driss"), place.id, 0, PDF[:10])[0] == 404


@pytest.mark.both_databases
def test_a_file_is_fetched_by_who_sees_its_complaint_and_the_reading_is_chained(
    server: ServerProcess, world: World, amina: Client
) -> None:
    file = upload_whole(amina, PDF)
    assert amina.get(f"/v1/blobs/{file.sha256}").status_code == 404
    document = world.file()
    act = Note(text="constat", attachments=(msgspec.structs.replace(file, name="constat\u202e.pdf"),))
    assert amina.push(ask(document, act))[0].status == "applied"
    got = amina.get(f"/v1/blobs/{file.sha256}")
    assert got.status_code == 200 and got.content == PDF
    assert got.headers["Content-Disposition"].startswith("attachment; filename*=UTF-8''constat")
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    assert server.client("driss").get(f"/v1/blobs/{file.sha256}").status_code == 404
    with world.register.reading() as connection:
        readings = connection.execute(select(tables.access_log)).all()
    assert [(row.kind, row.complaint) for row in readings] == [("file_fetched", document.id)]


def test_a_confidential_complaints_file_is_absent_for_others(
    server: ServerProcess, world: World, amina: Client
) -> None:
    file = upload_whole(amina, PDF)
    world.file(confidential=True, named=(world.staff["badr"].id,), unit="EAU-2", attachments=(file,))
    assert amina.get(f"/v1/blobs/{file.sha256}").status_code == 404
    assert server.client("badr").get(f"/v1/blobs/{file.sha256}").status_code == 200


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-9", 0, 10),
        ("bytes=100-", 100, None),
        ("bytes=-7", -7, None),
        ("bytes=a", 0, None),
    ],
)
def test_a_range_of_a_file_is_served(
    world: World, amina: Client, asked: str, start: int, end: int | None
) -> None:
    file = upload_whole(amina, PDF)
    world.file(attachments=(file,))
    got = amina.http.get(f"{amina.url}/v1/blobs/{file.sha256}", headers={"Range": asked}, timeout=30)
    assert got.status_code == (200 if asked == "bytes=a" else 206) and got.content == PDF[start:end]


def test_a_range_of_other_bytes_than_those_known_is_the_whole_file(world: World, amina: Client) -> None:
    file = upload_whole(amina, PDF)
    world.file(attachments=(file,))
    for known, status in ((f'"{file.sha256}"', 206), ('"another"', 200)):
        headers = {"Range": "bytes=5-", "If-Range": known}
        got = amina.http.get(f"{amina.url}/v1/blobs/{file.sha256}", headers=headers, timeout=30)
        assert got.status_code == status and got.content == PDF[5 if status == 206 else 0 :]
        assert got.headers["ETag"] == f'"{file.sha256}"'


def test_a_range_beyond_the_end_is_refused(world: World, amina: Client) -> None:
    file = upload_whole(amina, PDF)
    world.file(attachments=(file,))
    headers = {"Range": f"bytes={len(PDF)}-"}
    got = amina.http.get(f"{amina.url}/v1/blobs/{file.sha256}", headers=headers, timeout=30)
    assert got.status_code == 416


def test_bytes_of_a_part_whose_transaction_was_lost_are_overwritten(world: World) -> None:
    data = b"%PDF un deux trois"
    with world.register.transaction() as connection:
        name, _ = blobs.offer(connection, described(data), "somebody", NOW, entropy=lambda n: b"\1" * n)
    (world.config.uploads / f"{name}.part").write_bytes(b"%PDF un deux QUATRE ET BIEN AU-DELA")
    with world.register.transaction() as connection:
        upload = blobs.find_upload(connection, name, "somebody")
        assert blobs.append(connection, world.config, upload, data, at=0) == len(data)
        blobs.finish(connection, world.config, upload, NOW, lambda _: "application/pdf")
    assert blobs.read(world.config, described(data).sha256) == data


def test_old_unfinished_uploads_are_forgotten(world: World) -> None:
    with world.register.transaction() as connection:
        name, _ = blobs.offer(connection, described(PDF), "somebody", NOW, entropy=lambda n: b"\1" * n)
        upload = blobs.find_upload(connection, name, "somebody")
        blobs.append(connection, world.config, upload, b"%PDF", at=0)
        blobs.purge(connection, world.config, later(days=1), later(days=1))
        assert connection.execute(select(tables.upload)).first() is None
    assert list(Path(world.config.uploads).glob("*.part")) == []
