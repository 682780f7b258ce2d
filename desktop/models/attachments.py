"""Files of complaints, in encrypted parts of 1 MiB: leaving ones in work.db, those that came in cache.db."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import partial

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update

from desktop.models import outbox
from desktop.models.local_file import LocalFile
from desktop.models.tables import blob_in, blob_out, file_out
from protocol.complaint import Attachment
from sync.blobs import PART


class Attachments:
    """Implements sync.blobs.FileStore over the two local files."""

    def __init__(self, work: LocalFile, cache: LocalFile) -> None:
        self._work = work
        self._cache = cache

    def attach(self, name: str, mime: str, content: bytes) -> Attachment:
        """Keep a file that an act is going to carry; the act waits until the server has it whole."""
        digest = hashlib.sha256(content).hexdigest()
        file = Attachment(sha256=digest, name=name, mime=mime, size=len(content))

        def save(connection: Connection) -> None:
            if connection.execute(select(file_out.c.n).where(file_out.c.sha256 == digest)).first() is None:
                values = {"sha256": digest, "name": name, "mime": mime, "size": len(content)}
                connection.execute(insert(file_out).values(values))
                connection.execute(insert(blob_out), _parts(digest, content))

        self._work.write(save)
        return file

    def drop(self, sha256: str) -> None:
        """Forget a file that no act carries: it was taken off again, or its text was thrown away."""

        def forget(connection: Connection) -> None:
            if outbox.is_carried(connection, sha256):
                return
            connection.execute(delete(file_out).where(file_out.c.sha256 == sha256))
            connection.execute(delete(blob_out).where(blob_out.c.sha256 == sha256))

        self._work.write(forget)

    def sweep(self) -> None:
        """Forget files left by a crash between a file and its draft: no act, tray or draft names them."""
        with self._work.reading() as connection:
            lost = outbox.files_of_nobody(connection)
        for sha256 in lost:
            self.drop(sha256)

    def outgoing(self) -> Sequence[Attachment]:
        """Files not yet complete on the server, oldest first."""
        with self._work.reading() as connection:
            return tuple(
                Attachment(sha256=row.sha256, name=row.name, mime=row.mime, size=row.size)
                for row in outbox.files_waiting(connection)
            )

    def part(self, sha256: str, offset: int, size: int) -> bytes:
        """Bytes of a waiting file from `offset`, `size` (at most one part) of them or fewer at its end."""
        first = offset // PART
        with self._work.reading() as connection:
            parts = connection.execute(
                select(blob_out.c.content)
                .where(blob_out.c.sha256 == sha256, blob_out.c.part.in_((first, first + 1)))
                .order_by(blob_out.c.part)
            ).scalars()
            start = offset - first * PART
            return b"".join(parts)[start : start + size]

    def sent(self, sha256: str) -> None:
        """The server has it whole: its bytes need no longer be kept here for sending."""

        def note(connection: Connection) -> None:
            connection.execute(update(file_out).where(file_out.c.sha256 == sha256).values(sent=1))
            connection.execute(delete(blob_out).where(blob_out.c.sha256 == sha256))

        content = self.kept(sha256)
        if content is not None:
            self.keep(sha256, content)
        self._work.write(note)

    def send_again(self, sha256s: Collection[str]) -> frozenset[str]:
        """A restored server may have lost these: those whose bytes are still on this PC leave once more.

        Gives those that are nowhere here.
        """
        lost: set[str] = set()

        def back(connection: Connection, sha256: str, content: bytes) -> None:
            connection.execute(update(file_out).where(file_out.c.sha256 == sha256).values(sent=0))
            connection.execute(delete(blob_out).where(blob_out.c.sha256 == sha256))
            connection.execute(insert(blob_out), _parts(sha256, content))

        for sha256 in sha256s:
            content = self.kept(sha256)
            if content is None:
                lost.add(sha256)
            else:
                self._work.write(partial(back, sha256=sha256, content=content))
        return frozenset(lost)

    def kept(self, sha256: str) -> bytes | None:
        """A file of this PC, or None when it is not here whole (P16)."""
        for file, table in ((self._work, blob_out), (self._cache, blob_in)):
            with file.reading() as connection:
                parts = connection.execute(
                    select(table.c.content).where(table.c.sha256 == sha256).order_by(table.c.part)
                ).scalars()
                content = b"".join(parts)
            if hashlib.sha256(content).hexdigest() == sha256:
                return content
        return None

    def give_back(self, sha256: str, code: str, now: datetime) -> Mapping[str, str]:
        """Acts that carry a file no server will take go into the tray, their text intact."""
        return self._work.write(lambda connection: outbox.refuse_carriers(connection, sha256, code, now))

    def keep(self, sha256: str, content: bytes) -> None:
        """Keep a whole file."""
        self.add(sha256, 0, content)

    def begun(self, sha256: str) -> int:
        """How many bytes have come."""
        with self._cache.reading() as connection:
            sizes = connection.execute(select(func.length(blob_in.c.content)).where(_named(sha256)))
            return sum(sizes.scalars())

    def add(self, sha256: str, at: int, content: bytes) -> None:
        """Keep bytes from byte `at`, in parts of the one size; beyond `at` nothing older stays."""
        first = at // PART

        def save(connection: Connection) -> None:
            here = select(blob_in.c.content).where(_named(sha256), blob_in.c.part == first)
            begun = (connection.execute(here).scalar() or b"")[: at - first * PART]
            connection.execute(delete(blob_in).where(_named(sha256), blob_in.c.part >= first))
            connection.execute(insert(blob_in), _parts(sha256, begun + content, first))

        self._cache.write(save)

    def spoil(self, sha256: str) -> None:
        """Forget what has come."""
        self._cache.write(
            lambda connection: connection.execute(delete(blob_in).where(_named(sha256))) and None
        )


def _named(sha256: str) -> ColumnElement[bool]:
    return blob_in.c.sha256 == sha256


def _parts(sha256: str, content: bytes, first: int = 0) -> list[dict[str, object]]:
    return [
        {"sha256": sha256, "part": first + start // PART, "content": content[start : start + PART]}
        for start in range(0, max(len(content), 1), PART)
    ]
