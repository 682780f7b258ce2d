"""`init`, `verify`, `archive`, `demo`, `administration`: the register itself."""

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from protocol.settings import Onboarding
from server import database, directory, long_closed, migrations, tables, verification
from server.commands import CommandFailed, add_data_options, opened, read_config
from server.config import prepare_folders
from server.database import Database


def add_parser(commands: Any) -> None:
    """`init`, `verify`, `archive`, `demo`, `administration list|set-state`."""
    init = commands.add_parser("init", help="lay down a register and enter the administrations")
    add_data_options(init)
    init.add_argument("--register", type=Path, metavar="FILE.json", help="another register file")
    init.set_defaults(run=run_init)
    verify = commands.add_parser("verify", help="read the whole history again and look for tampering")
    add_data_options(verify)
    verify.set_defaults(run=run_verify)
    archiving = commands.add_parser("archive", help="take what was closed long ago off the desktops")
    add_data_options(archiving)
    archiving.add_argument("--days", type=_count, metavar="N", help="closed for more than N days")
    archiving.set_defaults(run=run_archive)
    demo = commands.add_parser("demo", help="fill a register with demonstration data")
    add_data_options(demo)
    demo.add_argument("--complaints", type=_count, default=500, metavar="N")
    demo.add_argument("--seed", type=int, default=1, metavar="S")
    demo.set_defaults(run=run_demo)
    _add_administration(commands.add_parser("administration", help="the administrations of the platform"))


def _count(typed: str) -> int:
    if not typed.isdecimal():
        raise argparse.ArgumentTypeError(f"{typed!r} is not a whole number")
    return int(typed)


def _add_administration(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="codes, states and names")
    add_data_options(listing)
    listing.set_defaults(run=run_administrations)
    state = actions.add_parser("set-state", help="change how far one is on the platform")
    add_data_options(state)
    state.add_argument("code")
    state.add_argument("state", choices=[str(one) for one in Onboarding])
    state.set_defaults(run=run_set_state)


def ensure_register(register: Database) -> None:
    """Enter the shipped administrations where there are none yet."""
    with register.transaction() as connection:
        if not directory.administrations(connection):
            directory.load_register(connection, directory.read_register())


def run_init(options: argparse.Namespace) -> int:
    """Lay down the schema and enter (or update) the administrations, units and themes."""
    config = read_config(options)
    prepare_folders(config)
    try:
        register_file = directory.read_register(options.register or directory.REGISTER)
    except (OSError, ValueError) as error:
        raise CommandFailed(f"the register file cannot be read: {error}") from error
    register = database.connect(config)
    try:
        migrations.migrate(register, datetime.now(UTC))
        with register.transaction() as connection:
            directory.load_register(connection, register_file)
            count = len(directory.administrations(connection))
    finally:
        register.close()
    print(f"Register ready in {config.data}: {count} administrations")
    return 0


def run_verify(options: argparse.Namespace) -> int:
    """Exit code 1 when the history was tampered with; otherwise the heads go to the anchor file."""
    with opened(options) as (config, register), register.reading() as connection:
        report = verification.verify(connection, config.anchors)
        for finding in report.findings:
            print(f"{finding.fault}\t{finding.where}\t{finding.n}")
        print(f"{report.links} links read, {report.erased} erased, {len(report.findings)} faults")
        if report.findings:
            return 1
        verification.anchor(connection, config.anchors, datetime.now(UTC))
    return 0


def run_archive(options: argparse.Namespace) -> int:
    """What a serving server does once a day by itself: nothing leaves the register."""
    with opened(options) as (config, register):
        days = config.archive_days if options.days is None else options.days
        count = long_closed.archive(register, datetime.now(UTC), days)
    print(f"{count} complaints closed for more than {days} days leave the desktops")
    return 0


def run_demo(options: argparse.Namespace) -> int:
    """Lay down a register if there is none, then fill it; one with complaints is refused."""
    from server import demo

    config = read_config(options)
    prepare_folders(config)
    register = database.connect(config)
    try:
        migrations.migrate(register, datetime.now(UTC))
        ensure_register(register)
        _refuse_what_is_in_use(register)
        entered = demo.populate(register, config, complaints=options.complaints, seed=options.seed)
    finally:
        register.close()
    print(
        f"{entered.administrations} administrations, {entered.accounts} accounts, "
        f"{entered.complaints} complaints, {entered.acts} acts, {entered.triage} to triage, "
        f"{entered.overdue} overdue"
    )
    for number, code in entered.samples:
        print(f"{number}\t{code}")
    return 0


def _refuse_what_is_in_use(register: Database) -> None:
    """The accounts of the demonstration have a known password: they never join real complaints."""
    with register.reading() as connection:
        if connection.execute(select(tables.complaint.c.id).limit(1)).first() is not None:
            raise CommandFailed("this register holds complaints: demonstration data goes into an empty one")


def run_administrations(options: argparse.Namespace) -> int:
    """One line an administration."""
    with opened(options) as (_, register), register.reading() as connection:
        for entry in directory.administrations(connection):
            print(f"{entry.code}\t{entry.onboarding}\t{entry.name_fr}\t{entry.name_ar}")
    return 0


def run_set_state(options: argparse.Namespace) -> int:
    """Change an onboarding state; desktops learn it by the reference stream."""
    with opened(options) as (_, register), register.transaction() as connection:
        try:
            directory.set_state(connection, options.code, Onboarding(options.state))
        except directory.NoSuchEntry as error:
            raise CommandFailed(f"no administration {options.code}") from error
    print(f"{options.code}: {options.state}")
    return 0
