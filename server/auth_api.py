"""Sign-in, renewal, sign-out and enrolment over HTTP; wrong credentials are answered alike, and slowed."""

import msgspec
from litestar import Response, post
from litestar.datastructures import State
from litestar.params import RawBody
from sqlalchemy import Connection

from protocol.identity_wire import Escrowed
from protocol.wire import Login, Refresh, Session
from server import accounts, escrow, tokens
from server.identifiers import is_uuid
from server.problems import Refusal
from server.service import PUBLIC, SIGNED_IN, AnyRequest, Service, read_record, reply_json
from server.tokens import NotSignedIn, TokenReused

MAX_NAME = 100


class Enrol(msgspec.Struct, frozen=True, kw_only=True):
    """Body of `POST /v1/devices/enrol`: this PC, and what people call it."""

    device: str
    name: str = ""


class Enrolled(msgspec.Struct, frozen=True, kw_only=True):
    """Answer of an enrolment."""

    device: str


@post("/v1/auth/login", sync_to_thread=True, status_code=200, opt=PUBLIC)
def login(request: AnyRequest, state: State, body: RawBody) -> Response[bytes]:
    """Check the password, enrol the device, open a session. 401 `wrong_credentials`, 429 with Retry-After."""
    service: Service = state.service
    asked = read_record(request, body, Login)
    _check_device(asked.device)
    _admit(service, request, asked.user)
    with service.database.reading() as connection:
        stored = accounts.stored_hash(connection, asked.user)
    try:
        is_right = accounts.opens(asked.password, stored)
    except accounts.TooBusy as busy:
        _give_back(service, request, asked.user)
        raise Refusal(429, "too_many_attempts", headers={"Retry-After": "2"}) from busy
    if not is_right:
        service.journal.note("sign_in_refused")
        raise Refusal(401, "wrong_credentials")
    _give_back(service, request, asked.user)
    now = service.clock()

    def enter(connection: Connection) -> Session:
        account = accounts.by_login(connection, asked.user)
        tokens.enrol(connection, account.id, asked.device, asked.device_name[:MAX_NAME], now)
        return tokens.open_session(
            connection, service.keys, account, asked.device, now, entropy=service.entropy
        )

    try:
        session = service.database.attempt(enter)
    except NotSignedIn as refused:
        raise service.refusal(refused) from refused
    return reply_json(request, session)


@post("/v1/auth/refresh", sync_to_thread=True, status_code=200, opt=PUBLIC)
def refresh(request: AnyRequest, state: State, body: RawBody) -> Response[bytes]:
    """Rotate the refresh token; its holder is its own proof. A reused one ends the whole family."""
    service: Service = state.service
    asked = read_record(request, body, Refresh)

    def rotate(connection: Connection) -> Session:
        return tokens.refresh_session(connection, service.keys, asked.refresh, asked.device, service.clock())

    try:
        # The same token twice at once: the second finds it rotated, and gets what the first got.
        session = service.database.attempt(rotate)
    except TokenReused as reused:
        with service.database.transaction() as connection:
            tokens.end_family(connection, reused.family)
        service.journal.note("token_reused")
        raise Refusal(401, reused.code) from reused
    except NotSignedIn as refused:
        raise service.refusal(refused) from refused
    return reply_json(request, session)


@post("/v1/auth/logout", sync_to_thread=True, status_code=204, opt=SIGNED_IN)
def logout(request: AnyRequest, state: State) -> None:
    """End the session this request came with."""
    service: Service = state.service
    visitor = service.admit(request)
    with service.database.transaction() as connection:
        tokens.end_family(connection, visitor.family)


@post("/v1/devices/enrol", sync_to_thread=True, status_code=200, opt=SIGNED_IN)
def enrol(request: AnyRequest, state: State, body: RawBody) -> Response[bytes]:
    """Name the device of this session; 403 for another one."""
    service: Service = state.service
    visitor = service.admit(request)
    asked = read_record(request, body, Enrol)
    if asked.device != visitor.device:
        raise Refusal(403, "wrong_device")
    name, now = asked.name[:MAX_NAME], service.clock()
    service.database.attempt(
        lambda connection: tokens.enrol(connection, visitor.account.id, visitor.device, name, now)
    )
    return reply_json(request, Enrolled(device=visitor.device))


@post("/v1/devices/escrow", sync_to_thread=True, status_code=204, opt=SIGNED_IN)
def deposit(request: AnyRequest, state: State, body: RawBody) -> None:
    """Keep this desk's key, wrapped to the organisation; 422 for one of other sizes."""
    service: Service = state.service
    visitor = service.admit(request)
    left = read_record(request, body, Escrowed)
    if tuple(map(len, (left.key, left.ephemeral, left.nonce, left.wrapped))) != (32, 32, 12, 48):
        raise Refusal(422, "malformed")
    with service.database.transaction() as connection:
        escrow.deposit(connection, visitor.device, visitor.account.id, left, service.clock())


HANDLERS = [login, refresh, logout, enrol, deposit]


def _check_device(device: str) -> None:
    if not is_uuid(device):
        raise Refusal(422, "malformed")


def _keys(request: AnyRequest, login: str) -> tuple[str, str]:
    address = request.client.host if request.client else ""
    return f"{login.strip().casefold()[:100]} {address}", address


def _admit(service: Service, request: AnyRequest, login: str) -> None:
    """Too many wrong passwords for this login from there, or from there at all: come back later.

    A try is counted before it is judged, so that many at once are not more than one after the other.
    """
    pair, address = _keys(request, login)
    now = service.clock()
    wait = service.addresses.take(address, now)
    if not wait:
        wait = service.sign_ins.take(pair, now)
        if wait:
            service.addresses.give_back(address, now)
    if wait:
        raise Refusal(429, "too_many_attempts", headers={"Retry-After": str(wait)})


def _give_back(service: Service, request: AnyRequest, login: str) -> None:
    pair, address = _keys(request, login)
    now = service.clock()
    service.sign_ins.give_back(pair, now)
    service.addresses.give_back(address, now)
