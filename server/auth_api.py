"""Sign-in, renewal, sign-out and enrolment over HTTP; wrong credentials are answered alike, and slowed."""

from typing import TypeVar

import msgspec
from litestar import Response, post
from litestar.datastructures import State
from litestar.params import RawBody

from protocol.wire import Login, Refresh
from server import accounts, tokens
from server.identifiers import is_uuid
from server.problems import Refusal
from server.service import PUBLIC, SIGNED_IN, AnyRequest, Service, read_body, reply_json
from server.tokens import NotSignedIn, TokenReused

MAX_NAME = 100

_Shape = TypeVar("_Shape", bound=msgspec.Struct)


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
    asked = _read(read_body(request, body), Login)
    _check_device(asked.device)
    _admit(service, request, asked.user)
    with service.database.reading() as connection:
        stored = accounts.stored_hash(connection, asked.user)
    if not accounts.opens(asked.password, stored):
        _spend(service, request, asked.user)
        service.journal.note("sign_in_refused")
        raise Refusal(401, "wrong_credentials")
    now = service.clock()
    try:
        with service.database.transaction() as connection:
            account = accounts.by_login(connection, asked.user)
            tokens.enrol(connection, account.id, asked.device, asked.device_name[:MAX_NAME], now)
            session = tokens.open_session(
                connection, service.keys, account, asked.device, now, entropy=service.entropy
            )
    except NotSignedIn as refused:
        raise Refusal(401, refused.code) from refused
    return reply_json(request, session)


@post("/v1/auth/refresh", sync_to_thread=True, status_code=200, opt=PUBLIC)
def refresh(request: AnyRequest, state: State, body: RawBody) -> Response[bytes]:
    """Rotate the refresh token; its holder is its own proof. A reused one ends the whole family."""
    service: Service = state.service
    asked = _read(read_body(request, body), Refresh)
    try:
        with service.database.transaction() as connection:
            session = tokens.refresh_session(
                connection, service.keys, asked.refresh, asked.device, service.clock()
            )
    except TokenReused as reused:
        with service.database.transaction() as connection:
            tokens.end_family(connection, reused.family)
        service.journal.note("token_reused")
        raise Refusal(401, reused.code) from reused
    except NotSignedIn as refused:
        raise Refusal(401, refused.code) from refused
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
    asked = _read(read_body(request, body), Enrol)
    if asked.device != visitor.device:
        raise Refusal(403, "wrong_device")
    with service.database.transaction() as connection:
        name = asked.name[:MAX_NAME]
        tokens.enrol(connection, visitor.account.id, visitor.device, name, service.clock())
    return reply_json(request, Enrolled(device=visitor.device))


HANDLERS = [login, refresh, logout, enrol]


def _read(body: bytes, shape: type[_Shape]) -> _Shape:
    try:
        return msgspec.json.decode(body, type=shape)
    except msgspec.MsgspecError as error:
        raise Refusal(422, "malformed") from error


def _check_device(device: str) -> None:
    if not is_uuid(device):
        raise Refusal(422, "malformed")


def _keys(request: AnyRequest, login: str) -> tuple[str, str]:
    address = request.client.host if request.client else ""
    return f"{login.strip().casefold()[:100]} {address}", address


def _admit(service: Service, request: AnyRequest, login: str) -> None:
    """Too many wrong passwords for this login from there, or from there at all: come back later."""
    pair, address = _keys(request, login)
    now = service.clock()
    wait = max(service.sign_ins.wait(pair, now), service.addresses.wait(address, now))
    if wait:
        raise Refusal(429, "too_many_attempts", headers={"Retry-After": str(wait)})


def _spend(service: Service, request: AnyRequest, login: str) -> None:
    pair, address = _keys(request, login)
    now = service.clock()
    service.sign_ins.spend(pair, now)
    service.addresses.spend(address, now)
