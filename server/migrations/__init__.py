"""Brings the register's schema to the newest version; Alembic is loaded only when there is work for it."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from secrets import token_bytes

from sqlalchemy import Connection, inspect, select, text
from sqlalchemy.exc import DBAPIError

from server import tables
from server.database import Database, Unusable, check, insert_if_absent, take_alone, take_time
from server.identifiers import uuid7

HEAD = "0004"
"""The newest revision in `versions`; a test compares."""

EPOCH = "epoch"


def version(connection: Connection) -> str:
    """The schema's revision; "" for an empty database."""
    if not inspect(connection).has_table("alembic_version"):
        return ""
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or ""


def migrate(database: Database, now: datetime, entropy: Callable[[int], bytes] = token_bytes) -> None:
    """Upgrade the schema to HEAD, and give a new register its epoch; raises Unusable."""
    try:
        with database.reading() as connection:
            check(connection)
            current = version(connection)
    except DBAPIError as error:
        raise Unusable(f"{database.engine.url}: {error.orig}") from error
    if current != HEAD:
        _upgrade(database)
    with database.transaction() as connection:
        insert_if_absent(connection, tables.meta, {"key": EPOCH, "value": uuid7(now, entropy)})


def _upgrade(database: Database) -> None:
    from alembic import command
    from alembic.config import Config as AlembicConfig
    from alembic.util import CommandError

    settings = AlembicConfig()
    settings.set_main_option("script_location", str(Path(__file__).parent))
    with database.transaction() as connection:
        take_time(connection)
        # Of several processes that start at once, one changes the schema and the others find it changed.
        take_alone(connection)
        settings.attributes["connection"] = connection
        try:
            command.upgrade(settings, "head")
        except CommandError as error:
            raise Unusable(f"{database.engine.url}: written by another version of this program") from error


def epoch(connection: Connection) -> str:
    """The register's epoch: changed by every restore (PROTOCOL §4)."""
    query = select(tables.meta.c.value).where(tables.meta.c.key == EPOCH)
    return str(connection.execute(query).scalar_one())
