"""What the portal trusts when it comes back from a browser: form tokens, sealed cookies, signed file stubs.

A form token is bound to the browser's session cookie, so that another site cannot send a form in a citizen's
name; it also carries the form's own secret, which makes pressing the button twice file once. The tracking
code travels only in a sealed cookie: never in an address, a referrer or a log.
"""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import msgspec
from cryptography.fernet import Fernet, InvalidToken

from protocol.complaint import Attachment
from server.intake import Seed
from server.receipts import derive

FORM_LIFE = timedelta(hours=24)
SEAL_LIFE = timedelta(minutes=30)

_Sealed = TypeVar("_Sealed", bound=msgspec.Struct)


class Filed(msgspec.Struct, frozen=True, kw_only=True):
    """Sealed after filing: which receipt this browser may show; `renewed_at` (aware UTC) for a new code."""

    complaint: str
    code: str
    renewed_at: datetime | None = None


class Followed(msgspec.Struct, frozen=True, kw_only=True):
    """Sealed after a right pair: which complaint this browser may read; `key` stands for the code that
    opened it, `sent` is the kind of message just taken."""

    complaint: str
    key: str
    sent: str = ""


class Recovering(msgspec.Struct, frozen=True, kw_only=True):
    """Sealed after a one-time code was asked for: the number as typed, so that it need not be typed again."""

    number: str


@dataclass(frozen=True, slots=True)
class Tickets:
    """Signs and seals with keys drawn from the server's secret; every `now` is aware UTC."""

    secret: bytes

    def issue(self, session: str, nonce: bytes, now: datetime) -> str:
        """A form token for the browser `session`; `nonce` is 16 random bytes."""
        content = f"{int(now.timestamp() * 1000):x}.{_text(nonce)}"
        return f"{content}.{self._mac('form', session + content)}"

    def read_form(self, session: str, token: str, now: datetime) -> Seed | None:
        """The seed inside a token of this browser, or None: forged, of another browser, or too old."""
        content, _, mac = token[:200].rpartition(".")
        if not session or not hmac.compare_digest(
            mac.encode(), self._mac("form", session + content).encode()
        ):
            return None
        issued, _, nonce = content.partition(".")
        issued_at = datetime.fromtimestamp(int(issued, 16) / 1000, UTC)
        return Seed(nonce, issued_at) if issued_at <= now < issued_at + FORM_LIFE else None

    def seal(self, content: msgspec.Struct, now: datetime) -> str:
        """`content` encrypted for a cookie that nobody else can read or make."""
        sealed = self._fernet(type(content)).encrypt_at_time(msgspec.json.encode(content), _seconds(now))
        return sealed.decode()

    def unseal(self, kind: type[_Sealed], sealed: str, now: datetime) -> _Sealed | None:
        """What `seal` was given less than half an hour ago, or None."""
        try:
            content = self._fernet(kind).decrypt_at_time(
                sealed.encode(), int(SEAL_LIFE.total_seconds()), _seconds(now)
            )
            return msgspec.json.decode(content, type=kind)
        except (InvalidToken, msgspec.MsgspecError, UnicodeEncodeError):
            return None

    def stub(self, session: str, attachment: Attachment) -> str:
        """A checked file's description, to lie in the form until it is sent."""
        content = _text(msgspec.json.encode(attachment))
        return f"{content}.{self._mac('file', session + content)}"

    def read_stub(self, session: str, stub: str) -> Attachment | None:
        """The file a stub of this browser describes, or None."""
        content, _, mac = stub[:2000].rpartition(".")
        if not session or not hmac.compare_digest(
            mac.encode(), self._mac("file", session + content).encode()
        ):
            return None
        try:
            return msgspec.json.decode(base64.urlsafe_b64decode(content + "=="), type=Attachment)
        except (msgspec.MsgspecError, binascii.Error, ValueError):
            return None

    def _mac(self, label: str, content: str) -> str:
        key = derive(self.secret, label)
        return _text(hmac.new(key, content.encode(errors="replace"), hashlib.sha256).digest()[:16])

    def _fernet(self, kind: type[msgspec.Struct]) -> Fernet:
        return Fernet(base64.urlsafe_b64encode(derive(self.secret, f"seal {kind.__name__}")))


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _seconds(now: datetime) -> int:
    return int(now.timestamp())
