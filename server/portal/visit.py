"""Who is at the counter: the browser behind a request, its cookies, its language, where its form comes from.

What an address must not show (a tracking code, which request is followed) travels in a sealed cookie that
lives half an hour.
"""

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit

import msgspec
from litestar import Request, Response
from litestar.datastructures import Cookie

from resources.catalogue import LANGUAGES
from server.portal.counter import Counter, Visitor
from server.portal.tickets import SEAL_LIFE

SESSION = "chekaya_session"
RECEIPT = "chekaya_receipt"
CASE = "chekaya_case"
RECOVERING = "chekaya_recovering"

Clock = Callable[[], datetime]
HttpRequest = Request[Any, Any, Any]
_Sealed = TypeVar("_Sealed", bound=msgspec.Struct)


class Portal:
    """The counter as HTTP reaches it: the clock, the cookies, and whether the connection is secure.

    `ready` returns once the counter can file; everything else it can do at once.
    """

    def __init__(self, counter: Counter, clock: Clock, ready: Callable[[], None]) -> None:
        self.ready = ready
        self.counter = counter
        self.clock = clock
        self.is_secure = counter.config.public_url.startswith("https:")

    def visitor(self, request: HttpRequest) -> Visitor:
        """The browser behind `request`; a first visit gets a session of its own."""
        session = request.cookies.get(SESSION, "")
        known = session if len(session) == 32 and session.isalnum() else secrets.token_hex(16)
        address = request.client.host if request.client else ""
        return Visitor(known, address, language_of(request))

    def token(self, visitor: Visitor) -> str:
        """A new form's token."""
        return self.counter.tickets.issue(visitor.session, secrets.token_bytes(16), self.clock())

    def with_session(self, response: Response[bytes], visitor: Visitor) -> Response[bytes]:
        """The page, with the cookie that its form is bound to."""
        response.cookies.append(self._cookie(SESSION, visitor.session, max_age=None))
        return response

    def sealed(self, response: Response[Any], name: str, content: msgspec.Struct) -> Response[Any]:
        """`response`, with `content` in an encrypted cookie."""
        value = self.counter.tickets.seal(content, self.clock())
        response.cookies.append(self._cookie(name, value, max_age=int(SEAL_LIFE.total_seconds())))
        return response

    def unsealed(self, request: HttpRequest, name: str, kind: type[_Sealed]) -> _Sealed | None:
        """What such a cookie holds, or None."""
        return self.counter.tickets.unseal(kind, request.cookies.get(name, ""), self.clock())

    def _cookie(self, name: str, value: str, *, max_age: int | None) -> Cookie:
        return Cookie(
            key=name,
            value=value,
            path="/",
            max_age=max_age,
            httponly=True,
            samesite="lax",
            secure=self.is_secure,
        )


def language_of(request: HttpRequest) -> str:
    """The language in the address."""
    first = request.url.path.strip("/").split("/")[0]
    return first if first in LANGUAGES else LANGUAGES[0]


def reading_language(request: HttpRequest) -> str:
    """The language in the address, else the browser's."""
    first = request.url.path.strip("/").split("/")[0]
    return first if first in LANGUAGES else preferred(request.headers.get("accept-language", ""))


def preferred(accepted: str) -> str:
    """The better of our languages for an Accept-Language header: Arabic unless French is asked first."""
    for part in accepted.split(",")[:20]:
        code = part.split(";")[0].strip().lower()[:2]
        if code in LANGUAGES:
            return code
    return "ar"


def is_cross_site(request: HttpRequest, public_url: str = "") -> bool:
    """Whether the browser says that another site sends this form.

    `no-referrer` makes browsers say `Origin: null` for our own forms: the token and the cookie then decide.
    """
    site = request.headers.get("sec-fetch-site")
    if site:
        return site not in ("same-origin", "none")
    origin = request.headers.get("origin", "null")
    return origin != "null" and urlsplit(origin).netloc not in {
        request.headers.get("host"),
        urlsplit(public_url).netloc,
    }
