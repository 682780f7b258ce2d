"""Refusals of whole requests: an HTTP status and a stable code; the words are the reader's own program's."""

from collections.abc import Mapping

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException

from protocol.identity_wire import SignedRevocation
from protocol.wire import Problem

JSON = "application/json"

CODES = {400: "malformed", 404: "not_found", 405: "not_found", 413: "too_large", 422: "malformed"}
"""Codes of the refusals that the framework itself pronounces."""


class Refusal(Exception):
    """The request is refused; nothing of it was done."""

    def __init__(
        self,
        status: int,
        code: str,
        *,
        headers: Mapping[str, str] | None = None,
        wipe: SignedRevocation | None = None,
    ) -> None:
        super().__init__(code)
        self.wipe = wipe
        self.status = status
        self.code = code
        self.headers = dict(headers or {})


def answer(
    status: int,
    code: str,
    headers: Mapping[str, str] | None = None,
    wipe: SignedRevocation | None = None,
) -> Response[bytes]:
    """The reply that carries a Problem."""
    body = msgspec.json.encode(Problem(code=code, wipe=wipe))
    return Response(body, status_code=status, media_type=JSON, headers=dict(headers or {}))


def on_refusal(_: Request, refused: Refusal) -> Response[bytes]:  # type: ignore[type-arg]
    """Our own refusals."""
    return answer(refused.status, refused.code, refused.headers, refused.wipe)


def on_framework(_: Request, error: HTTPException) -> Response[bytes]:  # type: ignore[type-arg]
    """Unknown routes, unreadable parameters, bodies too large."""
    status = 422 if error.status_code == 400 else error.status_code
    return answer(status, CODES.get(status, "malformed"), error.headers)


def on_fault(_: Request, error: Exception) -> Response[bytes]:  # type: ignore[type-arg]
    """A bug of ours: logged by the journal without its message, which may quote a person."""
    return answer(500, "server_fault")
