"""Puts a register back from an archive, or adopts one that was put back by other means.

Either way it becomes a register of its own: a new epoch, so that desks send again what they had sent since;
numbers that begin above every one that may have been given out, the gap listed as cancelled; nobody is
signed in, no file is half arrived (PROTOCOL §4).
"""

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, delete, insert, inspect, update
from sqlalchemy.engine import make_url

from protocol.deadlines import civil_date
from server import archive, changes, database, directory, migrations, numbering, postgresql, sealing, tables
from server.archive import Damaged, Manifest
from server.backup import Cancelled, Impossible, Watch
from server.config import Config, load, prepare_folders
from server.database import Database, insert_if_absent
from server.identifiers import uuid7
from server.notices import outbox
from server.witness import Key, Witness, highest

MARGIN = 1_000
"""Numbers left free for each administration and year when nothing tells the last one given out."""


class FloorNeeded(Exception):
    """Nothing tells which numbers were given out since: the operator must say a floor or accept a margin."""


@dataclass(frozen=True, slots=True)
class Floor:
    """What the operator says: no number above `at_least` was given out; leave `margin` above the last."""

    at_least: int = 0
    margin: int = 0


@dataclass(frozen=True, slots=True)
class Gap:
    """Numbers cancelled by a restore, first and last included."""

    kind: str
    administration: str
    year: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Renewed:
    """A register with its new epoch, the numbers it will never give out, how many notices may have left."""

    epoch: str
    gaps: tuple[Gap, ...]
    uncertain: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the operator chose; `secrets` is a folder of keys for an archive without them."""

    floor: Floor = Floor()
    settings: Path | None = None
    witnesses: tuple[Path, ...] = ()
    passphrase: bytes = b""
    secrets: Path | None = None


def put_back(
    path: Path,
    data: Path,
    now: datetime,
    *,
    wish: Wish,
    watch: Watch,
    entropy: Callable[[int], bytes] = os.urandom,
) -> tuple[Config, Manifest, Renewed]:
    """Restore the archive at `path` into the empty folder `data`; every digest is read first.

    Raises Damaged, Impossible, FloorNeeded, Cancelled, BadConfiguration, and takes away what it had written.
    """
    manifest = archive.verify(path, watch.bytes_of("verification", path.stat().st_size))
    if manifest.schema > migrations.HEAD:
        raise Impossible(f"the archive is of a newer program (schema {manifest.schema})")
    _check_keys(manifest, wish)
    if data.exists() and any(one.name != "lost+found" for one in data.iterdir()):
        raise Impossible(f"{data} is not empty: a restore writes into an empty folder only")
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _undone_on_failure(data):
        config = _unpack(path, data, manifest, wish, watch)
        _place_keys(config, manifest, wish)
        ceilings = witnessed(wish.witnesses or (config.witness_folder,), wish.floor)
        register = _fill(config, manifest, watch)
        try:
            renewed = renew(register, now, ceilings=ceilings, floor=wish.floor, entropy=entropy)
        finally:
            register.close()
        if register.engine.dialect.name == "sqlite":
            _settle(config)
    return config, manifest, renewed


def renew(
    register: Database,
    now: datetime,
    *,
    ceilings: Mapping[Key, int],
    floor: Floor,
    entropy: Callable[[int], bytes] = os.urandom,
) -> Renewed:
    """Make a register that came back one of its own, in one transaction.

    `ceilings` are those of the witnesses (`witnessed`): no number above them was given out.
    """
    migrations.migrate(register, now, entropy)
    epoch = uuid7(now, entropy)
    with register.transaction() as connection:
        gaps = tuple(_cancel(connection, ceilings, floor, now))
        table = tables.meta
        connection.execute(update(table).where(table.c.key == migrations.EPOCH).values(value=epoch))
        connection.execute(delete(tables.token))
        upload = tables.upload
        connection.execute(delete(upload).where(upload.c.offset < upload.c.size))
        uncertain = _hold_notices(connection)
        heads = changes.heads(connection)
        # Before the commit: a crash here leaves a register that is not served, never one that repeats itself.
        register.witness.raise_to(numbering.given_out(connection))
        register.witness.mark(epoch, heads)
    return Renewed(epoch, gaps, uncertain)


def _hold_notices(connection: Connection) -> int:
    """What waited in the copy has probably left since: it is for a person to say whether it leaves again."""
    notice = tables.notice
    waiting = notice.c.state.in_((outbox.State.QUEUED, outbox.State.SENDING))
    held = update(notice).where(waiting).values(state=outbox.State.UNCERTAIN, error=outbox.NO_REPLY)
    return connection.execute(held).rowcount


def witnessed(folders: Sequence[Path], floor: Floor) -> dict[Key, int]:
    """The highest ceilings in these folders, one for each server there was; raises FloorNeeded."""
    witnesses = [Witness(folder.absolute()) for folder in folders]
    lost = [str(one.numbers_file) for one in witnesses if not one.numbers_file.is_file()]
    if lost and not (floor.at_least or floor.margin):
        raise FloorNeeded(
            f"no number was witnessed in {', '.join(lost)}. Name the folder with --witness, or say "
            f"--floor N (no number above N was ever given out) or --margin {MARGIN}"
        )
    return highest(*(one.ceilings().items() for one in witnesses))


def _cancel(
    connection: Connection, ceilings: Mapping[Key, int], floor: Floor, now: datetime
) -> Iterator[Gap]:
    """Raise every counter to its floor and list the numbers passed over."""
    table = tables.number
    known = numbering.given_out(connection)
    floors = highest(known.items(), ceilings.items(), _said(connection, known, floor, now).items())
    for key in sorted(floors):
        first, last = known.get(key, 0) + 1, floors[key]
        if last < first:
            continue
        kind, administration, year = key
        named = {"kind": kind, "administration": administration, "year": year}
        insert_if_absent(connection, table, {**named, "last": 0})
        mine = (table.c.kind == kind) & (table.c.administration == administration) & (table.c.year == year)
        connection.execute(update(table).where(mine).values(last=last))
        gap = {"first": first, "last": last, "reason": numbering.RESTORED, "at": now}
        connection.execute(insert(tables.cancelled_number).values(**named, **gap))
        yield Gap(kind, administration, year, first, last)


def _said(connection: Connection, known: Mapping[Key, int], floor: Floor, now: datetime) -> dict[Key, int]:
    """Floors by the operator's word, for every administration in the years still written in."""
    if not (floor.at_least or floor.margin):
        return {}
    this_year = civil_date(now).year
    years = {this_year} | {year for _, _, year in known if year == this_year - 1}
    bodies = [entry.code for entry in directory.administrations(connection)]
    keys = [(kind, body, year) for kind in numbering.KINDS for body in bodies for year in years]
    return {key: max(floor.at_least, known.get(key, 0) + floor.margin) for key in keys}


