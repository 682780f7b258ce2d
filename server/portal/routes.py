"""The portal's addresses in both languages: each reads a form or a cookie, asks the counter, gives a page.

Here are reading and filing; following.py, papers.py and recovering.py hold what comes after.

`router()` is what the application mounts. Forms follow post-redirect-get; anything that goes wrong
becomes a page in the citizen's language, never a traceback.
"""

import threading
from typing import Any

from litestar import Response, Router, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency, Provide
from litestar.exceptions import HTTPException
from litestar.params import FromPath
from litestar.response import Redirect

from resources.catalogue import Catalogue
from server.config import secret
from server.intake import Intake, Invalid, Relay
from server.portal import following, form_view, pages, papers, recovering, screens
from server.portal.counter import Counter, Reviewed, Visitor
from server.portal.doors import Page, aside, each, go, stranger, terms
from server.portal.forms import Posted, read
from server.portal.tickets import Filed
from server.portal.visit import (
    RECEIPT,
    HttpRequest,
    Portal,
    language_of,
    preferred,
    reading_language,
)
from server.portal.warm_relay import WarmRelay
from server.request import FieldProblem
from server.routing.live import LiveRouter
from server.service import PUBLIC, Service

EMPTY = {"identity_kind": "cin"}


# Reading -----------------------------------------------------------------------------------------------


@get("/", sync_to_thread=False)
def start(request: HttpRequest) -> Redirect:
    """The home page in the browser's language."""
    answer = go(f"/{preferred(request.headers.get('accept-language', ''))}/")
    answer.headers["Vary"] = "Accept-Language"
    return answer


@get(each("/"), sync_to_thread=False)
def home(request: HttpRequest) -> Page:
    """What the platform is."""
    return screens.home(language_of(request))


@get(each("/donnees-personnelles"), sync_to_thread=False)
def notice(request: HttpRequest, portal: NamedDependency[Portal]) -> Page:
    """The data-protection notice."""
    return screens.notice(language_of(request), terms(portal))


@get(["/static/{name:str}", "/static/fonts/{name:str}"])
async def static(request: HttpRequest, name: FromPath[str]) -> Page:
    """Stylesheet, pictures and fonts, from this server only."""
    found = await aside(pages.static, name)
    if found is None:
        return screens.message(reading_language(request), "problem.404", status=404)
    headers = pages.SECURITY | {"Cache-Control": "public, max-age=604800", "Vary": "Accept-Encoding"}
    is_compressed = "gzip" in request.headers.get("accept-encoding", "")
    if is_compressed:
        headers["Content-Encoding"] = "gzip"
    return Response(found.compressed if is_compressed else found.data, media_type=found.mime, headers=headers)


@get(each("/{rest:path}"), sync_to_thread=False)
def missing(request: HttpRequest, rest: FromPath[str]) -> Page:
    """Any other address."""
    return screens.message(language_of(request), "problem.404", status=404)


# Filing ------------------------------------------------------------------------------------------------


@get(each("/deposer"))
async def open_form(request: HttpRequest, portal: NamedDependency[Portal]) -> Page:
    """The empty form."""
    return await aside(_open_form, request, portal)


def _open_form(request: HttpRequest, portal: Portal) -> Page:
    visitor = portal.visitor(request)
    shown = form_view.view(portal.token(visitor), EMPTY, (), Catalogue(visitor.language))
    page = screens.form(visitor.language, shown, portal.counter.choices(), terms(portal))
    return portal.with_session(page, visitor)


@post(each("/deposer"), request_max_body_size=None, status_code=200)
async def send_form(request: HttpRequest, portal: NamedDependency[Portal]) -> Response[Any]:
    """File the request; or show the form again: with its problems, its communes, or in the other language."""
    if (refused := stranger(request, portal, "deposer")) is not None:
        return refused
    posted = await read(request)
    return await aside(_send_form, portal, portal.visitor(request), posted)


