"""Makes a backup while the server runs: one consistent snapshot of the register and every file it refers to.

SQLite is copied through its own online copying inside one reading transaction, PostgreSQL by `pg_dump` on an
exported snapshot: writers are never stopped. The archive appears whole under its name, or not at all.
"""

import hashlib
import secrets
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, create_engine, select
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

from server import VERSION, archive, changes, migrations, postgresql, sealing, tables
from server.archive import Manifest
from server.config import Config
from server.database import Database, insert_if_absent, take_time
from server.gauges import BACKUP_AT
from server.witness import settle_folder

_PAGES = 2_000
"""Database pages copied between two looks at whether to go on (8 MiB)."""


class Cancelled(Exception):
    """Asked to stop; nothing is left behind."""


class Impossible(Exception):
    """The backup cannot be made or put back here; the message is for the operator."""


@dataclass(frozen=True, slots=True)
class Watch:
    """Who follows a long run: `tell(what, done, total)` in bytes or pages, `stop()` asks for the end."""

    tell: Callable[[str, int, int], None] = lambda what, done, total: None
    stop: Callable[[], bool] = lambda: False

    def step(self, what: str, done: int, total: int) -> None:
        """Something was done; raises Cancelled when it is to end."""
        if self.stop():
            raise Cancelled
        self.tell(what, done, total)

    def bytes_of(self, what: str, total: int) -> Callable[[int], None]:
        """A listener of pieces, for archives."""
        done = 0

        def beat(piece: int) -> None:
            nonlocal done
            done += piece
            self.step(what, done, total)

        return beat


@dataclass(frozen=True, slots=True)
class Wish:
    """What the operator chose: no secret keys in it, or closed with a passphrase; his settings file."""

    with_secrets: bool = True
    passphrase: bytes = b""
    settings: Path | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """The finished archive, its SHA-256 in hexadecimal, its size in bytes, and what is in it."""

    path: Path
    sha256: str
    size: int
    manifest: Manifest


@dataclass(frozen=True, slots=True)
class _Blob:
    name: str
    size: int


@dataclass(frozen=True, slots=True)
class _Facts:
    """What the snapshot says of itself."""

    epoch: str
    schema: str
    heads: dict[str, int]
    blobs: tuple[_Blob, ...]


def name_of(now: datetime) -> str:
    """The name of an archive made at `now`, in UTC so that names sort by time."""
    return f"chekaya-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}.tar.zst"


def make(
    register: Database, config: Config, target: Path, now: datetime, *, wish: Wish, watch: Watch
) -> Made:
    """Back up to `target`, a folder or a file that does not exist yet.

    Raises Cancelled, Impossible and OSError, and leaves nothing behind then. Files of the register that are
    absent or damaged do not stop it: they are named in the manifest.
    """
    path = target / name_of(now) if target.is_dir() else target
    if path.exists():
        raise FileExistsError(17, "exists already", str(path))
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    copy = part.with_suffix(".register")
    try:
        # Before the snapshot: an anchor newer than the register that comes back would call it cut.
        anchors = _small_files(config.anchors)
        with _snapshot(register, config, copy, watch) as facts:
            manifest = _write(part, copy, facts, anchors, config=config, now=now, wish=wish, watch=watch)
        part.rename(path)
        settle_folder(path.parent)
    finally:
        part.unlink(missing_ok=True)
        copy.unlink(missing_ok=True)
    with register.transaction() as connection:
        _note(connection, now)
    return Made(path, _digest(path), path.stat().st_size, manifest)


@contextmanager
def _snapshot(register: Database, config: Config, copy: Path, watch: Watch) -> Iterator[_Facts]:
    if register.engine.dialect.name != "sqlite":
        with register.reading() as connection:
            take_time(connection)
            facts = _facts(connection)
            address = make_url(config.database_url)
            postgresql.dump(postgresql.tools(), connection, address, copy, watch.stop)
            if watch.stop():
                raise Cancelled
        yield facts
        return
    source = make_url(config.database_url).database
    if not source or source == ":memory:":
        raise Impossible("a register in memory cannot be backed up")
    _copy_sqlite(Path(source), copy, watch)
    engine = create_engine(f"sqlite:///{copy}", poolclass=NullPool)
    with engine.connect() as connection:
        yield _facts(connection)


