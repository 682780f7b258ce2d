"""HTTP to the central server with requests, imported only when the first request leaves (50 ms of start-up).

One request in flight a caller; the long poll has a connection of its own and may run in another thread. The
environment is never read: no proxy, certificate store or .netrc but those passed in. sync/http_faults.py says
what each failure means.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote, urlsplit

import msgspec

from protocol.access_wire import Access, Accesses, AccessesKept
from protocol.acts import UNREADABLE
from protocol.complaint import Attachment
from protocol.identity_wire import Escrowed, SignedRevocation
from protocol.wire import (
    PROTOCOL_MAX,
    UNSENT_HEADER,
    DesksHeard,
    Envelope,
    Login,
    Meta,
    Poke,
    Push,
    Refresh,
    Session,
    Wanted,
)
from sync import http_faults, ranged
from sync.errors import DeviceRevoked, Garbled, NotOurServer, Offline, SignInNeeded, WrongCredentials
from sync.wire import Piece, Reply

if TYPE_CHECKING:
    import requests

CONNECT_S = 5.0
READ_S = 30.0
WHOLE_S = 180.0
"""Seconds to connect, between two bytes, and for a whole reply (a reply that drips is given up).

Where a person waits for it (signing in, renewing the session) a whole reply has READ_S as well.
"""

LARGEST = 64 * 1024 * 1024
"""Bytes of the largest reply that is read."""

_JSON = {"Content-Type": "application/json"}
_T = TypeVar("_T")


class Tokens(msgspec.Struct, frozen=True, kw_only=True):
    """What proves who we are: a short-lived access token and the rotating refresh token."""

    access: str
    refresh: str


class _Answer(msgspec.Struct, frozen=True, kw_only=True):
    status: int
    headers: Mapping[str, str]
    body: bytes


def _unheard(session: Session) -> None:
    """Nobody keeps renewed sessions."""


def _unstruck(wipe: SignedRevocation) -> None:
    """Nobody deletes anything."""


def _silent() -> str:
    """Nothing is told of this desk."""
    return ""


class HttpTransport:
    """A desk's connection to `base_url`; `device` is this PC's id, `ca_file` a ministry's own authority.

    `renewed` is given every new session, so that the rotated refresh token is never lost. Methods raise
    sync.errors.SyncError and nothing else.
    """

    def __init__(
        self,
        base_url: str,
        device: str,
        app_version: str,
        *,
        proxies: Mapping[str, str] | None = None,
        ca_file: str = "",
        renewed: Callable[[Session], None] = _unheard,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        if urlsplit(base_url).scheme not in ("http", "https") or not urlsplit(base_url).netloc:
            raise NotOurServer(f"not an address: {base_url!r}")
        self._base = base_url.rstrip("/")
        self._device = device
        self._headers = {
            "X-Protocol": str(PROTOCOL_MAX),
            "X-Device": device,
            "X-App": app_version,
            "User-Agent": f"chekaya-desk/{app_version}",
        }
        self._proxies = dict(proxies or {})
        self._ca_file = ca_file
        self._renewed = renewed
        self._monotonic = monotonic
        self._refreshing = threading.Lock()
        self._opening = threading.Lock()
        self._sessions: dict[str, requests.Session] = {}
        self.tokens: Tokens | None = None
        self.standing: Callable[[], str] = _silent
        """Gives what each pull tells of this desk (protocol.wire.UNSENT_HEADER); "" for nothing."""
        self.revoked: Callable[[SignedRevocation], None] = _unstruck
        """Hears, in whatever thread asked, that this device is struck off: before DeviceRevoked is raised."""

    # --- identity

    def login(self, user: str, password: str, device_name: str = "") -> Session:
        """Sign in and enrol this device if need be; raises WrongCredentials, NotAllowed, TooMany."""
        body = Login(user=user, password=password, device=self._device, device_name=device_name)
        try:
            answer = self._plain("POST", "/v1/auth/login", msgspec.json.encode(body))
        except SignInNeeded as error:
            raise WrongCredentials(str(error)) from error
        return self._admit(_decode(answer.body, Session))

    def refresh(self) -> Session:
        """Renew the session; raises SignInNeeded when it is over."""
        with self._refreshing:
            return self._renew()

    def logout(self) -> None:
        """End the session on the server and forget it here, whatever the server says."""
        try:
            if self.tokens is not None:
                body = Refresh(refresh=self.tokens.refresh, device=self._device)
                self._authorised("POST", "/v1/auth/logout", msgspec.json.encode(body))
        finally:
            self.tokens = None

    def deposit(self, escrowed: Escrowed) -> None:
        """Leave the local key with the organisation, wrapped for it alone."""
        self._authorised("POST", "/v1/devices/escrow", msgspec.json.encode(escrowed))

    def meta(self) -> Meta:
        """What the server speaks, its epoch and its clock; needs no sign-in."""
        return _decode(self._plain("GET", "/v1/meta").body, Meta)

    # --- sync.wire.Wire

    def push(self, acts: Sequence[Envelope], cursor: str = "") -> Reply:
        """Send acts in outbox order, and ask for what changed since the cursor.

        Not while acts wait here for long: the pull that comes after this then tells how many are left.
        """
        told = self.standing() if cursor else ""
        asked = Push(acts=tuple(acts), cursor=cursor if told in ("", "0") else "")
        headers = {**_JSON, UNSENT_HEADER: told} if told == "0" else _JSON
        return _reply(self._authorised("POST", "/v1/sync/push", msgspec.json.encode(asked), headers=headers))

    def pull(self, cursor: str, limit: int) -> Reply:
        """What changed since the cursor."""
        path = f"/v1/sync/pull?cursor={quote(cursor, safe='')}&limit={limit}"
        told = self.standing()
        headers = {**_JSON, UNSENT_HEADER: told} if told else _JSON
        return _reply(self._authorised("GET", path, headers=headers))

    def snapshot(self, after: str, limit: int) -> Reply:
        """A page of everything in scope."""
        return _reply(
            self._authorised("GET", f"/v1/sync/snapshot?after={quote(after, safe='')}&limit={limit}")
        )

    def manifest(self, buckets: Sequence[int] = ()) -> Reply:
        """Versions and marks of everything in scope, or of some buckets."""
        asked = f"?buckets={','.join(str(one) for one in buckets)}" if buckets else ""
        return _reply(self._authorised("GET", f"/v1/sync/manifest{asked}"))

    def documents(self, ids: Sequence[str]) -> Reply:
        """These documents."""
        return _reply(self._authorised("POST", "/v1/sync/fetch", msgspec.json.encode(Wanted(ids=tuple(ids)))))

    def check(self, cursor: str) -> Reply:
        """Sums over what a desk at this cursor has."""
        return _reply(self._authorised("GET", f"/v1/sync/check?cursor={quote(cursor, safe='')}"))

    def wait(self, cursor: str, seconds: int) -> bool:
        """Whether something changed within `seconds`; has its own connection."""
        path = f"/v1/sync/wait?cursor={quote(cursor, safe='')}&t={seconds}"
        answer = self._authorised("GET", path, read_s=seconds + READ_S, line="wait")
        poke = _decode(answer.body, Poke) if answer.status == 200 else Poke(poke=False)
        if poke.wipe is not None:
            self.revoked(poke.wipe)
            raise DeviceRevoked(wipe=poke.wipe)
        return poke.poke

    def desks(self) -> DesksHeard:
        """What the server knows of colleagues' desks; raises NotAllowed for who supervises nobody."""
        return _decode(self._authorised("GET", "/v1/statistics/desks").body, DesksHeard)

    def tell_accesses(self, accesses: Sequence[Access]) -> Sequence[str]:
        """Tell what was read, printed and exported here; gives the ids that will never be kept."""
        body = msgspec.json.encode(Accesses(accesses=tuple(accesses)))
        return _decode(self._authorised("POST", "/v1/access", body).body, AccessesKept).refused

    # --- sync.wire.FileWire

    def offer(self, file: Attachment) -> tuple[str, int]:
        """Announce a file; gives the upload's id and the bytes the server has."""
        answer = _decode(self._authorised("POST", "/v1/blobs", msgspec.json.encode(file)).body, _Upload)
        return answer.id, answer.offset

    def send_part(self, upload: str, offset: int, part: bytes) -> int:
        """Send bytes from `offset`; gives the new offset."""
        headers = {"Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
        path = f"/v1/blobs/{quote(upload, safe='')}"
        answer = self._authorised("PATCH", path, part, headers=headers)
        try:
            return int(answer.headers["Upload-Offset"])
        except (KeyError, ValueError) as error:
            raise Garbled("no Upload-Offset") from error

    def fetch(self, sha256: str, offset: int, take: Callable[[Piece], None]) -> None:
        """Give out the bytes of a file from `offset` as they arrive; raises NotFound, BadRange."""
        path = f"/v1/blobs/{quote(sha256, safe='')}"
        headers = ranged.headers(sha256, offset)
        self._authorised("GET", path, headers=headers, line="files", any_type=True, take=take)

    def receipt(self, complaint: str) -> bytes:
        """A receipt (PDF) with a fresh tracking code, which ends the former; raises NotFound, NotAllowed."""
        path = f"/v1/complaints/{quote(complaint, safe='')}/receipt"
        return self._authorised("POST", path, line="files", any_type=True).body

    def close(self) -> None:
        """Close every connection; a request under way in another thread ends with Offline."""
        with self._opening:
            sessions, self._sessions = list(self._sessions.values()), {}
        for session in sessions:
            session.close()

    # --- one request

    def _authorised(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        *,
        headers: Mapping[str, str] = _JSON,
        read_s: float = READ_S,
        line: str = "main",
        any_type: bool = False,
        take: Callable[[Piece], None] | None = None,
    ) -> "_Answer":
        """A request with the access token, renewed once if the server no longer takes it."""
        for last in (False, True):
            tokens = self.tokens
            if tokens is None:
                raise SignInNeeded("no session")
            sent = {**headers, "Authorization": f"Bearer {tokens.access}"}
            try:
                return self._send(
                    method,
                    path,
                    body,
                    headers=sent,
                    limits=(read_s, max(WHOLE_S, read_s)),
                    line=line,
                    any_type=any_type,
                    take=take,
                )
            except SignInNeeded:
                if last:
                    raise
            with self._refreshing:
                if self.tokens is tokens:
                    self._renew()
        raise AssertionError("unreachable")  # pragma: no cover

    def _plain(self, method: str, path: str, body: bytes | None = None) -> "_Answer":
        return self._send(
            method, path, body, headers=_JSON, limits=(READ_S, READ_S), line="main", any_type=False
        )

    def _renew(self) -> Session:
        if self.tokens is None:
            raise SignInNeeded("no session")
        body = Refresh(refresh=self.tokens.refresh, device=self._device)
        answer = self._plain("POST", "/v1/auth/refresh", msgspec.json.encode(body))
        return self._admit(_decode(answer.body, Session))

    def _admit(self, session: Session) -> Session:
        _decode(session.profile, dict)  # the whole reply is read before any of it is believed
        self.tokens = Tokens(access=session.access, refresh=session.refresh)
        self._renewed(session)
        return session

    def _send(
        self,
        method: str,
        path: str,
        body: bytes | None,
        *,
        headers: Mapping[str, str],
        limits: tuple[float, float],
        line: str,
        any_type: bool,
        take: Callable[[Piece], None] | None = None,
    ) -> "_Answer":
        read_s, whole_s = limits
        session = self._session(line)
        with (
            http_faults.translated(),
            session.request(
                method,
                self._base + path,
                data=body,
                headers=dict(headers),
                timeout=(CONNECT_S, read_s),
                allow_redirects=False,
                stream=True,
            ) as response,
        ):
            arriving = self._arriving(response, whole_s)
            if take is not None and response.status_code in (200, 206):
                ranged.give_out(response.status_code, response.headers, arriving, take)
                arriving = iter(())
            body = b"".join(arriving)
            answer = _Answer(status=response.status_code, headers=response.headers, body=body)
        try:
            http_faults.check(answer.status, answer.headers, answer.body, any_type=any_type)
        except DeviceRevoked as error:
            if error.wipe is not None:
                self.revoked(error.wipe)
            raise
        return answer

    def _arriving(self, response: "requests.Response", whole_s: float) -> Iterator[bytes]:
        until, received = self._monotonic() + whole_s, 0
        # Whatever has arrived, byte by byte if need be: waiting for full chunks would never see a drip.
        while chunk := response.raw.read1(256 * 1024, decode_content=True):
            received += len(chunk)
            if received > LARGEST:
                raise NotOurServer("a reply without end")
            yield chunk
            if self._monotonic() > until:
                raise Offline("the reply drips")

    def _session(self, line: str) -> "requests.Session":
        from sync.line import Line

        with self._opening:
            session = self._sessions.get(line)
            if session is None:
                session = self._sessions[line] = Line()
                session.trust_env = False
                session.proxies = dict(self._proxies)
                session.headers.update(self._headers)
                session.verify = self._ca_file or True
            return session


class _Upload(msgspec.Struct, frozen=True):
    id: str
    offset: int = 0


def _decode(body: bytes | msgspec.Raw, shape: type[_T]) -> _T:
    try:
        return msgspec.json.decode(body, type=shape)
    except UNREADABLE as error:
        raise NotOurServer(type(error).__name__) from error


def _reply(answer: _Answer) -> Reply:
    return Reply(
        body=answer.body,
        epoch=answer.headers.get("X-Epoch", ""),
        at=http_faults.moment(answer.headers.get("Date", "")),
    )
