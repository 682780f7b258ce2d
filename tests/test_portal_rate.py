"""The citizen answers the answer: satisfied or not, once; reopening, or why not any more."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from protocol import acts
from protocol.complaint import EventKind, Status
from protocol.settings import Actor, Grant, Role
from server import accounts
from server.accounts import NewAccount
from server.portal import saying
from tests.portal_world import NOW, PortalWorld, portal_world
from tests.server_world import password_hash
from tests.test_portal_follow import act, answer_of


@pytest.fixture
def world(tmp_path: Path) -> Iterator[PortalWorld]:
    with portal_world(tmp_path) as world:
        yield world


@pytest.fixture
def people(world: PortalWorld) -> dict[str, Actor]:
    hired = {}
    with world.service.database.transaction() as connection:
        for login in ("karim", "leila"):
            grant = Grant(role=Role.AGENT, administration="EAU", unit="EAU-1")
            new = NewAccount(login=login, name_fr=login, name_ar="اسم", grants=(grant,))
            hired[login] = accounts.add(connection, new, password_hash=password_hash(), now=NOW).actor
    return hired


def answer(world: PortalWorld, agent: Actor, number: str) -> None:
    act(world, agent, number, acts.Assign(assignee=agent.id))
    act(world, agent, number, acts.Open())
    act(world, agent, number, answer_of())


@pytest.fixture
def answered(world: PortalWorld, people: dict[str, Actor]) -> str:
    """A request answered, its follow-up page open in the browser."""
    number, code = world.filed()
    answer(world, people["karim"], number)
    assert world.follow(number, code).status == 303
    return number


def page(world: PortalWorld, language: str = "fr") -> str:
    return world.client.get(f"/{language}/suivi/dossier").text


def rate(world: PortalWorld, token: str = "", *, language: str = "fr", **fields: str) -> tuple[int, str]:
    token = token or world.form(page(world))
    values = {"form": token, "kind": "rate", "text": "", "reason": "", **fields}
    got = world.client.post(f"/{language}/suivi/dossier", data=values, follow_redirects=False)
    return got.status_code, got.text


def ratings(world: PortalWorld, number: str) -> list[tuple[bool | None, str, str]]:
    events = world.document(number).events
    return [(e.satisfied, e.reason, e.text) for e in events if e.kind == EventKind.RATED]


def test_a_satisfied_citizen_says_so_once_and_reads_it_back(world: PortalWorld, answered: str) -> None:
    assert 'id="rate"' in page(world)
    assert rate(world, satisfied="yes", text="Merci.")[0] == 303
    shown = page(world)
    assert "Votre avis a été enregistré" in shown and 'id="rate"' not in shown and 'id="rated"' in shown
    assert ratings(world, answered) == [(True, "", "Merci.")]


def test_a_dissatisfied_citizen_chooses_a_reason_which_staff_read_in_words(
    world: PortalWorld, answered: str
) -> None:
    status, html = rate(world, satisfied="no", text="Toujours rien <b>")
    assert status == 422 and "Toujours rien &lt;b&gt;" in html and 'id="problem-reason"' in html
    assert rate(world, satisfied="no", reason="unsolved", text="Toujours rien", language="ar")[0] == 303
    assert ratings(world, answered) == [(False, "لم يُحل مشكلي", "Toujours rien")]
    assert 'id="reopen" open' in page(world), "who is not satisfied is shown what can be done"


def test_a_rating_is_told_once_per_answer_and_the_same_form_twice_is_one_rating(
    world: PortalWorld, answered: str, people: dict[str, Actor]
) -> None:
    token = world.form(page(world))
    for _ in range(2):
        assert rate(world, token, satisfied="yes")[0] == 303
    assert rate(world, satisfied="no", reason="unclear")[0] == 409
    assert len(ratings(world, answered)) == 1
    assert world.say("reopen", "Encore une fuite au même endroit.").status == 303
    assert rate(world, satisfied="yes")[0] == 409, "nothing to rate while it is being worked on"
    answer(world, people["leila"], answered)
    assert 'id="rate"' in page(world), "a new answer may be rated anew"
    assert rate(world, satisfied="no", reason="promise")[0] == 303
    assert len(ratings(world, answered)) == 2


@pytest.mark.parametrize("said", [{"satisfied": "yes"}, {"kind": "reopen", "text": "Encore une fuite."}])
def test_a_page_left_open_says_nothing_of_an_answer_that_came_after_it(
    world: PortalWorld, answered: str, people: dict[str, Actor], said: dict[str, str]
) -> None:
    old = world.form(page(world))
    assert world.say("reopen", "Encore une fuite au même endroit.").status == 303
    world.at[0] = NOW + timedelta(minutes=20)
    answer(world, people["leila"], answered)
    status, html = rate(world, old, **said)
    assert status == 409 and said.get("text", "") in html, "what was typed is not lost"
    assert ratings(world, answered) == [] and world.document(answered).status == Status.ANSWERED
    assert rate(world, **said)[0] == 303, "the page as it is now may say it"


@pytest.mark.parametrize(
    "made_up",
    [
        {"satisfied": ""}, {"satisfied": "maybe"}, {"satisfied": "no", "reason": "<script>"},
        {"satisfied": "no", "reason": "unsolved" * 999}, {"satisfied": "yes", "text": "و" * 20_001},
    ],
)  # fmt: skip
def test_a_form_no_browser_sends_rates_nothing(
    world: PortalWorld, answered: str, made_up: dict[str, str]
) -> None:
    status, html = rate(world, **made_up)
    assert status == 422 and "<script>" not in html and ratings(world, answered) == []


def test_what_was_not_answered_cannot_be_rated(world: PortalWorld) -> None:
    number, code = world.filed()
    world.follow(number, code)
    assert 'id="rate"' not in page(world)
    assert rate(world, satisfied="yes")[0] == 409 and ratings(world, number) == []


def reopening(html: str) -> str:
    found = re.search(r'id="reopening">(?:<p>)?([^<]+)<', html)
    return found[1] if found else ""


def test_days_and_times_left_to_reopen_are_told_and_then_why_not(
    world: PortalWorld, answered: str, people: dict[str, Actor]
) -> None:
    told = reopening(page(world))
    assert "20 décembre 2026" in told and "encore 30 jours" in told and "Il vous reste 2 réouvertures" in told
    assert "متبقٍّ 30 يوما" in reopening(page(world, "ar"))
    # The first author never handles it again: leila answers twice.
    assert world.say("reopen", "Ce n’est pas réglé.").status == 303
    assert world.document(answered).status == Status.REOPENED and reopening(page(world)) == ""
    answer(world, people["leila"], answered)
    assert "Il vous reste 1 réouverture." in reopening(page(world))
    assert world.say("reopen", "Ce n’est toujours pas réglé.").status == 303
    answer(world, people["leila"], answered)
    told = reopening(page(world))
    assert "déjà été rouverte 2 fois" in told and 'id="reopen"' not in page(world)
    assert world.say("reopen", "Encore.").status == 409


def test_after_the_window_the_page_says_why_and_a_forged_form_reopens_nothing(
    world: PortalWorld, people: dict[str, Actor]
) -> None:
    number, code = world.filed()
    answer(world, people["karim"], number)
    world.later(days=31)
    world.follow(number, code)
    assert "délai de 30 jours est passé" in reopening(page(world))
    assert "انصرم أجل 30 يوما" in reopening(page(world, "ar"))
    assert world.say("reopen", "Trop tard ?").status == 409
    assert world.document(number).status == Status.ANSWERED


def test_every_reason_has_words_in_both_languages() -> None:
    for reason in saying.REASONS:
        french, arabic = (
            saying.act_of(saying.Said("rate", "", "no", reason), language) for language in ("fr", "ar")
        )
        assert isinstance(french, acts.Rate) and isinstance(arabic, acts.Rate)
        assert french.reason != arabic.reason and "portal." not in french.reason
