"""Sessions that end and servers that are not what they seem: said in words, and acts wait unchanged."""

import socket
import threading

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from desktop.core.background import Background
from desktop.core.keys import Strength
from desktop.core.session import Session
from desktop.core.translation import Translation
from desktop.ui.sign_in_view import SignInView
from protocol.acts import Assign, Note
from sync.errors import Offline
from tests.desk_world import Office
from tests.fake_complaints import ME
from tests.frame_world import Deliverer
from tests.twin_connection import NOW, TwinConnection

HTML = b"<html>Identifiez-vous sur le portail</html>"
REPLIES = {
    "not_our_server": (b"200 OK", b"text/html", HTML),
    "client_too_old": (b"426 Upgrade Required", b"application/json", b'{"code":"client_too_old"}'),
    "server_fault": (b"503 Unavailable", b"text/html", HTML),
}


@pytest.fixture
def office(tmp_path):
    made = Office(tmp_path)
    yield made
    made.close()


def one(desk) -> str:
    return desk.rows(desk.listing("unassigned").order)[0].row.id


def test_an_ended_session_holds_acts_until_their_author_signs_in_again(office):
    desk = office.open()
    complaint = one(desk)
    office.house.refresh_tokens.clear()
    office.house.access_tokens.clear()
    act = desk.ask(complaint, Note(text="à envoyer plus tard"), seen=1)
    office.until(lambda: desk.status().state == "sign_in")
    assert desk.status().waiting == 1
    assert desk.case(complaint).document.events[-1].text == "à envoyer plus tard"
    desk = office.restart(offline=False)
    office.settled()
    assert [event.act for event in desk.case(complaint).document.events].count(act) == 1


def test_an_act_is_sent_again_with_the_very_same_words(office, monkeypatch):
    desk = office.open()
    complaint = one(desk)
    sent: list[dict[str, bytes]] = []
    push = TwinConnection.push

    def lost(connection, acts, cursor=""):
        sent.append({act.id: msgspec.json.encode(act) for act in acts})
        reply = push(connection, acts)
        if len(sent) < 3:
            raise Offline("the reply was lost")
        return reply

    monkeypatch.setattr(TwinConnection, "push", lost)
    desk.ask(complaint, Assign(assignee=ME, previous=""), seen=1)
    office.until(lambda: desk.status().state == "offline")
    desk.ask(complaint, Note(text="ensuite"), seen=1)
    while len(sent) < 3:
        tries = len(sent)
        desk.sync_now()
        office.until(lambda n=tries: len(sent) > n)
    office.settled()
    bodies: dict[str, set[bytes]] = {}
    for batch in sent:
        for act, body in batch.items():
            bodies.setdefault(act, set()).add(body)
    assert len(bodies) == 2
    assert all(len(seen) == 1 for seen in bodies.values())
    assert len(desk.returned()) == 0


@pytest.fixture(params=REPLIES)
def pretender(request):
    """Something that answers every request alike; gives its address and the code expected."""
    status, kind, body = REPLIES[request.param]
    listener = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        while True:
            try:
                peer, _ = listener.accept()
            except OSError:
                return
            with peer:
                peer.recv(65536)
                head = b"HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n"
                peer.sendall(head % (status, kind, len(body)) + body)

    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}", request.param
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join()


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_a_server_that_is_not_ours_is_said_and_what_was_typed_is_kept(qtbot, tmp_path, pretender, language):
    address, code = pretender
    session = Session(tmp_path, clock=lambda: NOW, strength=Strength(passes=1, memory_kib=64, lanes=1))
    deliverer = Deliverer()
    background = Background(deliverer.came.emit)
    words = Translation(language)
    view = SignInView(session, background, words, server=address, login="bennis")
    qtbot.addWidget(view)
    view.show()
    view.password.edit.setText("Bab-el-Had 1912")
    QTest.keyClick(view.password.edit, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: view._error is not None and not view._busy)
    assert view._error.code == code
    said = view.server.error.text() + view.notice.text()
    assert words(f"errors.{code}.title") in said
    assert view.password.edit.text() == "Bab-el-Had 1912"
    assert (view.server.edit.text(), view.login.edit.text()) == (address, "bennis")
    background.close()
    view.deliverer = deliverer
