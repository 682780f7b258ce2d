"""work.db keeps, beside an act, the outgoing number it was acknowledged with: a restore gives it back."""

from typing import Any


def add_number(connection: Any) -> None:
    """One column; acts acknowledged before it existed have none to show."""
    connection.execute("alter table outbox add column number text not null default ''")
