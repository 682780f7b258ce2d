"""Desks of colleagues over HTTP: what each tells while it pulls, and who may ask what they told."""

from litestar import Response, get
from litestar.background_tasks import BackgroundTask
from litestar.datastructures import State

from protocol.deadlines import civil_date
from protocol.wire import UNSENT_HEADER
from server import standing
from server.service import SIGNED_IN, AnyRequest, Service, reply_json
from server.tokens import Visitor


def listen(
    service: Service, request: AnyRequest, visitor: Visitor, answer: Response[bytes]
) -> Response[bytes]:
    """The same answer, after which what the desk told beside this request is written if it is news."""
    told = standing.read_header(request.headers.get(UNSENT_HEADER, ""))
    desk, now = (visitor.device, visitor.account.id), service.clock()
    if told is not None and service.standings.is_news(*desk, told, now):
        answer.background = BackgroundTask(standing.note, service.database, *desk, told, now)
    return answer


@get("/v1/statistics/desks", sync_to_thread=True, opt=SIGNED_IN)
def desks(request: AnyRequest, state: State) -> Response[bytes]:
    """Desks of the colleagues whom this supervisor answers for; 403 for others."""
    service: Service = state.service
    with service.database.reading() as connection:
        visitor = service.enter(connection, request)
        told = standing.of_colleagues(connection, visitor.actor, civil_date(service.clock()))
    return reply_json(request, told)


HANDLERS = [desks]
