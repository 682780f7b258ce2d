"""A real server in a crowd and under the axe: many citizens and desks at once, then killed in mid-push."""

import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from sqlalchemy import select

from protocol.acts import Note
from protocol.complaint import Complaint
from protocol.wire import Push, Pushed, seal
from server import complaints, tables
from tests.citizen import Citizen
from tests.processes import command
from tests.server_world import Client, ServerProcess, World, ask, new_id

CITIZENS, DESKS, NOTES = 30, 10, 4
SECRETS = ("Zineb", "BK987654", "0661998877", "zineb@exemple.ma", "canalisation", "MARQUE")


def check_whole(world: World) -> None:
    """Streams dense, histories numbered, every applied act in its document once, `verify` content."""
    with world.register.reading() as connection:
        changes: dict[str, list[int]] = {}
        for row in connection.execute(select(tables.change.c.administration, tables.change.c.seq)):
            changes.setdefault(row.administration, []).append(row.seq)
        for row in connection.execute(select(tables.stream)):
            if row.administration != tables.REFERENCE_STREAM:
                told = sorted(changes.get(row.administration, []))
                assert told == list(range(1, row.seq + 1)), row.administration
        ids = connection.execute(select(tables.complaint.c.id)).scalars().all()
        documents = [complaints.load(connection, one) for one in ids]
        acts = connection.execute(select(tables.act_log)).all()
    written = Counter(event.act for document in documents for event in document.events if event.n > 1)
    assert set(written.values()) <= {1}
    assert {act.id for act in acts if act.status == "applied"} == set(written)
    for document in documents:
        assert document.ver == max(event.n for event in document.events)
    assert "0 faults" in command("verify", "--data", str(world.config.data))


def numbers_of(documents: list[Complaint]) -> list[int]:
    return sorted(int(document.number.rpartition("-")[2]) for document in documents)


def file_one(url: str, n: int) -> str:
    """What the receipt calls a request of citizen `n`."""
    citizen = Citizen(url)
    try:
        page = citizen.file(
            "fr" if n % 2 else "ar",
            name="Zineb El Fassi",
            identity_number="BK987654",
            phone="0661998877",
            administration="EAU",
            object=f"Rupture de canalisation {n}",
            text=f"La canalisation de la rue fuit depuis longtemps, numéro {n}. zineb@exemple.ma",
        )
        assert page.status == 200, page.text[:300]
        return page.marked("number")
    finally:
        citizen.close()


def desk_day(client: Client, document: Complaint) -> list[str]:
    """Push notes one by one with a pull between them; gives the acts' ids."""
    cursor = str(getattr(client.stream("/v1/sync/snapshot")[-1], "cursor", ""))
    done = []
    for n in range(NOTES):
        note = ask(document, Note(text=f"MARQUE {n}"))
        assert client.push(note)[0].status == "applied"
        lines = client.pull(cursor)
        assert document.id in {getattr(line, "id", "") for line in lines}
        cursor = str(getattr(lines[-1], "cursor", ""))
        done.append(note.id)
    return done


@pytest.mark.both_databases
def test_thirty_citizens_and_ten_desks_at_once_leave_a_whole_register(
    world: World, server: ServerProcess
) -> None:
    documents = [world.file() for _ in range(DESKS)]
    desks = [server.client("amina", device=new_id()) for _ in range(DESKS)]
    with ThreadPoolExecutor(CITIZENS + DESKS) as pool:
        filed = [pool.submit(file_one, server.url, n) for n in range(CITIZENS)]
        worked = [pool.submit(desk_day, *pair) for pair in zip(desks, documents, strict=True)]
        given = [one.result() for one in filed]
        acts = [act for one in worked for act in one.result()]
    assert len(set(given)) == CITIZENS and len(set(acts)) == DESKS * NOTES
    with world.register.reading() as connection:
        ids = connection.execute(select(tables.complaint.c.id)).scalars().all()
        stored = [complaints.load(connection, one) for one in ids]
    assert numbers_of(stored) == list(range(1, CITIZENS + DESKS + 1)), "continuous, without gaps or doubles"
    check_whole(world)
    log = server.log.read_text()
    assert '"status":5' not in log and "fault" not in log and "locked" not in log


