"""A desk in step with its server: nothing new, one act up, 1 and 1,000 complaints down, an act on screen.

Real processes over loopback HTTP, real encrypted stores. `push1` is one whole cycle (act up, its own change
down); pulls are applied to the cache, their index upkeep is queued and measured apart (`index1000_ms_p50`).
`act_visible_ms_p95` runs from asking, as a window does, to the repainted row; the act is then durable.
`roundtrip_ms_p50` is the smallest authorised answer of this server in this run: the floor of the others.
"""

import random
import time
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.documents import AGENT
from benchmarks.figures import Timings
from benchmarks.register import Colleague, note_on, serving
from benchmarks.relay import relayed
from benchmarks.shown import shown_acts
from desktop.core.session import Session
from desktop.core.standing import Standing
from desktop.models.reading import Reading
from desktop.models.replica import StoreReplica
from desktop.models.store import Store
from protocol.deadlines import civil_date
from sync.engine import Engine
from sync.transport import HttpTransport
from tests.processes import PASSWORD, ServerProcess

IDLE, SINGLE, THOUSANDS = 60, 20, 2
MANY = 1_000
BATCHES = 3
WORDS = "pièce reçue au guichet ce matin وصلت الوثيقة"


def run(folder: Path, *, complaints: int, seed: int) -> dict[str, float]:
    """Figures over a register of `complaints` documents."""
    now = datetime.now(UTC)
    with serving(folder / "server", count=complaints, seed=seed, now=now) as server:
        session = Session(folder / "profile", clock=lambda: datetime.now(UTC))
        account = session.sign_in(server.url, AGENT, PASSWORD)
        store = account.store
        account.connection.standing = Standing(store, lambda: datetime.now(UTC))
        engine = Engine(StoreReplica(store), account.connection, clock=lambda: datetime.now(UTC))
        figures: dict[str, float] = {}
        figures["first_sync_ms"] = _until_settled(engine)
        reading = Reading(store, account.profile)
        figures["index1000_ms_p50"] = _index(store, reading)
        ids = _ids(store, reading, draw=random.Random(seed))
        figures |= _cycles(engine, store, server, ids)
        figures["idle_bytes"] = _bytes(store, server)
        _index(store, reading)
        figures |= shown_acts(session, folder / "settings")
    return figures


def _until_settled(engine: Engine) -> float:
    started = time.perf_counter()
    while engine.cycle().more:
        pass
    return round((time.perf_counter() - started) * 1000, 1)


def _index(store: Store, reading: Reading) -> float:
    """The median upkeep of a thousand complaints, in milliseconds; the rest is left out of the index."""
    timings = Timings()
    for _ in range(BATCHES):
        with timings():
            reading.index_pending(MANY)
    store.write_cache(lambda connection: connection.exec_driver_sql("delete from to_index").rowcount)
    return timings.p50


def _ids(store: Store, reading: Reading, draw: random.Random) -> list[str]:
    """All complaints of the unit's queue, shuffled."""
    order = reading.order("unit", "due", civil_date(datetime.now(UTC)))
    with store.cache.reading() as connection:
        rows = connection.exec_driver_sql("select n, id from complaint").all()
    known = {row[0]: row[1] for row in rows}
    ids = [known[n] for n in order]
    draw.shuffle(ids)
    return ids


def _cycles(engine: Engine, store: Store, server: ServerProcess, ids: list[str]) -> dict[str, float]:
    idle, push, pull, pull_many, floor = (Timings() for _ in range(5))
    colleague = Colleague(server.url)
    meta = HttpTransport(server.url, "0198c0de-0000-4000-8000-000000000003", "0.1.0")
    for number in range(IDLE + 5):
        with floor() if number >= 5 else Timings()():
            meta.meta()
        with idle() if number >= 5 else Timings()():
            engine.cycle()
    for number in range(SINGLE):
        store.record(note_on(ids[number], WORDS, datetime.now(UTC)))
        with push():
            sent = engine.cycle()
        colleague.note([ids[-number - 1]], WORDS, datetime.now(UTC))
        with pull():
            brought = engine.cycle()
        assert sent.applied == 1 and len(brought.changed) == 1
    many = ids[: min(MANY, len(ids))]
    for _ in range(THOUSANDS):
        colleague.note(many, WORDS, datetime.now(UTC))
        with pull_many():
            brought = engine.cycle()
        assert len(brought.changed) == len(many)
    colleague.close()
    meta.close()
    return {
        "roundtrip_ms_p50": floor.p50,
        "idle_ms_p50": idle.p50,
        "idle_ms_p95": idle.p95,
        "push1_ms_p50": push.p50,
        "pull1_ms_p50": pull.p50,
        "pull1000_ms_p50": pull_many.p50,
    }


def _bytes(store: Store, server: ServerProcess) -> int:
    """Bytes both ways of one cycle in which nothing happens, on a connection already open."""
    with relayed(server.port) as relay:
        wire = HttpTransport(relay.url, "0198c0de-0000-4000-8000-000000000004", "0.1.0")
        wire.login(AGENT, PASSWORD)
        engine = Engine(StoreReplica(store), wire, clock=lambda: datetime.now(UTC))
        engine.cycle()
        before = relay.up + relay.down
        engine.cycle()
        crossed = relay.up + relay.down - before
        wire.close()
    return crossed
