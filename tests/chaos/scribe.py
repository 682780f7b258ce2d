"""A desk's stores in a process of their own: one scripted operation, told step by step, while faults strike.

What is told through the pipe was called saved before it was told; what the process dies of is its harness's
affair (tests.chaos.strace).
"""

import hashlib
import os
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

from desktop.models.errors import StoreError
from desktop.models.records import Draft
from desktop.models.replica import StoreReplica
from desktop.models.store import Store
from protocol.acts import Note
from protocol.wire import GoneLine, Result
from sync.replica import Position, Repair
from tests.profiles import KEY, ME, NOW, applied, asked, document, line, page

WORDS = "انقطاع الماء — la coupure dure depuis trois jours ; " * 40
FILE = b"\x89PNG" * 40_000
SHA256 = hashlib.sha256(FILE).hexdigest()
THERE = Position(cursor="c2", epoch="e2", snap_done=True)

Say = Callable[[str], None]


def prepare(folder: Path) -> None:
    """A profile with complaints c0…c11, acts a1 and a2 on c1, a draft on c4."""
    store = Store.open(folder, KEY, actor=ME)
    StoreReplica(store).apply(page(*(document(f"c{n:x}", text=WORDS) for n in range(12))))
    store.record(asked("a1", "c1", Note(text="premier")))
    store.record(asked("a2", "c2", Note(text="refusé plus tard")))
    store.drafts.save(draft("c4", "brouillon"))
    store.close()


def draft(complaint: str, body: str) -> Draft:
    """Unsent words on a complaint."""
    return Draft(complaint, "note", body, len(body), 1, NOW)


def _act(store: Store, say: Say) -> None:
    store.record(asked("a3", "c4", Note(text=WORDS)), draft="note")
    say("a3")


def _draft(store: Store, say: Say) -> None:
    for n in range(3):
        store.drafts.save(draft("c5", f"{n} {WORDS}"))
        say(str(n))


def _settle(store: Store, say: Say) -> None:
    refused = Result(id="a2", status="rejected", code="stale_thread")
    StoreReplica(store).settle([applied("a1", document("c1", 2)), refused], "e1", NOW)
    say("settled")


def _page(store: Store, say: Say) -> None:
    gone = (GoneLine(id="c3", ver=9, why="scope"),)
    StoreReplica(store).apply(page(document("c1", 5), document("cc"), gone=gone, cursor="c2"))
    say("page")


def _repair(store: Store, say: Say) -> None:
    replica = StoreReplica(store)
    replica.repair(Repair(documents=(line(document("c6", 1, theme="restored")),), dropped=("c7",)))
    say("part")
    replica.repair(Repair(references=(), position=THERE))
    say("repaired")


def _file(store: Store, say: Say) -> None:
    store.files.attach("photo.png", "image/png", FILE)
    say("file")


OPERATIONS: dict[str, Callable[[Store, Say], None]] = {
    "an act": _act,
    "a draft": _draft,
    "results": _settle,
    "a page": _page,
    "a repair": _repair,
    "a file": _file,
}


def work(folder: str, operation: str, pipe: Connection, store_class: type[Store] = Store) -> None:
    """Open the profile, tell the threads that write, wait for the word, do the operation; again if refused.

    Tells ("threads", {file: thread id}), then ("said", …), ("refused", code), and ("done", "").
    """
    store = store_class.open(Path(folder), KEY, actor=ME)
    writers = {
        thread.name.removeprefix("writes "): thread.native_id
        for thread in threading.enumerate()
        if thread.name.startswith("writes ")
    }
    pipe.send(("threads", writers))
    pipe.recv()
    for _ in range(2):
        try:
            OPERATIONS[operation](store, lambda what: pipe.send(("said", what)))
        except StoreError as error:
            pipe.send(("refused", error.code))
        else:
            break
    pipe.send(("done", ""))
    os._exit(0)
