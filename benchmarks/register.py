"""A real server process over a register of benchmark documents, and a second agent at work on it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import msgspec

from benchmarks.documents import ADMINISTRATION, AGENT, UNIT, complaints
from benchmarks.filled import GRANTS
from protocol.acts import Asked, Note
from protocol.directory import Administration
from protocol.directory import Unit as Service
from protocol.settings import Onboarding
from protocol.wire import Pushed, seal
from server import accounts, database, directory, migrations
from server.config import Config, prepare_folders
from server.demonstration.histories import Step
from server.demonstration.ledger import Ledger
from server.identifiers import uuid7
from sync.transport import HttpTransport
from tests.processes import PASSWORD, ServerProcess

COLLEAGUE = "colleague"
ACTS = 100
"""Acts in one push."""

_REGISTER = directory.Register(
    administrations=(
        Administration(
            code=ADMINISTRATION, name_fr="Office", name_ar="المكتب", onboarding=Onboarding.OPERATIONAL
        ),
    ),
    units=(Service(code=UNIT, administration=ADMINISTRATION, name_fr="Rabat", name_ar="الرباط"),),
)


@contextmanager
def serving(folder: Path, *, count: int, seed: int, now: datetime) -> Iterator[ServerProcess]:
    """A running server whose register holds `count` complaints and two agents of their unit."""
    config = Config(data=folder)
    prepare_folders(config)
    _enter(config, count, seed, now)
    process = ServerProcess(folder)
    process.start()
    try:
        yield process
    finally:
        process.stop()


def _enter(config: Config, count: int, seed: int, now: datetime) -> None:
    register = database.connect(config)
    migrations.migrate(register, now)
    hashed = accounts.hash_password(PASSWORD)
    with register.transaction() as connection:
        directory.load_register(connection, _REGISTER)
        for login in (AGENT, COLLEAGUE):
            person = accounts.NewAccount(id=login, login=login, name_fr=login, name_ar="موظف", grants=GRANTS)
            accounts.add(connection, person, password_hash=hashed, now=now)
        ledger = Ledger(connection, os.urandom)
        for document in complaints(count, seed):
            ledger.enter([Step(document.received_at, None, document, f"e-{document.id}")], "")
        ledger.close()
    register.close()


class Colleague:
    """Somebody else at work: changes complaints on the server, many at once."""

    def __init__(self, url: str) -> None:
        self._wire = HttpTransport(url, "0198c0de-0000-4000-8000-000000000002", "0.1.0")
        self._wire.login(COLLEAGUE, PASSWORD)

    def note(self, ids: list[str], text: str, now: datetime) -> None:
        """A note on each of these complaints; all are applied or this raises RuntimeError."""
        for start in range(0, len(ids), ACTS):
            acts = [
                msgspec.structs.replace(seal(note_on(id_, text, now)), n=n)
                for n, id_ in enumerate(ids[start : start + ACTS], start=1)
            ]
            results = msgspec.json.decode(self._wire.push(acts).body, type=Pushed).results
            refused = [result.code for result in results if result.status != "applied"]
            if refused:
                raise RuntimeError(f"{len(refused)} acts refused: {refused[0]}")

    def close(self) -> None:
        """Close the sockets."""
        self._wire.close()


def note_on(complaint: str, text: str, now: datetime) -> Asked:
    """A note as anybody in scope may write it, on whatever version."""
    return Asked(id=uuid7(now, os.urandom), complaint=complaint, seen=3, at=now, act=Note(text=text))
