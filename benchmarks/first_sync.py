"""The first sync of a new desk: everything in scope, over loopback HTTP, into the encrypted cache.

`usable_s`: the first page is stored and a queue's first rows are read. `complete_s`: all is stored and the
lists are indexed. `indexed_s`: the search index is whole as well, built afterwards. All from the start.
`download_s` fetches the same pages in the same run and throws them away: the floor of the wire.
"""

import time
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.documents import AGENT
from benchmarks.register import serving
from benchmarks.relay import relayed
from desktop.core.session import Session
from desktop.models.reading import Reading
from desktop.models.replica import StoreReplica
from protocol.deadlines import civil_date
from protocol.wire import MAX_PAGE
from sync import streams
from sync.ahead import in_a_thread
from sync.engine import Engine
from sync.outcome import Step
from sync.transport import HttpTransport
from tests.processes import PASSWORD, ServerProcess

ROWS = 50
INDEXED_AT_ONCE = 1_000


def run(folder: Path, *, complaints: int, seed: int) -> dict[str, float]:
    """Figures of a first sync of `complaints` documents."""
    with serving(folder / "server", count=complaints, seed=seed, now=datetime.now(UTC)) as server:
        session = Session(folder / "profile", clock=lambda: datetime.now(UTC))
        account = session.sign_in(server.url, AGENT, PASSWORD)
        reading = Reading(account.store, account.profile)
        seen: dict[str, float] = {}

        def told(step: Step) -> None:
            if step.documents and "usable_s" not in seen:
                order = reading.order("unit", "due", civil_date(datetime.now(UTC)))
                assert len(reading.rows(order[:ROWS])) == ROWS
                seen["usable_s"] = since()

        engine = Engine(
            StoreReplica(account.store),
            account.connection,
            clock=lambda: datetime.now(UTC),
            told=told,
            ahead=in_a_thread,
        )
        before = _resident_mb()
        started = time.perf_counter()

        def since() -> float:
            return round(time.perf_counter() - started, 2)

        while engine.cycle().more:
            pass
        seen["complete_s"] = since()
        seen["rss_growth_mb"] = round(_peak_mb() - before, 1)
        while reading.index_pending(INDEXED_AT_ONCE):
            pass
        seen["indexed_s"] = since()
        session_wire, crossed = _download(server)
    return {
        **seen,
        "download_s": session_wire,
        "complete_to_download_ratio": round(seen["complete_s"] / session_wire, 2),
        "bytes_per_complaint": round(crossed / complaints, 1),
    }


def _download(server: ServerProcess) -> tuple[float, int]:
    """Seconds to fetch every page and check it, and the bytes that crossed, headers included."""
    seconds = _pages(server.url)
    with relayed(server.port) as relay:
        _pages(relay.url)
        crossed = relay.down
    return seconds, crossed


def _pages(url: str) -> float:
    wire = HttpTransport(url, "0198c0de-0000-4000-8000-000000000005", "0.1.0")
    wire.login(AGENT, PASSWORD)
    started, after, done = time.perf_counter(), "", False
    while not done:
        end = streams.read(wire.snapshot(after, MAX_PAGE).body).end
        after, done = end.after, end.done
    seconds = round(time.perf_counter() - started, 2)
    wire.close()
    return seconds


def _resident_mb() -> float:
    """What this process holds now; its peak is counted from here on."""
    Path("/proc/self/clear_refs").write_text("5")
    return _status("VmRSS")


def _peak_mb() -> float:
    return _status("VmHWM")


def _status(name: str) -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(f"{name}:"))
