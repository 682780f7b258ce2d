"""A small administration to test the server with: two bodies, coordination, staff, real processes."""

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import requests
from argon2 import PasswordHasher

from protocol.acts import Act, Asked
from protocol.complaint import Complaint, Person, Status
from protocol.deadlines import civil_date, due_date
from protocol.directory import Administration, Theme, Unit
from protocol.settings import Grant, Onboarding, Role
from protocol.wire import Envelope, Line, Login, Push, Pushed, Result, Session, read_stream, seal
from server import accounts, complaints, database, directory, migrations
from server.accounts import Account, NewAccount
from server.config import Config, prepare_folders
from server.database import Database
from server.identifiers import uuid7
from tests import processes

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
PASSWORD = "correct horse battery"
_HASH: list[str] = []

STAFF = {
    "amina": Grant(role=Role.AGENT, administration="EAU", unit="EAU-1"),
    "badr": Grant(role=Role.AGENT, administration="EAU", unit="EAU-2"),
    "salma": Grant(role=Role.SUPERVISOR, administration="EAU"),
    "driss": Grant(role=Role.AGENT, administration="ELEC"),
    "nadia": Grant(role=Role.COORDINATION, administration="CN"),
    "root": Grant(role=Role.ADMINISTRATOR, administration="EAU"),
}


def register_file() -> directory.Register:
    """Two operational bodies, one that is not, and national coordination."""
    states = {
        "EAU": Onboarding.OPERATIONAL,
        "ELEC": Onboarding.OPERATIONAL,
        "CN": Onboarding.OPERATIONAL,
        "PORTS": Onboarding.IN_PREPARATION,
    }
    return directory.Register(
        administrations=tuple(
            Administration(
                code=code,
                name_fr=f"Office {code}",
                name_ar=f"مكتب {code}",
                onboarding=state,
                place_fr="Rabat",
                place_ar="الرباط",
            )
            for code, state in states.items()
        ),
        units=tuple(
            Unit(code=code, administration=code.split("-")[0], name_fr=code, name_ar=code)
            for code in ("EAU-1", "EAU-2", "ELEC-1", "CN-TRI")
        ),
        themes=(Theme(code="leak", name_fr="Fuite", name_ar="تسرب", sector="water"),),
    )


def password_hash() -> str:
    """One cheap argon2id hash for everybody: a hash carries its own cost, and the real one is 64 MiB."""
    if not _HASH:
        _HASH.append(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD))
    return _HASH[0]


@dataclass
class World:
    """A register on disk with its staff by login; open until `close`."""

    config: Config
    register: Database
    staff: dict[str, Account] = field(default_factory=dict)

    def file(
        self, text: str = "Fuite d’eau devant la maison", *, now: datetime = NOW, **changes: Any
    ) -> Complaint:
        """A citizen's complaint, registered."""
        with self.register.transaction() as connection:
            return complaints.register(connection, draft(text, now=now, **changes), by="citizen", now=now)

    def act(self, login: str, complaint: Complaint, act: Act, **changes: Any) -> Result:
        """Execute one act of somebody, directly."""
        asked = ask(complaint, act, **changes)
        with self.register.transaction() as connection:
            return complaints.execute(connection, asked, self.staff[login].actor, DEVICE, NOW)

    def load(self, complaint: str) -> Complaint:
        """The document now."""
        with self.register.reading() as connection:
            return complaints.load(connection, complaint)

    def configure(self, **settings: str | int) -> None:
        """Write the settings that processes over this register read."""
        lines = {"database": self.config.database, **settings} if self.config.database else settings
        written = (f'{name} = "{v}"' if isinstance(v, str) else f"{name} = {v}" for name, v in lines.items())
        if lines:
            (self.config.data / "chekaya.toml").write_text("\n".join(written) + "\n", "utf-8")

    def close(self) -> None:
        """Give the file back."""
        self.register.close()


DEVICE = str(uuid.UUID(int=7))


