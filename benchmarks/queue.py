"""A queue opened and scrolled: a page of 50 lines by due date, and the frames of the list.

`page_ms_p95` reads the first 50 lines of a queue with the desk's own reading; `frame_ms_p95` is one repaint
of the real list after a jump: records are here, not one row was drawn before. `notch_ms_p95` is a repaint
after a turn of the wheel. `open_ms_p50` is what a person waits from choosing a queue to its painted lines.
"""

import random
from pathlib import Path

from benchmarks.figures import Timings
from benchmarks.filled import PROFILE, TODAY, filled
from benchmarks.window import list_of
from desktop.models.reading import Reading
from desktop.models.store import Store

PAGES = 200
FRAMES = 200
OPENED = 20
NOTCH = 60
"""Pixels of one turn of the wheel."""
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
        return {
            "page_ms_p95": pages.p95,
            "page_ms_p50": pages.p50,
            "order_all_ms_p50": orders.p50,
            "jump_ms_p95": jumps.p95,
            **_on_screen(store, draw),
        }


def _on_screen(store: Store, draw: random.Random) -> dict[str, float]:
    """The list as it is seen."""
    frames, notches, opened = Timings(), Timings(), Timings()
    with list_of(store) as shown:
        bar, viewport = shown.view.verticalScrollBar(), shown.view.viewport()
        for _ in range(FRAMES):
            bar.setValue(draw.randrange(bar.maximum() + 1))
            shown.settle()
            shown.forget_pictures()
            with frames():
                viewport.repaint()
            bar.setValue(bar.value() + NOTCH)
            shown.settle(paint=False)
            with notches():
                viewport.repaint()
        for number in range(OPENED):
            with opened():
                shown.open(QUEUES[number % 2])
                viewport.repaint()
    return {
        "frame_ms_p95": frames.p95,
        "frame_ms_p50": frames.p50,
        "frame_cpu_ms_p95": frames.cpu_p95,
        "notch_ms_p95": notches.p95,
        "open_ms_p50": opened.p50,
    }
