"""The server of a simulation: the real register on a file, killed, copied, put back and served again."""

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import msgspec
from argon2 import PasswordHasher
from sqlalchemy import Connection, select

from protocol.acts import Act, Asked, Write
from protocol.complaint import Complaint, Person, RequestType, Status
from protocol.deadlines import civil_date, due_date
from protocol.settings import CITIZEN, Actor, Chain, Grant
from server import accounts, complaints, database, directory, long_closed, restore, revocation, tables
from server.accounts import NewAccount
from server.config import Config
from server.database import Database
from server.logs import Journal
from server.service import Service, open_service
from tests.server_world import register_file
from tests.simulation import people, requests_in
from tests.simulation.chance import Chance, identifier
from tests.simulation.deeds import act_of
from tests.simulation.requests_in import Answer
from tests.simulation.scene import Scene

START = datetime(2026, 11, 23, 9, tzinfo=UTC)
_read_grants = msgspec.json.Decoder(dict[str, tuple[Grant, ...]]).decode


class ServerDied(BaseException):
    """The server's process ended before the commit: whatever it was doing has not happened."""


class Faults(Journal):
    """Keeps what the server would log as a bug of its own, for the invariants."""

    def __init__(self) -> None:
        super().__init__()
        self.bugs: list[str] = []

    def note(self, what: str, **facts: str | int | float) -> None:
        """Nobody reads it."""

    def fault(self, where: str, error: BaseException) -> None:
        """A bug."""
        self.bugs.append(f"{where}: {type(error).__name__}: {error}")


class MortalDatabase(Database):
    """A register whose process may die just before a commit."""

    ministry: "Ministry"

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """As the real one; raises ServerDied instead of committing when the ministry `dies`."""
        with super().transaction() as connection:
            yield connection
            if self.ministry.dies:
                raise ServerDied


def lay_down(folder: Path) -> None:
    """A register with its three people and its official, copied for every seed."""
    chance = Chance("template")
    service = open_service(_config(folder), journal=Faults(), clock=lambda: START, entropy=chance)
    hashed = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(people.PASSWORD)
    with service.database.transaction() as connection:
        directory.load_register(connection, register_file())
        for id_, grants in (*_first_grants(), (people.OFFICIAL, people.GRANTS[2])):
            login = dict(zip(people.USERS, people.LOGINS, strict=True)).get(id_, "official")
            new = NewAccount(id=id_, login=login, name_fr=login.title(), name_ar="اسم", grants=grants)
            accounts.add(connection, new, password_hash=hashed, now=START, entropy=chance)
    service.database.close()


def _first_grants() -> Iterator[tuple[str, tuple[Grant, ...]]]:
    for user, first in zip(people.USERS, people.FIRST, strict=True):
        yield user, people.GRANTS[first]


def _config(folder: Path) -> Config:
    return Config(data=folder, threads=4)


