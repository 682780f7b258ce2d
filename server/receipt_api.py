"""The receipt at the counter: staff in scope print it with a fresh tracking code (DOMAIN §8).

The register knows codes only by their hash, so that what was lost cannot be read again: a new code is drawn,
the old one stops at once, and who issued it is chained in the log of readings.
"""

from litestar import Response, post
from litestar.datastructures import State
from litestar.params import FromPath
from sqlalchemy import Connection

from protocol.complaint import Complaint
from protocol.deadlines import civil_date
from protocol.scope import ISSUING, grants_scope, roles_over
from server import audit, complaints, intake, receipts, receipts_print
from server.config import secret
from server.problems import Refusal
from server.service import SIGNED_IN, AnyRequest, Service
from server.tokens import Visitor

ISSUED = "receipt_issued"


@post("/v1/complaints/{complaint:str}/receipt", sync_to_thread=True, status_code=200, opt=SIGNED_IN)
def issue(request: AnyRequest, state: State, complaint: FromPath[str]) -> Response[bytes]:
    """A receipt with a fresh code, as PDF; 404 for what one does not see, 403 for roles that do not issue."""
    service: Service = state.service
    key = secret(service.config, "portal")
    code = receipts.new_code(key, service.entropy(32).hex())
    now = service.clock()
    with service.database.reading() as connection:
        visitor = service.enter(connection, request)
        given = intake.receipt(_issuable(connection, service, visitor, complaint), code)
        letter = receipts_print.letter_of(connection, given, service.config, renewed_at=now)
    # Drawn before the old code stops: a page that cannot be made costs nobody the code he has.
    pdf = receipts_print.printed(letter)
    with service.database.transaction() as connection:
        visitor = service.current(connection, visitor)
        document = _issuable(connection, service, visitor, complaint)
        receipts.renew(connection, key, document.id, code)
        reading = audit.Reading(by=visitor.account.id, what=document.number)
        link = audit.reading_link(document.administration, document.id, reading, ISSUED, now)
        audit.append(connection, audit.READINGS, [link], service.entropy)
    headers = {
        "Content-Disposition": f'attachment; filename="{receipts_print.file_name(given)}"',
        "Cache-Control": "private, no-store",
    }
    return Response(pdf, media_type=receipts_print.PDF, headers=headers)


def _issuable(connection: Connection, service: Service, visitor: Visitor, complaint: str) -> Complaint:
    """The complaint, if this visitor may give its receipt; raises Refusal."""
    today = civil_date(service.clock())
    try:
        document = complaints.load(connection, complaint)
    except complaints.NoSuchComplaint as error:
        raise Refusal(404, "not_found") from error
    if not grants_scope(document, visitor.actor, today):
        raise Refusal(404, "not_found")
    if not ISSUING & roles_over(document, visitor.actor, today):
        raise Refusal(403, "not_allowed")
    return document


HANDLERS = [issue]
