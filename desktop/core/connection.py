"""The desk's connection to one server: its address in one form, and what signing in needs of it."""

from collections.abc import Callable
from typing import Protocol
from urllib.parse import urlsplit

from desktop.core.errors import BadAddress
from protocol import wire
from protocol.identity_wire import Escrowed, SignedRevocation
from sync.accesses import AccessWire
from sync.transport import HttpTransport, Tokens
from sync.wire import FileWire, Wire

APP_VERSION = "0.1.0"


class Connection(Wire, FileWire, AccessWire, Protocol):
    """A connection to one server, as sync.transport.HttpTransport is."""

    tokens: Tokens | None
    standing: Callable[[], str]
    revoked: Callable[[SignedRevocation], None]

    def desks(self) -> wire.DesksHeard:
        """What the server knows of colleagues' desks; raises SyncError."""
        ...

    def login(self, user: str, password: str, device_name: str = "") -> wire.Session:
        """Sign in; raises SyncError."""
        ...

    def deposit(self, escrowed: Escrowed) -> None:
        """Leave the local key with the organisation; raises SyncError."""
        ...

    def logout(self) -> None:
        """End the session on the server."""
        ...

    def receipt(self, complaint: str) -> bytes:
        """A receipt with a fresh tracking code, as PDF; raises SyncError."""
        ...

    def close(self) -> None:
        """Close the sockets."""
        ...


Connect = Callable[[str, str, Callable[[wire.Session], None]], Connection]
"""(server address, device id, what hears renewed sessions) -> Connection."""


def address(typed: str) -> str:
    """A server's address in one form: scheme and host in lower case, no trailing slash; raises BadAddress.

    Without a scheme https is meant. Plain http is only taken for this very machine.
    """
    text = typed.strip()
    if "://" not in text:
        text = f"https://{text}"
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise BadAddress() from error
    host = parts.hostname or ""
    local = host in ("localhost", "127.0.0.1", "::1")
    if not host or " " in host or parts.username or parts.scheme not in ("https", "http"):
        raise BadAddress()
    if parts.scheme == "http" and not local:
        raise BadAddress()
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" + (f":{port}" if port else "") + parts.path.rstrip("/")


def connect_http(server: str, device: str, renewed: Callable[[wire.Session], None]) -> Connection:
    """The real connection; requests itself is imported with the first request."""
    return HttpTransport(server, device, APP_VERSION, renewed=renewed)
