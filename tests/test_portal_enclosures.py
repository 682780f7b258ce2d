"""Files of an answer reach the citizen it was sent to, behind the second proof; no other file ever does."""

import re
from collections.abc import Iterator

import msgspec
import pytest
import requests
from sqlalchemy import select

from protocol import acts
from protocol.complaint import Attachment, Channel, Complaint, Nature, Reply
from server import audit, tables
from tests.citizen import Citizen, Form, Page
from tests.portal_world import pair_on
from tests.server_world import Client, ServerProcess, World, ask, new_id
from tests.test_portal_exchange import IdReader, with_field
from tests.test_server_files import upload_whole

PLAN = b"%PDF-1.7\nle plan du branchement\n%%EOF\n"
NOTED = b"%PDF-1.7\nce que le chef de service en pense\n%%EOF\n"


@pytest.fixture
def citizen(server: ServerProcess) -> Iterator[Citizen]:
    browser = Citizen(server.url)
    yield browser
    browser.close()


@pytest.fixture
def amina(server: ServerProcess) -> Client:
    return server.client("amina", device=new_id())


def filed(citizen: Citizen, world: World, **given: str) -> tuple[str, str, str]:
    """Number, code and id of a request that is filed and taken in hand."""
    page = citizen.file(
        "fr", object="Fuite d’eau", text="Fuite d’eau devant la porte", administration="EAU", **given
    )
    number, code = pair_on(page.html)
    with world.register.reading() as connection:
        query = select(tables.complaint.c.id).where(tables.complaint.c.number == number)
        complaint = str(connection.execute(query).scalar_one())
    take(world, complaint)
    return number, code, complaint


def take(world: World, complaint: str, by: str = "amina") -> None:
    mine = world.staff[by].id
    assert world.act("salma", world.load(complaint), acts.Assign(assignee=mine)).status == "applied"
    assert world.act(by, world.load(complaint), acts.Open()).status == "applied"


def push(amina: Client, document: Complaint, act: acts.Act) -> None:
    (done,) = amina.push(ask(document, act))
    assert done.status == "applied", done.code


def answering(*files: Attachment, channel: str = Channel.PORTAL) -> acts.Answer:
    reply = Reply(
        nature=Nature.FAVOURABLE,
        text="Le branchement est refait, plan ci-joint.",
        language="fr",
        french_only_reason="demandé",
        attachments=files,
    )
    return acts.Answer(reply=reply, channel=channel)


def papers(page: Page) -> Form:
    return page.forms[with_field(page, "proof")]


def asking(citizen: Citizen, page: Page, sha256: str, proof: str = "0000") -> requests.Response:
    """What the browser sends when the file's button is pressed, whoever made the button."""
    values = {**papers(page).values, "proof": proof, "paper": sha256}
    return citizen.press(page, papers(page), values)


def readings(world: World, complaint: str) -> list[tuple[str, str, str]]:
    table = tables.access_log
    with world.register.reading() as connection:
        rows = connection.execute(select(table).where(table.c.complaint == complaint)).all()
    told = [(row.kind, msgspec.json.decode(row.body, type=audit.Reading)) for row in rows]
    return [(kind, reading.by, reading.what) for kind, reading in told if reading.by == "citizen"]


def test_a_file_of_the_answer_reaches_the_citizen_by_its_name_type_and_size(
    world: World, amina: Client, citizen: Citizen
) -> None:
    number, code, complaint = filed(citizen, world)
    file = msgspec.structs.replace(upload_whole(amina, PLAN), name="plan du branchement.exe")
    push(amina, world.load(complaint), answering(file))
    for language, size in (("fr", "1 ko"), ("ar", "1 كيلوبايت")):
        page = citizen.follow(language, number, code)
        assert "plan du branchement.pdf" in page.text and f"PDF · {size}" in page.text
        ids = IdReader(page.html)
        assert len(ids.found) == len(set(ids.found)) and not ids.unlabelled
    assert papers(page).submits["paper"] == file.sha256
    got = asking(citizen, page, file.sha256)
    assert got.status_code == 200 and got.content == PLAN
    assert got.headers["Content-Type"] == "application/pdf"
    assert got.headers["Content-Disposition"] == "attachment; filename*=UTF-8''plan%20du%20branchement.pdf"
    assert got.headers["X-Content-Type-Options"] == "nosniff" and got.headers["Cache-Control"] == "no-store"
    assert readings(world, complaint) == [("file_fetched", "citizen", file.sha256)]


