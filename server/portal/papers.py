"""What a citizen takes away: the receipt of what was filed, the letter of the answer and its files.

Neither a code nor a proof ever stands in an address: the receipt comes with a sealed cookie, the rest with a
form.
"""

from typing import Any
from urllib.parse import quote

from litestar import Response, get, post
from litestar.di import NamedDependency

from resources.catalogue import Catalogue
from server.portal import form_view, pages, screens
from server.portal.counter import Paper, Refusal, Refused, Visitor
from server.portal.doors import Page, aside, each, gone, stranger
from server.portal.forms import Posted, read
from server.portal.tickets import Filed, Followed
from server.portal.visit import CASE, RECEIPT, HttpRequest, Portal, language_of
from server.request import FieldProblem

_REFUSED = {
    Refusal.EXPIRED: (403, "proof_expired"),
    Refusal.PROOF: (422, "proof"),
    Refusal.PROOFS: (429, "proofs"),
    Refusal.CHANGED: (409, "letter_gone"),
}
"""Status of the page, and the problem beside the field."""


@get(each("/recepisse.pdf"))
async def receipt_paper(request: HttpRequest, portal: NamedDependency[Portal]) -> Page:
    """The receipt that this browser shows, to print or to keep."""
    return await aside(_receipt_paper, request, portal)


def _receipt_paper(request: HttpRequest, portal: Portal) -> Page:
    filed = portal.unsealed(request, RECEIPT, Filed)
    paper = portal.counter.receipt_paper(filed, portal.visitor(request), portal.clock()) if filed else None
    if paper is None:
        return screens.message(language_of(request), "receipt.gone", status=404, target="suivi", here="file")
    return _served(paper)


@post(each("/suivi/lettre"), request_max_body_size=None, status_code=200)
async def letter(request: HttpRequest, portal: NamedDependency[Portal]) -> Response[Any]:
    """The letter of the answer or one of its files, for the right second proof; else why not."""
    if (refused := stranger(request, portal, "suivi")) is not None:
        return refused
    posted = await read(request)
    followed = portal.unsealed(request, CASE, Followed)
    return await aside(_letter, portal, portal.visitor(request), posted, followed)


def _letter(portal: Portal, visitor: Visitor, posted: Posted, followed: Followed | None) -> Response[Any]:
    now, texts = portal.clock(), Catalogue(visitor.language)
    if followed is None:
        return gone(portal, visitor)
    if portal.counter.tickets.read_form(visitor.session, posted["form"], now) is None:
        refusal = Refusal.EXPIRED
    else:
        try:
            return _served(
                portal.counter.paper(followed, posted["proof"], visitor, now, sha256=posted["paper"])
            )
        except Refused as refused:
            refusal = refused.reason
    described = portal.counter.read_case(followed, visitor.language, now)
    if described is None:
        return gone(portal, visitor)
    status, problem = _REFUSED[refusal]
    shown = form_view.view(portal.token(visitor), {}, (FieldProblem("proof", problem),), texts)
    page = screens.case(visitor.language, shown, described, kind="letter", status=status)
    return portal.with_session(page, visitor)


def _served(paper: Paper) -> Page:
    """A file to keep, under its name, that no browser may interpret as a page."""
    headers = dict(pages.private_headers())
    headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(paper.name, safe='')}"
    return Response(paper.data, media_type=paper.mime, headers=headers)


HANDLERS = [receipt_paper, letter]
