"""`letters list|retry`: letters that could not be made, and taking them up again."""

import argparse
from typing import Any

from sqlalchemy import select

from server import letters, numbering, tables
from server.commands import add_data_options, opened


def add_parser(commands: Any) -> None:
    """`letters list`, `letters retry`."""
    parser = commands.add_parser("letters", help="letters of record: waiting, refused, cancelled numbers")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser(
        "list", help="counts, refused letters with what they miss, cancelled numbers"
    )
    add_data_options(listing)
    listing.set_defaults(run=run_list)
    retry = actions.add_parser("retry", help="take refused letters up again, from the register as it is now")
    add_data_options(retry)
    retry.set_defaults(run=run_retry)


def run_list(options: argparse.Namespace) -> int:
    """How many letters stand where; exit code 1 while one is refused."""
    with opened(options) as (_, register), register.reading() as connection:
        counted = letters.counts(connection)
        print(", ".join(f"{counted[state]} {state}" for state in letters.State))
        refused = letters.stopped(connection)
        for one in refused:
            print(f"refused\t{one.number}\t{one.complaint}\t{one.reason}")
        table = tables.cancelled_number
        query = select(table).where(table.c.kind == numbering.OUTGOING)
        for row in connection.execute(query.order_by(table.c.administration, table.c.year, table.c.first)):
            first, last = (
                numbering.written(row.kind, row.year, row.administration, n) for n in (row.first, row.last)
            )
            print(f"cancelled\t{first}\t{last}\t{row.reason}")
    return 1 if refused else 0


def run_retry(options: argparse.Namespace) -> int:
    """Freeze refused letters again; the service makes their files."""
    with opened(options) as (_, register), register.transaction() as connection:
        print(f"{letters.retry(connection)} letters wait again")
    return 0
