"""Readings, prints and exports that desks tell of, chained in the access log of who holds the complaint now.

Never part of a document: no version, no change row. The desk's id of an access makes it count once.
"""

import re
from collections.abc import Sequence
from datetime import datetime

from litestar import Response, post
from litestar.datastructures import State
from litestar.params import RawBody
from sqlalchemy import Connection, select

from protocol.access_wire import MAX_ACCESSES, MAX_WHAT, Access, Accesses, AccessesKept
from server import audit, tables
from server.identifiers import is_uuid
from server.problems import Refusal
from server.service import SIGNED_IN, AnyRequest, Service, read_record, reply_json
from server.tokens import Visitor

_WHAT = re.compile(r"(read|printed|exported)( [\x21-\x7e]+)*")


class Told(audit.Reading, frozen=True, kw_only=True):
    """Content of such a link: on which device, and when by its clock (aware UTC)."""

    device: str
    told_at: datetime


@post("/v1/access", sync_to_thread=True, status_code=200, opt=SIGNED_IN)
def accesses(request: AnyRequest, state: State, body: RawBody) -> Response[bytes]:
    """Keep accesses of this person on this device; 413 beyond MAX_ACCESSES."""
    service: Service = state.service
    visitor = service.admit(request)
    told = read_record(request, body, Accesses).accesses
    if len(told) > MAX_ACCESSES:
        raise Refusal(413, "too_large")
    sound = [one for one in told if _is_sound(one)]
    service.database.attempt(lambda connection: _keep(connection, service, visitor, sound))
    refused = tuple(one.id for one in told if not _is_sound(one))
    if refused:
        service.journal.note("accesses_refused", count=len(refused))
    return reply_json(request, AccessesKept(refused=refused))


def _is_sound(told: Access) -> bool:
    return (
        is_uuid(told.id)
        and is_uuid(told.complaint)
        and len(told.what) <= MAX_WHAT
        and _WHAT.fullmatch(told.what) is not None
        and told.at.tzinfo is not None
        and 1900 <= told.at.year <= 9000
    )


def _keep(connection: Connection, service: Service, visitor: Visitor, told: Sequence[Access]) -> None:
    """Chain those not known yet; what was read of a complaint that is not here any more was read too."""
    table, complaint = tables.access_log, tables.complaint
    ids = {one.id for one in told}
    known = set(connection.execute(select(table.c.record).where(table.c.record.in_(ids))).scalars())
    concerned = {one.complaint for one in told}
    holders = {
        row.id: row.administration
        for row in connection.execute(
            select(complaint.c.id, complaint.c.administration).where(complaint.c.id.in_(concerned))
        )
    }
    links = []
    for one in told:
        if one.id in known:
            continue
        known.add(one.id)
        reading = Told(by=visitor.account.id, what=one.what, device=visitor.device, told_at=one.at)
        administration = holders.get(one.complaint, visitor.account.main_administration)
        kind = one.what.partition(" ")[0]
        link = audit.reading_link(administration, one.complaint, reading, kind, service.clock())
        links.append(audit.with_record(link, one.id))
    audit.append(connection, audit.READINGS, links, service.entropy)


HANDLERS = [accesses]
