"""A person at a desk: the real stores on a bad disk, the real engine and transport on a bad wire."""

import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from desktop.core.ledger import LiveFiles
from desktop.models import outbox
from desktop.models.errors import StoreError
from desktop.models.records import Draft
from desktop.models.replica import StoreReplica
from desktop.models.store import Store
from protocol.acts import UNREADABLE, Asked
from protocol.complaint import Attachment
from protocol.directory import Profile
from protocol.settings import Actor
from protocol.wire import Session
from sync.blobs import Files
from sync.engine import Engine
from sync.errors import DeviceRevoked, SignInNeeded, SyncError
from sync.outcome import Outcome
from sync.transport import Tokens
from tests.simulation import people
from tests.simulation.chance import identifier
from tests.simulation.ministry import Ministry
from tests.simulation.network import Connection, Line
from tests.simulation.power import PowerCut, StruckFile, Switch

KEY = bytes(range(32))


def lay_down(folder: Path) -> None:
    """A new profile, copied for every seed."""
    Store.open(folder, KEY).close()


class Desk:
    """A PC and its person. `typed` is what the screen called saved, `drafts` the texts begun.

    `engine_class`, `store_class` and `replica_class` are the product's; broken builds put others.
    """

    engine_class: type[Engine] = Engine
    store_class: type[Store] = Store
    replica_class: type[StoreReplica] = StoreReplica

    def __init__(self, number: int, folder: Path, ministry: Ministry) -> None:
        self.number = number
        self.user = people.USERS[number]
        self.login = people.LOGINS[number]
        self.folder = folder
        self.ministry = ministry
        self.line = Line(ministry)
        self.skew = timedelta()
        self.switch = Switch()
        self.typed: dict[str, Asked] = {}
        self.recalled: set[str] = set()
        self.drafts: dict[tuple[str, str], str] = {}
        self.files: set[str] = set()
        self.opened = 0
        self.devices = 1
        self.tokens: Tokens | None = None
        self.struck: Counter[str] = Counter()
        self._unsure: Asked | None = None
        self._first: Actor | None = Actor(id=self.user, grants=ministry.grants[self.user])
        self._open()

    @property
    def device(self) -> str:
        """This PC's id, as enrolled now."""
        return identifier("device", self.number, self.devices)

    def now(self) -> datetime:
        """This PC's clock."""
        return self.ministry.now + self.skew

    def _open(self) -> None:
        StruckFile.switches[self.folder] = self.switch
        self.store = self.store_class.open(self.folder, KEY, actor=self._first)
        self._first = None
        self.replica = self.replica_class(self.store)
        self._connect()

    def _connect(self) -> None:
        self.connection = Connection(self.line, self.device, self._renewed)
        self.connection.tokens = self.tokens
        files = Files(LiveFiles(self.store), self.connection)
        self.engine = self.engine_class(self.replica, self.connection, clock=self.now, files=files)

    def _renewed(self, session: Session) -> None:
        self.tokens = self.connection.tokens
        try:
            profile = msgspec.json.decode(session.profile, type=Profile)
        except UNREADABLE:
            return  # as desktop.core.session does: what is not ours to trust changes nothing but the token
        self.store.become(Actor(id=profile.id, grants=profile.grants))

    def close(self) -> None:
        """Give the files back."""
        self.switch.disarm()
        self.store.close()
        StruckFile.switches.pop(self.folder, None)

    # --- what happens to the machine

    def restart(self) -> None:
        """The program is closed and started again."""
        self.close()
        self._open()

    def crash(self) -> None:
        """The power went: the files are as they were then, whatever a clean end would have written."""
        self.switch.disarm()
        self.opened += 1
        after = self.folder.with_name(f"desk{self.number}-{self.opened}")
        shutil.copytree(self.folder, after)
        self.store.close()
        StruckFile.switches.pop(self.folder, None)
        shutil.rmtree(self.folder)
        self.folder = after
        self._open()
        self._resolve()

    def lose_cache(self) -> None:
        """Somebody deletes cache.db."""
        self.close()
        self._unlink_cache()
        self._open()

    def _unlink_cache(self) -> None:
        for suffix in ("", "-wal", "-shm"):
            (self.folder / f"cache.db{suffix}").unlink(missing_ok=True)

    @contextmanager
    def trouble(self, kind: str, at: int, file: str = "") -> Iterator[None]:
        """A bad disk for what happens inside; `aged`: the power goes, and the cache's last commits too."""
        aged = kind == "aged"
        if aged:
            spare = self.folder.with_name(f"spare{self.number}")
            shutil.rmtree(spare, ignore_errors=True)
            shutil.copytree(self.folder, spare)
        if kind:
            self.switch.arm("after" if aged else kind, at, file)
        try:
            yield
        except PowerCut:
            self.struck[f"disk_{kind}"] += 1
            if aged:
                self._age(spare)
            self.crash()
        finally:
            full = self.switch.struck and kind == "full"
            self.struck["disk_full"] += full
            self.switch.disarm()
            if full:
                self.store.catch_up()  # as the next exchange will: there is room again

    def _age(self, spare: Path) -> None:
        """cache.db is not synced at every commit: what it had at the start of the step is what it has."""
        self._unlink_cache()
        for path in spare.glob("cache.db*"):
            shutil.copyfile(path, self.folder / path.name)

    # --- what the person does

    def record(self, asked: Asked, not_before: datetime | None = None) -> str:
        """Type an act; what the screen said. After a power cut nobody knows: what is found counts."""
        self._unsure = asked
        try:
            self.store.record(asked, not_before=not_before)
        except StoreError as error:
            self._unsure = None
            return error.code
        self.typed[asked.id], self._unsure = asked, None
        return "saved"

    def _resolve(self) -> None:
        asked, self._unsure = self._unsure, None
        if asked is not None:
            with self.store.work.reading() as connection:
                if asked.id in outbox.states(connection):
                    self.typed[asked.id] = asked

    def write_draft(self, complaint: str, text: str) -> None:
        """Begin a text."""
        self.store.drafts.save(Draft(complaint, "note", text, len(text), 1, self.now()))
        self.drafts[complaint, "note"] = text

    def attach(self, content: bytes) -> Attachment:
        """Keep a file for an act to come."""
        file = self.store.files.attach("plan.pdf", "application/pdf", content)
        self.files.add(file.sha256)
        return file

    def exchange(self, fates: list[str]) -> Outcome | SyncError | StoreError:
        """One cycle through these fates; what came of it."""
        self.line.fates = list(fates)
        try:
            if self.connection.tokens is None:
                self.connection.login(self.login, people.PASSWORD)
            return self.engine.cycle()
        except DeviceRevoked as error:
            self.devices += 1  # struck off; enrolled again as another one
            self.tokens = None
            self._connect()
            return error
        except SignInNeeded as error:
            self.tokens = self.connection.tokens = None
            return error
        except (SyncError, StoreError) as error:
            return error
        finally:
            self.line.fates = []
