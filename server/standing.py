"""What desktops tell of themselves while they pull: how many acts they could not send yet, and since when.

Told in a header of ordinary pulls, kept in memory, and written only when it changed or its row grew old,
after the reply has left: an idle pull never waits for a write. Supervisors read it of their colleagues.
"""

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Connection, select, update

from protocol.scope import SEEING, in_force
from protocol.settings import Actor, Grant, Role
from protocol.wire import DeskHeard, DesksHeard
from server import accounts, tables
from server.database import Database, insert_if_absent
from server.problems import Refusal
from server.revocation import REVOKED

REWRITTEN_AFTER = timedelta(minutes=5)
"""A desk in touch with nothing new to tell has its row brought up to date this often."""

REMEMBERED = 100_000
"""Desks kept in memory; beyond that it starts afresh, which costs each of them one write."""

MOST = 1_000_000
"""No desk has more unsent acts than this: a larger number is damage."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What one desk told: acts not sent, and when the oldest was typed (aware UTC) on that desk's clock."""

    unsent: int
    oldest: datetime | None = None


class Standings:
    """What this process heard last of each desk; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[tuple[str, str], tuple[Standing, datetime]] = {}

    def is_news(self, device: str, account: str, standing: Standing, now: datetime) -> bool:
        """Whether this is to be written: another standing than before, or the same after a while."""
        desk = (device, account)
        with self._lock:
            known = self._known.get(desk)
            if known is not None and known[0] == standing and now - known[1] < REWRITTEN_AFTER:
                return False
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            self._known[desk] = (standing, now)
        return True


def read_header(text: str) -> Standing | None:
    """The standing in a header `n` or `n;oldest` (ISO 8601 with a zone); None for none and for damage."""
    count, _, oldest = text.partition(";")
    if not (count.isascii() and count.isdigit() and len(count) <= 7) or int(count) > MOST:
        return None
    if not oldest:
        return Standing(int(count))
    try:
        at = datetime.fromisoformat(oldest)
        return None if at.tzinfo is None else Standing(int(count), at.astimezone(UTC))
    except (ValueError, OverflowError):
        return None


def note(database: Database, device: str, account: str, standing: Standing, now: datetime) -> None:
    """Write what a desk told at `now` (aware UTC)."""
    table = tables.standing
    told = {"unsent": standing.unsent, "oldest": standing.oldest, "at": now}
    here = (table.c.device == device) & (table.c.account == account)
    with database.transaction() as connection:
        if not insert_if_absent(connection, table, {"device": device, "account": account, **told}):
            connection.execute(update(table).where(here).values(**told))


def of_colleagues(connection: Connection, supervisor: Actor, today: date) -> DesksHeard:
    """What is known of the desks of `supervisor`'s colleagues; raises Refusal 403 for somebody who is none.

    A supervisor of one unit is told of that unit's people, one of a whole administration of all of them.
    Revoked devices, closed accounts and the supervisor's own desk are left out.
    """
    mine = [one for one in supervisor.grants if one.role == Role.SUPERVISOR and in_force(one, today)]
    if not mine:
        raise Refusal(403, "not_allowed")
    people = _led_by(connection, mine, today) - {supervisor.id}
    table = tables.standing
    rows = connection.execute(
        select(table.c.account, table.c.unsent, table.c.oldest, table.c.at)
        .join(
            tables.device,
            (tables.device.c.id == table.c.device) & (tables.device.c.account == table.c.account),
        )
        .join(tables.account, tables.account.c.id == table.c.account)
        .where(tables.device.c.state != REVOKED, tables.account.c.state == accounts.State.ACTIVE)
        .where(table.c.account.in_(people))
        .order_by(table.c.account, table.c.device)
    )
    return DesksHeard(
        desks=tuple(
            DeskHeard(account=row.account, unsent=row.unsent, oldest=row.oldest, heard=row.at) for row in rows
        )
    )


def _led_by(connection: Connection, mine: Iterable[Grant], today: date) -> set[str]:
    """Accounts with a grant, in force, inside one of these supervisor's grants."""
    table = tables.grant
    led: set[str] = set()
    for own in mine:
        query = select(table).where(table.c.administration == own.administration, table.c.role.in_(SEEING))
        if own.unit:
            query = query.where(table.c.unit == own.unit)
        for row in connection.execute(query):
            starts, ends = row.starts, row.ends
            if (starts is None or starts <= today) and (ends is None or today <= ends):
                led.add(row.account)
    return led
