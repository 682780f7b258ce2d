"""What all addresses of the portal share: two languages, work off the event loop, redirects, refusals."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from litestar import Response
from litestar.concurrency import sync_to_thread
from litestar.response import Redirect

from resources.catalogue import LANGUAGES, Catalogue
from server.portal import form_view, pages, screens
from server.portal.counter import Visitor
from server.portal.pages import Notice
from server.portal.visit import HttpRequest, Portal, is_cross_site, language_of

Page = Response[bytes]
P = ParamSpec("P")
T = TypeVar("T")


def each(path: str) -> list[str]:
    """An address in both languages."""
    return [f"/{language}{path}" for language in LANGUAGES]


async def aside(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run database and disk work away from the event loop.

    Litestar's own `sync_to_thread` wraps a handler of several addresses twice and then answers 500.
    """
    return await sync_to_thread(work, *args, **kwargs)


def go(path: str) -> Redirect:
    """See another page of ours; the answer to every form that was taken."""
    return Redirect(path, status_code=303, headers=dict(pages.private_headers()))


def terms(portal: Portal) -> Notice:
    """What the data controller has filled in."""
    config = portal.counter.config
    return Notice(authorisation=config.notice_authorisation, contact=config.notice_contact)


def stranger(request: HttpRequest, portal: Portal, target: str) -> Page | None:
    """The refusal of a form that another site sends; None for our own forms."""
    if not is_cross_site(request, portal.counter.config.public_url):
        return None
    return screens.message(language_of(request), "problem.403", status=403, target=target)


def gone(portal: Portal, visitor: Visitor) -> Page:
    """The consultation is over, or its code no longer opens: number and code again."""
    shown = form_view.view(portal.token(visitor), {}, (), Catalogue(visitor.language))
    page = screens.follow(visitor.language, shown, refusal="portal.follow.gone", status=403)
    return portal.with_session(page, visitor)