def _send_form(portal: Portal, visitor: Visitor, posted: Posted) -> Response[Any]:
    now = portal.clock()
    reviewed = portal.counter.review(posted, visitor, now)
    token = posted["form"]
    if posted["action"] in ("communes", "language"):
        return _again(portal, visitor, reviewed, token, reviewed.problems)
    seed = portal.counter.tickets.read_form(visitor.session, token, now)
    if seed is None:
        expired = (FieldProblem("form", "expired"), *reviewed.problems)
        return _again(portal, visitor, reviewed, portal.token(visitor), expired)
    if not portal.counter.may_file(visitor, now):
        busy = (FieldProblem("form", "busy"), *reviewed.problems)
        return _again(portal, visitor, reviewed, token, busy)
    portal.ready()
    try:
        receipt = portal.counter.file(reviewed, seed, now)
    except Invalid as invalid:
        return _again(portal, visitor, reviewed, token, invalid.problems)
    filed = Filed(complaint=receipt.complaint, code=receipt.code)
    return portal.sealed(go(f"/{visitor.language}/recepisse"), RECEIPT, filed)


def _again(
    portal: Portal,
    visitor: Visitor,
    reviewed: Reviewed,
    token: str,
    problems: tuple[FieldProblem, ...],
) -> Page:
    """The form with everything that was typed and every file already received."""
    texts = Catalogue(visitor.language)
    kept = [
        form_view.kept_file(file, portal.counter.tickets.stub(visitor.session, file), texts)
        for file in reviewed.request.attachments
    ]
    shown = form_view.view(token, form_view.typed(reviewed.request), problems, texts, kept=kept)
    page = screens.form(visitor.language, shown, portal.counter.choices(), terms(portal))
    return portal.with_session(page, visitor)


@get(each("/recepisse"))
async def receipt(request: HttpRequest, portal: NamedDependency[Portal]) -> Page:
    """The receipt of what this browser has just filed."""
    return await aside(_receipt, request, portal)


def _receipt(request: HttpRequest, portal: Portal) -> Page:
    language = language_of(request)
    filed = portal.unsealed(request, RECEIPT, Filed)
    given = portal.counter.receipt(filed) if filed else None
    if given is None:
        return screens.message(language, "receipt.gone", status=404, target="suivi", here="file")
    names = portal.counter.names(language)
    is_renewed = filed is not None and filed.renewed_at is not None
    return screens.receipt(language, given, names, terms(portal), is_renewed=is_renewed)


# Failures ----------------------------------------------------------------------------------------------


def refused(request: HttpRequest, error: HTTPException) -> Page:
    """What the framework refuses, as a page in the citizen's language; an unknown method is as 404."""
    known = 404 if error.status_code == 405 else error.status_code
    known = known if known in (400, 403, 404, 413, 500) else 400
    target = "" if known in (404, 500) else "deposer"
    language = reading_language(request)
    return screens.message(language, f"problem.{known}", status=error.status_code, target=target)


def failed(request: HttpRequest, _: Exception) -> Page:
    """The server's own fault, which the application's journal notes without what a citizen typed."""
    return screens.message(reading_language(request), "problem.500", status=500)


def router(relay: Relay | None = None) -> Router:
    """Everything citizens see under /, for an application whose state holds its `service`."""
    lock = threading.Lock()
    opened: list[Portal] = []

    def portal(state: State) -> Portal:
        # Opened at the first visit, once for all threads.
        with lock:
            if not opened:
                opened.append(_open(state.service, relay))
            return opened[0]

    return Router(
        "/",
        route_handlers=[
            start, home, notice, static, missing, open_form, send_form, receipt,
            *following.HANDLERS, *papers.HANDLERS, *recovering.HANDLERS,
        ],
        dependencies={"portal": Provide(portal, sync_to_thread=True)},
        exception_handlers={HTTPException: refused, Exception: failed},
        opt=PUBLIC,
        include_in_schema=False,
    )  # fmt: skip


def _open(service: Service, relay: Relay | None) -> Portal:
    live = LiveRouter(service.database, service.config.data, service.journal, service.clock)
    warm = WarmRelay(lambda: relay or live.load())
    taking = Intake(warm, secret(service.config, "portal"), service.entropy)

    def ready() -> None:
        """Before a filing's transaction: a model is there, and it is the one a person promoted last."""
        warm.wait()
        if relay is None:
            live.renew()

    return Portal(Counter(service.database, service.config, taking), service.clock, ready)
