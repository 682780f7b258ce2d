"""The full-text index over folded text: queries, and its upkeep off the sync path.

A row of the index is numbered (civil day of reception << 32) | n, so that newest first is its natural order
and costs no sort. The text itself is not kept in it; a digest tells whether it changed.
"""

import hashlib
import re
from collections.abc import Iterator
from datetime import date

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
    """
    found = newest(connection, query, _FEW + 1)
    if len(found) <= _FEW:
        rows = connection.exec_driver_sql(
            f"select n from complaint where n in (select value from json_each(?)) and {queue.where}"  # noqa: S608
            " order by due, n limit ?",
            (msgspec.json.encode(found).decode(), *queue.values, limit),
        )
        return list(rows.scalars())
    every = connection.exec_driver_sql(
        "select json_group_array(rowid & ?) from fts where fts match ?", (_MASK, query)
    ).scalar_one()
    matching = frozenset(_numbers.decode(every))
    return list(_walk(connection, queue, matching, limit))


def index_pending(store: Store, limit: int) -> int:
    """Index up to `limit` changed complaints; gives how many still wait.

    Texts are decoded and folded outside the writer; a complaint changed meanwhile stays in the queue.
    """
    texts = _texts(store, limit)
    if not texts:
        return 0

    def update(connection: Connection) -> int:
        for n, (token, docid, folded) in texts.items():
            current = connection.exec_driver_sql("select token from to_index where n = ?", (n,)).scalar()
            if current == token:
                _index(connection, n, docid, folded)
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


def _texts(store: Store, limit: int) -> dict[int, tuple[int, int, str]]:
    """Token, docid and folded text of complaints waiting to be indexed, by row number."""
    with store.cache.reading() as connection:
        rows = connection.exec_driver_sql(
            "select t.n, t.token, c.id, c.received_on, c.view_dirty, d.base from to_index t"
            " join complaint c on c.n = t.n join document d on d.n = t.n limit ?",
            (limit,),
        ).all()
    texts = {}
    for n, token, id_, received_on, dirty, base in rows:
        document = store.view(id_)[0] if dirty else read_document(base)
        docid = date.fromisoformat(received_on).toordinal() << 32 | n
        texts[n] = (token, docid, searchable(document))
    return texts


def _index(connection: Connection, n: int, docid: int, folded: str) -> None:
    digest = hashlib.blake2b(folded.encode(), digest_size=8).digest()
    connection.exec_driver_sql("delete from to_index where n = ?", (n,))
    known = connection.exec_driver_sql("select docid, digest from indexed where n = ?", (n,)).first()
    if known is not None:
        if known[0] == docid and known[1] == digest:
            return
        connection.exec_driver_sql("delete from fts where rowid = ?", (known[0],))
    connection.exec_driver_sql("insert into fts (rowid, folded) values (?, ?)", (docid, folded))
    connection.exec_driver_sql(
        "insert or replace into indexed (n, docid, digest) values (?, ?, ?)", (n, docid, digest)
    )
