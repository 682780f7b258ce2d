"""The server's real handlers called without a socket: parsed, judged and answered as over HTTP.

Litestar's routing and threads are left out (a millisecond a request); what a handler is given and what its
refusals become are the same.
"""

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from litestar.datastructures import State

from server import problems
from server.app import API
from server.service import Service


@dataclass(frozen=True, slots=True)
class Asking:
    """What handlers read of a request."""

    method: str
    headers: Mapping[str, str]
    url: SplitResult
    client: None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply before it travels."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class _Route:
    pattern: re.Pattern[str]
    method: str
    call: Callable[..., Any]
    wanted: Mapping[str, inspect.Parameter]
    status: int


def _routes() -> tuple[_Route, ...]:
    found = []
    for handler in API:
        wanted = inspect.signature(handler.fn).parameters
        for path in handler.paths:
            pattern = re.compile(re.sub(r"\{(\w+):str\}", r"(?P<\1>[^/]+)", path))
            for method in handler.http_methods:
                found.append(_Route(pattern, str(method), handler.fn, wanted, handler.status_code))
    return tuple(found)


ROUTES = _routes()


def ask(service: Service, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
    """The answer of `service`; exceptions other than refusals come through: they are bugs to be seen."""
    parts = urlsplit(target)
    for route in ROUTES:
        found = route.pattern.fullmatch(parts.path)
        if found is not None and route.method == method:
            break
    else:
        raise LookupError(f"no route for {method} {parts.path}")
    lowered = {name.lower(): value for name, value in headers.items()}
    given: dict[str, Any] = {
        "request": Asking(method, lowered, parts),
        "state": State({"service": service, "config": service.config}),
        "body": body,
        **{name: unquote(value) for name, value in found.groupdict().items()},
        **_query(route, parts.query),
    }
    try:
        response = route.call(**{name: given[name] for name in route.wanted if name in given})
    except problems.Refusal as refused:
        response = problems.on_refusal(given["request"], refused)
    if response is None:
        return Answer(route.status, {}, b"")
    sent = {name: str(value) for name, value in response.headers.items()}
    if response.media_type:
        sent["Content-Type"] = str(getattr(response.media_type, "value", response.media_type))
    return Answer(response.status_code or route.status, sent, response.content or b"")


def _query(route: _Route, query: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        parameter = route.wanted.get(name)
        if parameter is not None:
            found[name] = int(value) if isinstance(parameter.default, int) else value
    return found
