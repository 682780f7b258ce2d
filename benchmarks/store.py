"""What encryption and SQLAlchemy cost: the same pages read and the same batches stored, with and without.

Both stores are filled from the same documents and asked in turns, so that a busy moment falls on both.
`page_ratio` and `bulk_ratio` are encrypted over plain, through the desk's own code; `page_raw_ratio` is the
desk's reading over the same statement on a driver's connection, both encrypted and both making the records of
the list; `bulk_raw_ratio` the same for one table of a batch. Plain is the same library without a key.
"""

import itertools
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from benchmarks.documents import complaints as documents
from benchmarks.figures import Timings
from benchmarks.filled import ACTOR, KEY, PROFILE, TODAY, filled, line
from desktop.models import cipher
from desktop.models.queue_sql import holds, listed_row, page_of, viewer
from desktop.models.reading import PAGE, Reading
from desktop.models.replica import StoreReplica
from desktop.models.store import Store
from sync.replica import Page, Position

PAGES = 300
BATCHES = 24
BATCH = 500
QUEUES = ("mine", "unit", "unassigned", "overdue")


def run(folder: Path, *, complaints: int, seed: int) -> dict[str, float]:
    """Ratios over two stores of `complaints` documents each."""
    with ExitStack() as both:
        sealed = both.enter_context(_filled(folder / "sealed", complaints, seed))
        both.enter_context(unencrypted(folder / "plain"))
        plain = both.enter_context(_filled(folder / "plain", complaints, seed))
        plain_page, sealed_page = _pages(plain, sealed)
        raw_page = _bare_pages(sealed)
        through, bare = _rows(sealed)
    bulk = _bulk(folder, seed)
    return {
        "page_ratio": round(sealed_page.p50 / plain_page.p50, 3),
        "bulk_ratio": round(bulk["sealed"].p50 / bulk["plain"].p50, 3),
        "page_raw_ratio": round(sealed_page.p50 / raw_page.p50, 3),
        "bulk_raw_ratio": round(through.p50 / bare.p50, 3),
        "page_ms_p50": sealed_page.p50,
        "page_plain_ms_p50": plain_page.p50,
        "page_raw_ms_p50": raw_page.p50,
        "bulk500_ms_p50": bulk["sealed"].p50,
        "bulk500_plain_ms_p50": bulk["plain"].p50,
    }


@contextmanager
def unencrypted(plain: Path) -> Iterator[None]:
    """Files in `plain`, opened meanwhile, are plain SQLite with the same settings otherwise."""
    sealed = cipher.connect

    def connect(path: Path, key: bytes, **settings: Any) -> Any:
        return _connect_plain(path, **settings) if path.parent == plain else sealed(path, key, **settings)

    cipher.connect = connect
    try:
        yield
    finally:
        cipher.connect = sealed


def _connect_plain(path: Path, *, synchronous: str, cache_kib: int = 8_192) -> Any:
    connection = cipher.dbapi2.connect(str(path), isolation_level=None, check_same_thread=False)
    for setting in ("temp_store = memory", f"cache_size = -{cache_kib}", "journal_mode = wal"):
        connection.execute(f"pragma {setting}").fetchone()
    connection.execute(f"pragma synchronous = {synchronous}")
    return connection


def _filled(folder: Path, count: int, seed: int) -> Any:
    folder.mkdir()
    return filled(folder, complaints_count=count, seed=seed, indexed=False)


def _pages(plain: Store, sealed: Store) -> tuple[Timings, Timings]:
    """Each queue's first page, in turns."""
    timings = Timings(), Timings()
    readings = Reading(plain, PROFILE), Reading(sealed, PROFILE)
    for number in range(-20, PAGES):
        for timing, reading in zip(timings, readings, strict=True):
            with timing() if number >= 0 else Timings()():
                reading.first_page(QUEUES[number % 4], "due", TODAY)
    return timings


def _bare_pages(sealed: Store) -> Timings:
    """The statements of `_pages` on the driver's own connection, and the same records from their rows."""
    timings = Timings()
    connection = cipher.connect(sealed.cache.path, KEY, synchronous="NORMAL", cache_kib=65_536)
    who = viewer(PROFILE, TODAY)
    for number in range(-20, PAGES):
        condition = holds(QUEUES[number % 4], who)
        with timings() if number >= 0 else Timings()():
            rows = connection.execute(page_of(condition, "due"), (*condition.values, PAGE)).fetchall()
            tuple(listed_row(row) for row in rows)
    connection.close()
    return timings


def _rows(sealed: Store) -> tuple[Timings, Timings]:
    """The same rows of documents written through SQLAlchemy and through the driver, in turns."""
    timings = Timings(), Timings()
    statement = "insert or replace into document (n, base) values (?, ?)"
    with sealed.cache.reading() as reading:
        rows = [
            tuple(row) for row in reading.exec_driver_sql("select n, base from document limit ?", (BATCH,))
        ]
    bare = cipher.connect(sealed.cache.path, KEY, synchronous="NORMAL", cache_kib=65_536)
    for number in range(-2, BATCHES):
        with timings[0]() if number >= 0 else Timings()():
            sealed.write_cache(lambda connection: connection.exec_driver_sql(statement, rows).rowcount)
        with timings[1]() if number >= 0 else Timings()():
            bare.execute("begin immediate")
            bare.executemany(statement, rows)
            bare.execute("commit")
    bare.close()
    return timings


def _bulk(folder: Path, seed: int) -> dict[str, Timings]:
    """Batches of new documents into two growing stores, in turns."""
    timings = {"sealed": Timings(), "plain": Timings()}
    with ExitStack() as both:
        both.enter_context(unencrypted(folder / "bulk-plain"))
        stores = {name: _empty(folder / f"bulk-{name}", both) for name in timings}
        made = documents(BATCHES * BATCH, seed)
        for number in range(BATCHES):
            batch = tuple(line(document) for document in itertools.islice(made, BATCH))
            position = Position(cursor="c", epoch="bench", snap_after=batch[-1].id)
            for name, replica in stores.items():
                with timings[name]() if number else Timings()():
                    replica.apply(Page(documents=batch, position=position))
    return timings


def _empty(folder: Path, closing: ExitStack) -> StoreReplica:
    folder.mkdir()
    store = Store.open(folder, KEY, actor=ACTOR)
    closing.callback(store.close)
    return StoreReplica(store)
