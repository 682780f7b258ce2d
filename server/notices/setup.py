"""From the configuration to the two ways out; what cannot work is refused by name at start."""

import ipaddress
import os
import ssl
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from server.config import BadConfiguration, Config
from server.identity import read_email
from server.notices.carriers import Carrier
from server.notices.folder import FolderCarrier
from server.notices.sms_gateway import GatewayCarrier, GatewaySettings
from server.notices.smtp import Security, SmtpCarrier, SmtpSettings
from server.notices.words import Means, is_gsm

SMTP_PASSWORD = "CHEKAYA_SMTP_PASSWORD"  # noqa: S105 (the name of a variable)
SMS_TOKEN = "CHEKAYA_SMS_TOKEN"  # noqa: S105
SMS_REPORTS_SECRET = "CHEKAYA_SMS_REPORTS_SECRET"  # noqa: S105

LONGEST_ADDRESS = 40
"""Characters of `public_url` with which every short message still fits in two segments (tested)."""

_NOBODY = "chekaya@localhost"
_NAME_LENGTHS = range(3, 12)


def open_carriers(config: Config) -> Mapping[Means, Carrier]:
    """The ways out of e-mail and SMS; a folder stands in where none is set up. Raises BadConfiguration."""
    leaving = "smtp_host" if config.smtp_host else "sms_url" if config.sms_url else ""
    if leaving and not config.public_url:
        raise BadConfiguration(f"public_url must be set with {leaving}: notices tell citizens where to read")
    return {
        Means.EMAIL: SmtpCarrier(_smtp(config))
        if config.smtp_host
        else FolderCarrier(config.outgoing, Means.EMAIL, _sender(config) or _NOBODY),
        Means.SMS: GatewayCarrier(_gateway(config))
        if config.sms_url
        else FolderCarrier(config.outgoing, Means.SMS, config.sms_sender),
    }


def reports_secret(config: Config) -> bytes:
    """The secret with which the SMS provider signs its reports; b"" when none was agreed upon."""
    return _secret(config, "sms_reports_secret_file", SMS_REPORTS_SECRET).encode()


def _smtp(config: Config) -> SmtpSettings:
    sender = _sender(config)
    if not sender:
        raise BadConfiguration("mail_from must be set with smtp_host: an address that citizens recognise")
    if config.smtp_security not in set(Security):
        raise BadConfiguration(f"smtp_security is one of {', '.join(Security)}")
    if config.smtp_port > 65_535:
        raise BadConfiguration(f"smtp_port = {config.smtp_port} is out of range")
    password = _secret(config, "smtp_password_file", SMTP_PASSWORD)
    if config.smtp_user and not password:
        raise BadConfiguration(f"smtp_user needs smtp_password_file, or {SMTP_PASSWORD} in the environment")
    if config.smtp_user and config.smtp_security == Security.NONE and not _is_here(config.smtp_host):
        raise BadConfiguration("smtp_user would send its password in clear: set smtp_security")
    return SmtpSettings(
        host=config.smtp_host,
        port=config.smtp_port,
        security=Security(config.smtp_security),
        user=config.smtp_user,
        password=password,
        sender=sender,
        timeout=float(config.notices_timeout_seconds),
        context=_context(config),
    )


def _sender(config: Config) -> str:
    sender = config.mail_from
    if sender and (read_email(sender) != sender or not sender.isascii()):
        raise BadConfiguration(f"mail_from = {sender!r} is not a plain e-mail address")
    return sender


def _gateway(config: Config) -> GatewaySettings:
    try:
        address = urlsplit(config.sms_url)
        port = address.port
    except ValueError as error:
        raise BadConfiguration(f"sms_url cannot be read: {error}") from error
    if address.scheme not in ("https", "http") or not address.hostname or address.username or port == 0:
        raise BadConfiguration("sms_url must be an https address, without a name or password in it")
    if address.scheme == "http" and not _is_here(address.hostname):
        raise BadConfiguration("sms_url must begin with https: the token would travel in clear")
    token = _secret(config, "sms_token_file", SMS_TOKEN)
    if not token:
        raise BadConfiguration(f"sms_url needs sms_token_file, or {SMS_TOKEN} in the environment")
    name = config.sms_sender
    if not (name.isascii() and is_gsm(name) and (name.isdigit() or len(name) in _NAME_LENGTHS)):
        raise BadConfiguration("sms_sender is a number, or a name of 3 to 11 plain letters")
    if len(config.public_url) > LONGEST_ADDRESS:
        raise BadConfiguration(f"public_url is longer than {LONGEST_ADDRESS} characters: too long for an SMS")
    return GatewaySettings(
        url=config.sms_url,
        token=token,
        sender=name,
        timeout=float(config.notices_timeout_seconds),
        context=_context(config),
    )


def _is_here(host: str) -> bool:
    """Whether `host` is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _context(config: Config) -> ssl.SSLContext:
    """Certificates are always checked; `notices_ca_file` adds a ministry's own authority."""
    context = ssl.create_default_context()
    if config.notices_ca_file:
        try:
            context.load_verify_locations(cafile=config.notices_ca_file)
        except (OSError, ssl.SSLError) as error:
            raise BadConfiguration(f"notices_ca_file = {config.notices_ca_file!r}: {error}") from error
    return context


def _secret(config: Config, setting: str, variable: str) -> str:
    """The line in the file that `setting` names, in the secrets folder unless absolute; else `variable`."""
    named = str(getattr(config, setting))
    if not named:
        return os.environ.get(variable, "")
    path = config.secrets / Path(named)
    try:
        secret = path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BadConfiguration(f"{setting} = {named!r} cannot be read") from error
    if not secret or not secret.isascii() or not secret.isprintable():
        raise BadConfiguration(f"{setting} = {named!r} does not hold one line of plain characters")
    return secret
