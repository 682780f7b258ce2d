"""The one place where HTTP statuses and the exceptions of requests become sync.errors.

A refusal is believed only when it speaks JSON as our server does: a portal's or a proxy's page never signs
anybody out.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import msgspec

from protocol.acts import UNREADABLE
from protocol.wire import Problem
from sync import errors

_OURS = ("application/json", "application/x-ndjson", "application/ndjson", "application/problem+json")

_REFUSALS: dict[int, type[errors.SyncError]] = {
    401: errors.SignInNeeded,
    403: errors.NotAllowed,
    404: errors.NotFound,
    413: errors.TooLarge,
    416: errors.BadRange,
    422: errors.Unprocessable,
    426: errors.ClientTooOld,
}


@contextmanager
def translated() -> Iterator[None]:
    """Turn whatever requests, and urllib3 beneath it, raise inside into a SyncError."""
    import requests
    import urllib3

    try:
        yield
    except requests.exceptions.SSLError as error:
        raise errors.CertificateRefused(type(error).__name__) from error
    except requests.exceptions.ProxyError as error:
        raise errors.ProxyRefused(type(error).__name__) from error
    except (requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError) as error:
        raise errors.Garbled(type(error).__name__) from error
    except requests.exceptions.ConnectTimeout as error:
        raise errors.Unreached(type(error).__name__) from error
    except requests.exceptions.Timeout as error:
        raise errors.Offline(type(error).__name__) from error
    except requests.exceptions.ConnectionError as error:
        raise _cut_off(error)(type(error).__name__) from error
    except requests.exceptions.RequestException as error:
        raise errors.NotOurServer(type(error).__name__) from error
    except urllib3.exceptions.TimeoutError as error:
        raise errors.Offline(type(error).__name__) from error
    except urllib3.exceptions.HTTPError as error:
        raise errors.Garbled(type(error).__name__) from error


def check(status: int, headers: Mapping[str, str], body: bytes, *, any_type: bool = False) -> None:
    """Raise what this reply means, if it is not a success; `any_type` accepts any content of a success."""
    kind = headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if status in (200, 201, 206) and (any_type or kind in _OURS):
        return
    if status == 204:
        return
    wait = _retry_after(headers)
    if status == 407:
        raise errors.ProxyRefused("407")
    if status == 429:
        raise errors.TooMany("429", retry_after=wait)
    if status == 503 and wait is not None:
        raise errors.Maintenance("503", retry_after=wait)
    if status >= 500 and status != 511:
        raise errors.ServerFault(str(status), retry_after=wait)
    problem = _problem(body) if kind in _OURS else Problem(code="")
    code = problem.code
    if code == errors.DeviceRevoked.code:
        raise errors.DeviceRevoked(code, wipe=problem.wipe)
    if status in _REFUSALS and (code or status in (413, 426)):
        raise _REFUSALS[status](code)
    if code:
        raise errors.ServerFault(f"{status} {code}")
    raise errors.NotOurServer(f"{status} {kind}")


def moment(date: str) -> datetime | None:
    """An HTTP date as aware UTC, or None when it says nothing."""
    try:
        return parsedate_to_datetime(date).astimezone(UTC)
    except ValueError:
        return None


def _cut_off(error: Exception) -> type[errors.Offline]:
    """Whether there was a connection at all: requests keeps what urllib3 said inside its own exception.

    Who refuses is reached; anything else that prevents a connection (no route, a name that nobody knows) lies
    between this PC and the server.
    """
    import urllib3

    reason = getattr(error.args[0] if error.args else None, "reason", None)
    if not isinstance(reason, urllib3.exceptions.NewConnectionError):
        return errors.Offline
    refused = "Connection refused" in str(error) or "actively refused" in str(error)
    return errors.ServerDown if refused else errors.NoNetwork


def _problem(body: bytes) -> Problem:
    try:
        return msgspec.json.decode(body, type=Problem)
    except UNREADABLE:
        return Problem(code="")


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds the server asks us to wait, said as a number or as a date against its own clock."""
    said = headers.get("Retry-After", "")
    if said.isascii() and said.isdigit():
        return float(said)
    until, now = moment(said), moment(headers.get("Date", ""))
    if until is None or now is None:
        return None
    return max(0.0, (until - now).total_seconds())