def keep_pushing(url: str, client: Client, document: Complaint, sent: list[str], told: list[str]) -> None:
    """Push three notes at a time until the server is gone; remembers what was sent and what was confirmed."""
    import msgspec

    while True:
        notes = [ask(document, Note(text="MARQUE")) for _ in range(3)]
        sent += [note.id for note in notes]
        try:
            got = client.post("/v1/sync/push", Push(acts=tuple(seal(note) for note in notes)))
        except requests.RequestException:
            return
        results = msgspec.json.decode(got.content, type=Pushed).results
        told += [result.id for result in results if result.status == "applied"]


@pytest.mark.both_databases
def test_a_server_killed_in_mid_push_keeps_what_it_confirmed_and_nothing_by_halves(
    world: World, server: ServerProcess
) -> None:
    sent: list[str] = []
    told: list[str] = []
    for cycle in range(4):
        document = world.file()
        desks = [server.client("amina", device=new_id()) for _ in range(3)]
        threads = [
            threading.Thread(target=keep_pushing, args=(server.url, desk, document, sent, told))
            for desk in desks
        ]
        before = len(told)
        for thread in threads:
            thread.start()
        wait_for(lambda before=before, cycle=cycle: len(told) > before + 5 * (cycle + 1))  # type: ignore[misc]
        server.kill()
        for thread in threads:
            thread.join(timeout=30)
        check_whole(world)
        server.start()
    with world.register.reading() as connection:
        table = tables.act_log
        applied = set(
            connection.execute(select(table.c.id).where(table.c.status == "applied")).scalars().all()
        )
    assert set(told) <= applied <= set(sent) and len(told) > 50
    assert server.client("amina").get("/healthz").status_code == 200


def wait_for(happened: Callable[[], bool]) -> None:
    """Look until it has happened."""
    for _ in range(3_000):
        if happened():
            return
        time.sleep(0.01)
    raise AssertionError("it never happened")


def test_the_log_of_a_day_names_nobody(world: World, server: ServerProcess) -> None:
    number = file_one(server.url, 1)
    citizen = Citizen(server.url)
    citizen.follow("fr", number, "K7QM-2XHD-9TRA-WZ4N")
    citizen.open("/fr/BK987654/Zineb?phone=0661998877")
    citizen.close()
    client = server.client("amina")
    client.sign_in("zineb@exemple.ma", "BK987654-password")
    assert client.session is not None
    client.post("/v1/auth/login", b'{"user":"zineb@exemple.ma","password":"\xff')
    client.get("/v1/blobs/BK987654")
    client.http.get(
        f"{server.url}/v1/meta?q=Zineb",
        headers={"User-Agent": "Zineb", "X-App": 'Zineb","forged":"x', "Cookie": "a=Zineb"},
        timeout=30,
    )
    log = server.log.read_text()
    secrets = (*SECRETS, number, "K7QM", client.session.access, client.session.refresh, "forged", "127.0.0.1")
    assert [secret for secret in secrets if secret in log] == []
    assert all(re.fullmatch(r"\{.*\}", line) for line in log.splitlines())


def test_a_server_stops_cleanly_when_asked(world: World, server: ServerProcess) -> None:
    client = server.client("amina")
    cursor = str(getattr(client.stream("/v1/sync/snapshot")[-1], "cursor", ""))
    waiting = threading.Thread(target=lambda: client.get("/v1/sync/wait", cursor=cursor, t=50))
    waiting.start()
    assert server.stop() == 0
    waiting.join(timeout=20)
    server.start()
    assert server.stop(signal.SIGINT) == 0
    assert "Traceback" not in server.log.read_text()


def test_starting_up_brings_in_nothing_heavy(world: World) -> None:
    listed = "sorted({name.split('.')[0] for name in sys.modules})"
    code = f"import sys; import server.app, server.commands.serving; print({listed})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(re.findall(r"'([^']+)'", done.stdout))
    assert loaded & {"sklearn", "scipy", "numpy", "alembic", "argon2", "PIL", "pandas"} == set()
