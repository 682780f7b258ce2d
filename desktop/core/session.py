"""Who works on this PC: signing in on line, unlocking off line within the lease, locking.

Every person has a folder of their own under the profile, named by a salted hash; only inside its encrypted
work.db are the account, the lease, the server's pinned key and the refresh token written down.
"""

import hashlib
import logging
import os
import platform
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from desktop.core import lease as leases
from desktop.core.connection import Connect, Connection, address, connect_http
from desktop.core.errors import (
    AccountChanged,
    FormerPasswordNeeded,
    Locked,
    OnlineSignInNeeded,
    PersonError,
    ServerChanged,
    WrongPassword,
)
from desktop.core.keys import KeyFile, Strength
from desktop.core.settings import write_atomically
from protocol import wire
from protocol.directory import Profile
from protocol.settings import Actor
from protocol.wire import Lease
from sync.errors import SyncError
from sync.transport import Tokens

if TYPE_CHECKING:
    from desktop.models.store import Store

log = logging.getLogger(__name__)

DEVICE_FILE = "device.json"


class _Device(msgspec.Struct, frozen=True, kw_only=True):
    """This PC: its id, and the salt that makes folder names say nothing."""

    id: str
    salt: bytes


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """What work.db knows about its owner; `last_seen` is the latest time proven here, aware UTC."""

    server: str
    server_key: str
    profile: Profile
    lease: wire.SignedLease
    refresh: str
    last_seen: datetime


@dataclass(frozen=True, slots=True)
class SignedIn:
    """An open account: its store, its connection and what it may do without the server."""

    profile: Profile
    server: str
    folder: Path
    lease: Lease
    store: "Store"
    connection: Connection
    online: bool


