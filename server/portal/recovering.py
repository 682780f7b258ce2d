"""A lost code: number and contact, then the one-time code that came, then a new receipt.

What these pages answer never depends on what the register knows, until a one-time code is right.
"""

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency

from resources.catalogue import Catalogue
from server import identity
from server.portal import form_view, screens
from server.portal.counter import Refusal, Visitor
from server.portal.doors import Page, aside, each, go, stranger
from server.portal.forms import Posted, read
from server.portal.tickets import Filed, Recovering
from server.portal.visit import RECEIPT, RECOVERING, HttpRequest, Portal
from server.recovery import Wrong
from server.request import FieldProblem, Problem

ASK, GIVE = "/suivi/code-perdu", "/suivi/nouveau-code"
CONTACT_UNREAD = "contact_unread"


@get(each(ASK), sync_to_thread=False)
def ask_contact(request: HttpRequest, portal: NamedDependency[Portal]) -> Page:
    """Number and contact, please."""
    visitor = portal.visitor(request)
    shown = form_view.view(portal.token(visitor), {}, (), Catalogue(visitor.language))
    return portal.with_session(screens.lost_code(visitor.language, shown), visitor)


@post(each(ASK), request_max_body_size=None, status_code=200)
async def give_contact(request: HttpRequest, portal: NamedDependency[Portal]) -> Response[Any]:
    """Send a one-time code if the two belong together, and go on in the same way if they do not."""
    if (refused := stranger(request, portal, "suivi")) is not None:
        return refused
    return await aside(_give_contact, portal, portal.visitor(request), await read(request))


def _give_contact(portal: Portal, visitor: Visitor, posted: Posted) -> Response[Any]:
    now = portal.clock()
    typed = {"number": posted["number"][:100].strip(), "contact": posted["contact"][:300].strip()}
    problems = _unread(typed)
    refusal = ""
    if portal.counter.tickets.read_form(visitor.session, posted["form"], now) is None:
        refusal = Refusal.EXPIRED
    elif not problems:
        portal.counter.recovery.ask(typed["number"], typed["contact"], visitor.address, now)
        return portal.sealed(go(f"/{visitor.language}{GIVE}"), RECOVERING, Recovering(number=typed["number"]))
    shown = form_view.view(portal.token(visitor), typed, problems, Catalogue(visitor.language))
    page = screens.lost_code(visitor.language, shown, refusal=refusal, status=403 if refusal else 422)
    return portal.with_session(page, visitor)


def _unread(typed: dict[str, str]) -> tuple[FieldProblem, ...]:
    """Problems of the form alone: what is empty, and a contact that cannot be one."""
    absent = tuple(FieldProblem(name, Problem.REQUIRED) for name, value in typed.items() if not value)
    if typed["contact"] and not identity.read_phone(typed["contact"]) + identity.read_email(typed["contact"]):
        return (*absent, FieldProblem("contact", CONTACT_UNREAD))
    return absent


@get(each(GIVE), sync_to_thread=False)
def ask_one_time_code(request: HttpRequest, portal: NamedDependency[Portal]) -> Page:
    """The code that came, please; the number is already there when this browser has just given it."""
    visitor = portal.visitor(request)
    known = portal.unsealed(request, RECOVERING, Recovering)
    typed = {"number": known.number} if known else {}
    shown = form_view.view(portal.token(visitor), typed, (), Catalogue(visitor.language))
    page = screens.new_code(visitor.language, shown, is_asked=known is not None)
    return portal.with_session(page, visitor)


@post(each(GIVE), request_max_body_size=None, status_code=200)
async def give_one_time_code(request: HttpRequest, portal: NamedDependency[Portal]) -> Response[Any]:
    """A new tracking code, on a new receipt; or one refusal for all reasons."""
    if (refused := stranger(request, portal, "suivi")) is not None:
        return refused
    return await aside(_give_one_time_code, portal, portal.visitor(request), await read(request))


def _give_one_time_code(portal: Portal, visitor: Visitor, posted: Posted) -> Response[Any]:
    now = portal.clock()
    typed = {name: posted[name][:100].strip() for name in ("number", "code")}
    absent = tuple(FieldProblem(name, Problem.REQUIRED) for name, value in typed.items() if not value)
    seed = portal.counter.tickets.read_form(visitor.session, posted["form"], now)
    refusal, status = "", 422
    if seed is None:
        refusal, status = Refusal.EXPIRED, 403
    elif not absent:
        try:
            found = portal.counter.recovery.redeem(typed["number"], typed["code"], seed, visitor.address, now)
        except Wrong:
            refusal = "portal.renew.wrong"
        else:
            filed = Filed(complaint=found.complaint, code=found.code, renewed_at=now)
            done = portal.sealed(go(f"/{visitor.language}/recepisse"), RECEIPT, filed)
            done.delete_cookie(RECOVERING, path="/")
            return done
    shown = form_view.view(portal.token(visitor), typed | {"code": ""}, absent, Catalogue(visitor.language))
    page = screens.new_code(visitor.language, shown, refusal=refusal, status=status)
    return portal.with_session(page, visitor)


HANDLERS = [ask_contact, give_contact, ask_one_time_code, give_one_time_code]
