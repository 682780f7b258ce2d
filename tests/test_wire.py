"""Envelopes and streams: what is sealed is unsealed, and nothing incomplete is ever applied."""

import json
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import acts, wire
from protocol.acts import Asked, UnknownAct
from protocol.wire import (
    DocumentLine,
    EndLine,
    Envelope,
    GoneLine,
    Header,
    Limits,
    Push,
    Pushed,
    ReferenceLine,
    ResetLine,
    Result,
    Truncated,
    read_stream,
    seal,
    unseal,
    write_reset,
    write_stream,
)  # fmt: skip

AT = datetime(2026, 3, 10, 10, 0, tzinfo=UTC)
ASKED = Asked(id="a1", complaint="c1", seen=4, at=AT, act=acts.Note(text="ماء"), n=7, prev="a0", skew_ms=-250)
LINES = [
    Header(epoch="e1"),
    DocumentLine(id="c1", ver=3, row=msgspec.Raw(b'{"id":"c1"}'), doc=msgspec.Raw(b'{"id":"c1","ver":3}')),
    ReferenceLine(kind="unit", id="U1", ver=1, doc=msgspec.Raw(b"{}")),
    GoneLine(id="c2", ver=9, why="scope"),
]
STREAM = write_stream(LINES, cursor="k", more=True, after="c1", done=True)


def test_an_act_is_sealed_and_unsealed() -> None:
    envelope = msgspec.json.decode(msgspec.json.encode(seal(ASKED)), type=Envelope)
    assert unseal(envelope) == ASKED


def test_an_unreadable_act_is_told_apart_from_an_unreadable_push() -> None:
    body = msgspec.json.encode(Push(acts=(seal(ASKED),))).replace(b'"note"', b'"teleport"')
    push = msgspec.json.decode(body, type=Push)
    with pytest.raises(UnknownAct):
        unseal(push.acts[0])


def test_results_travel_in_order_with_their_documents() -> None:
    pushed = Pushed(
        results=(
            Result(id="a1", status="applied", ver=5, doc=msgspec.Raw(b'{"id":"c1"}')),
            Result(id="a2", status="rejected", code="stale_thread"),
            Result(id="a3", status="held"),
            Result(id="a4", status="applied", ver=6, gone=True),
        )
    )
    read = msgspec.json.decode(msgspec.json.encode(pushed), type=Pushed)
    assert [(r.id, r.status, r.code, r.ver, r.gone) for r in read.results] == [
        ("a1", "applied", "", 5, False),
        ("a2", "rejected", "stale_thread", 0, False),
        ("a3", "held", "", 0, False),
        ("a4", "applied", "", 6, True),
    ]
    assert read.results[0].doc is not None
    assert bytes(read.results[0].doc) == b'{"id":"c1"}'


def test_a_result_of_another_status_is_not_one() -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b'{"id":"a","status":"maybe"}', type=Result)


def test_a_stream_gives_its_lines_and_its_end() -> None:
    lines = list(read_stream(STREAM))
    assert [type(line) for line in lines] == [Header, DocumentLine, ReferenceLine, GoneLine, EndLine]
    end = lines[-1]
    assert isinstance(end, EndLine)
    assert (end.n, end.cursor, end.more, end.after, end.done) == (4, "k", True, "c1", True)
    document = lines[1]
    assert isinstance(document, DocumentLine)
    assert bytes(document.doc) == b'{"id":"c1","ver":3}'


def test_each_line_says_what_it_is() -> None:
    kinds = [json.loads(line)["t"] for line in STREAM.splitlines()]
    assert kinds == ["hdr", "doc", "ref", "gone", "end"]


def test_an_empty_stream_is_complete() -> None:
    (end,) = read_stream(write_stream([], cursor="k", more=False))
    assert isinstance(end, EndLine)
    assert (end.n, end.crc) == (0, 0)


def test_a_reset_is_complete_without_an_end() -> None:
    lines = list(read_stream(write_reset("e2", "epoch")))
    assert lines == [Header(epoch="e2"), ResetLine(why="epoch")]


def test_a_stream_whose_end_counts_other_lines_is_refused() -> None:
    with pytest.raises(Truncated, match="count"):
        read_stream(STREAM.replace(b'"n":4', b'"n":5'))


@given(st.integers(0, len(STREAM) - 2))
def test_a_stream_cut_anywhere_is_refused(at: int) -> None:
    with pytest.raises(Truncated):
        read_stream(STREAM[:at])


@given(st.integers(0, len(STREAM) - 2), st.integers(1, 255))
def test_a_stream_with_one_byte_changed_is_refused_or_says_another_end(at: int, flip: int) -> None:
    garbled = bytearray(STREAM)
    garbled[at] ^= flip
    try:
        lines = list(read_stream(bytes(garbled)))
    except Truncated:
        return
    content = STREAM.rindex(b"\n", 0, len(STREAM) - 1)
    assert at > content, "a change of content went unnoticed"
    assert isinstance(lines[-1], EndLine)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><body>Sign in to the hotel network</body></html>",
        b"{}\n",
        b'{"t":"hdr","epoch":"e"}\n',
        STREAM + STREAM,
        b'{"t":"doc","id":"c1"}\n',
        b'{"t":"later","x":1}\n' + STREAM,
        b'{"t":"hdr","epoch":"e","x":' + b"[" * 100_000 + b"\n",
    ],
)
def test_what_is_not_a_whole_stream_of_ours_is_refused(body: bytes) -> None:
    with pytest.raises(Truncated):
        read_stream(body)


def test_additive_fields_of_a_newer_server_are_ignored() -> None:
    assert msgspec.json.decode(b'{"acts":50,"telepathy":true}', type=Limits).acts == 50


def test_limits_are_those_announced() -> None:
    assert Limits() == Limits(acts=200, page=500, text=20_000, file=10_485_760, files=5)
    assert wire.PROTOCOL_MIN <= wire.PROTOCOL_MAX
