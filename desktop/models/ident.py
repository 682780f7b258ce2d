"""Named secrets of the profile's owner, kept inside the encrypted work.db (identity, lease, tokens)."""

from sqlalchemy import select
from sqlalchemy.dialects.sqlite import insert

from desktop.models.local_file import LocalFile
from desktop.models.tables import ident


def read(work: LocalFile, name: str) -> str | None:
    """What is kept under `name`, or None; raises StoreError."""
    with work.reading() as connection:
        return connection.scalar(select(ident.c.value).where(ident.c.name == name))


def write(work: LocalFile, name: str, value: str) -> None:
    """Keep `value` under `name`, durably; raises StoreError."""
    statement = insert(ident).values(name=name, value=value)
    replacing = statement.on_conflict_do_update(index_elements=["name"], set_={"value": value})
    work.write(lambda connection: connection.execute(replacing) and None)
