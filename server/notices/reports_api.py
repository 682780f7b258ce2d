"""Where the SMS provider says what became of a message: one signed record, never more than a state."""

import msgspec
from litestar import Response, post
from litestar.concurrency import sync_to_thread
from litestar.datastructures import State as AppState

from protocol.acts import UNREADABLE
from server.notices import returns, setup
from server.notices.returns import Report
from server.problems import Refusal
from server.service import PUBLIC, AnyRequest, Service

MAX_REPORT = 4_096


@post("/v1/notices/sms-report", opt=PUBLIC, status_code=204)
async def sms_report(request: AnyRequest, state: AppState) -> Response[None]:
    """204 for every signed report, known or not; 404 where no secret was agreed upon, 403 unsigned."""
    service: Service = state.service
    body = await request.body()
    await sync_to_thread(_take, service, request.headers.get(returns.SIGNATURE, ""), body)
    return Response(None, status_code=204)


def _take(service: Service, signature: str, body: bytes) -> None:
    secret = setup.reports_secret(service.config)
    if not secret:
        raise Refusal(404, "not_found")
    if len(body) > MAX_REPORT:
        raise Refusal(413, "too_large")
    if not returns.is_signed(body, signature, secret):
        raise Refusal(403, "not_signed")
    try:
        told = msgspec.json.decode(body, type=Report)
    except UNREADABLE as error:
        raise Refusal(422, "malformed") from error
    with service.database.transaction() as connection:
        returns.take(connection, told, service.clock())


HANDLERS = [sms_report]
