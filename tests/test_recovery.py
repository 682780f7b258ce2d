"""A lost code: a stranger learns nothing, the owner gets a new code once, hashes are kept."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import msgspec
import pytest
import requests
from sqlalchemy import event, select

from server import audit, complaints, receipts, tables
from server.notices import outbox
from server.portal import recovering
from tests.citizen import Citizen
from tests.portal_world import NOW, PortalWorld, portal_world
from tests.server_world import ServerProcess, World, draft

pytestmark = pytest.mark.both_databases

PHONE = "06 61 22 33 44"
EMAIL = "zineb@exemple.ma"


@pytest.fixture
def portal(tmp_path: Path, register_url: str) -> Iterator[PortalWorld]:
    with portal_world(tmp_path, recovery_burst=1000, database=register_url) as portal:
        yield portal


def post(
    portal: PortalWorld, path: str, language: str = "fr", token: str = "", **values: str
) -> httpx.Response:
    token = token or portal.form(portal.client.get(f"/{language}{path}").text)
    return portal.client.post(f"/{language}{path}", data={"form": token, **values}, follow_redirects=False)


def ask(portal: PortalWorld, number: str, contact: str, language: str = "fr") -> httpx.Response:
    return post(portal, recovering.ASK, language, number=number, contact=contact)


def give(portal: PortalWorld, number: str, code: str, token: str = "") -> httpx.Response:
    return post(portal, recovering.GIVE, token=token, number=number, code=code)


def sent(portal: PortalWorld) -> list[tuple[str, str, str]]:
    """Channel, address and code of what waits to leave."""
    with portal.service.database.reading() as connection:
        rows = connection.execute(
            select(tables.notice).order_by(tables.notice.c.at, tables.notice.c.id)
        ).all()
    kept = [row for row in rows if row.kind == outbox.ONE_TIME_CODE]
    return [(row.channel, row.address, code_in(row.body)) for row in kept]


def code_in(body: str) -> str:
    found = re.search(r"(?<!\d)\d{4}[ \u00a0\u202f]?\d{4}(?!\d)", body)
    assert found is not None, body
    return re.sub(r"\D", "", found[0])


def kept(portal: PortalWorld) -> list[tuple[str, int]]:
    with portal.service.database.reading() as connection:
        return [(row.hash, row.tries) for row in connection.execute(select(tables.recovery)).all()]


def readings(portal: PortalWorld, number: str) -> list[tuple[str, str]]:
    table, document = tables.access_log, portal.document(number)
    with portal.service.database.reading() as connection:
        rows = connection.execute(select(table).where(table.c.complaint == document.id)).all()
    return [(row.kind, msgspec.json.decode(row.body, type=audit.Reading).by) for row in rows]


# The way of the owner ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("contact", "channel", "address"),
    [
        ("+212 661 22 33 44", "sms", "+212661223344"),
        ("٠٦٦١٢٢٣٣٤٤", "sms", "+212661223344"),
        (" Zineb@Exemple.ma ", "email", EMAIL),
    ],
)
def test_the_owner_gets_a_new_code_and_the_old_one_stops(
    portal: PortalWorld, contact: str, channel: str, address: str
) -> None:
    number, old = portal.filed(email=EMAIL)
    asked = ask(portal, number.lower(), contact)
    assert (asked.status_code, asked.headers["location"]) == (303, "/fr/suivi/nouveau-code")
    page = portal.client.get("/fr/suivi/nouveau-code").text
    assert 'id="asked"' in page and f'value="{number.lower()}"' in page
    [(way, to, code)] = sent(portal)
    assert (way, to) == (channel, address) and len(code) == 8
    given = give(portal, number, f" {code[:4]} {code[4:]} ")
    assert (given.status_code, given.headers["location"]) == (303, "/fr/recepisse")
    shown = portal.client.get("/fr/recepisse").text
    assert "Votre nouveau code de suivi" in shown and "L’ancien code ne fonctionne plus" in shown
    new = re.search(r'id="code">([^<]+)<', shown)
    assert new is not None and new[1] != old
    assert portal.client.get("/fr/recepisse.pdf").headers["content-type"] == "application/pdf"
    assert portal.follow(number, old).status == 422 and portal.follow(number, new[1]).status == 303
    assert readings(portal, number) == [("code_recovered", "citizen")] and kept(portal) == []


def test_a_new_code_closes_the_pages_that_the_old_one_had_opened(portal: PortalWorld) -> None:
    number, old = portal.filed()
    portal.follow(number, old)
    assert portal.client.get("/fr/suivi/dossier").status_code == 200
    ask(portal, number, PHONE)
    give(portal, number, sent(portal)[0][2])
    assert portal.client.get("/fr/suivi/dossier").status_code == 403


def test_a_one_time_code_serves_once_but_the_button_may_be_pressed_twice(portal: PortalWorld) -> None:
    number, _ = portal.filed()
    ask(portal, number, PHONE)
    code = sent(portal)[0][2]
    token = portal.form(portal.client.get("/fr/suivi/nouveau-code").text)
    assert give(portal, number, code, token).status_code == 303
    first = portal.client.get("/fr/recepisse").text
    assert give(portal, number, code, token).status_code == 303
    again = portal.client.get("/fr/recepisse").text
    assert re.findall(r'id="code">([^<]+)<', first) == re.findall(r'id="code">([^<]+)<', again)
    assert give(portal, number, code).status_code == 422, "another form is another try"


def test_a_fixed_line_is_answered_by_the_e_mail_of_the_same_request(portal: PortalWorld) -> None:
    number, _ = portal.filed(phone="05 22 33 44 55", email=EMAIL)
    ask(portal, number, "0522334455")
    alone, _ = portal.filed(phone="05 22 33 44 55", object="Une autre fuite d’eau")
    ask(portal, alone, "0522334455")
    assert [(way, to) for way, to, _ in sent(portal)] == [("email", EMAIL)]


# What a stranger learns --------------------------------------------------------------------------------


def seen(answer: httpx.Response) -> tuple[int, str, str, tuple[str, ...]]:
    """Everything of an answer that may differ between two cases; sealed values by their length only."""
    cookies = tuple(re.sub(r"=[^;]*", "=…", one, count=1) for one in answer.headers.get_list("set-cookie"))
    body = re.sub(r'value="[^"]*"', "", answer.text)
    return answer.status_code, answer.headers.get("location", ""), body, cookies


def test_asking_is_answered_alike_whatever_is_wrong(portal: PortalWorld) -> None:
    number, _ = portal.filed()
    other, _ = portal.filed(phone="0661000000", object="Une autre fuite d’eau")
    answers = {
        seen(ask(portal, asked, contact))
        for asked, contact in (
            (number, PHONE), (number, "0661000000"), (number, EMAIL), (other, PHONE),
            ("2026-EAU-999999", PHONE), ("' OR 1=1 --", EMAIL), (number, PHONE), ("<script>", PHONE),
        )
    }  # fmt: skip
    assert len(answers) == 1
    assert [to for _, to, _ in sent(portal)] == ["+212661223344"], "one code, for the only right pair"


def test_asking_too_often_is_answered_as_ever_and_sends_nothing(tmp_path: Path) -> None:
    with portal_world(tmp_path, recovery_burst=4) as portal:
        number, _ = portal.filed()
        answers = {seen(ask(portal, "2026-EAU-999999", PHONE)) for _ in range(4)}
        answers.add(seen(ask(portal, number, PHONE)))
        assert len(answers) == 1 and sent(portal) == []
        portal.later(minutes=6)
        ask(portal, number, PHONE)
        assert len(sent(portal)) == 1


def test_a_telephone_is_not_flooded_with_codes(portal: PortalWorld) -> None:
    number, _ = portal.filed()
    for _ in range(5):
        ask(portal, number, PHONE)
    assert len(sent(portal)) == 1, "two minutes between two codes"
    for _ in range(10):
        portal.later(minutes=2, seconds=1)
        ask(portal, number, PHONE)
    assert len(sent(portal)) == 3, "three at once, then one every half hour"


def test_a_wrong_one_time_code_is_refused_in_the_same_words_for_every_reason(portal: PortalWorld) -> None:
    number, _ = portal.filed()
    quiet, _ = portal.filed(object="Une autre fuite d’eau")
    ask(portal, number, PHONE)
    code = sent(portal)[0][2]
    wrong = f"{(int(code) + 1) % 10**8:08}"
    tried = [
        (number, wrong), (quiet, code), ("2026-EAU-999999", code), (number, "x"), (number, code + "0"),
        (number, code[:-1]), ("' OR 1=1 --", "' OR 1=1 --"),
    ]  # fmt: skip
    answers = {seen(give(portal, *pair)) for pair in tried}
    portal.later(minutes=15)
    answers.add(seen(give(portal, number, code)))
    assert len(answers) == 1 and next(iter(answers))[0] == 422
    assert "ne vont pas ensemble" in next(iter(answers))[2]


def test_a_one_time_code_bears_five_tries_even_all_at_once(portal: PortalWorld) -> None:
    number, old = portal.filed()
    ask(portal, number, PHONE)
    code = sent(portal)[0][2]
    token = portal.form(portal.client.get("/fr/suivi/nouveau-code").text)
    guesses = [f"{(int(code) + n) % 10**8:08}" for n in range(1, 13)]
    with ThreadPoolExecutor(6) as pool:
        statuses = list(pool.map(lambda guess: give(portal, number, guess, token).status_code, guesses))
    assert statuses == [422] * 12
    assert give(portal, number, code).status_code == 422, "the right code comes too late"
    assert portal.follow(number, old).status == 303, "and the old code still opens"


def test_a_code_lives_fifteen_minutes(portal: PortalWorld) -> None:
    number, _ = portal.filed()
    ask(portal, number, PHONE)
    portal.later(minutes=14, seconds=59)
    assert give(portal, number, sent(portal)[0][2]).status_code == 303
    portal.later(minutes=30)
    ask(portal, number, PHONE)
    portal.later(minutes=15)
    assert give(portal, number, sent(portal)[1][2]).status_code == 422


def test_a_request_without_contact_is_never_opened_by_an_empty_one(portal: PortalWorld) -> None:
    with portal.service.database.transaction() as connection:
        nobody = msgspec.structs.replace(draft("x").person, phone="", email="")
        paper = complaints.register(
            connection, draft("x", person=nobody, channel="mail"), by="citizen", now=NOW
        )
    for contact in ("", " ", "0", "x", "@"):
        assert ask(portal, paper.number, contact).status_code == 422
    ask(portal, paper.number, PHONE)
    assert sent(portal) == [] and give(portal, paper.number, "00000000").status_code == 422


def test_both_outcomes_write_and_run_the_same_kinds_of_statements(portal: PortalWorld) -> None:
    number, _ = portal.filed()
    ask(portal, number, PHONE)
    told: list[list[str]] = []

    def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
        told[-1].append(re.sub(r"\s+", " ", statement)[:30])

    event.listen(portal.service.database.engine, "before_cursor_execute", note)
    for asked in (number, "2026-EAU-999999"):
        told.append([])
        ask(portal, asked, "0661000000")
    for asked in (number, "2026-EAU-999999"):
        told.append([])
        give(portal, asked, "00000000")
    event.remove(portal.service.database.engine, "before_cursor_execute", note)
    writes = [[s for s in one if s.split()[0] in ("INSERT", "UPDATE", "DELETE")] for one in told]
    assert writes[0] == writes[1] and writes[2] == writes[3] and all(writes)


def test_forms_of_other_sites_and_forged_tokens_do_nothing(portal: PortalWorld) -> None:
    number, _ = portal.filed()
    token = portal.form(portal.client.get("/fr/suivi/code-perdu").text)
    values, other = {"form": token, "number": number, "contact": PHONE}, {"Sec-Fetch-Site": "cross-site"}
    assert portal.client.post("/fr/suivi/code-perdu", data=values, headers=other).status_code == 403
    assert post(portal, recovering.ASK, token="forged", number=number, contact=PHONE).status_code == 403
    assert sent(portal) == []


def test_the_register_keeps_the_one_time_code_as_a_keyed_hash(portal: PortalWorld) -> None:
    number, _ = portal.filed()
    ask(portal, number, PHONE)
    code = sent(portal)[0][2]
    [(hashed, tries)] = kept(portal)
    assert tries == 0 and len(hashed) == 64 and code not in hashed
    key = receipts.derive(b"another secret", "one-time code")
    assert key and give(portal, number, f"{(int(code) + 1) % 10**8:08}").status_code == 422
    assert kept(portal)[0][1] == 1


@pytest.mark.parametrize("language", ["fr", "ar"])
@pytest.mark.parametrize("path", [recovering.ASK, recovering.GIVE])
def test_the_pages_speak_one_language_offer_the_other_and_name_empty_fields(
    portal: PortalWorld, language: str, path: str
) -> None:
    html = portal.client.get(f"/{language}{path}").text
    other = "ar" if language == "fr" else "fr"
    assert f'href="/{other}{path}"' in html and "portal." not in re.sub(r"portal\.css", "", html)
    empty = post(portal, path, language)
    assert empty.status_code == 422 and 'id="problem-number"' in empty.text


def test_who_has_no_telephone_is_not_found_by_having_none(portal: PortalWorld) -> None:
    number, _ = portal.filed(phone="", email=EMAIL)
    ask(portal, number, "stranger@exemple.ma")
    ask(portal, number, PHONE)
    assert sent(portal) == []
    ask(portal, number, EMAIL)
    assert [to for _, to, _ in sent(portal)] == [EMAIL]


def test_one_address_tries_only_so_many_one_time_codes(tmp_path: Path) -> None:
    with portal_world(tmp_path, recovery_burst=3) as portal:
        number, _ = portal.filed()
        ask(portal, number, PHONE)
        code = sent(portal)[0][2]
        answers = {seen(give(portal, f"2026-EAU-99999{n}", code)) for n in range(3)}
        answers.add(seen(give(portal, number, code)))
        assert len(answers) == 1, "refused in the words of a wrong code"
        portal.later(minutes=6)
        assert give(portal, number, code).status_code == 303


# The whole server --------------------------------------------------------------------------------------


def test_over_real_http_the_code_comes_by_the_outbox_and_nothing_secret_is_in_the_log(
    world: World, server: ServerProcess
) -> None:
    document = world.file()
    browser = Citizen(server.url)
    page = browser.open("/ar/suivi/code-perdu")
    asked = browser.send(page, page.forms[-1], {"number": document.number, "contact": "0661223344"})
    assert asked.url.endswith("/ar/suivi/nouveau-code") and "رمز مؤقت" in asked.text
    with world.register.reading() as connection:
        query = select(tables.recovery.c.hash).where(tables.recovery.c.complaint == document.id)
        assert len(connection.execute(query).scalar_one()) == 64
    wrong = browser.send(asked, asked.forms[-1], {"code": "00000000"})
    assert wrong.status == 422 and document.number in wrong.html
    log = server.log.read_text("utf-8")
    assert "/ar/suivi/nouveau-code" in log
    assert not [secret for secret in (document.number, "0661223344", "661223344") if secret in log]
    browser.close()
    assert (
        requests.get(f"{server.url}/fr/suivi/code-perdu", timeout=30).headers["Cache-Control"] == "no-store"
    )
