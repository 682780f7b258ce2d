"""The real server killed while it prints: every letter ends with one file, one fact, its own bytes."""

import random
import time
from pathlib import Path

import msgspec
from sqlalchemy import select

from letters.letter import Letter, render
from protocol import history
from protocol.complaint import Complaint
from server import blobs, database, letters, tables
from server.config import load
from server.letters import State
from tests.letter_office import letters_of, readies_of
from tests.processes import ServerProcess, command

KILLS = 3
PATIENCE_S = 180.0


def documents(register: database.Database) -> list[Complaint]:
    with register.reading() as connection:
        rows = connection.execute(select(tables.complaint.c.document)).scalars().all()
    return [msgspec.json.decode(raw, type=Complaint) for raw in rows]


def left(register: database.Database) -> int:
    with register.reading() as connection:
        return letters.counts(connection)[State.WAITING]


def test_killed_at_random_the_press_ends_with_one_file_for_each_letter(tmp_path: Path):
    data, chance = tmp_path / "data", random.Random(5)
    command("init", "--data", str(data))
    command("demo", "--data", str(data), "--complaints", "30", "--seed", "3")
    register = database.connect(load(data, None))
    wanted = left(register)
    assert wanted > 5
    server = ServerProcess(data)
    for _ in range(KILLS):
        server.start()
        time.sleep(chance.uniform(0.05, 0.6))
        server.kill()
    server.start()
    until = time.monotonic() + PATIENCE_S
    while left(register) and time.monotonic() < until:
        time.sleep(0.1)
    server.stop()
    with register.reading() as connection:
        rows = {row.act: row for row in connection.execute(select(tables.letter))}
    assert len(rows) == wanted and {row.state for row in rows.values()} == {State.RECORDED}
    config = load(data, None)
    for document in documents(register):
        assert sorted(event.other for event in letters_of(document)) == sorted(
            event.act for event in readies_of(document)
        )
        for ready in readies_of(document):
            file = history.recorded_letter(document, ready.act)
            assert file is not None and file.sha256 == rows[ready.act].sha256
            words = msgspec.json.decode(rows[ready.act].fields, type=Letter)
            assert blobs.read(config, file.sha256) == render(words)
    register.close()
    assert "0 waiting" in command("letters", "list", "--data", str(data))
    assert command("letters", "retry", "--data", str(data)) == "0 letters wait again\n"
    assert ", 0 faults" in command("verify", "--data", str(data))
