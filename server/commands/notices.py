"""`notices list|show|retry|bounced|counts`: what left, what waits, what came back; never a text."""

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from server.commands import CommandFailed, add_data_options, opened
from server.notices import keeping, outbox, returns
from server.notices.keeping import CannotRetry, Line
from server.notices.outbox import NoSuchNotice, State
from server.notices.words import Means

MAX_MAIL = 10 * 1024 * 1024


def add_parser(commands: Any) -> None:
    """`notices counts|list|show ID|retry ID…|bounced ID`, with `retry --lost` and `bounced --mail FILE`."""
    parser: argparse.ArgumentParser = commands.add_parser("notices", help="e-mail and SMS to citizens")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    counts = actions.add_parser("counts", help="how many, by state and channel")
    counts.set_defaults(run=run_counts)
    listing = actions.add_parser("list", help="the newest ones, a line each")
    listing.add_argument("--state", action="append", default=[], choices=[str(one) for one in State])
    listing.add_argument("--number", default="", help="of one complaint")
    listing.add_argument("--limit", type=int, default=100, metavar="N")
    listing.set_defaults(run=run_list)
    show = actions.add_parser("show", help="all that is known of one")
    show.add_argument("id")
    show.set_defaults(run=run_show)
    retry = actions.add_parser("retry", help="put back what failed; an uncertain one may arrive twice")
    retry.add_argument("id", nargs="*")
    retry.add_argument("--lost", action="store_true", help="everything that certainly never left")
    retry.add_argument("--channel", default="", choices=["", *[str(one) for one in Means]])
    retry.set_defaults(run=run_retry)
    bounced = actions.add_parser("bounced", help="a mail came back")
    bounced.add_argument("id", nargs="?", default="")
    bounced.add_argument("--mail", metavar="FILE", help="the returned mail itself; - reads standard input")
    bounced.set_defaults(run=run_bounced)
    for action in (counts, listing, show, retry, bounced):
        add_data_options(action)


def run_counts(options: argparse.Namespace) -> int:
    """One line a state and channel, then since when the oldest waits."""
    with opened(options) as (_, register), register.reading() as connection:
        for (state, channel), count in sorted(outbox.counts(connection).items()):
            print(f"{state}\t{channel}\t{count}")
        since = outbox.waiting_since(connection)
    if since is not None:
        print(f"oldest waiting since {_when(since)}")
    return 0


def run_list(options: argparse.Namespace) -> int:
    """Newest first; addresses are masked."""
    if options.limit < 1:
        raise CommandFailed("--limit is at least 1")
    with opened(options) as (_, register), register.reading() as connection:
        found = keeping.lines(connection, states=options.state, number=options.number, limit=options.limit)
    for line in found:
        next_try = _when(line.next_try) if line.state == State.QUEUED else ""
        print(
            f"{line.id}\t{_when(line.at)}\t{line.number}\t{line.kind}\t{line.channel}\t{line.language}\t"
            f"{line.address}\t{line.state}\t{line.tries}\t{next_try}\t{line.error}"
        )
    return 0


def run_show(options: argparse.Namespace) -> int:
    """One field a line."""
    with opened(options) as (_, register), register.reading() as connection:
        found = keeping.lines(connection, id=options.id, limit=1)
    if not found:
        raise CommandFailed(f"no notice {options.id}")
    for name, value in _fields(found[0]):
        print(f"{name}\t{value}")
    return 0


def _fields(line: Line) -> list[tuple[str, str]]:
    named = [(name, getattr(line, name)) for name in Line.__slots__]
    return [
        (name, _when(value) if isinstance(value, datetime) else str(value or "")) for name, value in named
    ]


def run_retry(options: argparse.Namespace) -> int:
    """The chosen ones leave again within a second of a running server."""
    if bool(options.id) == options.lost:
        raise CommandFailed("name notices, or say --lost")
    now = datetime.now(UTC)
    with opened(options) as (_, register), register.transaction() as connection:
        if options.lost:
            print(f"{keeping.retry_all(connection, options.channel, now)} notices put back")
            return 0
        for id in options.id:
            try:
                keeping.retry(connection, id, now)
            except NoSuchNotice as error:
                raise CommandFailed(f"no notice {id}") from error
            except CannotRetry as error:
                raise CommandFailed(f"{id} cannot be sent again: {error}") from error
    print(f"{len(options.id)} notices put back")
    return 0


def run_bounced(options: argparse.Namespace) -> int:
    """A mail server may pipe its returns here; exit code 1 when the mail speaks of no notice of ours."""
    if bool(options.id) == bool(options.mail):
        raise CommandFailed("name the notice, or give the returned mail with --mail")
    id = options.id or returns.returned_notice(_mail(options.mail))
    if not id:
        print("this mail speaks of no notice")
        return 1
    with opened(options) as (_, register), register.transaction() as connection:
        try:
            notice = outbox.get(connection, id)
        except NoSuchNotice as error:
            raise CommandFailed(f"no notice {id}") from error
        if notice.channel != Means.EMAIL:
            raise CommandFailed(f"{id} is no e-mail")
        is_new = returns.undelivered(connection, notice, datetime.now(UTC), returns.BOUNCED)
    print(f"{id}\t{'undelivered' if is_new else notice.state}")
    return 0


def _mail(named: str) -> bytes:
    if named == "-":
        return sys.stdin.buffer.read(MAX_MAIL)
    with Path(named).open("rb") as file:
        return file.read(MAX_MAIL)


def _when(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