def build_world(folder: Path, url: str = "") -> World:
    """Lay down the register, in `folder` or at `url`, and open the accounts; processes find it there too."""
    config = Config(data=folder, port=0, database=url)
    prepare_folders(config)
    register = database.connect(config)
    migrations.migrate(register, NOW)
    world = World(config, register)
    world.configure()
    with register.transaction() as connection:
        directory.load_register(connection, register_file())
        for login, grant in STAFF.items():
            new = NewAccount(login=login, name_fr=login.title(), name_ar="اسم", grants=(grant,))
            world.staff[login] = accounts.add(connection, new, password_hash=password_hash(), now=NOW)
    return world


def draft(text: str, *, now: datetime = NOW, **changes: Any) -> Complaint:
    """A complaint as intake hands it to the register."""
    sound = Complaint(
        id=new_id(now),
        ver=1,
        type="complaint",
        status=Status.RECEIVED,
        channel="portal",
        language="fr",
        received_at=now,
        received_on=civil_date(now),
        entered_at=now,
        due=due_date(now),
        administration="EAU",
        unit="EAU-1",
        person=Person(name="Zineb El Fassi", identity_number="BK123456", phone="0661223344"),
        object="Fuite d’eau",
        text=text,
    )
    return msgspec.structs.replace(sound, **changes)


def new_id(now: datetime = NOW) -> str:
    """A fresh identifier."""
    return uuid7(now, lambda size: uuid.uuid4().bytes[:size])


def ask(complaint: Complaint, act: Act, **changes: Any) -> Asked:
    """The act with its envelope, seen on the version at hand."""
    sound = Asked(id=new_id(), complaint=complaint.id, seen=complaint.ver, at=NOW, act=act)
    return msgspec.structs.replace(sound, **changes)


class Client:
    """A desk as the server sees it: raw HTTP, no cleverness."""

    def __init__(self, url: str, *, device: str = DEVICE) -> None:
        self.url = url
        self.http = requests.Session()
        self.http.trust_env = False
        self.http.headers.update({"X-Protocol": "1", "X-Device": device, "X-App": "0.1.0"})
        self.device = device
        self.session: Session | None = None
        self.cursor = ""

    def post(self, path: str, record: msgspec.Struct | bytes, **headers: str) -> requests.Response:
        body = record if isinstance(record, bytes) else msgspec.json.encode(record)
        return self.http.post(self.url + path, data=body, headers=headers, timeout=30)

    def get(self, path: str, **query: str | int) -> requests.Response:
        return self.http.get(self.url + path, params=query, timeout=90)

    def sign_in(self, login: str, password: str = PASSWORD) -> requests.Response:
        """Keep the session when the password is right."""
        body = Login(user=login, password=password, device=self.device)
        response = self.post("/v1/auth/login", body)
        if response.status_code == 200:
            self.take(msgspec.json.decode(response.content, type=Session))
        return response

    def take(self, session: Session) -> None:
        """Use this session from now on."""
        self.session = session
        self.http.headers["Authorization"] = f"Bearer {session.access}"

    def push(self, *asked: Asked | Envelope) -> tuple[Result, ...]:
        """Send acts, read the results."""
        acts = tuple(seal(one) if isinstance(one, Asked) else one for one in asked)
        response = self.post("/v1/sync/push", Push(acts=acts))
        assert response.status_code == 200, response.text
        return msgspec.json.decode(response.content, type=Pushed).results

    def stream(self, path: str, **query: str | int) -> list[Line]:
        """The checked lines of a page."""
        response = self.get(path, **query)
        assert response.status_code == 200, response.text
        return list(read_stream(response.content))

    def pull(self, cursor: str) -> list[Line]:
        """What changed after the cursor."""
        return self.stream("/v1/sync/pull", cursor=cursor)

    def close(self) -> None:
        """Close the connection."""
        self.http.close()


class ServerProcess(processes.ServerProcess):
    """The server over a folder, with desks of the wire's own."""

    def __init__(self, data: Path) -> None:
        super().__init__(data)
        self._clients: list[Client] = []
        self.start()

    def client(self, login: str = "", *, device: str = DEVICE) -> Client:
        """A desk, signed in when a login is given."""
        client = Client(self.url, device=device)
        self._clients.append(client)
        if login:
            assert client.sign_in(login).status_code == 200
        return client

    def close(self) -> None:
        """Stop whatever still runs."""
        for client in self._clients:
            client.close()
        self.stop()


def later(**spans: float) -> datetime:
    """A moment after NOW."""
    return NOW + timedelta(**spans)
