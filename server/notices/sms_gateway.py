"""Hands short messages to an SMS provider over HTTPS: one JSON record a message, known by its notice's id.

The id is the idempotency key: a message asked for twice is sent once, so after silence one may ask again.
"""

import http.client
import ssl
from dataclasses import dataclass
from urllib.parse import urlsplit

import msgspec

from server.notices import words
from server.notices.carriers import Delayed, Outgoing, Rejected

_FOR_GOOD = frozenset({400, 406, 410, 413, 415, 422})
"""Replies that blame the message; every other refusal blames the service, the account or our settings."""

_MOST = 65_536
_LONGEST_PAUSE = 6 * 3600


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """What the provider gets; `to` is international (+212612345678), `encoding` gsm7 or ucs2."""

    id: str
    to: str
    sender: str
    text: str
    encoding: str


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """What the provider answers: its own name for the message."""

    reference: str = ""
    id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewaySettings:
    """Where messages go, with which bearer token, under which name; `timeout` in seconds for each step."""

    url: str
    token: str
    sender: str
    timeout: float
    context: ssl.SSLContext


class GatewayCarrier:
    """A connection a message: messages are rare, and a kept connection breaks unseen."""

    repeats_safely = True

    def __init__(self, settings: GatewaySettings) -> None:
        self._settings = settings

    def hand_over(self, out: Outgoing) -> str:
        """Post the message; returns the provider's reference."""
        encoding = "gsm7" if words.is_gsm(out.text) else "ucs2"
        record = Message(
            id=out.id, to=out.address, sender=self._settings.sender, text=out.text, encoding=encoding
        )
        status, wait, body = self._post(out.id, msgspec.json.encode(record))
        if 200 <= status < 300:
            return _reference(body)
        if status in _FOR_GOOD:
            raise Rejected(f"http_{status}")
        raise Delayed(f"http_{status}", after=wait)

    def close(self) -> None:
        """Nothing is kept open."""

    def _post(self, id: str, body: bytes) -> tuple[int, int, bytes]:
        """Status, seconds to wait when the provider says so, reply. Redirections are never followed."""
        settings = self._settings
        address = urlsplit(settings.url)
        host = address.hostname or ""
        if address.scheme == "https":
            connection: http.client.HTTPConnection = http.client.HTTPSConnection(
                host, address.port, timeout=settings.timeout, context=settings.context
            )
        else:
            connection = http.client.HTTPConnection(host, address.port, timeout=settings.timeout)
        path = (address.path or "/") + (f"?{address.query}" if address.query else "")
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Accept": "application/json",
            "Authorization": f"Bearer {settings.token}",
            "Idempotency-Key": id,
        }
        try:
            connection.request("POST", path, body, headers)
            reply = connection.getresponse()
            return reply.status, _seconds(reply.getheader("Retry-After", "")), reply.read(_MOST)
        except ssl.SSLError as error:
            raise Delayed("sms_tls") from error
        except TimeoutError as error:
            raise Delayed("sms_timeout") from error
        except http.client.HTTPException as error:
            raise Delayed("sms_garbled") from error
        except OSError as error:
            raise Delayed("sms_unreachable") from error
        finally:
            connection.close()


def _seconds(text: str) -> int:
    return min(int(text), _LONGEST_PAUSE) if text.isascii() and text.isdigit() else 0


def _reference(body: bytes) -> str:
    """The provider's name for the message; "" when its reply cannot be read: it was taken all the same."""
    try:
        taken = msgspec.json.decode(body, type=Taken)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""
    return "".join(c for c in taken.reference or taken.id if c.isascii() and c.isprintable())[:150]
