"""Files known by the SHA-256 of their bytes: stored once, whole or not at all, under data/blobs.

Bytes arrive in parts in data/uploads and are renamed into place only when they hash to their name, so that a
file that exists is complete whatever happened to the machine.
"""

import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Select, delete, insert, select, update

from protocol.complaint import Attachment
from server import tables
from server.config import Config
from server.database import insert_if_absent
from server.identifiers import uuid7

MAX_PART = 1024 * 1024


class NoSuchFile(LookupError):
    """No finished file, or no upload, has this name."""


class WrongOffset(ValueError):
    """The part does not begin where the server's bytes end, at `offset`."""

    def __init__(self, offset: int) -> None:
        super().__init__(str(offset))
        self.offset = offset


class WrongContent(ValueError):
    """The bytes do not hash to the announced name, or are more than announced."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file on its way; `offset` is how many bytes are here."""

    id: str
    file: Attachment
    account: str
    offset: int

    @property
    def is_finished(self) -> bool:
        """Whether every byte has come and the file is in its place."""
        return self.offset == self.file.size


def path_of(config: Config, sha256: str) -> Path:
    """Where the finished file is, or would be."""
    return config.blobs / sha256


def keep(connection: Connection, config: Config, data: bytes, mime: str, now: datetime) -> str:
    """Store bytes at once (portal, capture); gives their SHA-256. The same bytes twice are one file."""
    sha256 = lay_down(config, data)
    enter(connection, sha256, len(data), mime, now)
    return sha256


def lay_down(config: Config, data: bytes) -> str:
    """Put bytes in their place, outside any transaction; nobody has them before they are entered."""
    sha256 = hashlib.sha256(data).hexdigest()
    part = config.uploads / f"{sha256}.{os.getpid()}.{id(data)}.part"
    part.write_bytes(data)
    _place(part, path_of(config, sha256))
    return sha256


def enter(connection: Connection, sha256: str, size: int, mime: str, now: datetime) -> None:
    """Make a file that is in its place known to the register."""
    row = {"sha256": sha256, "size": size, "mime": mime, "at": now}
    insert_if_absent(connection, tables.blob, row)


def read(config: Config, sha256: str) -> bytes:
    """The bytes of a finished file; raises NoSuchFile."""
    try:
        return path_of(config, sha256).read_bytes()
    except FileNotFoundError as error:
        raise NoSuchFile(sha256) from error


def offer(
    connection: Connection,
    file: Attachment,
    account: str,
    now: datetime,
    *,
    entropy: Callable[[int], bytes],
) -> tuple[str, int]:
    """Announce a file: the upload to go on with, and the bytes this account has already sent."""
    table = tables.upload
    mine = (table.c.sha256 == file.sha256) & (table.c.account == account) & (table.c.size == file.size)
    # Announced twice at the same moment it has two rows: whoever goes on, goes on with the one further on.
    furthest = select(table.c.id, table.c.offset).where(mine).order_by(table.c.offset.desc(), table.c.id)
    known = connection.execute(furthest.limit(1)).first()
    if known is not None:
        return known.id, known.offset
    upload = uuid7(now, entropy)
    row = {
        "id": upload,
        "sha256": file.sha256,
        "size": file.size,
        "name": file.name[:255],
        "mime": file.mime[:100],
        "account": account,
        "offset": 0,
        "at": now,
    }
    connection.execute(insert(table).values(**row))
    return upload, 0


def find_upload(connection: Connection, upload: str, account: str) -> Upload:
    """An upload of this account; raises NoSuchFile."""
    return _upload(connection, _one_upload(upload, account), upload)


def hold_upload(connection: Connection, upload: str, account: str) -> Upload:
    """`find_upload`, and no other part of it is taken before this transaction ends."""
    return _upload(connection, _one_upload(upload, account).with_for_update(), upload)


def _one_upload(upload: str, account: str) -> Select[Any]:
    table = tables.upload
    return select(table).where(table.c.id == upload, table.c.account == account)


def _upload(connection: Connection, query: Select[Any], upload: str) -> Upload:
    row = connection.execute(query).one_or_none()
    if row is None:
        raise NoSuchFile(upload)
    file = Attachment(sha256=row.sha256, name=row.name, mime=row.mime, size=row.size)
    return Upload(row.id, file, row.account, row.offset)


