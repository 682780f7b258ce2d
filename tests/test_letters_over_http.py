"""A letter between a desk and a real server process: answered, recorded, fetched, kept; receipts."""

import re

import pytest

from desktop.core.correspondence import state_of
from protocol import history
from protocol.acts import Answer, Assign, Open
from protocol.complaint import Channel, Nature, Reply
from tests.test_desk_over_http import PASSWORD, Pc, Server
from tests.test_letters_paragraph import copied as words_of

REPLY = Reply(nature=Nature.FAVOURABLE, text="تم إصلاح العطب وعاد الماء إلى الحي.")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    made = Server(tmp_path_factory.mktemp("server"))
    yield made
    made.kill()


@pytest.fixture
def desk(server, tmp_path, request):
    pc = Pc(tmp_path)
    complaint = server.register(request.node.name.count("receipt") + 1)
    address = f"http://127.0.0.1:{server.port}" if server.process else server.start()
    session = pc.session()
    session.sign_in(address, "bennis", PASSWORD)
    desk = pc.work(session)
    pc.until(lambda: desk.status().last_sync is not None)
    yield pc, desk, complaint
    pc.close()


def test_the_desk_shows_the_bytes_that_the_server_recorded_and_keeps_them(server, desk):
    pc, desk, complaint = desk
    desk.ask(complaint, Assign(assignee=desk.profile.id), seen=desk.case(complaint).confirmed_ver)
    desk.ask(complaint, Open(), seen=desk.case(complaint).confirmed_ver)
    desk.ask(complaint, Answer(reply=REPLY, channel=Channel.MAIL), seen=desk.case(complaint).confirmed_ver)
    before = desk.correspondence.letter(complaint)
    assert before.why == "not_yet" and "PROVISOIRE" in words_of(before.content)
    pc.until(lambda: history.recorded_letter(desk.case(complaint).document) is not None)
    shown = desk.correspondence.letter(complaint)
    assert shown.is_record and shown.number == state_of(server.document(complaint)).number != ""
    words = words_of(shown.content)
    assert "عاد الماء" in words and "PROVISOIRE" not in words and desk.profile.name_fr in words
    server.kill()
    pc.until(lambda: desk.status().state == "offline")
    assert desk.correspondence.letter(complaint).content == shown.content

    # The rendering made here says the same as the record, but for its mark and the number it had not.
    apart = set(words_of(before.content).split()) ^ set(words.split())
    marks = {"PROVISOIRE", "مؤقت"}
    assert marks <= apart
    bare = {word.strip(":") for word in apart - marks}
    left = {word for word in bare if shown.number not in word and "…" not in word and ".." not in word}
    assert left <= {"الرقم"}


def test_each_receipt_is_a_page_with_a_code_of_its_own(desk):
    _, desk, complaint = desk
    first, second = (words_of(desk.correspondence.receipt(complaint)) for _ in range(2))
    number = desk.case(complaint).document.number
    assert number in first and "Royaume du Maroc" in first
    codes = [re.findall(r"\b[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}\b", text) for text in (first, second)]
    assert codes[0] and codes[1] and codes[0] != codes[1]
