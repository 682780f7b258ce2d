"""One flipped bit, a thousand times, anywhere in the two files of a closed profile.

Right is: noticed and named; or without effect, every word read back the same. A cache is then fetched again
and what was typed is kept; a damaged work.db is never emptied, nor taken for whole.
"""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from sqlcipher3 import dbapi2

from desktop.models import cipher
from desktop.models.errors import StoreError
from desktop.models.replica import StoreReplica
from desktop.models.store import Store
from protocol.acts import Note
from protocol.wire import Result
from sync.replica import Position
from tests.chaos.findings import Findings
from tests.chaos.rows import Row
from tests.chaos.scribe import WORDS, draft
from tests.profiles import KEY, ME, NOW, asked, document, page

FLIPS, BROKEN_FLIPS = 1_000, 60
FILES = ("work.db", "cache.db")
DOCUMENTS = 40

Content = tuple[object, ...]


def everything() -> Any:
    """What the server has for this desk."""
    return page(*(document(f"c{n:02x}", text=WORDS, object=f"objet {n}") for n in range(DOCUMENTS)))


def prepare(folder: Path) -> None:
    """A profile with documents, acts that wait, one refused, and drafts; closed in order."""
    store = Store.open(folder, KEY, actor=ME)
    replica = StoreReplica(store)
    replica.apply(everything())
    for n in range(12):
        store.record(asked(f"a{n}", f"c{n:02x}", Note(text=f"{n} {WORDS}")))
        store.drafts.save(draft(f"c{n + 12:02x}", f"{n} {WORDS}"))
    replica.settle([Result(id="a0", status="rejected", code="stale_thread")], "e1", NOW)
    store.close()


def typed(store: Store) -> Content:
    """All that lies in work.db, word for word."""
    with store.work.reading() as connection:
        acts = connection.exec_driver_sql("select id, state, body, prev from outbox order by n").all()
        back = connection.exec_driver_sql("select id, body, code from returned order by id").all()
    return tuple(acts), tuple(back), store.drafts.every()


def shown(store: Store) -> Content:
    """All that lies in cache.db: documents, list columns, position."""
    with store.cache.reading() as connection:
        bases = connection.exec_driver_sql("select n, base from document order by n").all()
        rows = connection.exec_driver_sql("select * from complaint order by n").all()
    return tuple(bases), tuple(rows), StoreReplica(store).position()


def flip(path: Path, draw: Random) -> str:
    """Turn one bit of the file round; says which."""
    content = bytearray(path.read_bytes())
    at = draw.randrange(len(content) * 8)
    content[at // 8] ^= 1 << at % 8
    path.write_bytes(content)
    return f"{path.name} bit {at}"


def judge(folder: Path, file: str, where: str, before: tuple[Content, Content], found: Findings) -> bool:
    """Open the profile and read all of it; gives whether the flip was noticed."""
    size = (folder / file).stat().st_size
    try:
        store = Store.open(folder, KEY)
    except StoreError:
        if file == "cache.db":
            found.stuck.append(f"{where}: the desk does not start")
        elif (folder / file).stat().st_size < size:
            found.lost.append(f"{where}: the damaged file was cut")
        return True
    except Exception as error:  # what nobody has named: the desk does not know what it read
        found.stuck.append(f"{where}: {type(error).__name__}")
        return False
    try:
        return _read(store, file, where, before, found)
    except Exception as error:
        found.stuck.append(f"{where}: {type(error).__name__}")
        return False
    finally:
        store.close()


def _read(store: Store, file: str, where: str, before: tuple[Content, Content], found: Findings) -> bool:
    noticed = False
    try:
        if typed(store) != before[0]:
            found.lost.append(f"{where}: other words, silently")
    except StoreError:
        noticed = True
        if file != "work.db":
            found.lost.append(f"{where}: work.db cannot be read")
    if file != "cache.db":
        return noticed
    try:
        now = shown(store)
    except StoreError:
        now = ()
    replica = StoreReplica(store)
    if now != before[1]:
        noticed = replica.position() == Position()
        if not noticed:
            found.halves.append(f"{where}: another cache, silently")
        replica.apply(everything())
        if [base for _, base in shown(store)[0]] != [base for _, base in before[1][0]]:  # type: ignore[attr-defined,str-unpack]
            found.halves.append(f"{where}: not rebuilt")
    return noticed


def flips(
    _seconds: float, seed: int, *, count: int = FLIPS, broken: Callable[[], Any] | None = None, name: str = ""
) -> Row:
    """`count` flips over both files, by their size."""
    draw, found, noticed = Random(seed), Findings(), 0
    base = Path("/dev/shm") if Path("/dev/shm").is_dir() else None
    folder = Path(tempfile.mkdtemp(prefix="chaos-flips-", dir=base))
    with broken() if broken else _whole():
        template = folder / "template"
        prepare(template)
        store = Store.open(template, KEY)
        before = (typed(store), shown(store))
        store.close()
        for _ in range(count):
            one = folder / "one"
            shutil.rmtree(one, ignore_errors=True)
            shutil.copytree(template, one)
            file = draw.choice(FILES)
            noticed += judge(one, file, flip(one / file, draw), before, found)
    shutil.rmtree(folder)
    note = f"{noticed} noticed, {count - noticed - len(found.every())} in bytes that nothing is read from"
    return found.row(
        name or "a flipped bit in work.db or cache.db", count, broken=broken is not None, note=note
    )


@contextmanager
def _whole() -> Iterator[None]:
    yield


@contextmanager
def without_seals() -> Iterator[None]:
    """Broken: encrypted files whose pages bear no seal."""
    sound = dbapi2.connect

    def unsealed(*args: Any, **options: Any) -> Any:
        return sound(*args, **options, factory=_Unsealed)

    cipher.dbapi2.connect = unsealed
    try:
        yield
    finally:
        cipher.dbapi2.connect = sound


class _Unsealed(dbapi2.Connection):  # type: ignore[misc]
    def execute(self, sql: str, *args: Any) -> Any:
        done = super().execute(sql, *args)
        if sql.startswith("pragma key"):
            super().execute("pragma cipher_use_hmac = off")
        return done


HARNESSES = (
    flips,
    partial(flips, count=BROKEN_FLIPS, broken=without_seals, name="a flipped bit, pages without seals"),
)
