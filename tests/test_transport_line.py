"""What a prepared line sends, and when a push asks for what changed."""

import msgspec

from protocol.wire import Push
from tests.test_transport import Answer, act, server, wire

__all__ = ["server", "wire"]


def sent(server):
    return [(path, headers, body) for _, path, headers, body in server.asked]


def test_a_push_asks_for_what_changed_and_says_that_nothing_waits(server, wire):
    server.answers = [Answer(body=b"{}")]
    wire.standing = lambda: "0"
    wire.push([act()], "here")
    ((_, headers, body),) = sent(server)
    assert msgspec.json.decode(body, type=Push).cursor == "here" and headers["X-Unsent"] == "0"


def test_while_acts_wait_for_long_the_pull_after_the_push_tells_how_many_are_left(server, wire):
    server.answers = [Answer(body=b"{}")]
    wire.standing = lambda: "3;2026-11-23T09:00:00+00:00"
    wire.push([act()], "here")
    ((_, headers, body),) = sent(server)
    assert msgspec.json.decode(body, type=Push).cursor == "" and "X-Unsent" not in headers


def test_a_desk_that_says_nothing_of_itself_may_ask_too(server, wire):
    server.answers = [Answer(body=b"{}")]
    wire.push([act()], "here")
    ((_, headers, body),) = sent(server)
    assert msgspec.json.decode(body, type=Push).cursor == "here" and "X-Unsent" not in headers


def test_an_address_with_letters_of_its_own_is_written_as_the_web_does(server, wire):
    server.answers = [Answer(kind="application/x-ndjson")]
    wire._base += "/é"
    wire.pull("c", 5)
    assert sent(server)[0][0] == "/%C3%A9/v1/sync/pull?cursor=c&limit=5"
    assert sent(server)[0][1]["X-Device"] == "pc-1"
