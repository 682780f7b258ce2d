"""The shapes that travel between desktop and server, and how they are written and read.

JSON in UTF-8, NDJSON for streams; documents stay `msgspec.Raw` until somebody needs to look inside. Headers,
status codes and meaning are in docs/PROTOCOL.md; limits are announced by `GET /v1/meta`.
"""

import zlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Literal

import msgspec

from protocol.acts import UNREADABLE, Asked, read_act, write_act
from protocol.identity_wire import SignedRevocation

PROTOCOL_MIN = 1
PROTOCOL_MAX = 1

MAX_ACTS = 200
MAX_TEXT = 20_000
MAX_OBJECT = 200
MAX_PAGE = 500
MAX_SNAPSHOT = 2_000
MAX_FILE = 10 * 1024 * 1024
MAX_FILES = 5


GONE_SCOPE = "scope"
GONE_ARCHIVED = "archived"


class Frame(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Common shape of wire records; unknown additive fields are ignored on reading."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What one request may carry: counts, and bytes for files; every figure is written out."""

    acts: int = MAX_ACTS
    page: int = MAX_PAGE
    text: int = MAX_TEXT
    file: int = MAX_FILE
    files: int = MAX_FILES


class Meta(msgspec.Struct, frozen=True, kw_only=True):
    """Answer of `GET /v1/meta`."""

    proto_min: int
    proto_max: int
    app_min: str
    epoch: str
    server_time: datetime
    limits: Limits


class Envelope(Frame, frozen=True, kw_only=True):
    """One act of a push, its `args` not yet read.

    `number` is the outgoing number it was acknowledged with, when it is sent again to a restored server.
    """

    id: str
    n: int
    kind: str
    kv: int
    complaint: str
    seen: int
    args: msgspec.Raw
    at: datetime
    prev: str | None = None
    skew_ms: int = 0
    number: str = ""


class Push(Frame, frozen=True, kw_only=True):
    """Body of `POST /v1/sync/push`, in outbox order.

    With a `cursor` the answer is a stream: the results, and what a pull after it would bring.
    """

    acts: tuple[Envelope, ...]
    cursor: str = ""


class Result(Frame, frozen=True, kw_only=True):
    """What became of one act. `doc` is the document now, or `gone` says it left the scope."""

    id: str
    status: Literal["applied", "rejected", "held"]
    code: str = ""
    ver: int = 0
    doc: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET  # a union of Raw and None cannot be decoded
    gone: bool = False


class Pushed(Frame, frozen=True, kw_only=True):
    """Answer of a push: one result per act, in the same order; `crc` is the CRC-32 of that array's bytes."""

    results: tuple[Result, ...]
    crc: int | None = None


class Header(Frame, frozen=True, kw_only=True, tag_field="t", tag="hdr"):
    """First line of a stream."""

    epoch: str


class ResultLine(Frame, frozen=True, kw_only=True, tag_field="t", tag="res"):
    """The result of one act of a push that asked for what changed too, in the order of the acts.

    Its `doc` is left out where the same stream has a line of that complaint.
    """

    result: Result


class DocumentLine(Frame, frozen=True, kw_only=True, tag_field="t", tag="doc"):
    """A whole complaint, with the list columns computed by `protocol.projection.columns`."""

    id: str
    ver: int
    row: msgspec.Raw
    doc: msgspec.Raw


class ReferenceLine(Frame, frozen=True, kw_only=True, tag_field="t", tag="ref"):
    """A reference document of stream 0: administration, unit, person, theme, settings…"""

    kind: str
    id: str
    ver: int
    doc: msgspec.Raw


class GoneLine(Frame, frozen=True, kw_only=True, tag_field="t", tag="gone"):
    """The complaint left the user's scope at `ver`; `why` is GONE_SCOPE or GONE_ARCHIVED."""

    id: str
    ver: int
    why: str


class ManifestLine(Frame, frozen=True, kw_only=True, tag_field="t", tag="has"):
    """A part of a manifest: id, version and mark (protocol.marks) of complaints in the user's scope."""

    items: tuple[tuple[str, int, int], ...]


class EndLine(Frame, frozen=True, kw_only=True, tag_field="t", tag="end"):
    """Last line: `n` lines of content before it, `crc` the CRC-32 of all bytes before it.

    `cursor` is where the next pull goes on; `after` and `done` serve snapshots. `seal` is the CRC-32 of the
    text of `cursor`, a line feed, `after`, a line feed, and 0 or 1 for `more` and for `done`: a place damaged
    on its way would leave documents out unseen.
    """

    n: int
    crc: int
    cursor: str
    more: bool = False
    after: str = ""
    done: bool = False
    seal: int | None = None


class ResetLine(Frame, frozen=True, kw_only=True, tag_field="t", tag="reset"):
    """The cursor cannot be continued."""

    why: Literal["epoch", "scope", "expired", "ahead"]


Line = Header | ResultLine | DocumentLine | ReferenceLine | GoneLine | ManifestLine | EndLine | ResetLine


class Wanted(Frame, frozen=True, kw_only=True):
    """Body of `POST /v1/sync/fetch`: MAX_PAGE ids at most."""

    ids: tuple[str, ...]


class Check(Frame, frozen=True, kw_only=True):
    """Answer of `GET /v1/sync/check`: `n` complaints in scope at the cursor `at`, `x` their sums
    (protocol.marks.sums).

    A desk that does not stand at `at` gets no sums: it pulls first.
    """

    at: str
    n: int = 0
    x: tuple[str, ...] = ()


class Login(Frame, frozen=True, kw_only=True):
    """Body of `POST /v1/auth/login`; the device must be enrolled or is enrolled by this call."""

    user: str
    password: str
    device: str
    device_name: str = ""


class Refresh(Frame, frozen=True, kw_only=True):
    """Body of `POST /v1/auth/refresh`."""

    refresh: str
    device: str


class Lease(Frame, frozen=True, kw_only=True):
    """What a desktop may do without the server, until `not_after` (aware UTC).

    `escrow` is the organisation's X25519 public key in base64, "" where there is none.
    """

    user: str
    device: str
    scope: str
    not_after: datetime
    server_time: datetime
    escrow: str = ""


class SignedLease(Frame, frozen=True, kw_only=True):
    """The JSON bytes of a Lease in base64, their Ed25519 signature and the server's key, both base64."""

    lease: str
    signature: str
    key: str


class Session(Frame, frozen=True, kw_only=True):
    """Answer of login and refresh; `profile` is the JSON of protocol.directory.Profile."""

    access: str
    refresh: str
    expires_in: int
    lease: SignedLease
    profile: msgspec.Raw


class Problem(Frame, frozen=True, kw_only=True):
    """Body of every refused request: a stable code; the words are the client's.

    `wipe` is there when the device, or the account on it, was struck off: it then deletes its keys.
    """

    code: str
    detail: str = ""
    wipe: SignedRevocation | None = None


class Poke(Frame, frozen=True, kw_only=True):
    """Answer of `GET /v1/sync/wait` when something changed, or when the device was struck off."""

    poke: bool = True
    wipe: SignedRevocation | None = None


UNSENT_HEADER = "X-Unsent"
"""On a pull: `n`, or `n;oldest`: acts that wait on this desk for longer than their grace, and since when."""


class DeskHeard(Frame, frozen=True, kw_only=True):
    """What a colleague's desk told when it was `heard` last (aware UTC): acts not sent, the oldest's time."""

    account: str
    unsent: int
    heard: datetime
    oldest: datetime | None = None


class DesksHeard(Frame, frozen=True, kw_only=True):
    """Reply to `GET /v1/statistics/desks`: one entry a device and account, of whom the asker supervises."""

    desks: tuple[DeskHeard, ...] = ()


class Truncated(ValueError):
    """The stream ended early, is garbled, or is not ours: nothing of it may be applied."""


def seal(asked: Asked) -> Envelope:
    """Wrap an act for the wire."""
    return Envelope(
        id=asked.id,
        n=asked.n,
        kind=asked.act.kind,
        kv=asked.act.kv,
        complaint=asked.complaint,
        seen=asked.seen,
        args=msgspec.Raw(write_act(asked.act)),
        at=asked.at,
        prev=asked.prev,
        skew_ms=asked.skew_ms,
    )


def unseal(envelope: Envelope) -> Asked:
    """Read an act from the wire; raises protocol.acts.UnknownAct."""
    return Asked(
        id=envelope.id,
        n=envelope.n,
        complaint=envelope.complaint,
        seen=envelope.seen,
        at=envelope.at,
        prev=envelope.prev,
        skew_ms=envelope.skew_ms,
        act=read_act(envelope.kind, envelope.kv, bytes(envelope.args)),
    )


class _Sealed(msgspec.Struct, frozen=True):
    results: msgspec.Raw
    crc: int | None = None


_sealed = msgspec.json.Decoder(_Sealed)
_results = msgspec.json.Decoder(tuple[Result, ...])


def write_pushed(results: tuple[Result, ...]) -> bytes:
    """The JSON of a Pushed, with its checksum."""
    content = msgspec.json.encode(results)
    return msgspec.json.encode(_Sealed(msgspec.Raw(content), zlib.crc32(content)))


def read_pushed(body: bytes) -> Pushed:
    """The answer of a push, checked before anything of it is given out; raises Truncated."""
    try:
        sealed = _sealed.decode(body)
        pushed = Pushed(results=_results.decode(sealed.results), crc=sealed.crc)
    except UNREADABLE as error:
        raise Truncated(str(error)) from error
    if pushed.crc not in (None, zlib.crc32(bytes(sealed.results))):
        raise Truncated("checksum differs")
    return pushed


def write_stream(
    lines: Iterable[Line], *, cursor: str, more: bool, after: str = "", done: bool = False
) -> bytes:
    """NDJSON of `lines`, closed by an `end` line with its count and CRC-32."""
    content = [msgspec.json.encode(line) for line in lines]
    body = b"".join(line + b"\n" for line in content)
    end = EndLine(
        n=len(content),
        crc=zlib.crc32(body),
        cursor=cursor,
        more=more,
        after=after,
        done=done,
    )
    end = msgspec.structs.replace(end, seal=_seal_of(end))
    return body + msgspec.json.encode(end) + b"\n"


def _seal_of(end: EndLine) -> int:
    return zlib.crc32(f"{end.cursor}\n{end.after}\n{end.more:d}{end.done:d}".encode())


def write_reset(epoch: str, why: Literal["epoch", "scope", "expired", "ahead"]) -> bytes:
    """NDJSON of a header and a reset: the whole answer to a cursor that cannot be continued."""
    return b"".join(msgspec.json.encode(line) + b"\n" for line in (Header(epoch=epoch), ResetLine(why=why)))


_line = msgspec.json.Decoder(Line)


def read_stream(body: bytes) -> Iterator[Line]:
    """All lines of a stream, checked before the first is given out; raises Truncated.

    A stream is complete when it closes with `reset`, or with an `end` whose count and CRC-32 agree.
    """
    content = body.rstrip(b"\n").split(b"\n")
    try:
        lines = [_line.decode(line) for line in content]
    except UNREADABLE as error:
        raise Truncated(str(error)) from error
    last = lines[-1]
    if isinstance(last, ResetLine):
        return iter(lines)
    if not isinstance(last, EndLine):
        raise Truncated("no end line")
    if last.n != len(lines) - 1 or last.crc != zlib.crc32(body[: body.rindex(content[-1])]):
        raise Truncated("count or checksum differs")
    if last.seal not in (None, _seal_of(last)):
        raise Truncated("the place is damaged")
    return iter(lines)
