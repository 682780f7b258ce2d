"""What people taught the router: complaints they moved to another administration than the one that had them.

Only where a complaint was last moved counts. Confidential complaints teach nothing: a model is a file that
more people can read than they.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec
from sqlalchemy import Connection, select

from protocol.complaint import Complaint
from protocol.settings import COORDINATION
from server import tables

_read = msgspec.json.Decoder(Complaint)


@dataclass(frozen=True, slots=True)
class Correction:
    """Object and text of a complaint, where it was, and where a person moved it last (aware UTC)."""

    complaint: str
    text: str
    routed_to: str
    moved_to: str
    at: datetime


def stored(connection: Connection) -> tuple[Correction, ...]:
    """The latest correction of each complaint that may be learnt from, in the order of time.

    One that was moved back to coordination's triage is known to be wrong where it was and nothing more: it
    teaches nothing.
    """
    correction, complaint = tables.routing_correction, tables.complaint
    rows = connection.execute(
        select(
            correction.c.complaint,
            correction.c.routed_to,
            correction.c.moved_to,
            correction.c.at,
            complaint.c.document,
        )
        .join(complaint, complaint.c.id == correction.c.complaint)
        .where(complaint.c.confidential.is_(False))
        .order_by(correction.c.complaint, correction.c.n)
    )
    latest: dict[str, Correction] = {}
    for row in rows:
        document = _read.decode(row.document)
        text = f"{document.object}\n{document.text}".strip()
        latest[row.complaint] = Correction(row.complaint, text, row.routed_to, row.moved_to, row.at)
    told = (one for one in latest.values() if one.text and one.moved_to != COORDINATION)
    return tuple(sorted(told, key=lambda one: (one.at, one.complaint)))


def latest_moves(connection: Connection) -> Mapping[str, str]:
    """Complaint → where a person moved it last, coordination included; no text is read."""
    table = tables.routing_correction
    query = select(table.c.complaint, table.c.moved_to).order_by(table.c.complaint, table.c.n)
    return {row.complaint: row.moved_to for row in connection.execute(query)}
