"""Following a request: number and code, equal refusals, public states, the answer, the citizen's messages."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from protocol import acts
from protocol.complaint import Channel, Complaint, EventKind, Nature, RequestType, Status
from protocol.complaint import Reply as Answer
from protocol.settings import Actor, Grant, Role
from server import accounts, complaints
from server.accounts import NewAccount
from server.portal import case
from tests.portal_world import GOOD, NOW, PortalWorld, portal_world
from tests.server_world import ask, draft, password_hash

SECRET_WORDS = ("Zineb", "BK123456", "+212661223344", "661223344", "Karim Agent", "note interne")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[PortalWorld]:
    with portal_world(tmp_path) as world:
        yield world


@pytest.fixture
def agent(world: PortalWorld) -> Actor:
    grant = Grant(role=Role.AGENT, administration="EAU", unit="EAU-1")
    new = NewAccount(login="karim", name_fr="Karim Agent", name_ar="كريم", grants=(grant,))
    with world.service.database.transaction() as connection:
        account = accounts.add(connection, new, password_hash=password_hash(), now=NOW)
    return account.actor


def act(world: PortalWorld, actor: Actor, number: str, done: acts.Act) -> None:
    document = world.document(number)
    with world.service.database.transaction() as connection:
        result = complaints.execute(connection, ask(document, done), actor, "d", world.at[0])
    assert result.status == "applied", result.code


def answer_of(text: str = "Le réseau a été réparé le 18 novembre.") -> acts.Answer:
    reply = Answer(
        nature=Nature.UNFAVOURABLE,
        text=text,
        language="fr",
        reasons_of_law="Article 12 du cahier des charges.",
        reasons_of_fact="Le compteur est conforme.",
        french_only_reason="Demande de l’usagère",
    )
    return acts.Answer(reply=reply, channel=Channel.PORTAL)


def test_the_right_pair_opens_the_request_however_it_is_typed(world: PortalWorld) -> None:
    number, code = world.filed()
    arabic = number.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    for typed in (
        (number, code),
        (number.lower(), code.lower().replace("-", " ")),
        (arabic, f"\u200e{code} "),
    ):
        opened = world.follow(*typed)
        assert (opened.status, opened.location) == (303, "/fr/suivi/dossier")
        assert code not in opened.location
    page = world.client.get("/ar/suivi/dossier").text
    assert "تم التوصل بها" in page and number in page


def test_wrong_pairs_are_answered_exactly_alike(world: PortalWorld) -> None:
    number, code = world.filed()
    other, _ = world.filed(object="Une autre fuite d’eau")
    blank = re.compile(r'value="[^"]*"')
    pages = {
        blank.sub("", world.follow(*pair).html)
        for pair in ((number, "0000-0000-0000-0000"), ("2026-EAU-999999", code), (other, code), (number, "x"))
    }
    assert len(pages) == 1 and "Aucune demande" in pages.pop()


def test_guessing_is_slowed_by_number_and_by_address_and_the_right_pair_then_waits_too(
    tmp_path: Path,
) -> None:
    with portal_world(tmp_path, follow_burst=3) as world:
        number, code = world.filed()
        for _ in range(3):
            assert world.follow(number, "0000-0000-0000-0000").status == 422
        assert world.follow(number, "0000-0000-0000-0000").status == 429
        assert world.follow(number, code).status == 429
        world.later(minutes=2)
        assert world.follow(number, code).status == 303


def test_following_without_a_form_of_ours_opens_nothing(world: PortalWorld) -> None:
    number, code = world.filed()
    answer = world.client.post("/fr/suivi", data={"number": number, "code": code}, follow_redirects=False)
    assert answer.status_code == 403 and number in answer.text
    assert world.client.get("/fr/suivi/dossier").status_code == 403


def test_the_consultation_ends_after_half_an_hour_or_on_leaving(world: PortalWorld) -> None:
    number, code = world.filed()
    world.follow(number, code)
    world.client.post("/fr/suivi/quitter")
    assert world.client.get("/fr/suivi/dossier").status_code == 403
    world.follow(number, code)
    world.later(minutes=31)
    assert world.client.get("/fr/suivi/dossier").status_code == 403


def test_no_personal_data_staff_name_or_internal_note_is_shown(world: PortalWorld, agent: Actor) -> None:
    number, code = world.filed()
    act(world, agent, number, acts.Assign(assignee=agent.id))
    act(world, agent, number, acts.Open())
    act(world, agent, number, acts.Note(text="une note interne"))
    world.follow(number, code)
    page = world.client.get("/fr/suivi/dossier").text
    assert "En cours" in page and "Prise en charge" in page
    assert not [word for word in SECRET_WORDS if word in page]
    assert agent.id not in page and GOOD["text"] not in page


def test_the_answer_is_read_with_its_reasons_and_recourses(world: PortalWorld, agent: Actor) -> None:
    number, code = world.filed()
    act(world, agent, number, acts.Assign(assignee=agent.id))
    act(world, agent, number, acts.Open())
    act(world, agent, number, answer_of())
    world.follow(number, code)
    page = world.client.get("/fr/suivi/dossier").text
    for shown in (
        "Réponse disponible", "réparé le 18 novembre", "Article 12", "compteur est conforme", "Défavorable",
        "Médiateur", "juridiction administrative", "20 décembre 2026",
    ):  # fmt: skip
        assert shown in page
    assert "Demande de l’usagère" not in page


def test_an_answer_that_has_not_left_is_not_shown(world: PortalWorld, agent: Actor) -> None:
    number, code = world.filed()
    act(world, agent, number, acts.Assign(assignee=agent.id))
    act(world, agent, number, acts.Open())
    by_post = acts.Answer(reply=answer_of("Secret du courrier").reply, channel=Channel.MAIL)
    act(world, agent, number, by_post)
    world.follow(number, code)
    page = world.client.get("/fr/suivi/dossier").text
    assert "Secret du courrier" not in page and "En cours" in page


def test_a_complement_is_asked_answered_and_the_message_reaches_the_register_once(
    world: PortalWorld, agent: Actor
) -> None:
    number, code = world.filed()
    act(world, agent, number, acts.Assign(assignee=agent.id))
    act(world, agent, number, acts.Open())
    limit = date(2026, 12, 1)
    act(world, agent, number, acts.AskComplement(items=("La facture <b>",), limit=limit))
    world.follow(number, code)
    page = world.client.get("/fr/suivi/dossier").text
    assert "La facture &lt;b&gt;" in page and "1er décembre 2026" in page and "Complément demandé" in page
    token = world.form(page)
    for _ in range(2):
        assert world.say("complement", "Voici la facture n° 12.", token).status == 303
    document = world.document(number)
    received = [event for event in document.events if event.kind == EventKind.COMPLEMENT_RECEIVED]
    assert [event.text for event in received] == ["Voici la facture n° 12."]
    assert "transmis" in world.client.get("/fr/suivi/dossier").text


def test_a_message_is_added_and_an_empty_or_endless_one_is_told(world: PortalWorld) -> None:
    number, code = world.filed()
    world.follow(number, code)
    assert world.say("message", "   ").status == 422
    endless = world.say("message", "و" * 20_001)
    assert endless.status == 422 and "و" * 100 in endless.html
    assert world.say("message", "Un fait\u202e nouveau").status == 303
    assert world.document(number).events[-1].text == "Un fait nouveau"


def test_a_message_that_the_state_no_longer_allows_keeps_its_words(world: PortalWorld, agent: Actor) -> None:
    number, code = world.filed()
    world.follow(number, code)
    refused = world.say("complement", "Voici la facture.")
    assert refused.status == 409 and "Voici la facture." in refused.html


def test_the_citizen_reopens_an_answered_request(world: PortalWorld, agent: Actor) -> None:
    number, code = world.filed()
    act(world, agent, number, acts.Assign(assignee=agent.id))
    act(world, agent, number, acts.Open())
    act(world, agent, number, answer_of())
    world.follow(number, code)
    assert 'id="reopen"' in world.client.get("/fr/suivi/dossier").text
    assert world.say("reopen", "Le réseau fuit encore.").status == 303
    assert world.document(number).status == Status.REOPENED


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("kind", list(RequestType))
def test_every_state_has_simple_public_words_in_both_languages(status: Status, kind: RequestType) -> None:
    document: Complaint = draft("x", status=status, type=kind)
    french, arabic = case.state(document, "fr"), case.state(document, "ar")
    assert not re.search("[a-z]_|[؀-ۿ]", french) and not re.search("[A-Za-z]", arabic)
    hidden = {Status.TO_VALIDATE, Status.TO_SIGN, Status.TO_DISPATCH, Status.ARBITRATION, Status.ASSIGNED}
    if status in hidden:
        assert (french, arabic) == ("En cours", "في طور المعالجة")


def test_arabic_states_agree_with_the_type() -> None:
    suggestion = draft("x", status=Status.CLOSED, type=RequestType.SUGGESTION)
    complaint = draft("x", status=Status.CLOSED, type=RequestType.COMPLAINT)
    assert (case.state(suggestion, "ar"), case.state(complaint, "ar")) == ("مغلق", "مغلقة")


def test_a_late_request_says_so_and_a_suggestion_has_no_due_date(world: PortalWorld) -> None:
    number, code = world.filed()
    idea, key = world.filed(type="suggestion")
    world.at[0] = NOW + timedelta(days=62)
    world.follow(number, code)
    assert "dépassée de 2 jours" in world.client.get("/fr/suivi/dossier").text
    world.follow(idea, key)
    page = world.client.get("/ar/suivi/dossier").text
    assert "اقتراح" in page and "تاريخ انتهاء أجل الجواب" not in page
