"""An in-memory twin of a server's front door: accounts, tokens, leases, pokes and files over ModelServer.

`TwinHouse` is the server, `TwinConnection` one desk's connection to it; `cut()` refuses every request.
"""

import base64
import hashlib
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from desktop.core.session import actor_of
from protocol import wire
from protocol.access_wire import Access
from protocol.complaint import Attachment
from protocol.directory import Profile
from protocol.identity_wire import REVOCATION_PURPOSE, Escrowed, Revocation, SignedRevocation
from protocol.settings import Settings
from protocol.wire import EndLine, Envelope, Push, ReferenceLine, ResetLine, read_stream, write_stream
from sync.errors import DeviceRevoked, Garbled, NotFound, ServerDown, SignInNeeded, WrongCredentials
from sync.transport import Tokens
from sync.wire import Piece, Reply
from tests import fake_complaints as told
from tests.model_server import ModelServer

NOW = datetime(2026, 11, 24, 9, 42, tzinfo=UTC)


class Clock:
    """A clock that tests move by hand."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **span: float) -> None:
        self.now += timedelta(**span)


class TwinHouse:
    """The server: `profiles` by login, `passwords` by login."""

    def __init__(self, clock: Clock, settings: Settings | None = None) -> None:
        self.clock = clock
        self.profiles: dict[str, Profile] = {}
        self.passwords: dict[str, str] = {}
        self.settings = settings or told.settings()
        self.model = ModelServer(self.settings, {})
        self.files: dict[str, bytes] = {}
        self.receipts: dict[str, bytes] = {}
        self.key = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"server").digest())
        self.up = True
        self.lease_days = 14
        self.refresh_tokens: dict[str, str] = {}
        self.access_tokens: dict[str, str] = {}
        self.pushed_by: list[tuple[str, str]] = []
        self.standings: dict[str, str] = {}
        self.desks = wire.DesksHeard()
        self.struck: set[str] = set()
        self.escrow = ""
        self.deposits: list[tuple[str, str, Escrowed]] = []
        self.accesses: list[tuple[str, Access]] = []
        self._issued = 0
        self.news = threading.Condition()

    def admit(self, profile: Profile, password: str) -> None:
        """Open an account."""
        self.profiles[profile.login] = profile
        self.passwords[profile.login] = password
        self.model.users[profile.id] = actor_of(profile)

    def poke(self) -> None:
        """Something changed: those who wait are told."""
        with self.news:
            self.news.notify_all()

    def cut(self) -> None:
        """Refuse every request, those under way included."""
        self.up = False
        self.poke()

    def session(self, login: str, device: str) -> wire.Session:
        """A new session with its signed lease."""
        self._issued += 1
        profile = self.profiles[login]
        access, refresh = f"access-{self._issued}-secret", f"refresh-{self._issued}-secret"
        self.access_tokens[access], self.refresh_tokens[refresh] = login, login
        now = self.clock()
        lease = wire.Lease(
            user=profile.id,
            device=device,
            scope="s",
            not_after=now + timedelta(days=self.lease_days),
            server_time=now,
            escrow=self.escrow,
        )
        body = msgspec.json.encode(lease)
        public = self.key.public_key().public_bytes_raw()
        signed = wire.SignedLease(
            lease=base64.b64encode(body).decode(),
            signature=base64.b64encode(self.key.sign(body)).decode(),
            key=base64.b64encode(public).decode(),
        )
        raw = msgspec.Raw(msgspec.json.encode(profile))
        return wire.Session(access=access, refresh=refresh, expires_in=900, lease=signed, profile=raw)

    def strike(self, device: str, *, user: str = "") -> SignedRevocation:
        """Refuse a device from now on; gives the signed word it is told."""
        self.struck.add(device)
        self.poke()
        return self.word(Revocation(device=device, user=user, at=self.clock()))

    def word(self, said: Revocation) -> SignedRevocation:
        """Any word, signed by this server."""
        body = msgspec.json.encode(said)
        return SignedRevocation(
            revocation=base64.b64encode(body).decode(),
            signature=base64.b64encode(self.key.sign(REVOCATION_PURPOSE + body)).decode(),
            key=base64.b64encode(self.key.public_key().public_bytes_raw()).decode(),
        )

    def references(self) -> list[ReferenceLine]:
        """The register as stream 0 carries it."""
        found = [("administration", one.code, one) for one in told.ADMINISTRATIONS]
        found += [("unit", one.code, one) for one in told.UNITS]
        found += [("colleague", one.id, one) for one in told.COLLEAGUES]
        found += [("theme", one.code, one) for one in told.THEMES]
        found += [("template", one.id, one) for one in told.TEMPLATES]
        found += [("settings", one.code, self.settings) for one in told.ADMINISTRATIONS]
        return [
            ReferenceLine(kind=kind, id=id_, ver=1, doc=msgspec.Raw(msgspec.json.encode(one)))
            for kind, id_, one in found
        ]


class TwinConnection:
    """One desk's connection; implements desktop.core.connection.Connection."""

    def __init__(
        self, house: TwinHouse, device: str, renewed: Callable[[wire.Session], None] = lambda _: None
    ) -> None:
        self._house = house
        self._device = device
        self._renewed = renewed
        self.tokens: Tokens | None = None
        self.standing: Callable[[], str] = lambda: ""
        self.revoked: Callable[[SignedRevocation], None] = lambda _: None
        self.closed = False

    def login(self, user: str, password: str, device_name: str = "") -> wire.Session:
        self._reach()
        if self._house.passwords.get(user) != password:
            raise WrongCredentials()
        return self._admit(self._house.session(user, self._device))

    def refresh(self) -> wire.Session:
        self._reach()
        login = self._house.refresh_tokens.pop(self.tokens.refresh, None) if self.tokens else None
        if login is None:
            raise SignInNeeded()
        return self._admit(self._house.session(login, self._device))

    def deposit(self, escrowed: Escrowed) -> None:
        self._house.deposits.append((self._user(), self._device, escrowed))

    def logout(self) -> None:
        self._reach()
        if self.tokens is not None:
            self._house.refresh_tokens.pop(self.tokens.refresh, None)

    def close(self) -> None:
        self.closed = True
        self._house.poke()

    def push(self, acts: Sequence[Envelope], cursor: str = "") -> Reply:
        user = self._user()
        self._house.pushed_by += [(user, act.id) for act in acts]
        asked = Push(acts=tuple(acts), cursor=cursor)
        return self._reply(self._house.model.push(user, self._device, msgspec.json.encode(asked)))

    def pull(self, cursor: str, limit: int) -> Reply:
        user = self._user()
        self._house.standings[user] = self.standing()
        return self._reply(self._house.model.pull(user, cursor, limit))

    def tell_accesses(self, accesses: Sequence[Access]) -> Sequence[str]:
        user = self._user()
        self._house.accesses += [(user, one) for one in accesses]
        return ()

    def desks(self) -> wire.DesksHeard:
        self._user()
        return self._house.desks

    def snapshot(self, after: str, limit: int) -> Reply:
        body = self._house.model.snapshot(self._user(), after, limit)
        return self._reply(body if after else self._with_references(body))

    def manifest(self, buckets: Sequence[int] = ()) -> Reply:
        body = self._house.model.manifest(self._user(), buckets)
        return self._reply(body if buckets else self._with_references(body))

    def documents(self, ids: Sequence[str]) -> Reply:
        return self._reply(
            self._house.model.documents(self._user(), msgspec.json.encode(wire.Wanted(ids=tuple(ids))))
        )

    def check(self, cursor: str) -> Reply:
        return self._reply(self._house.model.check(self._user(), cursor))

    def wait(self, cursor: str, seconds: int) -> bool:
        user = self._user()

        def news() -> bool:
            lines = tuple(read_stream(self._house.model.pull(user, cursor, 1)))
            return not self._house.up or isinstance(lines[-1], ResetLine) or len(lines) > 2

        with self._house.news:
            found = self._house.news.wait_for(lambda: self.closed or news(), seconds)
        self._reach()
        return found and not self.closed

    def offer(self, file: Attachment) -> tuple[str, int]:
        self._user()
        return file.sha256, len(self._house.files.get(file.sha256, b""))

    def send_part(self, upload: str, offset: int, part: bytes) -> int:
        self._user()
        self._house.files[upload] = self._house.files.get(upload, b"")[:offset] + part
        return offset + len(part)

    def fetch(self, sha256: str, offset: int, take: Callable[[Piece], None]) -> None:
        self._user()
        if sha256 not in self._house.files:
            raise NotFound()
        content = self._house.files[sha256]
        take(Piece(offset, content[offset:], len(content)))

    def receipt(self, complaint: str) -> bytes:
        self._user()
        if complaint not in self._house.receipts:
            raise NotFound()
        return self._house.receipts[complaint]

    def _reach(self) -> None:
        if not self._house.up:
            raise ServerDown()
        if self._device in self._house.struck:
            word = self._house.strike(self._device)
            self.revoked(word)
            raise DeviceRevoked(wipe=word)

    def _user(self) -> str:
        self._reach()
        login = self._house.access_tokens.get(self.tokens.access) if self.tokens else None
        if login is None:
            self.refresh()
            assert self.tokens is not None
            login = self._house.access_tokens[self.tokens.access]
        return self._house.profiles[login].id

    def _admit(self, session: wire.Session) -> wire.Session:
        self.tokens = Tokens(access=session.access, refresh=session.refresh)
        self._renewed(session)
        return session

    def _reply(self, body: bytes) -> Reply:
        return Reply(body=body, epoch=self._house.model.epoch, at=self._house.clock())

    def _with_references(self, body: bytes) -> bytes:
        *content, end = read_stream(body)
        if not isinstance(end, EndLine):
            raise Garbled()
        lines = [content[0], *self._house.references(), *content[1:]]
        return write_stream(lines, cursor=end.cursor, more=end.more, after=end.after, done=end.done)