class Session:
    """Sign-in for the profile folder `root`; one account open at a time. `clock` gives aware UTC."""

    def __init__(
        self,
        root: Path,
        *,
        clock: Callable[[], datetime],
        connect: Connect | None = None,
        random: Callable[[int], bytes] = os.urandom,
        strength: Strength | None = None,
    ) -> None:
        self._root = root
        self._clock = clock
        self._connect = connect or connect_http
        self._random = random
        self._strength = strength or Strength()
        self._lock = threading.RLock()
        self._device_cache: _Device | None = None
        self._open: SignedIn | None = None
        self._identity: Identity | None = None
        self._renewed: list[Callable[[Profile], None]] = []

    @property
    def account(self) -> SignedIn:
        """The open account; raises Locked."""
        account = self._open
        if account is None:
            raise Locked()
        return account

    def device(self) -> str:
        """This PC's id, made at the first call; raises OSError."""
        return self._device().id

    def knows(self, server: str, login: str) -> bool:
        """Whether that person has signed in on this PC before; raises BadAddress."""
        return self._key_file(self.folder(server, login)).exists()

    def folder(self, server: str, login: str) -> Path:
        """The folder of one person on one server; its name says nothing about either."""
        named = f"{address(server)}\n{login.strip().casefold()}".encode()
        return self._root / hashlib.blake2b(named, key=self._device().salt, digest_size=12).hexdigest()

    def on_renewal(self, listener: Callable[[Profile], None]) -> None:
        """Be told the account as the server knows it now, each time the session is renewed."""
        self._renewed.append(listener)

    # --- coming in

    def sign_in(self, server: str, login: str, password: str, *, former: str = "") -> SignedIn:
        """Sign in on line and open the person's files. `former` opens files of an older password.

        Raises SyncError, BadAddress, FormerPasswordNeeded, AccountChanged, ServerChanged,
        StoreError, OSError.
        """
        self.lock()
        connection = self._connect(address(server), self.device(), self._on_renewed)
        try:
            granted = connection.login(login.strip(), password, platform.node())
            return self._admit(address(server), login, (password, former), granted, connection)
        except BaseException:
            self._shut()
            connection.close()
            raise

    def unlock(self, server: str, login: str, password: str) -> SignedIn:
        """Open the person's files without the server, within the lease.

        Raises WrongPassword, WaitBeforeRetry, OnlineSignInNeeded, LeaseExpired, ClockWrong, StoreError.
        """
        self.lock()
        folder, now = self.folder(server, login), self._clock()
        key_file = self._key_file(folder)
        if not key_file.exists():
            raise OnlineSignInNeeded()
        store = self._open_store(folder, key_file.try_password(password, now))
        try:
            identity = _read_identity(store)
            if identity is None:
                raise OnlineSignInNeeded()
            granted = leases.read(
                identity.lease, identity.server_key, user=identity.profile.id, device=self.device()
            )
            leases.check(granted, now, identity.last_seen)
            connection = self._connect(identity.server, self.device(), self._on_renewed)
        except BaseException:
            store.close()
            raise
        # Without an access token the first request is refused, and the refresh token renews the session.
        connection.tokens = Tokens(access="", refresh=identity.refresh)
        account = SignedIn(
            profile=identity.profile,
            server=identity.server,
            folder=folder,
            lease=granted,
            store=store,
            connection=connection,
            online=False,
        )
        self._hold(account, msgspec.structs.replace(identity, last_seen=max(now, identity.last_seen)))
        return account

    def set_aside(self, server: str, login: str) -> Path:
        """Rename the person's folder, whose password nobody knows any more; it stays as it is, encrypted."""
        folder = self.folder(server, login)
        number = 1
        while (kept := folder.with_name(f"{folder.name}.aside-{number}")).exists():
            number += 1
        folder.rename(kept)
        return kept

    # --- going out

    def lock(self) -> None:
        """Close the files and drop the keys; nothing happens when none are open."""
        with self._lock:
            account, self._open, self._identity = self._open, None, None
        if account is not None:
            account.connection.close()
            account.store.close()

    def sign_out(self) -> None:
        """End the session on the server as well, if it can be reached, and lock."""
        account = self.account
        try:
            account.connection.logout()
        except SyncError:
            log.info("sign-out could not reach the server")
        self.lock()

    # --- inside

    def _admit(
        self,
        server: str,
        login: str,
        passwords: tuple[str, str],
        granted: wire.Session,
        connection: Connection,
    ) -> SignedIn:
        profile = msgspec.json.decode(granted.profile, type=Profile)
        lease = leases.read(granted.lease, "", user=profile.id, device=self.device())
        folder = self.folder(server, login)
        store = self._open_store(folder, self._key(folder, passwords))
        account = SignedIn(
            profile=profile,
            server=server,
            folder=folder,
            lease=lease,
            store=store,
            connection=connection,
            online=True,
        )
        self._open = account
        known = _read_identity(store)
        if known is not None and known.server_key != granted.lease.key:
            raise ServerChanged()
        if known is not None and known.profile.id != profile.id:
            raise AccountChanged()
        identity = Identity(
            server=server,
            server_key=granted.lease.key,
            profile=profile,
            lease=granted.lease,
            refresh=granted.refresh,
            last_seen=lease.server_time,
        )
        self._hold(account, identity)
        return account

    def _key(self, folder: Path, passwords: tuple[str, str]) -> bytes:
        password, former = passwords
        key_file = self._key_file(folder)
        if not key_file.exists():
            return key_file.create(password)
        try:
            return key_file.open(password)
        except (WrongPassword, OnlineSignInNeeded) as error:
            if not former:
                raise FormerPasswordNeeded() from error
        key = key_file.open(former)
        key_file.wrap(key, password)
        return key

    def _hold(self, account: SignedIn, identity: Identity) -> None:
        with self._lock:
            self._open, self._identity = account, identity
            _write_identity(account.store, identity)

    def _shut(self) -> None:
        """Undo a sign-in that failed half-way."""
        with self._lock:
            account, self._open, self._identity = self._open, None, None
        if account is not None:
            account.store.close()

    def _on_renewed(self, granted: wire.Session) -> None:
        """Keep the rotated refresh token before anything uses it; comes from the sync thread.

        A renewal whose lease is not ours to trust changes nothing but the token.
        """
        with self._lock:
            account, identity = self._open, self._identity
            if account is None or identity is None:
                return
            renewed = msgspec.structs.replace(identity, refresh=granted.refresh)
            try:
                profile = msgspec.json.decode(granted.profile, type=Profile)
                lease = leases.read(
                    granted.lease, identity.server_key, user=identity.profile.id, device=self.device()
                )
            except (PersonError, msgspec.MsgspecError):
                log.warning("a renewed lease was not signed by the known server")
                profile = identity.profile
            else:
                renewed = msgspec.structs.replace(
                    renewed, profile=profile, lease=granted.lease, last_seen=lease.server_time
                )
                account = replace(account, profile=profile, lease=lease, online=True)
            self._hold(account, renewed)
        if profile != identity.profile:
            for listener in tuple(self._renewed):
                listener(profile)

    def _device(self) -> _Device:
        with self._lock:
            if self._device_cache is None:
                self._device_cache = self._read_device()
            return self._device_cache

    def _read_device(self) -> _Device:
        path = self._root / DEVICE_FILE
        try:
            return msgspec.json.decode(path.read_bytes(), type=_Device)
        except (FileNotFoundError, msgspec.MsgspecError):
            fresh = _Device(id=str(uuid.UUID(bytes=self._random(16), version=4)), salt=self._random(32))
            write_atomically(path, msgspec.json.encode(fresh))
            return fresh

    def _key_file(self, folder: Path) -> KeyFile:
        return KeyFile(folder, strength=self._strength, random=self._random)

    def _open_store(self, folder: Path, key: bytes) -> "Store":
        from desktop.models.store import Store

        return Store.open(folder, key)


_IDENTITY = "identity"


def _read_identity(store: "Store") -> Identity | None:
    from desktop.models import ident

    kept = ident.read(store.work, _IDENTITY)
    return None if kept is None else msgspec.json.decode(kept, type=Identity)


def _write_identity(store: "Store", identity: Identity) -> None:
    from desktop.models import ident

    ident.write(store.work, _IDENTITY, msgspec.json.encode(identity).decode())
    store.become(actor_of(identity.profile))


def actor_of(profile: Profile) -> Actor:
    """The person as the rules see them."""
    return Actor(id=profile.id, grants=profile.grants)
