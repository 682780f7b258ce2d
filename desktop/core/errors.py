"""What a person is told when something fails: a code, translated as `errors.<code>.title/.text/.next`.

The world's faults (no network, full disk, wrong password) become a `PersonError` at the edge, once; anything
else is our bug, keeps its class for the log, and is shown under the code `fault`.
"""

import errno

from desktop.models.errors import DiskFault, DiskFull, LocalFileLocked, NotHere, ReadOnlyFile, StoreError
from protocol.refusals import Refused
from sync.errors import DamagedFile, SyncError


class PersonError(Exception):
    """A failure with words for a person; `code` names them, `values` fill their placeholders."""

    code = "fault"

    def __init__(self, code: str = "", **values: object) -> None:
        if code:
            self.code = code
        self.values = values
        super().__init__(self.code)


class TooLate(PersonError):
    """The act has already been sent, is being sent, or a later act depends on it: it cannot be recalled."""

    code = "too_late"


class Locked(PersonError):
    """The screen is locked: keys are dropped and files are closed."""

    code = "locked"


class WrongPassword(PersonError):
    """The login or the password is wrong; the two are never told apart."""

    code = "wrong_password"


class WaitBeforeRetry(PersonError):
    """Too many wrong passwords: `seconds` to wait before the next try."""

    code = "wait_before_retry"

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds=seconds)
        self.seconds = seconds


class OnlineSignInNeeded(PersonError):
    """This person has no usable offline key here: never signed in on this PC, or ten wrong passwords."""

    code = "online_sign_in_needed"


class Revoked(PersonError):
    """This PC, or this account on it, was struck off by the server; its keys are gone."""

    code = "device_revoked"


class LeaseExpired(PersonError):
    """The right to work without the server is over; signing in on line renews it."""

    code = "lease_expired"


class ServerChanged(PersonError):
    """The server's signing key is not the one known since the first sign-in."""

    code = "server_changed"


class FormerPasswordNeeded(PersonError):
    """The password changed since this PC last saw it: only the former one opens the local files."""

    code = "former_password_needed"


class ClockWrong(PersonError):
    """This PC's clock is behind what the server has already certified: no offline work until it is right."""

    code = "clock_wrong"


class AccountChanged(PersonError):
    """The files kept here under this login belong to another account: acts never leave under another name."""

    code = "account_changed"


class UnreadableFile(PersonError):
    """A file chosen to be attached cannot be opened on this PC; `name` is shown."""

    code = "file_unreadable"


class TooManyFiles(PersonError):
    """No more files can go with this text."""

    code = "files_many"


class BadAddress(PersonError):
    """What was typed is not the address of a server."""

    code = "bad_address"


NO_SERVER = frozenset({"offline", "no_network", "server_down", "maintenance"})
"""Codes of what passes by itself: the server could not be reached now."""

_SYSTEM = {
    errno.ENOSPC: DiskFull.code,
    errno.EDQUOT: DiskFull.code,
    errno.EROFS: ReadOnlyFile.code,
    errno.EACCES: ReadOnlyFile.code,
    errno.EPERM: ReadOnlyFile.code,
    errno.EBUSY: LocalFileLocked.code,
}


def person_facing(error: BaseException) -> PersonError:
    """The error as a person is told of it; the unforeseen is a `fault`, its cause kept for the log."""
    if isinstance(error, PersonError):
        return error
    told = PersonError(_code(error), **_values(error))
    told.__cause__ = error
    return told


def _code(error: BaseException) -> str:
    if isinstance(error, DamagedFile):
        return "damaged_attachment"
    if isinstance(error, StoreError | SyncError | Refused):
        return str(error.code)
    if isinstance(error, OSError):
        return _SYSTEM.get(error.errno or 0, DiskFault.code)
    return "fault"


def _values(error: BaseException) -> dict[str, object]:
    return dict(error.values) if isinstance(error, StoreError) else {}


__all__ = [
    "NO_SERVER",
    "AccountChanged",
    "BadAddress",
    "ClockWrong",
    "FormerPasswordNeeded",
    "LeaseExpired",
    "Locked",
    "NotHere",
    "OnlineSignInNeeded",
    "PersonError",
    "Revoked",
    "ServerChanged",
    "TooLate",
    "TooManyFiles",
    "UnreadableFile",
    "WaitBeforeRetry",
    "WrongPassword",
    "person_facing",
]
