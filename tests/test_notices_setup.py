"""What an operator may set for notices: what cannot work is refused by name, certificates are checked."""

import ssl
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from server.config import BadConfiguration, Config
from server.notices import setup
from server.notices.folder import FolderCarrier
from server.notices.sms_gateway import GatewayCarrier
from server.notices.smtp import SmtpCarrier
from server.notices.words import Means
from tests.notice_world import Mailbox, Post, by_mail, citizen, mail_server, states
from tests.server_world import build_world

MAIL = {"smtp_host": "mail.example.ma", "mail_from": "a@b.ma", "public_url": "https://x.ma"}
SMS = {"sms_url": "https://sms.example.ma/x", "sms_token_file": "good", "public_url": "https://x.ma"}


@pytest.fixture
def config(tmp_path: Path) -> Config:
    plain = Config(data=tmp_path)
    plain.secrets.mkdir()
    for name, content in {"good": "jeton\n", "empty": "\n", "two": "un\ndeux\n", "arabic": "سر\n"}.items():
        (plain.secrets / name).write_text(content, "utf-8")
    return plain


def test_what_is_not_set_up_goes_to_the_folder(config):
    ways = setup.open_carriers(config)
    assert all(isinstance(way, FolderCarrier) for way in ways.values())
    ways = setup.open_carriers(replace(config, **MAIL | SMS))
    assert isinstance(ways[Means.EMAIL], SmtpCarrier) and isinstance(ways[Means.SMS], GatewayCarrier)


@pytest.mark.parametrize(
    ("base", "changes", "named"),
    [
        (MAIL, {"smtp_security": "ssl3"}, "smtp_security"),
        (MAIL, {"mail_from": ""}, "mail_from"),
        (MAIL, {"mail_from": "Chekaya <a@b.ma>"}, "mail_from"),
        (MAIL, {"mail_from": "a@b.ma\r\nBcc: x@y.ma"}, "mail_from"),
        (MAIL, {"public_url": ""}, "public_url"),
        (MAIL, {"smtp_port": 70_000}, "smtp_port"),
        (MAIL, {"smtp_user": "u"}, "smtp_password_file"),
        (MAIL, {"smtp_user": "u", "smtp_password_file": "none"}, "smtp_password_file"),
        (MAIL, {"smtp_user": "u", "smtp_password_file": "good", "smtp_security": "none"}, "in clear"),
        (MAIL, {"notices_ca_file": "/none"}, "notices_ca_file"),
        (SMS, {"sms_url": "http://sms.example.ma/x"}, "https"),
        (SMS, {"sms_url": "ftp://sms.example.ma/x"}, "sms_url"),
        (SMS, {"sms_url": "https://u:p@sms.example.ma/x"}, "sms_url"),
        (SMS, {"sms_url": "https://sms.example.ma:99999/"}, "sms_url"),
        (SMS, {"sms_url": "https://[::1/"}, "sms_url"),
        (SMS, {"sms_token_file": ""}, "sms_token_file"),
        (SMS, {"sms_token_file": "empty"}, "sms_token_file"),
        (SMS, {"sms_token_file": "two"}, "sms_token_file"),
        (SMS, {"sms_token_file": "arabic"}, "sms_token_file"),
        (SMS, {"sms_sender": "شكاية"}, "sms_sender"),
        (SMS, {"sms_sender": "Chekaya Maroc"}, "sms_sender"),
        (SMS, {"public_url": "https://" + "x" * 60 + ".ma"}, "public_url"),
    ],
)
def test_settings_that_cannot_work_are_refused_by_name(config, base, changes, named):
    setup.open_carriers(replace(config, **base))
    with pytest.raises(BadConfiguration, match=named):
        setup.open_carriers(replace(config, **base | changes))


def test_a_secret_may_come_from_the_environment_and_the_file_wins(config, monkeypatch):
    monkeypatch.setenv(setup.SMS_REPORTS_SECRET, "environnement")
    assert setup.reports_secret(config) == b"environnement"
    assert setup.reports_secret(replace(config, sms_reports_secret_file="good")) == b"jeton"
    monkeypatch.delenv(setup.SMS_REPORTS_SECRET)
    assert setup.reports_secret(config) == b""


def certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """A certificate of our own for 127.0.0.1: its file, and the context of the server that has it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file, secret = folder / "mail.pem", folder / "mail.key"
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file, secret)
    return file, context


def test_a_certificate_nobody_vouches_for_gets_no_mail_and_the_ministrys_own_authority_does(tmp_path):
    world = build_world(tmp_path)
    try:
        file, context = certificate(tmp_path)
        citizen(world)
        with mail_server(Mailbox(tls=context, login=("u", "jeton"))) as box:
            (world.config.secrets / "good").write_text("jeton\n", "utf-8")
            changes: dict[str, Any] = {
                "smtp_security": "starttls", "smtp_user": "u", "smtp_password_file": "good",
            }  # fmt: skip
            post = Post(world, by_mail(world, box.port, **changes))
            post.sender(Means.EMAIL).round()
            assert states(world, "email") == [("queued", "smtp_tls")] and box.raw == []
            assert not any(said.startswith(("AUTH", "mail")) for said in box.commands)
            trusting = Post(
                world, by_mail(world, box.port, **changes, notices_ca_file=str(file)), now=post.now
            )
            trusting.later(minutes=2)
            trusting.sender(Means.EMAIL).round()
            assert states(world, "email") == [("sent", "")] and len(box.raw) == 1
    finally:
        world.close()


def test_a_server_without_encryption_gets_no_mail_when_it_is_asked_for(tmp_path):
    world = build_world(tmp_path)
    try:
        citizen(world)
        with mail_server(Mailbox()) as box:
            Post(world, by_mail(world, box.port, smtp_security="starttls")).sender(Means.EMAIL).round()
            assert states(world, "email") == [("queued", "smtp_tls")] and box.raw == []
    finally:
        world.close()
