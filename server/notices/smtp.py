"""Hands e-mail to the ministry's mail server, and tells apart what did not leave from what may have left."""

import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

from server.notices import mail
from server.notices.carriers import Delayed, Outgoing, Rejected, Unanswered


class Security(StrEnum):
    """How the connection is protected."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpSettings:
    """Where mail is handed over, as whom; `timeout` in seconds for each step."""

    host: str
    port: int
    security: Security
    user: str
    password: str
    sender: str
    timeout: float
    context: ssl.SSLContext


class SmtpCarrier:
    """One connection, kept between the notices of a round."""

    repeats_safely = False

    def __init__(self, settings: SmtpSettings) -> None:
        self._settings = settings
        self._open: smtplib.SMTP | None = None

    def hand_over(self, out: Outgoing) -> str:
        """Give the message; returns what the server called it."""
        try:
            message = mail.build(out, self._settings.sender)
        except ValueError as error:
            raise Rejected("unusable_address") from error
        payload = _stuffed(message.as_bytes())
        with self._dropped_on_fault("smtp_lost"):
            smtp = self._greeted()
            self._address(smtp, out.address)
            code, _ = smtp.docmd("DATA")
            if code != 354:
                raise _refused(code)
        # From here on the server may have the whole message, whatever becomes of the connection.
        try:
            smtp.send(payload)
            code, answer = smtp.getreply()
        except OSError as error:
            self._drop()
            raise Unanswered("smtp_no_reply") from error
        if code != 250:
            raise _refused(code)
        return _reference(answer)

    def close(self) -> None:
        """Say goodbye, if there is anybody."""
        if self._open is not None:
            try:
                self._open.quit()
            except OSError:
                pass
            self._drop()

    def _greeted(self) -> smtplib.SMTP:
        """The open connection if it still answers, else a new one."""
        if self._open is not None:
            try:
                if self._open.rset()[0] == 250:
                    return self._open
            except OSError:
                pass
            self._drop()
        self._open = self._connected()
        return self._open

    def _connected(self) -> smtplib.SMTP:
        settings = self._settings
        own = settings.sender.rpartition("@")[2]
        try:
            if settings.security == Security.TLS:
                smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                    settings.host, settings.port, own, timeout=settings.timeout, context=settings.context
                )
            else:
                smtp = smtplib.SMTP(settings.host, settings.port, own, timeout=settings.timeout)
        except smtplib.SMTPConnectError as error:
            raise Delayed(f"smtp_{error.smtp_code}") from error
        self._open = smtp
        if settings.security == Security.STARTTLS:
            smtp.starttls(context=settings.context)
        if settings.user:
            try:
                smtp.login(settings.user, settings.password)
            except (smtplib.SMTPAuthenticationError, smtplib.SMTPNotSupportedError) as error:
                raise Delayed("smtp_login") from error
        return smtp

    def _address(self, smtp: smtplib.SMTP, address: str) -> None:
        smtp.ehlo_or_helo_if_needed()
        code, _ = smtp.mail(self._settings.sender)
        if code != 250:
            # Our own address is refused: the fault of the settings, not of this citizen.
            raise Delayed(f"smtp_{code}")
        code, _ = smtp.rcpt(address)
        if code not in (250, 251):
            raise _refused(code)

    @contextmanager
    def _dropped_on_fault(self, code: str) -> Iterator[None]:
        """Name what goes wrong before anything could leave; a broken connection is not kept."""
        try:
            yield
        except ssl.SSLError as error:
            self._drop()
            raise Delayed("smtp_tls") from error
        except smtplib.SMTPNotSupportedError as error:
            self._drop()
            raise Delayed("smtp_tls") from error
        except smtplib.SMTPResponseException as error:
            self._drop()
            raise Delayed(f"smtp_{error.smtp_code}") from error
        except OSError as error:
            found = "smtp_unreachable" if self._open is None else code
            self._drop()
            raise Delayed(found) from error
        except Delayed as delayed:
            if delayed.is_service:
                self._drop()
            raise

    def _drop(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None


def _refused(code: int) -> Delayed | Rejected:
    """What a refusal in the middle of a message means: 4yz for now, 5yz for good (RFC 5321)."""
    if code == 421:
        return Delayed("smtp_421")
    if 400 <= code < 500:
        return Delayed(f"smtp_{code}", is_service=False)
    return Rejected(f"smtp_{code}")


def _stuffed(message: bytes) -> bytes:
    """The message with its dots doubled at line starts, and its end (RFC 5321, 4.5.2)."""
    lines = re.sub(rb"\r?\n", b"\r\n", message)
    stuffed = re.sub(rb"(?m)^\.", b"..", lines)
    return stuffed.removesuffix(b"\r\n") + b"\r\n.\r\n"


def _reference(answer: bytes) -> str:
    text = answer.decode("ascii", "replace")
    return re.sub(r"[^ -;=?-~]", " ", re.sub(r"\S+@\S+", "", text)).strip()[:150]
