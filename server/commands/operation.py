"""`backup`, `restore`, `config`: keeping the register safe, and seeing how a server is set."""

import argparse
import json
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from server import archive, backup, restore, sealing, verification
from server.archive import Damaged, Manifest
from server.backup import Cancelled, Impossible, Watch
from server.commands import CommandFailed, add_data_options, opened, read_config
from server.config import BadConfiguration, Config
from server.database import Database, connect
from server.postgresql import NoTools, ToolFailed
from server.restore import Floor, FloorNeeded, Renewed
from server.sealing import WrongPassphrase

HIDDEN = "********"
SECRET_ENDINGS = ("password", "secret", "token", "key", "authorization")


def add_parser(commands: Any) -> None:
    """`backup TARGET`, `backup --verify ARCHIVE`, `restore ARCHIVE --data DIR`, `config`."""
    _add_backup(commands.add_parser("backup", help="copy everything into one archive while the server runs"))
    _add_restore(commands.add_parser("restore", help="put a register back from an archive"))
    shown = commands.add_parser("config", help="print the settings in force, secrets hidden")
    add_data_options(shown)
    shown.set_defaults(run=run_config)


def _add_backup(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("target", type=Path, metavar="FOLDER|FILE", help="where the archive goes")
    parser.add_argument("--verify", action="store_true", help="read an archive again, change nothing")
    parser.add_argument("--data", type=Path, metavar="DIR", help="data folder")
    parser.add_argument(
        "--config", type=Path, metavar="FILE.toml", help="settings (default: DIR/chekaya.toml)"
    )
    parser.add_argument("--without-secrets", action="store_true", help="leave the secret keys out")
    parser.add_argument("--passphrase-file", type=Path, metavar="FILE", help="close the secret keys with it")
    parser.add_argument("--keep", type=_positive, metavar="N", help="then delete all but the newest N here")
    parser.set_defaults(run=run_backup)


def _add_restore(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("archive", type=Path, nargs="?", metavar="ARCHIVE")
    add_data_options(parser)
    parser.add_argument("--in-place", action="store_true", help="adopt a register put back by other means")
    parser.add_argument(
        "--witness", type=Path, action="append", default=[], metavar="DIR",
        help="what the lost server kept of numbers; once for each server there was",
    )  # fmt: skip
    parser.add_argument("--floor", type=_positive, default=0, metavar="N", help="no number above N was given")
    parser.add_argument("--margin", type=_positive, default=0, metavar="N", help="leave N numbers free")
    parser.add_argument("--passphrase-file", type=Path, metavar="FILE", help="opens closed secret keys")
    parser.add_argument("--secrets", type=Path, metavar="DIR", help="secret keys kept apart")
    parser.set_defaults(run=run_restore)


def _positive(typed: str) -> int:
    if not typed.isdecimal() or not 1 <= int(typed) <= 1_000_000_000:
        raise argparse.ArgumentTypeError(f"{typed!r} is not a whole number from 1 to 1000000000")
    return int(typed)


def run_backup(options: argparse.Namespace) -> int:
    """Exit code 1 when the archive holds everything but files the server had already lost."""
    if options.verify:
        return _verify_archive(options.target)
    if options.data is None:
        raise CommandFailed("backup needs --data DIR")
    if options.keep and not options.target.is_dir():
        raise CommandFailed("--keep counts the archives of a folder: name a folder")
    passphrase = _passphrase(options.passphrase_file)
    if options.without_secrets and passphrase:
        raise CommandFailed("either --without-secrets or --passphrase-file")
    settings = options.config or options.data / archive.SETTINGS
    wish = backup.Wish(
        with_secrets=not options.without_secrets,
        passphrase=passphrase,
        settings=settings if settings.is_file() else None,
    )
    with opened(options) as (config, register), _watched() as watch, _explained():
        now = datetime.now(UTC)
        made = backup.make(register, config, options.target, now, wish=wish, watch=watch)
    print(f"{made.path}\n{made.size} bytes, SHA-256 {made.sha256}")
    _describe(made.manifest)
    for path in backup.forget_older(options.target, options.keep) if options.keep else ():
        print(f"deleted {path.name}")
    return 1 if made.manifest.missing else 0


def _verify_archive(path: Path) -> int:
    with _watched() as watch, _explained():
        manifest = archive.verify(path, watch.bytes_of("verification", path.stat().st_size))
    print(f"{path}: whole")
    _describe(manifest)
    return 0


def _describe(manifest: Manifest) -> None:
    kept = {
        "clear": "WITH the secret keys in clear: keep this archive as you keep the keys",
        "sealed": "with the secret keys closed by the passphrase; everything else is readable",
        "left_out": "WITHOUT the secret keys: keep the folder `secrets` apart, a restore needs it",
    }[manifest.secrets]
    count = sum(entry.name.startswith("blobs/") for entry in manifest.entries)
    print(f"register of {manifest.made_at:%Y-%m-%d %H:%M:%S} UTC on {manifest.database}, {count} files")
    print(kept)
    for name in manifest.missing:
        print(f"missing or damaged before the backup: file {name}")


def run_restore(options: argparse.Namespace) -> int:
    """Exit code 1 when the history that came back does not verify."""
    floor = Floor(at_least=options.floor, margin=options.margin)
    if options.in_place:
        if options.archive is not None:
            raise CommandFailed("--in-place takes no archive: the register is already in its place")
        with opened(options) as (config, register), _explained():
            ceilings = restore.witnessed(options.witness or (config.witness_folder,), floor)
            renewed = restore.renew(register, datetime.now(UTC), ceilings=ceilings, floor=floor)
            return _conclude(register, config, renewed, "the copy that was put back")
    if options.archive is None:
        raise CommandFailed("restore needs an ARCHIVE, or --in-place")
    wish = restore.Wish(
        floor=floor,
        settings=options.config,
        witnesses=tuple(options.witness),
        passphrase=_passphrase(options.passphrase_file),
        secrets=options.secrets,
    )
    now, data = datetime.now(UTC), options.data.absolute()
    with _watched() as watch, _explained():
        config, manifest, renewed = restore.put_back(options.archive, data, now, wish=wish, watch=watch)
    register = connect(config)
    try:
        return _conclude(register, config, renewed, f"{manifest.made_at:%Y-%m-%d %H:%M} UTC")
    finally:
        register.close()


def _conclude(register: Database, config: Config, renewed: Renewed, since: str) -> int:
    """Tell what was done and what remains for people to do, and read the whole history again."""
    print(f"register restored in {config.data}: epoch {renewed.epoch}")
    for gap in renewed.gaps:
        print(f"cancelled\t{gap.kind}\t{gap.administration}\t{gap.year}\t{gap.first}-{gap.last}")
    print("everybody signs in again; desks send again by themselves what they had sent since")
    if renewed.uncertain:
        print(
            f"{renewed.uncertain} notices may have left since and wait for you: `chekaya-server notices list`"
        )
    print(f"do again by hand: accounts and devices closed, passwords and grants changed since {since}")
    with register.reading() as connection:
        report = verification.verify(connection, config.anchors)
        for finding in report.findings:
            print(f"{finding.fault}\t{finding.where}\t{finding.n}")
        print(f"{report.links} links read, {report.erased} erased, {len(report.findings)} faults")
        if not report.findings:
            verification.anchor(connection, config.anchors, datetime.now(UTC))
    return 1 if report.findings else 0


def run_config(options: argparse.Namespace) -> int:
    """One line a setting, as TOML, with where its value comes from."""
    config = read_config(options)
    defaults = Config(data=config.data)
    print(f"# data folder: {config.data}")
    for field in fields(Config):
        if field.name == "data":
            continue
        value, default = getattr(config, field.name), getattr(defaults, field.name)
        print(f"{field.name} = {shown(field.name, value)}{'' if value != default else '  # default'}")
    return 0


def shown(name: str, value: object) -> str:
    """A value as TOML; secrets, and the password inside an address, are hidden."""
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str):
        return str(value)
    if value and name.endswith(SECRET_ENDINGS):
        value = HIDDEN
    elif name == "database" and value:
        try:
            value = make_url(value).render_as_string(hide_password=True)
        except ArgumentError:
            value = HIDDEN
    return json.dumps(value, ensure_ascii=False)


def _passphrase(file: Path | None) -> bytes:
    """The first line of the file; b"" without a file. Raises CommandFailed when it is too short."""
    if file is None:
        return b""
    line = file.read_bytes().split(b"\n", 1)[0].strip()
    if len(line) < sealing.MIN_PASSPHRASE:
        raise CommandFailed(f"{file}: a passphrase has at least {sealing.MIN_PASSPHRASE} bytes")
    return line


@contextmanager
def _watched() -> Iterator[Watch]:
    """Progress on a terminal; Ctrl-C and SIGTERM end the work cleanly."""
    asked = threading.Event()

    def ask(sig: int, frame: FrameType | None) -> None:
        asked.set()

    last = ""

    def tell(what: str, done: int, total: int) -> None:
        nonlocal last
        line = f"{what}: {min(100, done * 100 // total) if total else 100} %"
        if line != last and sys.stderr.isatty():
            print(f"\r{line:<40}", end="", file=sys.stderr, flush=True)
        last = line

    previous = {sig: signal.signal(sig, ask) for sig in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield Watch(tell, asked.is_set)
    finally:
        for sig, handler in previous.items():
            signal.signal(sig, handler)
        if sys.stderr.isatty():
            print(file=sys.stderr)


@contextmanager
def _explained() -> Iterator[None]:
    """What cannot be done is said in one line."""
    try:
        yield
    except Cancelled as error:
        raise CommandFailed("stopped on request; nothing is left behind") from error
    except WrongPassphrase as error:
        raise CommandFailed("the passphrase is not the one the secret keys were closed with") from error
    except (Damaged, Impossible, FloorNeeded, NoTools, ToolFailed, BadConfiguration) as error:
        raise CommandFailed(str(error)) from error