def _copy_sqlite(source: Path, copy: Path, watch: Watch) -> None:
    def progress(_: int, remaining: int, total: int) -> None:
        watch.step("register", total - remaining, total)

    copy.touch(mode=0o600, exist_ok=False)
    with closing(sqlite3.connect(source, timeout=30, isolation_level=None)) as live:
        # One snapshot held from here to the end: otherwise every commit meanwhile would start it again.
        live.execute("BEGIN")
        live.execute("SELECT count(*) FROM sqlite_master").fetchone()
        with closing(sqlite3.connect(copy, isolation_level=None)) as other:
            live.backup(other, pages=_PAGES, progress=progress)
            other.execute("PRAGMA journal_mode=DELETE")
            found = other.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise Impossible(f"the register itself is damaged: {found}")


def _facts(connection: Connection) -> _Facts:
    table = tables.blob
    rows = connection.execute(select(table.c.sha256, table.c.size).order_by(table.c.sha256)).all()
    return _Facts(
        epoch=migrations.epoch(connection),
        schema=migrations.version(connection),
        heads=changes.heads(connection),
        blobs=tuple(_Blob(row.sha256, row.size) for row in rows),
    )


def _write(
    part: Path,
    copy: Path,
    facts: _Facts,
    anchors: Sequence[tuple[str, bytes]],
    *,
    config: Config,
    now: datetime,
    wish: Wish,
    watch: Watch,
) -> Manifest:
    is_sqlite = config.database_url.startswith("sqlite")
    total = copy.stat().st_size + sum(blob.size for blob in facts.blobs)
    with archive.Writer(part, watch.bytes_of("archive", total)) as writer:
        writer.add_file(archive.SQLITE if is_sqlite else archive.POSTGRESQL, copy)
        for name, content in anchors:
            writer.add_bytes(f"anchors/{name}", content)
        for name, content in _small_files(config.data / "routing"):
            writer.add_bytes(f"routing/{name}", content)
        if wish.settings is not None:
            writer.add_file(archive.SETTINGS, wish.settings)
        how = _write_secrets(writer, config, wish)
        missing = tuple(_write_blobs(writer, config, facts.blobs))
        manifest = Manifest(
            format=archive.FORMAT,
            made_at=now,
            version=VERSION,
            schema=facts.schema,
            epoch=facts.epoch,
            database="sqlite" if is_sqlite else "postgresql",
            secrets=how,
            heads=facts.heads,
            entries=tuple(writer.entries),
            missing=missing,
        )
        writer.close(manifest)
    return manifest


def _write_secrets(writer: archive.Writer, config: Config, wish: Wish) -> archive.Secrets:
    if not wish.with_secrets:
        return "left_out"
    files = dict(_small_files(config.secrets))
    if wish.passphrase:
        writer.add_bytes(archive.SEALED, sealing.seal(files, wish.passphrase))
        return "sealed"
    for name, content in files.items():
        writer.add_bytes(f"secrets/{name}", content)
    return "clear"


def _write_blobs(writer: archive.Writer, config: Config, blobs: Sequence[_Blob]) -> Iterator[str]:
    """Adds the files; gives those that are not there, or are no longer what their name says."""
    for blob in blobs:
        try:
            writer.add_file(f"blobs/{blob.name}", config.blobs / blob.name)
        except FileNotFoundError:
            yield blob.name
            continue
        if writer.entries[-1].sha256 != blob.name:
            yield blob.name


def _small_files(folder: Path) -> list[tuple[str, bytes]]:
    """Place inside `folder` and content of every file; hidden ones and parts being written are not."""
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return [
        (path.relative_to(folder).as_posix(), path.read_bytes())
        for path in found
        if path.suffix not in (".new", ".part") and not path.name.startswith(".")
    ]


def _note(connection: Connection, now: datetime) -> None:
    table = tables.meta
    value = now.astimezone(UTC).isoformat()
    if not insert_if_absent(connection, table, {"key": BACKUP_AT, "value": value}):
        connection.execute(table.update().where(table.c.key == BACKUP_AT).values(value=value))


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def forget_older(folder: Path, keep: int) -> tuple[Path, ...]:
    """Delete all but the newest `keep` archives that bear our names in `folder`; gives those deleted."""
    known = sorted(folder.glob("chekaya-????????T??????Z.tar.zst"))
    old = tuple(known[: max(0, len(known) - keep)])
    for path in old:
        path.unlink()
    return old
