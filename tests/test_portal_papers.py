"""What a citizen takes away: the receipt of what he filed, the letter of the answer behind a second proof."""

import hashlib
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import msgspec
import pytest
from sqlalchemy import select, update

from protocol import acts
from protocol.complaint import Attachment, Channel, Complaint, Event, EventKind, Person
from protocol.settings import Actor
from server import audit, blobs, receipts, tables
from server.portal import case, second_proof
from server.portal.second_proof import Known
from tests.portal_world import GOOD, PortalWorld, pair_on, portal_world
from tests.server_world import draft
from tests.test_letters_paragraph import copied
from tests.test_portal_follow import act, agent, answer_of

__all__ = ["agent"]

LETTER = b"%PDF-1.4\nla lettre de Zineb El Fassi\n%%EOF\n"
NAME = "lettre-2026-118-رسالة.pdf"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[PortalWorld]:
    with portal_world(tmp_path) as world:
        yield world


def with_events(world: PortalWorld, document: Complaint, events: tuple[Event, ...]) -> None:
    """Put a history into the register, as the server's renderer leaves it."""
    raw = msgspec.json.encode(msgspec.structs.replace(document, events=events, ver=document.ver + 1))
    mine = tables.complaint.c.id == document.id
    with world.service.database.transaction() as connection:
        connection.execute(update(tables.complaint).where(mine).values(document=raw))


def numbered(world: PortalWorld, number: str) -> Complaint:
    """Every answer made ready bears its outgoing number."""
    document = world.document(number)
    events = tuple(
        msgspec.structs.replace(e, number=e.number or "2026/118") if e.kind == EventKind.ANSWERED else e
        for e in document.events
    )
    with_events(world, document, events)
    return world.document(number)


def record(world: PortalWorld, number: str, data: bytes = LETTER) -> str:
    """The renderer has made the file of the newest answer; gives its SHA-256."""
    document = numbered(world, number)
    ready = next(e for e in reversed(document.events) if e.kind == EventKind.ANSWERED)
    file = Attachment(
        sha256=hashlib.sha256(data).hexdigest(), name=NAME, mime="application/pdf", size=len(data)
    )
    with world.service.database.transaction() as connection:
        blobs.keep(connection, world.service.config, data, file.mime, world.at[0])
    kept = Event(
        n=document.ver + 1, act="x", kind=EventKind.LETTER_RECORDED, at=world.at[0], by="system",
        number=ready.number, other=ready.act, attachments=(file,),
    )  # fmt: skip
    with_events(world, document, (*document.events, kept))
    return file.sha256


def answer(world: PortalWorld, agent: Actor, number: str, channel: str = Channel.PORTAL) -> None:
    act(world, agent, number, acts.Assign(assignee=agent.id))
    act(world, agent, number, acts.Open())
    act(world, agent, number, acts.Answer(reply=answer_of().reply, channel=channel))


@pytest.fixture
def answered(world: PortalWorld, agent: Actor) -> str:
    """A request answered whose letter is there, open in the browser."""
    number, code = world.filed()
    answer(world, agent, number)
    record(world, number)
    assert world.follow(number, code).status == 303
    return number


def get_letter(world: PortalWorld, proof: str, token: str = "", language: str = "fr") -> httpx.Response:
    token = token or world.form(world.client.get(f"/{language}/suivi/dossier").text)
    values = {"form": token, "proof": proof}
    return world.client.post(f"/{language}/suivi/lettre", data=values, follow_redirects=False)


def readings(world: PortalWorld, number: str) -> list[tuple[str, str, str]]:
    table, document = tables.access_log, world.document(number)
    with world.service.database.reading() as connection:
        rows = connection.execute(select(table).where(table.c.complaint == document.id)).all()
    told = [(row.kind, msgspec.json.decode(row.body, type=audit.Reading)) for row in rows]
    return [(kind, reading.by, reading.what) for kind, reading in told]


