"""Complaints joined to others (DOMAIN §3, 12): who is answered along, and by which answer.

A complaint may be joined to one that is joined in its turn; the parent comes from a desk, so that it may also
be unknown here, or lead round in a circle.
"""

from collections.abc import Iterator

import msgspec
from sqlalchemy import Connection, select

from protocol.complaint import Complaint, Status
from server import tables

_read = msgspec.json.Decoder(Complaint)


def waiting_for(connection: Connection, answered: str) -> Iterator[Complaint]:
    """Every complaint joined to this one, at once or through others, each once."""
    table = tables.complaint
    seen, parents = {answered}, [answered]
    while parents:
        mine = (table.c.parent == parents.pop(0)) & (table.c.status == Status.JOINED)
        for raw in connection.execute(select(table.c.document).where(mine).order_by(table.c.id)).scalars():
            child = _read.decode(raw)
            if child.id not in seen:
                seen.add(child.id)
                parents.append(child.id)
                yield child


def answering_for(connection: Connection, document: Complaint) -> Complaint | None:
    """The complaint whose answer also answers this joined one; None when it is not joined, or to no end."""
    if document.status != Status.JOINED:
        return None
    seen = {document.id}
    while document.status == Status.JOINED:
        if document.parent in seen:
            return None
        seen.add(document.parent)
        query = select(tables.complaint.c.document).where(tables.complaint.c.id == document.parent)
        raw = connection.execute(query).scalar_one_or_none()
        if raw is None:
            return None
        document = _read.decode(raw)
    return document
