"""Who works on this PC: signing in on line, unlocking off line within the lease, locking.

Every person has a folder of their own under the profile, named by a salted hash; only inside its encrypted
work.db are the account, the lease, the server's pinned key and the refresh token written down.
"""

import base64
import logging
import os
import platform
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from desktop.core import escrow, wipe
from desktop.core import lease as leases
from desktop.core.connection import Connect, Connection, address, connect_http
from desktop.core.errors import (
    AccountChanged,
    Locked,
    OnlineSignInNeeded,
    PersonError,
    Revoked,
    ServerChanged,
)
from desktop.core.keys import Strength
from desktop.core.profiles import Profiles
from desktop.models.errors import StoreError
from protocol import wire
from protocol.directory import Profile
from protocol.identity_wire import SignedRevocation
from protocol.settings import Actor
from protocol.wire import Lease
from sync.errors import SyncError
from sync.transport import Tokens

if TYPE_CHECKING:
    from desktop.models.store import Store

log = logging.getLogger(__name__)


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
    """Sign-in for the profile folder `root`; one account open at a time. `clock` gives aware UTC.

    `monotonic` gives seconds that no clock set back takes away: work off line uses the lease up by them.
    `recovery` is a key file that the organisation's two holders wrote; its code opens as a former password.
    """

    def __init__(
        self,
        root: Path,
        *,
        clock: Callable[[], datetime],
        connect: Connect | None = None,
        random: Callable[[int], bytes] = os.urandom,
        strength: Strength | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        recovery: Path | None = None,
    ) -> None:
        self._profiles = Profiles(root, strength=strength or Strength(), random=random, recovery=recovery)
        self._clock = clock
        self._monotonic = monotonic
        self._connect = connect or connect_http
        self._lock = threading.RLock()
        self._opened_at = 0.0
        self._open: SignedIn | None = None
        self._identity: Identity | None = None
        self._renewed: list[Callable[[Profile], None]] = []
        self._revoked: list[Callable[[], None]] = []

    @property
    def account(self) -> SignedIn:
        """The open account; raises Locked."""
        account = self._open
        if account is None:
            raise Locked()
        return account

    def device(self) -> str:
        """This PC's id, made at the first call; raises OSError."""
        return self._profiles.device()

    def knows(self, server: str, login: str) -> bool:
        """Whether that person has signed in on this PC before; raises BadAddress."""
        return self._profiles.key_file(self.folder(server, login)).exists()

    def folder(self, server: str, login: str) -> Path:
        """The folder of one person on one server; its name says nothing about either."""
        return self._profiles.folder(server, login)

    def on_renewal(self, listener: Callable[[Profile], None]) -> None:
        """Be told the account as the server knows it now, each time the session is renewed."""
        self._renewed.append(listener)

    def on_revoked(self, listener: Callable[[], None]) -> None:
        """Be told, in any thread, that the open account was struck off: its keys are gone, its files open."""
        self._revoked.append(listener)

    @property
    def is_revoked(self) -> bool:
        """Whether the open account was struck off while it was open."""
        account = self._open
        return account is not None and wipe.is_begun(account.folder)

    # --- coming in

    def sign_in(self, server: str, login: str, password: str, *, former: str = "") -> SignedIn:
        """Sign in on line and open the person's files. `former` opens files of an older password.

        Raises SyncError, BadAddress, FormerPasswordNeeded, AccountChanged, ServerChanged,
        StoreError, OSError; DeviceRevoked when this PC was struck off, whose keys are deleted then.
        """
        self.lock()
        connection = self._connected(address(server))
        try:
            granted = connection.login(login.strip(), password, platform.node())
            return self._admit(address(server), login, (password, former), granted, connection)
        except BaseException:
            self._shut()
            connection.close()
            raise

    def unlock(self, server: str, login: str, password: str) -> SignedIn:
        """Open the person's files without the server, within the lease.

        Raises WrongPassword, WaitBeforeRetry, OnlineSignInNeeded, Revoked, LeaseExpired, ClockWrong,
        StoreError.
        """
        self.lock()
        folder, now = self.folder(server, login), self._clock()
        store = self._open_store(folder, self._try(folder, password, now))
        try:
            identity = _read_identity(store)
            if identity is None:
                raise OnlineSignInNeeded()
            granted = leases.read(
                identity.lease, identity.server_key, user=identity.profile.id, device=self.device()
            )
            leases.check(granted, now, identity.last_seen)
            connection = self._connected(identity.server)
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
        return self._profiles.set_aside(self.folder(server, login))

    # --- going out

    def lock(self) -> None:
        """Close the files and drop the keys; nothing happens when none are open."""
        with self._lock:
            account, identity = self._open, self._identity
            self._open = self._identity = None
        if account is not None:
            account.connection.close()
            if identity is not None:
                self._note_time_worked(account, identity)
            account.store.close()
        self._profiles.finish_wipes()

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
        key = self._profiles.open_key(folder, *passwords)
        store = self._open_store(folder, key)
        account = SignedIn(
            profile=profile,
            server=server,
            folder=folder,
            lease=lease,
            store=store,
            connection=connection,
            online=True,
        )
        with self._lock:
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
        self._profiles.trust(folder, granted.lease.key, profile.id, lease.server_time)
        self._hold(account, identity)
        self._leave_key(account, key)
        return account

    def _connected(self, server: str) -> Connection:
        connection = self._connect(server, self.device(), self._on_renewed)
        connection.revoked = self._on_revoked
        return connection

    def _try(self, folder: Path, password: str, now: datetime) -> bytes:
        """The key, by a password tried off line; a wipe cannot come in between and find the key put back."""
        with self._lock:
            if wipe.is_begun(folder):
                raise Revoked()
            key_file = self._profiles.key_file(folder)
            if not key_file.exists():
                raise OnlineSignInNeeded()
            return key_file.try_password(password, now)

    def _leave_key(self, account: SignedIn, key: bytes) -> None:
        """Leave the local key with the organisation as well, if it has one; nobody waits for that."""
        if not account.lease.escrow:
            return
        try:
            organisation = base64.b64decode(account.lease.escrow, validate=True)
            escrow.leave(account.folder, key, organisation, self.device(), account.connection.deposit)
        except (SyncError, OSError, ValueError) as error:
            log.warning("the key is not with the organisation yet: %s", type(error).__name__)

    def _hold(self, account: SignedIn, identity: Identity) -> None:
        with self._lock:
            self._open, self._identity = account, identity
            self._opened_at = self._monotonic()
            _write_identity(account.store, identity)

    def _note_time_worked(self, account: SignedIn, identity: Identity) -> None:
        """The lease is used up by the hours worked, whatever this PC's clock was set to meanwhile."""
        worked = timedelta(seconds=max(0.0, self._monotonic() - self._opened_at))
        seen = msgspec.structs.replace(identity, last_seen=identity.last_seen + worked)
        try:
            _write_identity(account.store, seen)
        except StoreError as error:
            log.warning("the time worked could not be kept: %s", error.code)

    def _on_revoked(self, signed: SignedRevocation) -> None:
        """Delete the keys of whom the server struck off, and tell the windows; comes from any thread."""
        with self._lock:
            struck = self._profiles.strike(signed)
            account = self._open
        if account is not None and account.folder in struck:
            for listener in tuple(self._revoked):
                listener()

    def _shut(self) -> None:
        """Undo a sign-in that failed half-way."""
        with self._lock:
            account, self._open, self._identity = self._open, None, None
        if account is not None:
            account.store.close()
        self._profiles.finish_wipes()

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
