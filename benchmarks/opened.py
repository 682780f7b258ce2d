"""A desk on a benchmark profile, its key at hand and its server refused: what start-up is measured with."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.filled import KEY, PROFILE
from desktop.core.desk import Desk
from desktop.core.session import SignedIn
from desktop.models.store import Store
from protocol.directory import Profile
from protocol.settings import Actor
from protocol.wire import DesksHeard, Lease
from sync.errors import Offline
from sync.wire import Reply


class Refused:
    """A connection that is always refused."""

    def push(self, acts: object, cursor: str = "") -> Reply:
        """No network."""
        raise Offline("refused")

    def pull(self, cursor: str, limit: int) -> Reply:
        """No network."""
        raise Offline("refused")

    def snapshot(self, after: str, limit: int) -> Reply:
        """No network."""
        raise Offline("refused")

    def wait(self, cursor: str, seconds: int) -> bool:
        """No network."""
        raise Offline("refused")

    def desks(self) -> DesksHeard:
        """No network."""
        raise Offline("refused")

    def receipt(self, complaint: str) -> bytes:
        """No network."""
        raise Offline("refused")

    def close(self) -> None:
        """Nothing to close."""


class OpenSession:
    """The part of a session that a desk needs, already open."""

    def __init__(self, account: SignedIn) -> None:
        self.account = account

    def on_renewal(self, _listener: object) -> None:
        """Nothing is renewed without a network."""

    def lock(self) -> None:
        """Close the files."""
        self.account.store.close()


def _now() -> datetime:
    return datetime.now(UTC)


def desk_of(folder: Path, *, profile: Profile = PROFILE, clock: Callable[[], datetime] = _now) -> Desk:
    """The desk of `profile` in `folder`."""
    now = clock()
    lease = Lease(
        user=profile.id, device="bench", scope="", not_after=now + timedelta(days=1), server_time=now
    )
    account = SignedIn(
        profile=profile,
        server="",
        folder=folder,
        lease=lease,
        store=Store.open(folder, KEY, actor=Actor(id=profile.id, grants=profile.grants)),
        connection=Refused(),
        online=False,
    )
    return Desk(OpenSession(account), clock=clock)
