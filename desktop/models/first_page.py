"""The first lines of a starting desk, read through the bare driver: SQLAlchemy is not imported for them.

What it shows may be one act behind the outbox after a crash; the store mends that a moment later.
"""

from dataclasses import dataclass, field
from pathlib import Path

from desktop.models import cipher
from desktop.models.queue_sql import Viewer, counts_of, holds, listed_row, page_of
from desktop.models.records import ListedRow

CACHE = "cache.db"


@dataclass(frozen=True, slots=True)
class FirstPage:
    """The first lines of a queue, and the counts of the rail (without "returned")."""

    rows: tuple[ListedRow, ...] = ()
    counts: dict[str, int] = field(default_factory=dict)


def first_page(
    folder: Path, key: bytes, who: Viewer, *, queue: str = "mine", sort: str = "due", limit: int = 50
) -> FirstPage:
    """Lines and counts as they stood at the end; empty when nothing was ever fetched.

    Raises StoreError as the store would (WrongKey, Damaged…), KeyError for an unknown queue or sort.
    """
    path = folder / CACHE
    if not path.exists():
        return FirstPage()
    connection = cipher.connect(path, key, synchronous="NORMAL", cache_kib=4_096)
    try:
        with cipher.translated(path.name):
            if connection.execute("select 1 from sqlite_master where name = 'complaint'").fetchone() is None:
                return FirstPage()
            condition = holds(queue, who)
            rows = connection.execute(page_of(condition, sort), (*condition.values, limit)).fetchall()
            counts: dict[str, int] = {}
            for names, statement, values in counts_of(who):
                counts.update(zip(names, connection.execute(statement, values).fetchone(), strict=True))
            return FirstPage(tuple(listed_row(row) for row in rows), counts)
    finally:
        connection.close()
