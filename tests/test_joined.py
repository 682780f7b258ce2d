"""Complaints joined to others: whom an answer is told to, and what their page says of it (DOMAIN §3, 12)."""

import pytest

from protocol import acts
from protocol.complaint import Reply
from server import joined
from tests.citizen import Citizen
from tests.notice_world import citizen, notices
from tests.portal_world import pair_on
from tests.test_notices import answered, kinds


def joined_by(world, child, parent, number):
    join = acts.Join(parent=parent, parent_number=number)
    assert world.act("salma", child, join).status == "applied"


def filed(world, server, language="fr"):
    """A browser whose citizen has filed, the pair on the receipt, and the request."""
    browser = Citizen(server.url)
    text = "أعاني منذ ثلاثة أسابيع من تسرب الماء أمام المنزل."
    number, code = pair_on(browser.file(language, object="تسرب الماء", text=text, administration="EAU").html)
    with world.register.reading() as connection:
        found = connection.exec_driver_sql("SELECT id FROM complaint WHERE number = ?", (number,))
        return browser, (number, code), world.load(str(found.scalar_one()))


def test_an_answer_is_told_through_every_complaint_joined_on_the_way_once(world):
    parent, child, grandchild = citizen(world), citizen(world), citizen(world)
    for one, to in ((grandchild, child), (child, parent)):
        joined_by(world, one, to.id, to.number)
    answered(world, parent)
    told = [mail.complaint for mail in notices(world, kind="parent_answered", channel="email")]
    assert sorted(told) == sorted([child.id, grandchild.id])


def test_everybody_joined_to_an_inadmissible_complaint_is_told_that_it_was_answered(world):
    parent, child = citizen(world), citizen(world)
    joined_by(world, child, parent.id, parent.number)
    reply = Reply(
        nature="inadmissible", text="Une juridiction est saisie.", language="fr",
        french_only_reason="demandé", reasons_of_law="Article 5.", reasons_of_fact="Dossier 12/2026.",
    )  # fmt: skip
    refuse = acts.DeclareInadmissible(ground="j1_before_court", reply=reply)
    done = world.act("salma", world.load(parent.id), refuse)
    assert done.status == "applied", done.code
    assert kinds(world, kind="parent_answered", channel="email") == [("parent_answered", "email")]


def test_complaints_joined_in_a_circle_are_answered_by_none_and_stop_nothing(world):
    one, other = citizen(world), citizen(world)
    for child, parent in ((one, other), (other, one)):
        joined_by(world, child, parent.id, parent.number)
    with world.register.reading() as connection:
        assert joined.answering_for(connection, world.load(one.id)) is None
        assert [child.id for child in joined.waiting_for(connection, one.id)] == [other.id]


@pytest.mark.parametrize(
    ("language", "told"), [("fr", "L’administration a répondu le 20 novembre 2026"), ("ar", "أجابت الإدارة")]
)
def test_the_page_of_a_joined_request_says_when_the_other_was_answered_and_nothing_of_its_words(
    world, server, language, told
):
    browser, pair, child = filed(world, server, language)
    parent = citizen(world)
    joined_by(world, child, parent.id, parent.number)
    assert 'id="joined"' not in browser.follow(language, *pair).html
    answered(world, parent)
    page = browser.follow(language, *pair)
    browser.close()
    assert told in page.text and 'id="joined"' in page.html
    assert "réparée" not in page.text and "Zineb" not in page.html and 'id="answer"' not in page.html


def test_a_request_joined_to_one_that_is_not_in_the_register_is_shown_like_any_other(world, server):
    browser, pair, child = filed(world, server)
    joined_by(world, child, "01890000-0000-7000-8000-000000000000", "2026-EAU-999999")
    page = browser.follow("fr", *pair)
    browser.close()
    assert page.status == 200 and "2026-EAU-999999" in page.text and 'id="joined"' not in page.html