# The letter --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("proof", ["3344", " 33 44 ", "٣٣٤٤", "3456"])
def test_the_letter_is_given_for_the_end_of_the_telephone_or_of_the_identity_number(
    world: PortalWorld, answered: str, proof: str
) -> None:
    got = get_letter(world, proof)
    assert got.status_code == 200 and got.content == LETTER
    assert got.headers["content-type"] == "application/pdf"
    assert got.headers["content-disposition"].startswith("attachment; filename*=UTF-8''lettre-2026-118-%D8")
    assert got.headers["x-content-type-options"] == "nosniff" and got.headers["cache-control"] == "no-store"
    sha256 = hashlib.sha256(LETTER).hexdigest()
    assert readings(world, answered) == [("letter_read", "citizen", sha256)]


def test_wrong_proofs_are_answered_alike_counted_and_leave_no_reading(
    world: PortalWorld, answered: str
) -> None:
    blank = re.compile(r'name="form" value="[^"]*"')
    wrong = ("0000", "", "344", "13344", "3343", "BK123456", "+212661223344", "none", "x" * 5000)
    pages = set()
    for proof in wrong:
        got = get_letter(world, proof)
        assert got.status_code == 422 and LETTER not in got.content
        pages.add(blank.sub("", got.text))
        world.later(hours=1)
        world.follow(*world.pairs[answered])
    assert len(pages) == 1 and readings(world, answered) == []


def test_guessing_digits_is_stopped_and_the_right_ones_then_wait_too(
    world: PortalWorld, answered: str
) -> None:
    token = world.form(world.client.get("/fr/suivi/dossier").text)
    with ThreadPoolExecutor(6) as pool:
        guesses = (f"{n:04}" for n in range(18))
        statuses = [got.status_code for got in pool.map(lambda g: get_letter(world, g, token), guesses)]
    assert statuses.count(422) == 5 and statuses.count(429) == 13
    stopped = get_letter(world, "3344", token)
    assert stopped.status_code == 429 and "Trop d’essais" in stopped.text and LETTER not in stopped.content
    world.later(minutes=31)
    world.follow(*world.pairs[answered])
    for _ in range(7):
        assert get_letter(world, "3344").status_code == 200, "the right proof costs nothing"


def test_the_letter_needs_the_opened_case_a_form_of_ours_and_no_other_site(
    world: PortalWorld, answered: str
) -> None:
    token = world.form(world.client.get("/fr/suivi/dossier").text)
    assert get_letter(world, "3344", "forged").status_code == 403
    values, other = {"form": token, "proof": "3344"}, {"Sec-Fetch-Site": "cross-site"}
    assert world.client.post("/fr/suivi/lettre", data=values, headers=other).status_code == 403
    assert world.client.get("/fr/suivi/lettre").status_code == 405
    world.client.post("/fr/suivi/quitter")
    assert get_letter(world, "3344", token).status_code == 403
    assert readings(world, answered) == []


def test_a_letter_that_is_not_drawn_yet_is_said_to_be_prepared(world: PortalWorld, agent: Actor) -> None:
    number, code = world.filed()
    answer(world, agent, number)
    numbered(world, number)
    world.follow(number, code)
    html = world.client.get("/fr/suivi/dossier").text
    assert 'id="preparing"' in html and "réparé le 18 novembre" in html and 'name="proof"' not in html
    assert "في طور الإعداد" in world.client.get("/ar/suivi/dossier").text
    assert get_letter(world, "3344").status_code == 409


def test_a_letter_whose_file_is_lost_is_not_available_and_not_read(world: PortalWorld, answered: str) -> None:
    blobs.path_of(world.service.config, hashlib.sha256(LETTER).hexdigest()).unlink()
    got = get_letter(world, "3344")
    assert got.status_code == 409 and "plus disponible" in got.text and readings(world, answered) == []