# --- the archive


def _check_keys(manifest: Manifest, wish: Wish) -> None:
    if manifest.secrets == "sealed" and not wish.passphrase:
        raise Impossible("the secret keys of this archive are closed: give --passphrase-file")
    if manifest.secrets == "left_out" and wish.secrets is None:
        raise Impossible(
            "this archive has no secret keys, and without them citizens' tracking codes open nothing: "
            "give --secrets FOLDER with the keys kept apart"
        )


@contextmanager
def _undone_on_failure(data: Path) -> Iterator[None]:
    """Whatever was written goes again, so that no half register can be served."""
    try:
        yield
    except BaseException:
        for path in sorted(data.rglob("*"), reverse=True):
            if path.is_dir() and not path.is_symlink():
                if not any(path.iterdir()):
                    path.rmdir()
            else:
                path.unlink()
        raise


def _unpack(path: Path, data: Path, manifest: Manifest, wish: Wish, watch: Watch) -> Config:
    """Every member to its place, the register under a name nobody serves; gives the configuration."""
    expected = {entry.name: entry.sha256 for entry in manifest.entries}
    beat = watch.bytes_of("files", sum(entry.size for entry in manifest.entries))
    for member in archive.members(path):
        if member.name == archive.MANIFEST:
            continue
        digest = hashlib.sha256()
        target = data / member.name
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            for piece in member.pieces():
                digest.update(piece)
                file.write(piece)
                beat(len(piece))
            file.flush()
            os.fsync(file.fileno())
        if digest.hexdigest() != expected.get(member.name):
            raise Damaged(f"{path}: {member.name} changed while it was being read")
    if wish.settings is not None:
        (data / archive.SETTINGS).write_bytes(wish.settings.read_bytes())
    config = load(data, wish.settings)
    prepare_folders(config)
    return config


def _place_keys(config: Config, manifest: Manifest, wish: Wish) -> None:
    if manifest.secrets == "clear":
        return
    sealed = config.data / archive.SEALED
    if manifest.secrets == "sealed":
        files = sealing.unseal(sealed.read_bytes(), wish.passphrase)
        sealed.unlink()
    else:
        assert wish.secrets is not None
        files = {path.name: path.read_bytes() for path in sorted(wish.secrets.iterdir()) if path.is_file()}
    for name, content in files.items():
        descriptor = os.open(config.secrets / Path(name).name, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())


def _fill(config: Config, manifest: Manifest, watch: Watch) -> Database:
    """The register, where no server looks for it yet (SQLite), or in its empty database (PostgreSQL)."""
    is_sqlite = config.database_url.startswith("sqlite")
    if is_sqlite != (manifest.database == "sqlite"):
        raise Impossible(f"the archive is of {manifest.database}, the setting `database` names another kind")
    if is_sqlite:
        url = f"sqlite:///{config.data / archive.SQLITE}"
        return database.connect(replace(config, database=url))
    register = database.connect(config)
    try:
        with register.reading() as connection:
            if inspect(connection).get_table_names():
                raise Impossible("the database is not empty: a restore fills an empty one only")
        source = config.data / archive.POSTGRESQL
        postgresql.restore(postgresql.tools(), make_url(config.database_url), source, watch.stop)
        if watch.stop():
            raise Cancelled
        source.unlink()
    except BaseException:
        register.close()
        raise
    return register


def _settle(config: Config) -> None:
    """The last step: the register takes its name."""
    target = make_url(config.database_url).database
    assert target
    if Path(target).exists():
        raise Impossible(f"{target} exists: a restore never replaces a register")
    Path(target).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    (config.data / archive.SQLITE).rename(target)
