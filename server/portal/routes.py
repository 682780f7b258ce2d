"""The portal's addresses in both languages: each reads a form or a cookie, asks the counter, gives a page.

`router()` is what the application mounts. Forms follow post-redirect-get; anything that goes wrong
becomes a page in the citizen's language, never a traceback.
"""

import threading
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from litestar import Response, Router, get, post
from litestar.concurrency import sync_to_thread
from litestar.datastructures import State
from litestar.di import NamedDependency, Provide
from litestar.exceptions import HTTPException
from litestar.params import FromPath
from litestar.response import Redirect

from resources.catalogue import LANGUAGES, Catalogue
from server.config import secret
from server.intake import Intake, Invalid, Relay
from server.portal import form_view, pages, screens
from server.portal.counter import Counter, Refusal, Refused, Reviewed, Visitor
from server.portal.forms import Posted, read
from server.portal.pages import Notice
from server.portal.tickets import Filed, Followed
from server.portal.visit import (
    CASE,
    RECEIPT,
    HttpRequest,
    Portal,
    is_cross_site,
    language_of,
    preferred,
    reading_language,
)
from server.portal.warm_relay import WarmRelay
from server.request import FieldProblem, Problem
from server.service import PUBLIC, Service

Page = Response[bytes]
P = ParamSpec("P")
T = TypeVar("T")

EMPTY = {"identity_kind": "cin"}


def each(path: str) -> list[str]:
    """An address in both languages."""
    return [f"/{language}{path}" for language in LANGUAGES]


