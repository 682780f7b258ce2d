"""A queue opened and scrolled: a page of 50 lines by due date, and the frames of the list.

`page_ms_p95` reads the first 50 lines of a queue with the desk's own reading; `frame_ms_p95` is one repaint
of the real list while paging through it by whole screens, lines being ready: no row was drawn before.
"""

import random
from pathlib import Path

from benchmarks.figures import Timings
from benchmarks.filled import PROFILE, TODAY, filled
from benchmarks.window import list_of
from desktop.models.reading import Reading

PAGES = 200
FRAMES = 200
QUEUES = ("mine", "unit", "unassigned", "overdue")
SORTS = ("due", "received", "changed", "number")


def run(folder: Path, *, complaints: int, seed: int) -> dict[str, float]:
    """Figures over a store of `complaints` documents."""
    draw = random.Random(seed)
    with filled(folder, complaints_count=complaints, seed=seed, indexed=False) as store:
        reading = Reading(store, PROFILE)
        pages, orders, jumps = Timings(), Timings(), Timings()
        for _ in range(PAGES):
            with pages():
                reading.first_page(draw.choice(QUEUES), "due", TODAY)
        for number in range(12):
            with orders():
                listing = reading.listing("unit", SORTS[number % 4], TODAY)
            start = draw.randrange(max(1, listing.total - 50))
            with jumps():
                reading.rows(listing.order[start : start + 50])
        frames = _frames(store, draw)
        return {
            "page_ms_p95": pages.p95,
            "page_ms_p50": pages.p50,
            "order_all_ms_p50": orders.p50,
            "jump_ms_p95": jumps.p95,
            "frame_ms_p95": frames.p95,
            "frame_ms_p50": frames.p50,
        }


def _frames(store, draw: random.Random) -> Timings:
    frames = Timings()
    with list_of(store) as view:
        bar = view.view.verticalScrollBar()
        for _ in range(FRAMES):
            bar.setValue(draw.randrange(bar.maximum() + 1))
            view.settle()
            with frames():
                view.view.viewport().repaint()
    return frames
