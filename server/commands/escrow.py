"""`escrow init|recover`: the organisation's key for forgotten passwords and wiped PCs, for two holders."""

import argparse
import getpass
import os
import secrets
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from server import accounts, escrow, sealing, unsent
from server.accounts import NoSuchAccount
from server.commands import CommandFailed, add_data_options, opened
from server.escrow import NotOpened

_HOLDERS = ("first", "second")


def add_parser(commands: Any) -> None:
    """`escrow init`, `escrow recover --device ID --account LOGIN [--work FILE] --out FOLDER`."""
    parser: argparse.ArgumentParser = commands.add_parser("escrow", help="recovering what a PC never sent")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    init = actions.add_parser("init", help="make the organisation's key, for two holders")
    init.set_defaults(run=run_init)
    recover = actions.add_parser("recover", help="open the key of one PC, both holders together")
    recover.add_argument("--device", required=True, help="its id, from `device list`")
    recover.add_argument("--account", required=True, metavar="LOGIN")
    recover.add_argument("--work", type=Path, metavar="FILE", help="that PC's work.db: its unsent texts")
    recover.add_argument(
        "--out", type=Path, required=True, metavar="FOLDER", help="new folder for the result"
    )
    recover.set_defaults(run=run_recover)
    for action in (init, recover):
        action.add_argument(
            "--passphrase-file", type=Path, action="append", default=[], metavar="FILE",
            help="of the first holder, then of the second; asked for without",
        )  # fmt: skip
        add_data_options(action)


def run_init(options: argparse.Namespace) -> int:
    """Make the pair; the service announces its public half once restarted."""
    with opened(options) as (config, _):
        if escrow.kept(config) is not None:
            raise CommandFailed(
                f"{config.secrets / escrow.FILE} is already there: desks wrap their keys to it"
            )
        passphrases = _passphrases(options, again=True)
        if passphrases[0] == passphrases[1]:
            raise CommandFailed("the two holders need two different passphrases")
        path = escrow.keep(config, escrow.make(passphrases))
    print(f"{path}: made; restart the service, and desks leave their keys at their next sign-in")
    return 0


def run_recover(options: argparse.Namespace) -> int:
    """Log, then write `recovery-key.json` (opened by the code printed) and, with a file, `unsent.json`."""
    with opened(options) as (config, register):
        organisation = escrow.kept(config)
        if organisation is None:
            raise CommandFailed("no key of the organisation here: `chekaya-server escrow init`")
        with register.reading() as connection:
            try:
                account = accounts.by_login(connection, options.account)
            except NoSuchAccount as error:
                raise CommandFailed(f"no account {options.account}") from error
            left = escrow.deposits(connection, options.device, account.id)
        if not left:
            raise CommandFailed(f"{options.account} left no key from the device {options.device}")
        try:
            private = escrow.private_half(organisation, _passphrases(options, again=False))
            keys = [escrow.unwrap(private, one, options.device) for one in left]
        except sealing.WrongPassphrase as error:
            raise CommandFailed("a passphrase is not its holder's; first holder first") from error
        except NotOpened as error:
            raise CommandFailed("the key left there is not for this organisation") from error
        options.out.mkdir(mode=0o700)
        with register.transaction() as connection:
            escrow.note_recovery(connection, account, options.device, datetime.now(UTC))
    key, texts = _right(keys, options.work)
    code = "-".join(secrets.token_hex(2) for _ in range(8))
    _write(options.out / "recovery-key.json", msgspec.json.encode(escrow.seal_for_desk(key, code)))
    print(f"{options.out / 'recovery-key.json'}: for `chekaya-desk --recover-key`, with the code\n{code}")
    if options.work is not None:
        _write(options.out / "unsent.json", msgspec.json.format(msgspec.json.encode(texts), indent=1))
        print(f"{options.out / 'unsent.json'}: {len(texts)} texts; attached files stay in the work file")
    return 0


def _right(keys: list[bytes], work: Path | None) -> tuple[bytes, tuple[unsent.Unsent, ...]]:
    """The key that opens the file, with what is in it; the newest one without a file."""
    if work is None:
        return keys[0], ()
    for key in keys:
        try:
            return key, unsent.read(work, key)
        except unsent.WrongKey:
            continue
        except ImportError as error:
            raise CommandFailed("sqlcipher3 is not installed here: recover without --work") from error
    raise CommandFailed(f"{work} is not of this account on this device")


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)


def _passphrases(options: argparse.Namespace, *, again: bool) -> tuple[bytes, bytes]:
    """Of both holders, first and second; each typed unseen (twice when new) or on its file's first line."""
    files: list[Path] = options.passphrase_file
    if files and len(files) != len(_HOLDERS):
        raise CommandFailed("name two passphrase files, the first holder's first")
    if files:
        typed = [file.read_bytes().split(b"\n", 1)[0].strip() for file in files]
    elif sys.stdin.isatty():
        typed = [_ask(holder, again=again) for holder in _HOLDERS]
    else:
        raise CommandFailed("two passphrases are needed: at a terminal, or with --passphrase-file twice")
    if any(len(one) < sealing.MIN_PASSPHRASE for one in typed):
        raise CommandFailed(f"a passphrase has at least {sealing.MIN_PASSPHRASE} bytes")
    return typed[0], typed[1]


def _ask(holder: str, *, again: bool) -> bytes:
    typed = getpass.getpass(f"Passphrase of the {holder} holder: ")
    if again and getpass.getpass("Again: ") != typed:
        raise CommandFailed("the two passphrases differ")
    return typed.encode()
