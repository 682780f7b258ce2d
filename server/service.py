"""What every handler needs, put together once, and the door each request goes through."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from secrets import token_bytes
from typing import Any, TypeVar

import msgspec
from litestar import Request, Response
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from protocol.acts import UNREADABLE
from protocol.deadlines import civil_date
from protocol.identity_wire import SignedRevocation
from protocol.wire import PROTOCOL_MAX, PROTOCOL_MIN
from server import (
    accounts,
    changes,
    compression,
    database,
    directory,
    migrations,
    numbering,
    revocation,
    tokens,
)
from server.compression import NotDecodable
from server.config import Config, prepare_folders
from server.database import Database
from server.logs import Journal
from server.metrics import Metrics
from server.prepared import Shelf
from server.problems import JSON, Refusal
from server.rate_limit import Allowance, RateLimit
from server.standing import Standings
from server.tokens import Keys, NotSignedIn, Struck, Visitor
from server.wake import Wake

PUBLIC = {"rule": "public"}
SIGNED_IN = {"rule": "signed_in"}

READABLE_MIN = 1
"""The oldest protocol whose desks can still read what is written today."""

MAX_BODY = 8 * 1024 * 1024
"""Bytes of the largest JSON body, once decompressed."""

AnyRequest = Request[Any, Any, Any]

_Shape = TypeVar("_Shape", bound=msgspec.Struct)


def utc_now() -> datetime:
    """The server's clock."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Service:
    """One server process: its register, keys, clock, randomness, log and waiting desktops."""

    config: Config
    database: Database
    epoch: str
    keys: Keys
    journal: Journal
    wake: Wake
    metrics: Metrics
    sign_ins: RateLimit
    addresses: RateLimit
    clock: Callable[[], datetime]
    entropy: Callable[[int], bytes]
    standings: Standings = field(default_factory=Standings)
    shelf: Shelf = field(default_factory=Shelf)

    def enter(self, connection: Connection, request: AnyRequest) -> Visitor:
        """Who is behind a request for signed-in people; raises Refusal 401, 403 or 426."""
        check_protocol(request)
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Refusal(401, "sign_in_needed")
        device = request.headers.get("x-device", "")
        if not device:
            raise Refusal(403, "wrong_device")
        try:
            return tokens.visitor(connection, token.strip(), device, self.clock())
        except NotSignedIn as refused:
            raise self.refusal(refused) from refused

    def refusal(self, refused: NotSignedIn) -> Refusal:
        """Why a session is not one, as a reply; whoever was struck off is told so under our signature."""
        wipe = self.wipe(refused.device, refused.user) if isinstance(refused, Struck) else None
        return Refusal(403 if refused.code == "wrong_device" else 401, refused.code, wipe=wipe)

    def wipe(self, device: str, user: str = "") -> SignedRevocation:
        """The signed word that strikes a device off, or one account on it."""
        return revocation.sign(self.keys.lease, device, user, self.clock())

    def admit(self, request: AnyRequest) -> Visitor:
        """`enter` with a reading of its own: strangers never take the turn of those who write."""
        with self.database.reading() as connection:
            return self.enter(connection, request)

    def current(self, connection: Connection, visitor: Visitor) -> Visitor:
        """The same visitor with the grants of this transaction; raises Refusal 401 if closed meanwhile."""
        account = accounts.get_held(connection, visitor.account.id)
        if account.state != accounts.State.ACTIVE:
            raise Refusal(401, "sign_in_needed")
        return replace(visitor, account=account)

    def reader(self, visitor: Visitor) -> changes.Reader:
        """The visitor as the pages of documents need him."""
        return changes.Reader(
            actor=visitor.actor,
            today=civil_date(self.clock()),
            epoch=self.epoch,
            main_administration=visitor.account.main_administration,
            main_unit=visitor.account.main_unit,
        )


def open_service(
    config: Config,
    *,
    journal: Journal | None = None,
    clock: Callable[[], datetime] = utc_now,
    entropy: Callable[[int], bytes] = token_bytes,
) -> Service:
    """Open (or lay down) the register of `config` and everything around it."""
    prepare_folders(config)
    register = database.connect(config)
    migrations.migrate(register, clock(), entropy)
    with register.reading() as connection:
        epoch, heads = migrations.epoch(connection), changes.heads(connection)
        given_out = numbering.given_out(connection)
    why = register.witness.why_older(epoch, heads)
    if why:
        register.close()
        raise database.WentBack(config.data, why)
    register.witness.begin(given_out)
    with register.transaction() as connection:
        directory.announce(connection, config.address)
    log = journal or Journal()
    register.after_commit.append(lambda: note_progress(register, epoch, log))
    pause = float(config.login_refill_seconds)
    return Service(
        config=config,
        database=register,
        epoch=epoch,
        keys=tokens.keys(config),
        journal=log,
        wake=Wake(register, log, seconds=config.poll_milliseconds / 1000),
        metrics=Metrics(clock()),
        sign_ins=RateLimit(Allowance(config.login_burst, pause)),
        addresses=RateLimit(Allowance(config.login_burst * 10, pause / 10)),
        clock=clock,
        entropy=entropy,
    )


def note_progress(register: Database, epoch: str, journal: Journal, *, at_once: bool = False) -> None:
    """Let the witness see how far the streams are, every few seconds of work and when the service stops.

    What was committed stays so when the witness cannot be written: that is logged, and tried again.
    """
    if not (at_once or register.witness.is_due()):
        return
    try:
        with register.reading() as connection:
            heads = changes.heads(connection)
        register.witness.mark(epoch, heads)
    except (OSError, SQLAlchemyError) as error:
        journal.fault("witness", error)


def check_protocol(request: AnyRequest) -> None:
    """Raises Refusal 426 unless the request speaks a protocol of our range.

    Below it a desk still reads (PROTOCOL §6): documents grow by fields that it passes over.
    """
    spoken = request.headers.get("x-protocol", "")
    reads = request.method == "GET" or request.url.path == "/v1/sync/fetch"
    least = READABLE_MIN if reads else PROTOCOL_MIN
    if not spoken.isascii() or not spoken.isdigit() or not least <= int(spoken[:6]) <= PROTOCOL_MAX:
        raise Refusal(426, "protocol")


def read_body(request: AnyRequest, body: bytes) -> bytes:
    """The body as its sender meant it; raises Refusal 413 or 422."""
    if len(body) > MAX_BODY:
        raise Refusal(413, "too_large")
    try:
        return compression.decode(body, request.headers.get("content-encoding", "").lower(), MAX_BODY)
    except NotDecodable as error:
        if str(error) == "too large":
            raise Refusal(413, "too_large") from error
        raise Refusal(422, "malformed") from error


def read_record(request: AnyRequest, body: bytes, shape: type[_Shape]) -> _Shape:
    """The record in a JSON body; raises Refusal 413 or 422, whatever the bytes are."""
    try:
        return msgspec.json.decode(read_body(request, body), type=shape)
    except UNREADABLE as error:
        raise Refusal(422, "malformed") from error


def reply(request: AnyRequest, body: bytes, media_type: str = JSON) -> Response[bytes]:
    """A successful reply in the best coding this client offers."""
    return compression.reply(body, media_type, offered=request.headers.get("accept-encoding", ""))


def reply_json(request: AnyRequest, answer: msgspec.Struct) -> Response[bytes]:
    """A record as JSON."""
    return reply(request, msgspec.json.encode(answer))
