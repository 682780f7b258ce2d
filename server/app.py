"""Puts the web service together: routes, refusals, what every reply carries, what is written in the log."""

import time
from collections.abc import Callable, Iterable, MutableMapping
from datetime import datetime
from secrets import token_bytes
from typing import Any

from litestar import Litestar, Response, Router, get
from litestar.datastructures import State
from litestar.exceptions import HTTPException

from server import (
    accesses,
    auth_api,
    blobs_api,
    desks_api,
    metrics_api,
    openapi,
    problems,
    receipt_api,
    sync_api,
)
from server.config import Config
from server.database import is_reachable
from server.letter_press import LetterPress
from server.logs import Journal
from server.notices import reports_api
from server.notices.sender import Senders
from server.portal import routes as portal
from server.routing.trials import Trials
from server.service import MAX_BODY, PUBLIC, AnyRequest, Service, note_progress, open_service, reply, utc_now
from server.upkeep import Upkeep

Message = MutableMapping[str, Any]


@get("/healthz", sync_to_thread=True, opt=PUBLIC)
def healthz(request: AnyRequest, state: State) -> Response[bytes]:
    """200 when the register answers, else 503: for supervision, without detail."""
    service: Service = state.service
    if is_reachable(service.database):
        return reply(request, b'{"status":"ok"}')
    return Response(b'{"status":"unavailable"}', status_code=503, media_type=problems.JSON)


# One router: registered singly, several handlers of one path are wrapped twice by Litestar 2.25 and fail.
API = [
    healthz,
    *sync_api.HANDLERS,
    *auth_api.HANDLERS,
    *blobs_api.HANDLERS,
    *accesses.HANDLERS,
    *metrics_api.HANDLERS,
    *receipt_api.HANDLERS,
    *desks_api.HANDLERS,
    *reports_api.HANDLERS,
    *openapi.HANDLERS,
]


def create_app(
    config: Config,
    *,
    journal: Journal | None = None,
    clock: Callable[[], datetime] = utc_now,
    entropy: Callable[[int], bytes] = token_bytes,
) -> Litestar:
    """The service over the register of `config`; `app.state.service` is what handlers work with."""
    service = open_service(config, journal=journal, clock=clock, entropy=entropy)
    upkeep = Upkeep(service)
    trials = Trials(service)
    senders = Senders(service)
    press = LetterPress(service)

    def start() -> None:
        service.wake.start()
        upkeep.start()
        trials.start()
        senders.start()
        press.start()

    def stop() -> None:
        press.close()
        senders.close()
        upkeep.close()
        trials.close()
        service.wake.close()
        note_progress(service.database, service.epoch, service.journal, at_once=True)
        service.database.close()

    def faulted(error: Exception, scope: Any) -> None:
        if not isinstance(error, problems.Refusal | HTTPException):
            service.journal.fault(str(scope.get("path_template", "-")), error)

    app = Litestar(
        route_handlers=[Router("/", route_handlers=API), portal.router()],
        state=State({"service": service, "config": config}),
        on_startup=[start],
        on_shutdown=[stop],
        after_exception=[faulted],
        exception_handlers={
            problems.Refusal: problems.on_refusal,
            HTTPException: _on_framework,
            Exception: _on_fault,
        },
        openapi_config=None,
        logging_config=None,
        request_max_body_size=MAX_BODY,
    )
    # Around routing itself: Litestar's own middleware never sees an address or a method nobody has.
    app.asgi_handler = Door(app.asgi_handler, service)
    return app


METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"})
"""What the journal names; anything else was made up by its sender."""

SAFE = {
    b"x-content-type-options": b"nosniff",
    b"content-security-policy": b"default-src 'none'; frame-ancestors 'none'",
    b"x-frame-options": b"DENY",
    b"referrer-policy": b"no-referrer",
    b"cross-origin-resource-policy": b"same-origin",
    b"cache-control": b"no-store",
}
"""On every reply that does not say better, refusals included."""


def _completed(headers: Iterable[tuple[bytes, bytes]], service: Service) -> list[tuple[bytes, bytes]]:
    sent = list(headers)
    named = {name.lower() for name, _ in sent}
    sent += [(name, value) for name, value in SAFE.items() if name not in named]
    if service.config.public_url.startswith("https:"):
        sent.append((b"strict-transport-security", b"max-age=31536000"))
    sent.append((b"x-epoch", service.epoch.encode()))
    return sent


def _on_framework(request: AnyRequest, error: HTTPException) -> Response[bytes]:
    """Unknown addresses and methods: a record for programs, a page in the reader's language for people."""
    if _is_api(request):
        return problems.on_framework(request, error)
    page = portal.refused(request, error)
    page.headers.update(error.headers or {})
    return page


def _on_fault(request: AnyRequest, error: Exception) -> Response[bytes]:
    return problems.on_fault(request, error) if _is_api(request) else portal.failed(request, error)


def _is_api(request: AnyRequest) -> bool:
    path = request.url.path
    return path.startswith("/v1/") or path in ("/healthz", "/metrics")


class Door:
    """Around every route: the epoch and safe headers on each reply, one line in the journal for each."""

    def __init__(self, app: Any, service: Service) -> None:
        self._app = app
        self._service = service

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        service = self._service
        began = time.perf_counter()
        status, method = 0, scope["method"]

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = _completed(message.get("headers", ()), service)
            if is_head and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        # Whatever can be read can be asked for without its body; uploads have a HEAD of their own.
        is_head = scope["method"] == "HEAD" and not scope["path"].startswith("/v1/blobs/")
        if is_head:
            scope = {**scope, "method": "GET"}
        try:
            await self._app(scope, receive, sending)
        finally:
            seconds = time.perf_counter() - began
            method = method if method in METHODS else "other"
            route = scope.get("path_template", "-")
            service.metrics.request(route, method, status, seconds)
            service.journal.note(
                "request", method=method, route=route, status=status, ms=round(seconds * 1000, 1)
            )
