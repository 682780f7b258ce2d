"""Replies read and checked: nothing of one is given out before the whole of it may be believed."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

import msgspec

from protocol.acts import UNREADABLE
from protocol.marks import BUCKETS
from protocol.wire import (
    Check,
    DocumentLine,
    EndLine,
    Envelope,
    GoneLine,
    Header,
    Line,
    ManifestLine,
    ReferenceLine,
    ResetLine,
    Result,
    ResultLine,
    Truncated,
    read_pushed,
    read_stream,
)
from sync.errors import Garbled

_L = TypeVar("_L", bound=Line)
_check = msgspec.json.Decoder(Check)


class Reset(Exception):
    """The server does not go on from where the desk stands: what both have is to be compared."""


class Stream(msgspec.Struct, frozen=True, kw_only=True):
    """A whole stream with its end."""

    epoch: str
    content: tuple[Line, ...]
    end: EndLine

    def of(self, kind: type[_L]) -> tuple[_L, ...]:
        """The lines of one kind, in order."""
        return tuple(line for line in self.content if isinstance(line, kind))


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What the server has for this person: version and mark by id, reference data, and the cursor of it."""

    epoch: str
    cursor: str
    items: Mapping[str, tuple[int, int]]
    references: tuple[ReferenceLine, ...]


def read(body: bytes, epoch: str = "") -> Stream:
    """A whole stream that opens with its header; raises Garbled, and Reset.

    A stream of another epoch than `epoch` ("" for any) is a Reset as well, whatever it says.
    """
    try:
        lines = tuple(read_stream(body))
    except Truncated as error:
        raise Garbled(str(error)) from error
    header, last = lines[0], lines[-1]
    if not isinstance(header, Header):
        raise Garbled("no header line")
    if isinstance(last, ResetLine):
        raise Reset(last.why)
    if epoch not in ("", header.epoch):
        raise Reset("epoch")
    assert isinstance(last, EndLine)
    return Stream(epoch=header.epoch, content=lines[1:-1], end=last)


def manifest(body: bytes, epoch: str = "") -> Manifest:
    """A whole manifest; raises Garbled, Reset."""
    stream = read(body, epoch)
    items = {id_: (ver, mark) for line in stream.of(ManifestLine) for id_, ver, mark in line.items}
    return Manifest(
        epoch=stream.epoch,
        cursor=stream.end.cursor,
        items=items,
        references=stream.of(ReferenceLine),
    )


def documents(body: bytes, ids: Sequence[str], epoch: str) -> tuple[tuple[DocumentLine, ...], frozenset[str]]:
    """The documents among those asked for, and the ids that are gone; raises Garbled, Reset.

    A reply that leaves one out, or brings one nobody asked for, is not believed.
    """
    stream = read(body, epoch)
    come, gone = stream.of(DocumentLine), stream.of(GoneLine)
    if sorted([line.id for line in come] + [line.id for line in gone]) != sorted(ids):
        raise Garbled("not what was asked for")
    return come, frozenset(line.id for line in gone)


def check(body: bytes) -> Check:
    """Sums over all buckets, or none; raises Garbled."""
    try:
        answer = _check.decode(body)
    except UNREADABLE as error:
        raise Garbled(type(error).__name__) from error
    if len(answer.x) not in (0, BUCKETS):
        raise Garbled("not as many sums as buckets")
    return answer


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of a push: results, and what changed since its cursor where the server told that too."""

    results: tuple[Result, ...]
    changes: Stream | None = None


def settled(body: bytes, acts: Sequence[Envelope]) -> Settled:
    """The results of exactly these acts, one each at most, and what came with them; raises Garbled."""
    try:
        return Settled(results=_of(acts, read_pushed(body).results))
    except Truncated:
        stream = _read_answer(body)
    documents = {line.id: line.doc for line in stream.of(DocumentLine)}
    complaints = {act.id: act.complaint for act in acts}
    told = _of(acts, [line.result for line in stream.of(ResultLine)])
    beside = (documents.get(complaints[result.id], result.doc) for result in told)
    results = (msgspec.structs.replace(one, doc=doc) for one, doc in zip(told, beside, strict=True))
    return Settled(results=tuple(results), changes=stream)


def _read_answer(body: bytes) -> Stream:
    try:
        return read(body)
    except Reset as error:
        raise Garbled("a reset instead of results") from error


def _of(acts: Sequence[Envelope], told: Sequence[Result]) -> tuple[Result, ...]:
    asked = {act.id for act in acts}
    first = {result.id: result for result in reversed(told) if result.id in asked}
    return tuple(first[act.id] for act in acts if act.id in first)
