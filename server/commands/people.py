"""`account add|list|password|disable`: who may sign in. Passwords are asked for, or read from a pipe."""

import argparse
import getpass
import sys
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from protocol.settings import Grant, Role
from server import accounts, directory
from server.accounts import Account, LoginTaken, NewAccount, NoSuchAccount, WeakPassword
from server.commands import CommandFailed, add_data_options, opened

GRANTABLE = [str(role) for role in Role if role not in (Role.CITIZEN, Role.SYSTEM)]


def add_parser(commands: Any) -> None:
    """`account add LOGIN --name-fr … --name-ar … --grant …`, `list`, `password LOGIN`, `disable LOGIN`."""
    parser: argparse.ArgumentParser = commands.add_parser("account", help="accounts of the staff")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    add = actions.add_parser("add", help="open an account; its password is asked for")
    add.add_argument("login")
    add.add_argument("--name-fr", required=True)
    add.add_argument("--name-ar", required=True)
    add.add_argument("--language", choices=["fr", "ar"], default="fr")
    add.add_argument("--grant", action="append", default=[], metavar="ROLE:ADMINISTRATION[:UNIT]")
    add.set_defaults(run=run_add)
    listing = actions.add_parser("list", help="logins, states, names and grants")
    listing.set_defaults(run=run_list)
    password = actions.add_parser("password", help="change a password and end every session")
    password.add_argument("login")
    password.set_defaults(run=run_password)
    disable = actions.add_parser("disable", help="close an account at once")
    disable.add_argument("login")
    disable.set_defaults(run=run_disable)
    for action in (add, listing, password, disable):
        add_data_options(action)


def run_add(options: argparse.Namespace) -> int:
    """Open an account."""
    password_hash = accounts.hash_password(_ask_password())
    with opened(options) as (_, register), register.transaction() as connection:
        grants = tuple(_grant(connection, text) for text in options.grant)
        new = NewAccount(
            login=options.login,
            name_fr=options.name_fr,
            name_ar=options.name_ar,
            language=options.language,
            grants=grants,
        )
        try:
            account = accounts.add(connection, new, password_hash=password_hash, now=datetime.now(UTC))
        except LoginTaken as error:
            raise CommandFailed(f"the login {options.login} is taken") from error
    print(f"{account.login}\t{account.id}")
    return 0


def run_list(options: argparse.Namespace) -> int:
    """One line an account."""
    with opened(options) as (_, register), register.reading() as connection:
        for account in accounts.every(connection):
            grants = " ".join(
                ":".join(filter(None, (g.role, g.administration, g.unit))) for g in account.grants
            )
            print(f"{account.login}\t{account.state}\t{account.name_fr}\t{account.name_ar}\t{grants}")
    return 0


def run_password(options: argparse.Namespace) -> int:
    """Change a password."""
    password_hash = accounts.hash_password(_ask_password())
    with opened(options) as (_, register), register.transaction() as connection:
        accounts.set_password(connection, _account(connection, options.login).id, password_hash)
    print(f"{options.login}: password changed")
    return 0


def run_disable(options: argparse.Namespace) -> int:
    """Close an account."""
    with opened(options) as (_, register), register.transaction() as connection:
        accounts.disable(connection, _account(connection, options.login).id)
    print(f"{options.login}: disabled")
    return 0


def _account(connection: Connection, login: str) -> Account:
    try:
        return accounts.by_login(connection, login)
    except NoSuchAccount as error:
        raise CommandFailed(f"no account {login}") from error


def _grant(connection: Connection, text: str) -> Grant:
    role, _, place = text.partition(":")
    administration, _, unit = place.partition(":")
    if role not in GRANTABLE:
        raise CommandFailed(f"{text}: the role is one of {', '.join(GRANTABLE)}")
    if administration not in {entry.code for entry in directory.administrations(connection)}:
        raise CommandFailed(f"{text}: no administration {administration}")
    if unit and unit not in {entry.code for entry in directory.units(connection, administration)}:
        raise CommandFailed(f"{text}: no unit {unit} in {administration}")
    return Grant(role=role, administration=administration, unit=unit)


def _ask_password() -> str:
    """From the keyboard, unseen and twice; one line when standard input is not a keyboard."""
    if sys.stdin.isatty():
        password = getpass.getpass("Password: ")
        if getpass.getpass("Again: ") != password:
            raise CommandFailed("the two passwords differ")
    else:
        password = sys.stdin.readline().rstrip("\n")
    try:
        accounts.check_password(password)
    except WeakPassword as error:
        raise CommandFailed(f"a password has at least {accounts.MIN_PASSWORD} characters") from error
    return password