class Ministry:
    """An open server. `now` is its clock; `grants` what each person may do at this moment, as was decided.

    `opened` is called with each service that begins to serve after the first.
    """

    def __init__(self, folder: Path, chance: Chance) -> None:
        self.folder = folder
        self.now = START
        self.chance = chance
        self.journal = Faults()
        self.dies = False
        self.grants = {
            id_: people.GRANTS[first] for id_, first in zip(people.USERS, people.FIRST, strict=True)
        }
        self.opened: Callable[[Service], None] = lambda _: None
        self._restores = 0
        self.backup_folder = folder.with_name("backup")
        self.first_folder = folder.with_name("first")
        self._open()
        self.keep_backup(self.first_folder)
        self.keep_backup(self.backup_folder)

    def _open(self) -> None:
        self.service = open_service(
            _config(self.folder), journal=self.journal, clock=lambda: self.now, entropy=self.chance
        )
        self.service.database.__class__ = MortalDatabase
        self.service.database.ministry = self  # type: ignore[attr-defined]
        self.opened(self.service)

    @property
    def epoch(self) -> str:
        """The register's."""
        return self.service.epoch

    def close(self) -> None:
        """Give the file back."""
        self.service.database.close()

    def answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """What the server says to this request; raises ServerDied."""
        found = requests_in.ask(self.service, method, target, headers, body)
        found.headers["X-Epoch"] = self.epoch
        found.headers["Date"] = format_datetime(self.now, usegmt=True)
        return found

    # --- what happens without desks

    def tick(self, seconds: float = 7) -> datetime:
        """Time passes."""
        self.now += timedelta(seconds=seconds)
        return self.now

    def file(self, n: int, where: int) -> None:
        """A citizen files a request."""
        administration, unit = (("EAU", "EAU-1"), ("EAU", "EAU-2"), ("ELEC", ""), ("CN", ""))[where % 4]
        kind = RequestType.SUGGESTION if n % 7 == 0 else RequestType.COMPLAINT
        draft = Complaint(
            id=identifier("complaint", n),
            ver=1,
            type=kind,
            status=Status.RECEIVED,
            channel="portal",
            language="ar",
            received_at=self.tick(),
            received_on=civil_date(self.now),
            entered_at=self.now,
            due=due_date(self.now),
            administration=administration,
            unit=unit,
            person=Person(name="فاطمة الزهراء", identity_number="BK123456", phone="0661223344"),
            object=f"انقطاع الماء {n}",
            text="انقطاع الماء منذ أسبوع",
        )
        with self.service.database.transaction() as connection:
            complaints.register(connection, draft, by="citizen", now=self.now, entropy=self.chance)

    def ids(self, connection: Connection) -> list[str]:
        """Every complaint, in the order of their identifiers."""
        return sorted(connection.execute(select(tables.complaint.c.id)).scalars())

    def citizen_writes(self, n: int, which: int) -> None:
        """The citizen adds a message, if the rules still let him."""

        def write(connection: Connection, document: Complaint) -> None:
            self._execute(connection, document, Write(text=f"أريد جوابا {n}"), n, CITIZEN)

        self._on(which, write)

    def official_acts(self, n: int, which: int, kind: int) -> None:
        """A colleague, always online, does what is next."""

        def act(connection: Connection, document: Complaint) -> None:
            actor = accounts.get(connection, people.OFFICIAL).actor
            book = directory.settings_for(connection, document.administration)
            ids = self.ids(connection)
            scene = Scene(document, people.OFFICIAL, ids[n % len(ids)], self.now, n)
            done = act_of(kind, scene, actor, book, sensible=True)
            self._execute(connection, document, done, n, actor)

        self._on(which, act)

    def _on(self, which: int, work: Callable[[Connection, Complaint], None]) -> None:
        self.tick()
        with self.service.database.transaction() as connection:
            ids = self.ids(connection)
            if ids:
                work(connection, complaints.load(connection, ids[which % len(ids)]))

    def _execute(self, connection: Connection, document: Complaint, act: Act, n: int, actor: Actor) -> None:
        asked = Asked(
            id=identifier("official", n, self._restores),
            complaint=document.id,
            seen=document.ver,
            at=self.now,
            act=act,
        )
        complaints.execute(connection, asked, actor, "", self.now, entropy=self.chance)

    def set_grants(self, who: int, which: int) -> None:
        """Somebody's rights are changed."""
        user = people.USERS[who % len(people.USERS)]
        grants = people.GRANTS[which % len(people.GRANTS)]
        with self.service.database.transaction() as connection:
            accounts.set_grants(connection, user, grants)
        self.grants[user] = grants

    def set_chain(self, where: int, which: int) -> None:
        """An administration changes who an answer passes before it leaves."""
        code = people.ADMINISTRATIONS[where % len(people.ADMINISTRATIONS)]
        chain = list(Chain)[which % len(Chain)]
        with self.service.database.transaction() as connection:
            book = directory.settings_for(connection, code)
            directory.put_settings(connection, code, msgspec.structs.replace(book, chain=chain))

    def archive(self) -> None:
        """What has ended leaves the desktops."""
        long_closed.archive(self.service.database, self.tick(), days=0)

    def revoke(self, device: str) -> None:
        """A device is struck off."""
        with self.service.database.transaction() as connection, suppress(revocation.NoSuchDevice):
            revocation.revoke(connection, device, self.now)

    # --- the machine

    def bounce(self) -> None:
        """The process is killed and started again."""
        self.close()
        self._open()

    def keep_backup(self, to: Path | None = None) -> None:
        """A copy of the register and of its files."""
        folder = to or self.backup_folder
        with self.service.database.engine.connect() as connection:
            connection.exec_driver_sql("pragma wal_checkpoint(truncate)")
        self._copy(self.folder, folder)
        (folder / "grants").write_bytes(msgspec.json.encode(self.grants))

    @staticmethod
    def _copy(source: Path, target: Path) -> None:
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir()
        shutil.copyfile(source / "chekaya.db", target / "chekaya.db")
        shutil.copytree(source / "blobs", target / "blobs")

    def put_back(self, source: Path | None = None) -> None:
        """The server is lost; its backup is restored as an operator does it, under a new epoch."""
        folder = source or self.backup_folder
        self._restores += 1
        self.close()
        for part in ("chekaya.db", "chekaya.db-wal", "chekaya.db-shm"):
            (self.folder / part).unlink(missing_ok=True)
        for part in ("blobs", "uploads"):
            shutil.rmtree(self.folder / part)
        shutil.copyfile(folder / "chekaya.db", self.folder / "chekaya.db")
        shutil.copytree(folder / "blobs", self.folder / "blobs")
        (self.folder / "uploads").mkdir()
        self.grants = _read_grants((folder / "grants").read_bytes())
        self._renew()
        self._open()

    def _renew(self) -> None:
        config = _config(self.folder)
        register = database.connect(config)
        try:
            ceilings = restore.witnessed((config.witness_folder,), restore.Floor())
            restore.renew(register, self.now, ceilings=ceilings, floor=restore.Floor(), entropy=self.chance)
        finally:
            register.close()
