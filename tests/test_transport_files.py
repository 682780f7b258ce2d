"""Files over real loopback sockets: ranges asked for, and what of a reply with bytes is believed."""

import pytest

from sync import errors, transport
from sync.wire import Piece
from tests.test_transport import SESSION, Answer, problem, server, wire

__all__ = ["server", "wire"]  # pytest's fixtures


def fetched(wire, offset: int = 0) -> list[Piece]:
    pieces: list[Piece] = []
    wire.fetch("h", offset, pieces.append)
    return pieces


def test_a_whole_file_is_asked_for_unpacked_and_given_out_with_its_size(server, wire):
    server.answers = [Answer(200, b"\x89PNG", "image/png")]
    assert fetched(wire) == [Piece(0, b"\x89PNG", 4)]
    _, path, headers, _ = server.asked[0]
    assert path == "/v1/blobs/h" and headers["Accept-Encoding"] == "identity" and "Range" not in headers


def test_the_rest_of_a_file_is_asked_for_by_its_offset_and_only_of_the_same_bytes(server, wire):
    server.answers = [Answer(206, b"cdef", "image/png", Content_Range="bytes 2-5/6")]
    assert fetched(wire, 2) == [Piece(2, b"cdef", 6)]
    _, _, headers, _ = server.asked[0]
    assert headers["Range"] == "bytes=2-" and headers["If-Range"] == '"h"'


def test_the_session_is_renewed_before_anything_is_given_out(server, wire):
    server.answers = [problem(401, "x"), Answer(body=SESSION), Answer(200, b"ab", "image/png")]
    assert fetched(wire) == [Piece(0, b"ab", 2)]


@pytest.mark.parametrize("said", ["", "bytes */6", "bytes 2-5", "bytes two-5/6", "items 2-5/6"])
def test_a_range_that_does_not_say_where_it_lies_is_garbled(server, wire, said):
    server.answers = [Answer(206, b"cdef", "image/png", Content_Range=said)]
    with pytest.raises(errors.Garbled):
        fetched(wire, 2)


@pytest.mark.parametrize("said", ["bytes 2-5/9", "bytes 2-5/4"])
def test_fewer_or_more_bytes_than_announced_are_garbled(server, wire, said):
    server.answers = [Answer(206, b"cdef", "image/png", Content_Range=said)]
    with pytest.raises(errors.Garbled):
        fetched(wire, 2)


def test_what_came_before_a_cut_was_given_out(server, wire):
    answer = Answer(200, b"half", "image/png")
    answer.cut = True
    server.answers = [answer]
    pieces: list[Piece] = []
    with pytest.raises(errors.Garbled):
        wire.fetch("h", 0, pieces.append)
    assert b"".join(piece.content for piece in pieces) == b"half"


def test_a_file_without_end_is_not_ours(server, wire, monkeypatch):
    monkeypatch.setitem(transport.__dict__, "LARGEST", 10)
    server.answers = [Answer(200, b"x" * 11, "image/png")]
    with pytest.raises(errors.NotOurServer):
        fetched(wire)


def test_what_the_taker_raises_ends_the_reply(server, wire):
    server.answers = [Answer(200, b"ab", "image/png"), Answer(200, b"ab", "image/png")]

    def stop(_: Piece) -> None:
        raise errors.Cancelled

    with pytest.raises(errors.Cancelled):
        wire.fetch("h", 0, stop)
    assert fetched(wire) == [Piece(0, b"ab", 2)]


def test_a_file_that_is_not_for_us_is_not_found_and_gives_nothing_out(server, wire):
    server.answers = [problem(404, "not_found")]
    with pytest.raises(errors.NotFound):
        fetched(wire)
