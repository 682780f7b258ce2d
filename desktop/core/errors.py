"""What a person is told when something fails: a code, translated as `errors.<code>.title/.text/.next`.

The world's faults (no network, full disk, wrong password) become a `PersonError` at the edge, once; anything
else is our bug, keeps its class for the log, and is shown under the code `fault`.
"""


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


class LeaseExpired(PersonError):
    """The right to work without the server is over; signing in on line renews it."""

    code = "lease_expired"


class ServerChanged(PersonError):
    """The server's signing key is not the one known since the first sign-in."""

    code = "server_changed"
