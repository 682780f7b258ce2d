"""`device list|revoke|admit`: on which PCs people work, and striking off one that was lost."""

import argparse
from datetime import UTC, datetime
from typing import Any

from server import revocation
from server.commands import CommandFailed, add_data_options, opened
from server.revocation import NoSuchDevice


def add_parser(commands: Any) -> None:
    """`device list`, `device revoke DEVICE`, `device admit DEVICE`."""
    parser: argparse.ArgumentParser = commands.add_parser("device", help="PCs that people sign in on")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="account, device, state, names and dates")
    listing.set_defaults(run=run_list)
    revoke = actions.add_parser("revoke", help="strike a PC off: it deletes its keys at its next contact")
    revoke.set_defaults(run=run_revoke)
    admit = actions.add_parser("admit", help="let a PC that was found again sign in anew")
    admit.set_defaults(run=run_admit)
    for action in (revoke, admit):
        action.add_argument("device", help="its id, from `device list`")
    for action in (listing, revoke, admit):
        add_data_options(action)


def run_list(options: argparse.Namespace) -> int:
    """One line an account and device."""
    with opened(options) as (_, register), register.reading() as connection:
        for device in revocation.listing(connection):
            ended = f"revoked {_day(device.revoked_at)}" if device.revoked_at else "enrolled"
            print(f"{device.login}\t{device.id}\t{ended}\t{_day(device.enrolled_at)}\t{device.name}")
    return 0


def run_revoke(options: argparse.Namespace) -> int:
    """Strike a device off for everybody who works on it."""
    with opened(options) as (_, register), register.transaction() as connection:
        try:
            revocation.revoke(connection, options.device, datetime.now(UTC))
        except NoSuchDevice as error:
            raise CommandFailed(f"no device {options.device}") from error
    print(f"{options.device}: revoked; it deletes its keys and complaints at its next contact")
    return 0


def run_admit(options: argparse.Namespace) -> int:
    """Let a device sign in again."""
    with opened(options) as (_, register), register.transaction() as connection:
        try:
            revocation.admit(connection, options.device)
        except NoSuchDevice as error:
            raise CommandFailed(f"no device {options.device}") from error
    print(f"{options.device}: may sign in again")
    return 0


def _day(at: datetime) -> str:
    return f"{at:%Y-%m-%d}"
