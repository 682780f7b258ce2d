"""The supervisor's board from the encrypted cache, offline: from choosing it to its painted figures.

`open_ms_p50` is the whole: read in the background, shown and painted by a view just made, as large as in a
window; `open_first_ms` is the first of a process. `computed_ms_p50` is the board alone, `list_ms_p50` the
list behind its largest figure, `index_ms` the making of its indexes, once after a first sync.
"""

import os
import random
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import desktop.ui  # noqa: F401, I001 (first: it keeps None alive, see desktop/ui/immortals.py)
import msgspec
from PySide6.QtWidgets import QApplication

from benchmarks.documents import ADMINISTRATION, AGENT, NOW, complaints
from benchmarks.figures import Timings
from benchmarks.filled import PROFILE, TODAY, filled
from benchmarks.opened import desk_of
from benchmarks.window import raised, until
from desktop.app import Bridge
from desktop.core.background import Background
from desktop.core.desk import Desk
from desktop.core.translation import Translation
from desktop.core.workload_records import Mark
from desktop.ui.board_view import BoardView
from desktop.ui.theme import theme
from protocol.complaint import Complaint, Status
from protocol.directory import Colleague, Unit
from protocol.settings import Grant, Role
from protocol.wire import ReferenceLine

OPENED = 12
SIZE = (1216, 836)
"""A window of 1440×900 without its rail, bars and status line."""

UNITS = tuple(f"{ADMINISTRATION}.{n}" for n in range(6))
PEOPLE = (AGENT, *(f"agent{n}" for n in range(40)))
SUPERVISOR = msgspec.structs.replace(
    PROFILE, grants=(Grant(role=Role.SUPERVISOR, administration=ADMINISTRATION),), main_unit=""
)


def run(folder: Path, *, complaints: int, seed: int) -> dict[str, float]:
    """Figures over a cache of `complaints` documents in six units with 41 agents."""
    with filled(
        folder,
        complaints_count=complaints,
        seed=seed,
        indexed=False,
        made=_steered,
        references=tuple(_register()),
    ) as store:
        # The search index is another benchmark's: its upkeep must not run beside this one.
        store.write_cache(lambda connection: connection.exec_driver_sql("delete from to_index").rowcount)
    desk = desk_of(folder, profile=SUPERVISOR, clock=lambda: NOW)
    try:
        return _figures(desk)
    finally:
        desk.close()


def _figures(desk: Desk) -> dict[str, float]:
    index, computed, listed, opened = Timings(), Timings(), Timings(), Timings()
    with index():
        desk.workload.prepare()
    busy = sorted(_open(desk, opened) for _ in range(OPENED))
    for _ in range(OPENED):
        with computed():
            board = desk.workload.board()
        with listed():
            listing = desk.workload.listing(Mark("open"))
        assert listing.total == board.totals[0].count
    return {
        "open_ms_p50": opened.p50,
        "open_ms_p95": opened.p95,
        "open_cpu_ms_p50": round(busy[OPENED // 2], 1),
        "open_first_ms": round(opened.values[0], 1),
        "computed_ms_p50": computed.p50,
        "list_ms_p50": listed.p50,
        "index_ms": index.p50,
        "open_complaints": listing.total,
    }


def _open(desk: Desk, opened: Timings) -> float:
    """One opening; gives the CPU of all threads, in milliseconds: what a busy machine changes little."""
    application = QApplication.instance() or QApplication([])
    theme().choose("light")
    bridge = Bridge()
    background = Background(bridge.deliver, raised)
    words = Translation("fr")
    try:
        busy = time.process_time()
        with opened():
            view = BoardView(desk, background, words, lambda: NOW)
            view.resize(*SIZE)
            view.show()
            view.reload()
            until(application, lambda: view.parts.currentWidget() is view.scroll)
            view.repaint()
        view.close()
        return (time.process_time() - busy) * 1000
    finally:
        background.close()


def _steered(count: int, seed: int) -> Iterator[Complaint]:
    """The documents of every benchmark, spread over units; some answered, handed on, sent back."""
    draw = random.Random(seed + 1)
    for document in complaints(count, seed):
        answered = document.status in (Status.ANSWERED, Status.CLOSED)
        waits = document.status == Status.AWAITING_CITIZEN
        yield msgspec.structs.replace(
            document,
            unit=draw.choice(UNITS),
            unit_since=document.received_at,
            answered_on=TODAY - timedelta(days=draw.randrange(40)) if answered else None,
            complement_limit=TODAY + timedelta(days=draw.randrange(-5, 15)) if waits else None,
            hops=int(draw.random() < 0.06),
            returns=int(draw.random() < 0.08),
            reopenings=int(draw.random() < 0.04),
            interim_sent=draw.random() < 0.1,
        )


def _register() -> Iterator[ReferenceLine]:
    for n, code in enumerate(UNITS):
        unit = Unit(code=code, administration=ADMINISTRATION, name_fr=f"Service {n}", name_ar=f"مصلحة {n}")
        yield _entry("unit", code, unit)
    for n, id_ in enumerate(PEOPLE):
        grant = Grant(role=Role.AGENT, administration=ADMINISTRATION, unit=UNITS[n % len(UNITS)])
        away = TODAY if n % 10 == 3 else None
        person = Colleague(
            id=id_, name_fr=f"Agent {n}", name_ar=f"الموظف {n}", grants=(grant,), absent_from=away
        )
        yield _entry("colleague", id_, person)


def _entry(kind: str, id_: str, entry: Unit | Colleague) -> ReferenceLine:
    return ReferenceLine(kind=kind, id=id_, ver=1, doc=msgspec.Raw(msgspec.json.encode(entry)))
