"""Sub-commands of `chekaya-server`, by subject."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from server import config, database, migrations
from server.config import BadConfiguration, Config
from server.database import Database


class CommandFailed(Exception):
    """What was asked cannot be done; the message is for the operator."""


def add_data_options(parser: argparse.ArgumentParser) -> None:
    """`--data` and `--config`, which every command that opens the register takes."""
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="data folder")
    parser.add_argument(
        "--config", type=Path, metavar="FILE.toml", help="settings (default: DIR/chekaya.toml)"
    )


def read_config(options: argparse.Namespace, **overrides: object) -> Config:
    """The configuration these options name; raises CommandFailed."""
    try:
        return config.load(options.data, options.config, **overrides)
    except BadConfiguration as error:
        raise CommandFailed(str(error)) from error


@contextmanager
def opened(options: argparse.Namespace) -> Iterator[tuple[Config, Database]]:
    """The existing register of these options, its schema up to date; raises CommandFailed without one."""
    chosen = read_config(options)
    if not chosen.database and not (chosen.data / "chekaya.db").is_file():
        raise CommandFailed(f"no register in {chosen.data}: run `chekaya-server init --data {chosen.data}`")
    register = database.connect(chosen)
    try:
        migrations.migrate(register, datetime.now(UTC))
        yield chosen, register
    finally:
        register.close()
