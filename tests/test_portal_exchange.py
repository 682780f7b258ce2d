"""The whole exchange with a running server: filed, answered, read, rated, reopened, code lost and found."""

import re
import time
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import TypeVar

import pytest

from protocol import acts
from protocol.complaint import Channel, Nature, Reply, Status
from server import complaints
from tests.citizen import Citizen, Page
from tests.portal_world import pair_on
from tests.server_world import ServerProcess, World, ask, new_id
from tests.test_letters_paragraph import copied

T = TypeVar("T")
WATER = "أعاني منذ ثلاثة أسابيع من تسرب الماء أمام المنزل بحي السلام، دون أي جواب من الوكالة."
REPLY = Reply(
    nature=Nature.FAVOURABLE,
    text="تم إصلاح التسرب يوم الأربعاء.",
    language="ar",
    translation="La fuite a été réparée mercredi.",
)


@pytest.fixture
def citizen(server: ServerProcess) -> Iterator[Citizen]:
    browser = Citizen(server.url)
    yield browser
    browser.close()


def until(found: Callable[[], T | None]) -> T:
    """What the server's threads bring in their own time."""
    for _ in range(600):
        if (got := found()) is not None:
            return got
        time.sleep(0.05)
    raise AssertionError("it never came")


def answer(world: World, server: ServerProcess, complaint: str) -> None:
    """By the staff's own desks."""
    desk = server.client("amina", device=new_id())
    document = world.load(complaint)
    if not document.assignee:
        boss = server.client("salma", device=new_id())
        boss.push(ask(document, acts.Assign(assignee=world.staff["amina"].id)))
    desk.push(ask(world.load(complaint), acts.Open()))
    done = desk.push(ask(world.load(complaint), acts.Answer(reply=REPLY, channel=Channel.PORTAL)))
    assert [result.status for result in done] == ["applied"]


def with_field(page: Page, name: str) -> int:
    return next(n for n, form in enumerate(page.forms) if name in form.names)


def one_time_code(folder: Path) -> str | None:
    told = [path.read_text("utf-8") for path in sorted(folder.glob("*")) if path.is_file()]
    found = [re.search(r"(?<!\d)\d{8}(?!\d)", text) for text in told]
    return next((one[0] for one in found if one), None)


@pytest.mark.both_databases
def test_the_whole_exchange(world: World, server: ServerProcess, citizen: Citizen) -> None:
    receipt = citizen.file("ar", object="تسرب الماء", text=WATER, administration="EAU")
    number, code = pair_on(receipt.html)
    with world.register.reading() as connection:
        found = complaints.find(connection, number)
    assert found is not None
    complaint = found.id
    answer(world, server, complaint)

    def with_letter() -> Page | None:
        page = citizen.follow("ar", number, code)
        return page if "proof" in {name for form in page.forms for name in form.names} else None

    page = until(with_letter)
    assert "تم إصلاح التسرب" in page.text and "رقم الصادر" in page.text
    ids = IdReader(page.html)
    assert len(ids.found) == len(set(ids.found)) and not ids.unlabelled

    wrong = citizen.send(page, page.forms[with_field(page, "proof")], {"proof": "9999"})
    assert wrong.status == 422 and "لا تطابق" in wrong.text
    form = wrong.forms[with_field(wrong, "proof")]
    letter = citizen.fetch(wrong, form, {"proof": "0000"})
    assert letter.startswith(b"%PDF") and "الموضوع" in copied(letter) and number in copied(letter)

    unhappy = citizen.send(
        wrong, wrong.forms[with_field(wrong, "satisfied")], {"satisfied": "no", "reason": "unsolved"}
    )
    assert unhappy.status == 200 and "عدم رضاكم" in unhappy.text
    again = next(form for form in unhappy.forms if form.values.get("kind") == "reopen")
    reopened = citizen.send(unhappy, again, {"text": "ما زال الماء يتسرب."})
    assert reopened.status == 200 and world.load(complaint).status == Status.REOPENED

    lost = citizen.open("/ar/suivi/code-perdu")
    asked = citizen.send(lost, lost.forms[-1], {"number": number, "contact": "06 00 00 00 00"})
    came = until(lambda: one_time_code(world.config.outgoing))
    renewed = citizen.send(asked, asked.forms[-1], {"code": came})
    same, fresh = pair_on(renewed.html)
    assert same == number and fresh != code and "recepisse.pdf" in renewed.html
    assert citizen.follow("ar", number, code).status == 422
    assert number in citizen.follow("fr", number, fresh).text
    log = server.log.read_text("utf-8")
    assert not [secret for secret in (number, code, fresh, came, "0600000000") if secret in log]


class IdReader(HTMLParser):
    """Every id of a page, and the controls that a screen reader could not name."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self._controls: list[str] = []
        self._labels: set[str] = set()
        self._inside_label = False
        self.feed(html)

    @property
    def unlabelled(self) -> list[str]:
        return [control for control in self._controls if control not in self._labels]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        at = {name: value or "" for name, value in attrs}
        if "id" in at:
            self.found.append(at["id"])
        if tag == "label":
            self._inside_label = True
            self._labels.add(at.get("for", ""))
        if tag in ("input", "select", "textarea") and at.get("type") != "hidden" and not self._inside_label:
            self._controls.append(at.get("id", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "label":
            self._inside_label = False
