"""The full-text index over folded text: queries, and its upkeep off the sync path.

A row of the index is numbered (civil day of reception << 32) | n, so that newest first is its natural order
and costs no sort. The text itself is not kept in it; a digest tells whether it changed.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec
from sqlalchemy import Connection

from desktop.models.queue_sql import Condition
from desktop.models.store import Store
from protocol.projection import read_document, searchable
from protocol.text import fold

MOST = 1_000
"""Lines of a search: nobody scrolls further, they type another word."""

BATCH = 100
_FEW = 2_000
_MASK = 0xFFFF_FFFF
_WORD = re.compile(r"[^\W_]+")
_numbers = msgspec.json.Decoder(list[int])


@dataclass(frozen=True, slots=True)
class _Text:
    """A complaint as the index will have it; `token` is its place in the queue of changes."""

    token: int
    docid: int
    digest: bytes
    folded: str


def query_of(text: str) -> str:
    """The index's query for what a person typed: every word, folded, each as a prefix; "" for no word."""
    terms: dict[str, None] = {}
    for typed in fold(text).split():
        words = _WORD.findall(typed)
        # Inside a number like 2026-ONEE-15342 only the last part can be unfinished.
        terms.update(dict.fromkeys(f'"{word}"' for word in words[:-1]))
        terms.update(dict.fromkeys(f'"{word}"*' for word in words[-1:]))
    return " AND ".join(terms)


def newest(connection: Connection, query: str, limit: int) -> list[int]:
    """Row numbers of the newest matches."""
    rows = connection.exec_driver_sql(
        "select rowid from fts where fts match ? order by rowid desc limit ?", (query, limit)
    )
    return [docid & _MASK for docid in rows.scalars()]


def inside(connection: Connection, query: str, queue: Condition, limit: int) -> list[int]:
    """Row numbers of the matches that the queue holds, by due date.

    Few matches are looked up one by one; of many, the queue is walked in its order until `limit` are found.
    The index is asked once: of a word begun it merges all that begin so, however few rows are wanted.
    """
    every = connection.exec_driver_sql(
        "select json_group_array(rowid & ?) from fts where fts match ?", (_MASK, query)
    ).scalar_one()
    found = _numbers.decode(every)
    if len(found) > _FEW:
        return list(_walk(connection, queue, frozenset(found), limit))
    rows = connection.exec_driver_sql(
        f"select n from complaint where n in (select value from json_each(?)) and {queue.where}"  # noqa: S608
        " order by due, n limit ?",
        (every, *queue.values, limit),
    )
    return list(rows.scalars())


def index_pending(store: Store, limit: int) -> int:
    """Index up to `limit` changed complaints; gives how many still wait.

    Texts are decoded and folded outside the writer; a complaint changed meanwhile stays in the queue.
    """
    texts = _texts(store, limit)
    if not texts:
        return 0

    def update(connection: Connection) -> int:
        tokens = _by_number(connection, "select n, token from to_index", texts)
        same = [(n, text) for n, text in texts.items() if tokens.get(n) == (text.token,)]
        _index(connection, same)
        return int(connection.exec_driver_sql("select count(*) from to_index").scalar_one())

    return store.write_cache(update)


def _walk(connection: Connection, queue: Condition, matching: frozenset[int], limit: int) -> Iterator[int]:
    rows = connection.exec_driver_sql(
        f"select n from complaint where {queue.where} order by due, n",  # noqa: S608
        queue.values,
        execution_options={"stream_results": True, "max_row_buffer": 2_000},
    )
    found = 0
    for (n,) in rows:
        if n in matching:
            yield n
            found += 1
            if found == limit:
                return


def _texts(store: Store, limit: int) -> dict[int, _Text]:
    """Complaints waiting to be indexed, by row number."""
    with store.cache.reading() as connection:
        rows = connection.exec_driver_sql(
            "select t.n, t.token, c.id, c.received_on, c.view_dirty, d.base from to_index t"
            " join complaint c on c.n = t.n join document d on d.n = t.n limit ?",
            (limit,),
        ).all()
    texts = {}
    for n, token, id_, received_on, dirty, base in rows:
        document = store.view(id_)[0] if dirty else read_document(base)
        folded = searchable(document)
        docid = date.fromisoformat(received_on).toordinal() << 32 | n
        digest = hashlib.blake2b(folded.encode(), digest_size=8).digest()
        texts[n] = _Text(token, docid, digest, folded)
    return texts


def _index(connection: Connection, texts: Sequence[tuple[int, _Text]]) -> None:
    """Write those whose text or place changed, all at once, and take all of them out of the queue."""
    known = _by_number(connection, "select n, docid, digest from indexed", dict(texts))
    changed = [(n, text) for n, text in texts if known.get(n) != (text.docid, text.digest)]
    earlier = [(known[n][0],) for n, _ in changed if n in known]
    _many(connection, "delete from fts where rowid = ?", earlier)
    _many(
        connection,
        "insert into fts (rowid, folded) values (?, ?)",
        [(text.docid, text.folded) for _, text in changed],
    )
    _many(
        connection,
        "insert or replace into indexed (n, docid, digest) values (?, ?, ?)",
        [(n, text.docid, text.digest) for n, text in changed],
    )
    _many(connection, "delete from to_index where n = ?", [(n,) for n, _ in texts])


def _by_number(connection: Connection, select: str, ns: Iterable[int]) -> dict[int, tuple[Any, ...]]:
    """What a table says of these row numbers; `select` names n first."""
    numbers = msgspec.json.encode(list(ns)).decode()
    rows = connection.exec_driver_sql(f"{select} where n in (select value from json_each(?))", (numbers,))  # noqa: S608
    return {row[0]: tuple(row[1:]) for row in rows}


def _many(connection: Connection, statement: str, rows: list[tuple[Any, ...]]) -> None:
    if rows:
        connection.exec_driver_sql(statement, rows)