async def _aside(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run database and disk work away from the event loop.

    Litestar's own `sync_to_thread` wraps a handler of several addresses twice and then answers 500.
    """
    return await sync_to_thread(work, *args, **kwargs)


def _go(path: str) -> Redirect:
    return Redirect(path, status_code=303, headers=dict(pages.private_headers()))


def _notice(portal: Portal) -> Notice:
    config = portal.counter.config
    return Notice(authorisation=config.notice_authorisation, contact=config.notice_contact)


# Reading -----------------------------------------------------------------------------------------------


@get("/", sync_to_thread=False)
def start(request: HttpRequest) -> Redirect:
    """The home page in the browser's language."""
    answer = _go(f"/{preferred(request.headers.get('accept-language', ''))}/")
    answer.headers["Vary"] = "Accept-Language"
    return answer


@get(each("/"), sync_to_thread=False)
def home(request: HttpRequest) -> Page:
    """What the platform is."""
    return screens.home(language_of(request))


@get(each("/donnees-personnelles"), sync_to_thread=False)
def notice(request: HttpRequest, portal: NamedDependency[Portal]) -> Page:
    """The data-protection notice."""
    return screens.notice(language_of(request), _notice(portal))


@get(["/static/{name:str}", "/static/fonts/{name:str}"])
async def static(request: HttpRequest, name: FromPath[str]) -> Page:
    """Stylesheet, pictures and fonts, from this server only."""
    found = await _aside(pages.static, name)
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
    return await _aside(_open_form, request, portal)


def _open_form(request: HttpRequest, portal: Portal) -> Page:
    visitor = portal.visitor(request)
    shown = form_view.view(portal.token(visitor), EMPTY, (), Catalogue(visitor.language))
    page = screens.form(visitor.language, shown, portal.counter.choices(), _notice(portal))
    return portal.with_session(page, visitor)


@post(each("/deposer"), request_max_body_size=None, status_code=200)
async def send_form(request: HttpRequest, portal: NamedDependency[Portal]) -> Response[Any]:
    """File the request; or show the form again: with its problems, its communes, or in the other language."""
    if is_cross_site(request, portal.counter.config.public_url):
        return screens.message(language_of(request), "problem.403", status=403, target="deposer")
    posted = await read(request)
    return await _aside(_send_form, portal, portal.visitor(request), posted)


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
    return portal.sealed(_go(f"/{visitor.language}/recepisse"), RECEIPT, filed)


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
    page = screens.form(visitor.language, shown, portal.counter.choices(), _notice(portal))
    return portal.with_session(page, visitor)


@get(each("/recepisse"))
async def receipt(request: HttpRequest, portal: NamedDependency[Portal]) -> Page:
    """The receipt of what this browser has just filed."""
    return await _aside(_receipt, request, portal)


def _receipt(request: HttpRequest, portal: Portal) -> Page:
    language = language_of(request)
    filed = portal.unsealed(request, RECEIPT, Filed)
    given = portal.counter.receipt(filed) if filed else None
    if given is None:
        return screens.message(language, "receipt.gone", status=404, target="suivi", here="file")
    return screens.receipt(language, given, portal.counter.names(language), _notice(portal))


# Following ---------------------------------------------------------------------------------------------


@get(each("/suivi"), sync_to_thread=False)
def ask_pair(request: HttpRequest, portal: NamedDependency[Portal]) -> Page:
    """Number and code, please."""
    visitor = portal.visitor(request)
    shown = form_view.view(portal.token(visitor), {}, (), Catalogue(visitor.language))
    return portal.with_session(screens.follow(visitor.language, shown), visitor)


@post(each("/suivi"), request_max_body_size=None, status_code=200)
async def give_pair(request: HttpRequest, portal: NamedDependency[Portal]) -> Response[Any]:
    """Open the request, or say that the pair is not right, always in the same words."""
    if is_cross_site(request, portal.counter.config.public_url):
        return screens.message(language_of(request), "problem.403", status=403, target="suivi")
    posted = await read(request)
    return await _aside(_give_pair, portal, portal.visitor(request), posted)


def _give_pair(portal: Portal, visitor: Visitor, posted: Posted) -> Response[Any]:
    now = portal.clock()
    typed = {name: posted[name][:100] for name in ("number", "code")}
    absent = tuple(FieldProblem(name, Problem.REQUIRED) for name, value in typed.items() if not value.strip())
    refusal, status = "", 200
    if posted["action"] == "language":
        absent = ()
    elif portal.counter.tickets.read_form(visitor.session, posted["form"], now) is None:
        refusal, status = Refusal.EXPIRED, 403
    elif not absent:
        try:
            followed = portal.counter.open_case(typed["number"], typed["code"], visitor, now)
        except Refused as refused:
            refusal, status = refused.reason, 429 if refused.reason == Refusal.WAIT else 422
        else:
            return portal.sealed(_go(f"/{visitor.language}/suivi/dossier"), CASE, followed)
    else:
        status = 422
    shown = form_view.view(portal.token(visitor), typed, absent, Catalogue(visitor.language))
    page = screens.follow(visitor.language, shown, refusal=refusal, status=status)
    return portal.with_session(page, visitor)


@get(each("/suivi/dossier"))
async def read_case(request: HttpRequest, portal: NamedDependency[Portal]) -> Response[Any]:
    """The request this browser has opened."""
    return await _aside(_read_case, request, portal)


def _read_case(request: HttpRequest, portal: Portal) -> Response[Any]:
    visitor = portal.visitor(request)
    followed = portal.unsealed(request, CASE, Followed)
    if followed is None:
        return _gone(portal, visitor)
    shown = form_view.view(portal.token(visitor), {}, (), Catalogue(visitor.language))
    described = portal.counter.read_case(followed, visitor.language, portal.clock())
    if described is None:
        return _gone(portal, visitor)
    page = portal.with_session(screens.case(visitor.language, shown, described, sent=followed.sent), visitor)
    return portal.sealed(page, CASE, Followed(complaint=followed.complaint))


@post(each("/suivi/dossier"), request_max_body_size=None, status_code=200)
async def say(request: HttpRequest, portal: NamedDependency[Portal]) -> Response[Any]:
    """The citizen's complement, message or request to reopen."""
    if is_cross_site(request, portal.counter.config.public_url):
        return screens.message(language_of(request), "problem.403", status=403, target="suivi")
    posted = await read(request)
    followed = portal.unsealed(request, CASE, Followed)
    return await _aside(_say, portal, portal.visitor(request), posted, followed)


def _say(portal: Portal, visitor: Visitor, posted: Posted, followed: Followed | None) -> Response[Any]:
    now, texts, refusal = portal.clock(), Catalogue(visitor.language), ""
    problems: tuple[FieldProblem, ...] = ()
    if followed is None:
        return _gone(portal, visitor)
    seed = portal.counter.tickets.read_form(visitor.session, posted["form"], now)
    if seed is None:
        refusal = Refusal.EXPIRED
    else:
        try:
            problems = portal.counter.say(followed, posted["kind"], posted["text"], seed, now=now)
        except Refused as refused:
            refusal = refused.reason
    if not problems and not refusal:
        done = Followed(complaint=followed.complaint, sent=True)
        return portal.sealed(_go(f"/{visitor.language}/suivi/dossier"), CASE, done)
    described = portal.counter.read_case(followed, visitor.language, now)
    if described is None:
        return _gone(portal, visitor)
    shown = form_view.view(portal.token(visitor), {"text": posted["text"]}, problems, texts)
    page = screens.case(visitor.language, shown, described, kind=posted["kind"], refusal=refusal)
    return portal.with_session(page, visitor)


def _gone(portal: Portal, visitor: Visitor) -> Page:
    shown = form_view.view(portal.token(visitor), {}, (), Catalogue(visitor.language))
    page = screens.follow(visitor.language, shown, refusal="portal.follow.gone", status=403)
    return portal.with_session(page, visitor)


@post(each("/suivi/quitter"), sync_to_thread=False, status_code=303)
def leave(request: HttpRequest) -> Redirect:
    """Forget which request this browser was reading."""
    answer = _go(f"/{language_of(request)}/suivi")
    answer.delete_cookie(CASE, path="/")
    answer.delete_cookie(RECEIPT, path="/")
    return answer


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
            ask_pair, give_pair, read_case, say, leave,
        ],
        dependencies={"portal": Provide(portal, sync_to_thread=True)},
        exception_handlers={HTTPException: refused, Exception: failed},
        opt=PUBLIC,
        include_in_schema=False,
    )  # fmt: skip


def _load_relay(service: Service) -> Relay:
    # Imported late: the model brings numpy, which command-line uses of the server do without.
    from server.routing.router import Router as ContentRouter

    return ContentRouter.load(service.config.data / "routing")


def _open(service: Service, relay: Relay | None) -> Portal:
    warm = WarmRelay(lambda: relay or _load_relay(service))
    taking = Intake(warm, secret(service.config, "portal"), service.entropy)
    return Portal(Counter(service.database, service.config, taking), service.clock, warm.wait)
