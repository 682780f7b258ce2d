"""Following a request: number and code, the page they open, what the citizen says on it."""

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.response import Redirect

from resources.catalogue import Catalogue
from server.portal import form_view, screens
from server.portal.counter import Refusal, Refused, Visitor
from server.portal.doors import Page, aside, each, go, gone, stranger
from server.portal.forms import Posted, read
from server.portal.saying import Said
from server.portal.tickets import Followed
from server.portal.visit import CASE, RECEIPT, HttpRequest, Portal, language_of
from server.request import FieldProblem, Problem


@get(each("/suivi"), sync_to_thread=False)
def ask_pair(request: HttpRequest, portal: NamedDependency[Portal]) -> Page:
    """Number and code, please."""
    visitor = portal.visitor(request)
    shown = form_view.view(portal.token(visitor), {}, (), Catalogue(visitor.language))
    return portal.with_session(screens.follow(visitor.language, shown), visitor)


@post(each("/suivi"), request_max_body_size=None, status_code=200)
async def give_pair(request: HttpRequest, portal: NamedDependency[Portal]) -> Response[Any]:
    """Open the request, or say that the pair is not right, always in the same words."""
    if (refused := stranger(request, portal, "suivi")) is not None:
        return refused
    posted = await read(request)
    return await aside(_give_pair, portal, portal.visitor(request), posted)


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
            return portal.sealed(go(f"/{visitor.language}/suivi/dossier"), CASE, followed)
    else:
        status = 422
    shown = form_view.view(portal.token(visitor), typed, absent, Catalogue(visitor.language))
    page = screens.follow(visitor.language, shown, refusal=refusal, status=status)
    return portal.with_session(page, visitor)


@get(each("/suivi/dossier"))
async def read_case(request: HttpRequest, portal: NamedDependency[Portal]) -> Response[Any]:
    """The request this browser has opened."""
    return await aside(_read_case, request, portal)


def _read_case(request: HttpRequest, portal: Portal) -> Response[Any]:
    visitor = portal.visitor(request)
    followed = portal.unsealed(request, CASE, Followed)
    if followed is None:
        return gone(portal, visitor)
    shown = form_view.view(portal.token(visitor), {}, (), Catalogue(visitor.language))
    described = portal.counter.read_case(followed, visitor.language, portal.clock())
    if described is None:
        return gone(portal, visitor)
    page = portal.with_session(screens.case(visitor.language, shown, described, sent=followed.sent), visitor)
    return portal.sealed(page, CASE, Followed(complaint=followed.complaint, key=followed.key))


@post(each("/suivi/dossier"), request_max_body_size=None, status_code=200)
async def say(request: HttpRequest, portal: NamedDependency[Portal]) -> Response[Any]:
    """The citizen's complement, message, rating or request to reopen."""
    if (refused := stranger(request, portal, "suivi")) is not None:
        return refused
    posted = await read(request)
    followed = portal.unsealed(request, CASE, Followed)
    return await aside(_say, portal, portal.visitor(request), posted, followed)


def _say(portal: Portal, visitor: Visitor, posted: Posted, followed: Followed | None) -> Response[Any]:
    now, refusal = portal.clock(), ""
    problems: tuple[FieldProblem, ...] = ()
    if followed is None:
        return gone(portal, visitor)
    said = Said(posted["kind"], posted["text"], posted["satisfied"], posted["reason"])
    seed = portal.counter.tickets.read_form(visitor.session, posted["form"], now)
    if seed is None:
        refusal = Refusal.EXPIRED
    else:
        try:
            problems = portal.counter.say(followed, said, seed, language=visitor.language, now=now)
        except Refused as refused:
            refusal = refused.reason
    if not problems and not refusal:
        done = Followed(complaint=followed.complaint, key=followed.key, sent=said.kind)
        return portal.sealed(go(f"/{visitor.language}/suivi/dossier"), CASE, done)
    described = portal.counter.read_case(followed, visitor.language, now)
    if described is None:
        return gone(portal, visitor)
    shown = form_view.view(portal.token(visitor), said.typed, problems, Catalogue(visitor.language))
    page = screens.case(visitor.language, shown, described, kind=said.kind, refusal=refusal)
    return portal.with_session(page, visitor)


@post(each("/suivi/quitter"), sync_to_thread=False, status_code=303)
def leave(request: HttpRequest) -> Redirect:
    """Forget which request this browser was reading."""
    answer = go(f"/{language_of(request)}/suivi")
    answer.delete_cookie(CASE, path="/")
    answer.delete_cookie(RECEIPT, path="/")
    return answer


HANDLERS = [ask_pair, give_pair, read_case, say, leave]
