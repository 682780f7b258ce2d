"""SQLAlchemy without its start-up costs: a thousand stores a minute share one dialect and its compiled SQL.

A port patched by the simulation only; what is executed stays what the product wrote.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy
from sqlalchemy import Engine

import desktop.models.local_file
import server.database

_first: dict[str, Engine] = {}


def _shared(url: Any, **options: Any) -> Engine:
    engine = sqlalchemy.create_engine(url, **options)
    kind = str(options.get("module"))
    first = _first.get(kind)
    if first is None:
        with engine.connect():
            _first[kind] = engine
        return engine
    engine.dialect = engine.pool._dialect = first.dialect
    engine._compiled_cache = first._compiled_cache
    return engine


@contextmanager
def shared() -> Iterator[None]:
    """Inside, stores of this process are opened cheaply."""
    places = (desktop.models.local_file, server.database)
    before = [place.create_engine for place in places]
    for place in places:
        place.create_engine = _shared  # type: ignore[attr-defined]
    try:
        yield
    finally:
        for place, create_engine in zip(places, before, strict=True):
            place.create_engine = create_engine  # type: ignore[attr-defined]
