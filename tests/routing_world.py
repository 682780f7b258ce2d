"""A small register with its own few texts to learn from, for tests of versions, trials and corrections."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import msgspec
import pytest

from protocol.acts import Transfer
from protocol.complaint import Complaint, Place, Routing
from protocol.settings import Grant, Role
from server import accounts
from server.accounts import NewAccount
from server.logs import Journal
from server.routing import corrections, lessons, making, shelf, versions
from server.routing.keywords import RuleFile
from server.routing.lessons import Lessons
from server.routing.live import FOLDER, LiveRouter
from server.routing.model import Model
from server.routing.router import RULES
from server.routing.versions import Version
from tests import server_world
from tests.server_world import NOW, World

TEXTS = tuple(
    (f"{subject} {place}", label)
    for place in ("au quartier nord", "dans la médina", "بالحي الجديد", "f derb", "près de l'école")
    for subject, label in (
        ("fuite d'eau potable et robinet sec", "EAU"),
        ("انقطاع الماء الصالح للشرب", "EAU"),
        ("facture de courant électrique trop forte", "ELEC"),
        ("العداد الكهربائي معطل", "ELEC"),
        ("le quai du port est fermé aux pêcheurs", "PORTS"),
        ("ميناء الصيد مغلق", "PORTS"),
    )
)


NO_RULES = RuleFile(
    strong_weight=0, term_weight=0, theme_weight=0, administrations={}, themes={}, territories=()
)


@dataclass
class RoutingWorld:
    """A register, its folder of models, and what its server wrote in the journal."""

    world: World
    journal: io.StringIO = field(default_factory=io.StringIO)

    @property
    def routing(self) -> Path:
        """The folder of models and rules."""
        return self.world.config.data / FOLDER

    def live(self) -> LiveRouter:
        """A running server's router, just loaded."""
        journal = Journal(self.journal)
        return LiveRouter(self.world.register, self.world.config.data, journal, lambda: NOW).load()

    def first(self) -> Version:
        """The first model, made from the few texts."""
        return making.first(self.world.register, self.routing, NOW)

    def make(self, *files: Path, now: datetime = NOW) -> Version:
        """A new version from the texts, `files` and all corrections."""
        with self.world.register.reading() as connection:
            learnt = lessons.gather(
                making.OWN_TEXTS,
                files,
                corrections.stored(connection),
                known=frozenset({"EAU", "ELEC", "PORTS"}),
            )
        return self.enter(learnt, now=now)

    def enter(self, learnt: Lessons, *, now: datetime = NOW) -> Version:
        """A new version from these lessons."""
        return making.make(self.world.register, self.routing, learnt, now=now)

    def model(self, version: Version) -> Model:
        """The model of a version, from its file."""
        return shelf.fetch(self.routing, version.version, version.facts.sha256)

    def state(self, version: Version) -> str:
        """What it is used for now."""
        with self.world.register.reading() as connection:
            return versions.get(connection, version.version).state

    def put_beside(self, version: Version) -> None:
        """Put it on trial."""
        with self.world.register.transaction() as connection:
            versions.put_beside(connection, version.version)

    def promote(self, version: Version, by: str = "nadia") -> None:
        """Let it decide."""
        with self.world.register.transaction() as connection:
            versions.promote(connection, version.version, by=self.world.staff[by].id, now=NOW)

    def arrives(self, text: str, router: LiveRouter, **changes: object) -> Complaint:
        """A complaint relayed by `router` and registered, its routing with it."""
        routing = self.routed(text, router)
        return self.world.file(text, object="", routing=routing, **changes)

    def routed(self, text: str, router: LiveRouter) -> Routing:
        """What `router` says of a text."""
        open_to = frozenset({"EAU", "ELEC"})
        return router.route(
            text=text, object="", theme="", place=Place(), named="", operational=open_to
        ).routing

    def moves(self, complaint: Complaint, administration: str, by: str = "salma") -> None:
        """Somebody transfers it."""
        now = self.world.load(complaint.id)
        act = Transfer(
            administration=administration,
            from_administration=now.administration,
            from_unit=now.unit,
            reason="Ce n’est pas de notre ressort.",
        )
        result = self.world.act(by, now, act)
        assert result.status == "applied", result.code


@contextmanager
def routing_world(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RoutingWorld]:
    """Built in `folder`, closed at the end."""
    texts = folder / "own.csv"
    texts.write_text("text,label\n" + "".join(f'"{text}",{label}\n' for text, label in TEXTS), "utf-8")
    monkeypatch.setattr(making, "OWN_TEXTS", texts)
    (folder / "data" / FOLDER).mkdir(parents=True)
    (folder / "data" / FOLDER / RULES).write_bytes(msgspec.json.encode(NO_RULES))
    world = server_world.build_world(folder / "data")
    with world.register.transaction() as connection:
        boss = NewAccount(
            login="samir",
            name_fr="Samir",
            name_ar="سمير",
            grants=(Grant(role=Role.SUPERVISOR, administration="ELEC"),),
        )
        hashed = server_world.password_hash()
        world.staff["samir"] = accounts.add(connection, boss, password_hash=hashed, now=NOW)
    try:
        yield RoutingWorld(world)
    finally:
        world.close()
