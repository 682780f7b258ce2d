"""What can go wrong between desk and server, told apart by what a person or the loop has to do next.

Each class is a stable `code`, translated elsewhere as `errors.<code>`. Foreign exceptions become one of
these in sync/http_faults.py and nowhere else; every one of them leaves the outbox untouched.
"""

from typing import ClassVar

from protocol.identity_wire import SignedRevocation


class SyncError(Exception):
    """The exchange did not happen, or not wholly; the same acts are sent again with the same ids."""

    code: ClassVar[str] = "fault"

    def __init__(self, detail: str = "", *, retry_after: float | None = None) -> None:
        super().__init__(detail or self.code)
        self.retry_after = retry_after
        """Seconds the server asked us to wait, if it did."""


class Offline(SyncError):
    """No network, or the server cannot be reached or is silent."""

    code = "offline"


class Unreached(Offline):
    """No connection was made: nothing of the request has left this PC."""


class NoNetwork(Unreached):
    """This PC finds no way to the server: no network, or a network where its name or address is unknown."""

    code = "no_network"


class ServerDown(Unreached):
    """The network is there, and nothing answers at the server's address."""

    code = "server_down"


class ProxyRefused(Offline):
    """A proxy stands in between and asks for a sign-in, or refuses."""

    code = "proxy_refused"


class CertificateRefused(SyncError):
    """The server's certificate cannot be trusted; verification is never turned off."""

    code = "certificate_refused"


class SignInNeeded(SyncError):
    """The session is over and could not be renewed: acts wait until the person signs in."""

    code = "sign_in_needed"


class WrongCredentials(SyncError):
    """Login or password is wrong; the two are never told apart."""

    code = "wrong_credentials"


class NotAllowed(SyncError):
    """The server knows this account and refuses it here: acts are held."""

    code = "not_allowed"


class DeviceRevoked(NotAllowed):
    """This PC has been struck off; `wipe` is the server's signed word, without which nothing is deleted."""

    code = "device_revoked"

    def __init__(self, detail: str = "", *, wipe: SignedRevocation | None = None) -> None:
        super().__init__(detail)
        self.wipe = wipe


class ClientTooOld(SyncError):
    """This build is no longer spoken to: read only, acts are held, an update is offered."""

    code = "client_too_old"


class TooLarge(SyncError):
    """The request was too big; the engine halves its batch."""

    code = "too_large"


class TooMany(SyncError):
    """Too many requests; `retry_after` says when to come back."""

    code = "too_many"


class ServerFault(SyncError):
    """The server failed, or refused a request that it should have read."""

    code = "server_fault"


class Maintenance(ServerFault):
    """The server is closed for a while by people, and `retry_after` says until when."""

    code = "maintenance"


class Unprocessable(ServerFault):
    """The server has read the request and will never take it as it is; `str()` gives the code it said."""


class BadRange(ServerFault):
    """The file asked for from some byte on is not as long as that."""


class NotFound(SyncError):
    """What was asked for is not there, or not for this person; the two are never told apart."""

    code = "not_found"


class NotOurServer(SyncError):
    """Something answered that is not our server: a captive portal, another site, a garbled reply."""

    code = "not_our_server"


class Garbled(NotOurServer):
    """The reply was cut or damaged on its way: nothing of it is applied."""

    code = "garbled"


class DamagedFile(SyncError):
    """The bytes of a file do not hash to its name: they are thrown away."""

    code = "damaged_file"


class Cancelled(SyncError):
    """A person stopped the transfer: what has come is kept, to go on from there."""

    code = "cancelled"