def test_a_file_of_the_answer_needs_the_second_proof(world: World, amina: Client, citizen: Citizen) -> None:
    number, code, complaint = filed(citizen, world)
    file = upload_whole(amina, PLAN)
    push(amina, world.load(complaint), answering(file))
    page = citizen.follow("fr", number, code)
    for proof in ("", "9999"):
        got = asking(citizen, page, file.sha256, proof)
        assert got.status_code == 422 and PLAN not in got.content and "ne correspondent pas" in got.text
    assert readings(world, complaint) == []


def test_no_other_file_of_the_complaint_is_ever_given(world: World, amina: Client, citizen: Citizen) -> None:
    number, code, complaint = filed(citizen, world)
    note = upload_whole(amina, NOTED)
    push(amina, world.load(complaint), acts.Note(text="avis du chef", attachments=(note,)))
    file = upload_whole(amina, PLAN)
    push(amina, world.load(complaint), answering(file))
    page = citizen.follow("fr", number, code)
    assert note.sha256 not in page.html
    for other in (note.sha256, file.sha256.upper(), file.sha256[:32], "../secret", "0" * 64):
        got = asking(citizen, page, other)
        assert got.status_code == 409 and NOTED not in got.content and PLAN not in got.content
    assert readings(world, complaint) == []


def test_a_stranger_with_a_request_of_their_own_gets_no_file_of_another(
    world: World, amina: Client, citizen: Citizen, server: ServerProcess
) -> None:
    _, _, complaint = filed(citizen, world)
    file = upload_whole(amina, PLAN)
    push(amina, world.load(complaint), answering(file))
    stranger = Citizen(server.url)
    number, code, other = filed(stranger, world)
    push(amina, world.load(other), answering(upload_whole(amina, NOTED)))
    page = stranger.follow("fr", number, code)
    got = asking(stranger, page, file.sha256)
    assert got.status_code == 409 and PLAN not in got.content
    assert server.client(device=new_id()).get(f"/v1/blobs/{file.sha256}").status_code == 401
    stranger.close()


def test_files_of_an_answer_that_has_not_left_are_neither_shown_nor_given(
    world: World, amina: Client, citizen: Citizen, server: ServerProcess
) -> None:
    number, code, complaint = filed(citizen, world)
    sent = upload_whole(amina, PLAN)
    push(amina, world.load(complaint), answering(sent))
    page = citizen.follow("fr", number, code)
    unhappy = next(form for form in page.forms if form.values.get("kind") == "reopen")
    assert citizen.send(page, unhappy, {"text": "La fuite continue."}).status == 200
    take(world, complaint, by="salma")
    salma = server.client("salma", device=new_id())
    newer = upload_whole(salma, NOTED)
    push(salma, world.load(complaint), answering(newer, channel=Channel.REGISTERED_MAIL))
    page = citizen.follow("fr", number, code)
    assert newer.sha256 not in page.html and sent.sha256 in page.html
    assert asking(citizen, page, newer.sha256).status_code == 409
    assert asking(citizen, page, sent.sha256).content == PLAN


def test_without_telephone_and_identity_the_files_are_named_and_given_at_the_counter(
    world: World, amina: Client, citizen: Citizen
) -> None:
    nobody = {"identity_kind": "anonymous", "identity_number": "", "phone": "", "email": "z@exemple.ma"}
    number, code, complaint = filed(citizen, world, **nobody)
    push(amina, world.load(complaint), answering(upload_whole(amina, PLAN)))
    page = citizen.follow("fr", number, code)
    assert "constat.pdf" in page.text and "au guichet de l’administration" in page.text
    assert not re.search('name="(proof|paper)"', page.html)


def test_the_name_of_a_file_cannot_become_part_of_the_page(
    world: World, amina: Client, citizen: Citizen
) -> None:
    number, code, complaint = filed(citizen, world)
    file = msgspec.structs.replace(upload_whole(amina, PLAN), name='"><script>alert(1)</script>\r\nX: y.pdf')
    push(amina, world.load(complaint), answering(file))
    page = citizen.follow("fr", number, code)
    assert "<script" not in page.html
    got = asking(citizen, page, file.sha256)
    assert got.content == PLAN and "X" not in got.headers


def test_an_answer_without_files_shows_no_list_of_files(
    world: World, amina: Client, citizen: Citizen
) -> None:
    number, code, complaint = filed(citizen, world)
    push(amina, world.load(complaint), answering())
    assert 'class="files"' not in citizen.follow("fr", number, code).html