def test_a_newer_letter_that_has_not_left_is_never_given(world: PortalWorld, answered: str) -> None:
    sent = case.sent_paper(world.document(answered))
    assert sent is not None
    document = world.document(answered)
    newer = Event(
        n=document.ver + 1, act="newer", kind=EventKind.ANSWERED, at=world.at[0], by="u", number="2026/119",
        reply=answer_of("Nouvelle réponse secrète").reply, channel=Channel.MAIL,
    )  # fmt: skip
    secret = msgspec.structs.replace(sent, sha256="0" * 64)
    drawn = Event(
        n=document.ver + 2, act="y", kind=EventKind.LETTER_RECORDED, at=world.at[0], by="system",
        number="2026/119", other="newer", attachments=(secret,),
    )  # fmt: skip
    with_events(world, document, (*document.events, newer, drawn))
    assert case.sent_paper(world.document(answered)) == sent
    assert "Nouvelle réponse" not in world.client.get("/fr/suivi/dossier").text
    assert get_letter(world, "3344").content == LETTER


def test_without_telephone_and_identity_the_letter_is_at_the_counter(
    world: PortalWorld, agent: Actor
) -> None:
    nobody = {"identity_kind": "anonymous", "identity_number": "", "phone": "", "email": "z@exemple.ma"}
    number, code = world.filed(**nobody)
    answer(world, agent, number)
    record(world, number)
    world.follow(number, code)
    html = world.client.get("/fr/suivi/dossier").text
    assert "guichet de l’administration" in html and 'name="proof"' not in html
    for proof in ("", "none", "0000"):
        assert get_letter(world, proof).status_code in (422, 429)
    assert readings(world, number) == []


def test_which_digits_can_be_asked_for() -> None:
    def known(**given: str) -> Known:
        person = Person(name="Zineb", **given)
        return second_proof.known(draft("x", person=person))

    assert known(phone="+212661223344", identity_number="BK123456") == Known.EITHER
    assert known(phone="0661223344") == Known.PHONE
    assert known(identity_number="A123456B") == Known.IDENTITY
    assert known(phone="12", identity_number="AB12") == Known.NOTHING
    assert not second_proof.is_proof(Person(name="x"), "")
    assert second_proof.is_proof(Person(name="x", identity_number="A123456B"), "3456")


# The receipt -------------------------------------------------------------------------------------------


def test_the_receipt_is_taken_away_as_pdf_from_the_page_that_shows_it(world: PortalWorld) -> None:
    sent = world.send(**GOOD)
    html = world.client.get(sent.location).text
    number, code = pair_on(html)
    link = re.search(r'href="(/fr/recepisse\.pdf)" download', html)
    assert link is not None
    got = world.client.get(link[1])
    assert got.headers["content-type"] == "application/pdf" and got.headers["cache-control"] == "no-store"
    assert got.headers["content-disposition"] == f"attachment; filename*=UTF-8''recepisse-{number}.pdf"
    told = copied(got.content)
    assert number in told and code in told and "Office EAU" in told
    assert world.client.get("/ar/recepisse.pdf").content == got.content


def test_the_receipt_is_for_the_browser_that_filed_and_for_half_an_hour(world: PortalWorld) -> None:
    assert world.client.get("/fr/recepisse.pdf").status_code == 404
    number, _ = world.filed()
    assert world.client.get("/fr/recepisse.pdf").status_code == 200
    world.later(minutes=31)
    gone = world.client.get("/fr/recepisse.pdf")
    assert gone.status_code == 404 and number not in gone.text


def test_a_receipt_whose_code_was_replaced_is_no_longer_shown(world: PortalWorld) -> None:
    number, code = world.filed()
    document, secret = world.document(number), world.secret()
    with world.service.database.transaction() as connection:
        receipts.renew(connection, secret, document.id, "AAAA-BBBB-CCCC-DDDD")
    for path in ("/fr/recepisse", "/fr/recepisse.pdf"):
        got = world.client.get(path)
        assert got.status_code == 404 and code not in got.text


def test_a_flood_of_receipts_from_one_address_is_stopped(tmp_path: Path) -> None:
    with portal_world(tmp_path, file_burst=3) as world:
        world.filed()
        statuses = [world.client.get("/fr/recepisse.pdf").status_code for _ in range(5)]
    assert statuses == [200, 200, 200, 404, 404]
