"""What was read, printed or exported on a desk, as it is told to the server's chained log (law 09-08)."""

from datetime import datetime

import msgspec

MAX_ACCESSES = 200
"""Of one request."""

MAX_WHAT = 200
"""Characters of `what`."""


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """One access, its id made where it happened; `what` is read, printed or exported, and which paper.

    `at` is the desk's clock (aware UTC) and decides nothing: the log has the server's beside it.
    """

    id: str
    complaint: str
    what: str
    at: datetime


class Accesses(msgspec.Struct, frozen=True, kw_only=True):
    """Body of `POST /v1/access`: MAX_ACCESSES at most, oldest first."""

    accesses: tuple[Access, ...]


class AccessesKept(msgspec.Struct, frozen=True, kw_only=True):
    """Answer: all are in the log, but for those `refused`, which no later try would keep either."""

    refused: tuple[str, ...] = ()
