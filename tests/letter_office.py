"""An administration that writes letters: complaints at every stage of the answer's chain, and its press."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Row, select

from protocol import acts, history
from protocol.acts import Act
from protocol.complaint import Channel, Complaint, Event, EventKind, Nature, Reply
from protocol.settings import Actor, Chain, Grant, Role, Settings
from server import accounts, complaints, directory, letter_press, tables
from server.accounts import NewAccount
from server.letter_press import Frozen
from server.service import Service, open_service
from tests.server_world import NOW, World, ask, password_hash

REPLY = Reply(nature=Nature.FAVOURABLE, text="تم إصلاح التسرب.", translation="La fuite est réparée.")
ADVERSE = Reply(
    nature=Nature.INADMISSIBLE,
    text="تتعلق شكايتكم بقضية معروضة على القضاء.",
    reasons_of_law="الفصل 109 من الدستور.",
    reasons_of_fact="القضية معروضة على المحكمة.",
)
CHAIN = {"vera": Role.VALIDATOR, "sina": Role.SIGNATORY, "clara": Role.REGISTRY_CLERK}


@dataclass
class Office:
    """The world of `server_world` with a validator, a signatory, a clerk, and a service that prints."""

    world: World
    service: Service

    def chain(self, chain: Chain) -> None:
        """From now on answers pass this chain."""
        with self.world.register.transaction() as connection:
            directory.put_settings(connection, "EAU", Settings(chain=chain))

    def does(self, login: str, document: Complaint, act: Act, **changes: Any) -> Complaint:
        """The document after an accepted act."""
        result = self.world.act(login, document, act, **changes)
        assert result.status == "applied", result
        return self.world.load(document.id)

    def works_alone(self, actor: Actor, document: Complaint, act: Act) -> Complaint:
        """The same for the system and the citizen."""
        with self.world.register.transaction() as connection:
            result = complaints.execute(connection, ask(document, act), actor, "", NOW)
        assert result.status == "applied", result
        return self.world.load(document.id)

    def taken(self, **changes: Any) -> Complaint:
        """A complaint that Amina works on."""
        document = self.does("salma", self.world.file(**changes), acts.Assign(assignee=self.id("amina")))
        return self.does("amina", document, acts.Open())

    def answered(self, channel: str = Channel.PORTAL, **changes: Any) -> Complaint:
        """Answered by Amina: gone at once by the portal, waiting for the clerk otherwise."""
        return self.does("amina", self.taken(**changes), acts.Answer(reply=REPLY, channel=channel))

    def id(self, login: str) -> str:
        """The user's id."""
        return self.world.staff[login].id

    def press(self) -> int:
        """Print until nothing waits; how many letters were dealt with."""
        return sum(len(done) for done in iter(self.press_once, ()))

    def press_once(self) -> tuple[Frozen, ...]:
        """One batch."""
        return letter_press.press(self.service)

    def rows(self) -> list[Row[Any]]:
        """All letters, by number."""
        with self.world.register.reading() as connection:
            return list(connection.execute(select(tables.letter).order_by(tables.letter.c.number)))

    def cancelled(self) -> list[tuple[str, int, int, str]]:
        """Cancelled numbers: administration, first, last, reason."""
        table = tables.cancelled_number
        with self.world.register.reading() as connection:
            query = select(table.c.administration, table.c.first, table.c.last, table.c.reason)
            return [tuple(row) for row in connection.execute(query)]

    def rename(self, **names: str) -> None:
        """Change what the register says of the administration."""
        with self.world.register.transaction() as connection:
            entry = directory.administration(connection, "EAU")
            changed = msgspec.structs.replace(entry, **names)
            directory.load_register(connection, directory.Register(administrations=(changed,), units=()))


def letters_of(document: Complaint) -> list[Event]:
    """The files of record in a history."""
    return [event for event in document.events if event.kind == EventKind.LETTER_RECORDED]


def readies_of(document: Complaint) -> list[Event]:
    """The facts that made an answer ready to leave."""
    return [event for event in document.events if event.kind in history.MADE_READY and event.number]


@contextmanager
def open_office(world: World) -> Iterator[Office]:
    """The office over a test's register."""
    with world.register.transaction() as connection:
        for login, role in CHAIN.items():
            grant = Grant(role=role, administration="EAU")
            new = NewAccount(login=login, name_fr=login.title(), name_ar="اسم", grants=(grant,))
            world.staff[login] = accounts.add(connection, new, password_hash=password_hash(), now=NOW)
    service = open_service(world.config, clock=lambda: NOW)
    yield Office(world, service)
    service.database.close()