def append(connection: Connection, config: Config, upload: Upload, part: bytes, *, at: int) -> int:
    """Add a part that begins at byte `at`; gives the new offset. Raises WrongOffset, WrongContent."""
    if at != upload.offset:
        raise WrongOffset(upload.offset)
    offset = at + len(part)
    if offset > upload.file.size or len(part) > MAX_PART:
        raise WrongContent(upload.file.sha256)
    with os.fdopen(os.open(_part_of(config, upload), os.O_CREAT | os.O_RDWR, 0o600), "r+b") as file:
        # Bytes beyond the recorded offset are of a part whose transaction was lost: overwritten here.
        file.seek(at)
        file.write(part)
        file.truncate()
        file.flush()
        os.fsync(file.fileno())
    table = tables.upload
    connection.execute(update(table).where(table.c.id == upload.id).values(offset=offset))
    return offset


def finish(
    connection: Connection, config: Config, upload: Upload, now: datetime, check: Callable[[bytes], str]
) -> None:
    """Put a complete upload in its place; raises WrongContent, and whatever `check` raises.

    `check` gives the type it recognises. The upload stays known until `purge`: it proves who sent the bytes.
    """
    part = _part_of(config, upload)
    data = part.read_bytes()
    if hashlib.sha256(data).hexdigest() != upload.file.sha256:
        raise WrongContent(upload.file.sha256)
    mime = check(data)
    _place(part, path_of(config, upload.file.sha256))
    row = {"sha256": upload.file.sha256, "size": len(data), "mime": mime, "at": now}
    insert_if_absent(connection, tables.blob, row)


def discard(connection: Connection, config: Config, upload: Upload) -> None:
    """Forget an upload and its bytes."""
    connection.execute(delete(tables.upload).where(tables.upload.c.id == upload.id))
    _part_of(config, upload).unlink(missing_ok=True)


def purge(connection: Connection, config: Config, before: datetime, sent_before: datetime) -> None:
    """Forget uploads begun before this moment and never finished, and who sent files before `sent_before`."""
    table = tables.upload
    finished = table.c.offset == table.c.size
    old = ((table.c.at < before) & ~finished) | ((table.c.at < sent_before) & finished)
    for upload in connection.execute(select(table.c.id).where(old)).scalars().all():
        connection.execute(delete(table).where(table.c.id == upload))
        (config.uploads / f"{upload}.part").unlink(missing_ok=True)


def holders(connection: Connection, sha256: str) -> Sequence[str]:
    """The complaints that refer to a file."""
    table = tables.attachment
    return connection.execute(select(table.c.complaint).where(table.c.sha256 == sha256)).scalars().all()


def sent_by(connection: Connection, sha256: str, account: str) -> bool:
    """Whether this account has sent every byte of the file."""
    table = tables.upload
    whole = (table.c.sha256 == sha256) & (table.c.account == account) & (table.c.offset == table.c.size)
    return connection.execute(select(table.c.id).where(whole)).first() is not None


def known(connection: Connection, sha256s: Sequence[str]) -> dict[str, tuple[str, int]]:
    """Type and size of the finished files among these, as the server found them."""
    table = tables.blob
    rows = connection.execute(select(table).where(table.c.sha256.in_(sha256s)))
    return {row.sha256: (row.mime, row.size) for row in rows}


def described(connection: Connection, sha256: str, complaint: str) -> Attachment:
    """The file as this complaint names it; raises NoSuchFile."""
    table = tables.attachment
    blob = tables.blob
    query = (
        select(table.c.name, blob.c.mime, blob.c.size)
        .join(blob, blob.c.sha256 == table.c.sha256)
        .where(table.c.sha256 == sha256, table.c.complaint == complaint)
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        raise NoSuchFile(sha256)
    return Attachment(sha256=sha256, name=row.name, mime=row.mime, size=row.size)


def _part_of(config: Config, upload: Upload) -> Path:
    return config.uploads / f"{upload.id}.part"


def _place(part: Path, final: Path) -> None:
    """Rename once the bytes are on the disk, and make the rename itself durable."""
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.replace(final)
    if os.name == "posix":
        folder = os.open(final.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
