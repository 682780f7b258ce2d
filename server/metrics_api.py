"""`GET /metrics` for a supervision of the ministry's own: never for the public.

The token of the file `metrics_token_file` opens it from anywhere. Without a token, a connection from this
machine itself is enough, unless the service stands behind a proxy (whose visitors all seem to be local).
"""

import hmac
from ipaddress import ip_address
from pathlib import Path

from litestar import Response, get
from litestar.datastructures import State

from server import gauges
from server.metrics import CONTENT_TYPE, gauge, render
from server.problems import Refusal
from server.service import PUBLIC, AnyRequest, Service

FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")


@get("/metrics", sync_to_thread=True, opt=PUBLIC)
def metrics(request: AnyRequest, state: State) -> Response[bytes]:
    """Everything measured, as Prometheus reads it; 404 for whoever may not see it."""
    service: Service = state.service
    if not _may_read(request, service):
        raise Refusal(404, "not_found")
    now = service.clock()
    with service.database.reading() as connection:
        kept = gauges.read(connection, service.config, now)
    waiting = gauge("chekaya_waiting_desks", "Desks waiting for news.", service.wake.waiting())
    body = render([*service.metrics.families(), waiting, *kept])
    return Response(body, headers={"content-type": CONTENT_TYPE})


def _may_read(request: AnyRequest, service: Service) -> bool:
    config = service.config
    if config.metrics_token_file:
        return _has_token(request, config.secrets / config.metrics_token_file)
    if config.trusted_proxies or config.public_url or any(name in request.headers for name in FORWARDED):
        return False
    return request.client is not None and _is_local(request.client.host)


def _has_token(request: AnyRequest, file: Path) -> bool:
    """Read at each request, so that a new token counts at once; an unreadable or empty file opens nothing."""
    try:
        token = file.read_bytes().strip()
    except OSError:
        return False
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    return bool(token) and scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), token)


def _is_local(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


HANDLERS = [metrics]
