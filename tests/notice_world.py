"""Real providers on loopback for notices: a mail server and an SMS gateway that fail on demand."""

import io
import json
import socket
import socketserver
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from sqlalchemy import select

from protocol.complaint import Complaint, Person
from server import tables
from server.config import Config
from server.database import Database
from server.logs import Journal
from server.notices import outbox
from server.notices.carriers import Carrier
from server.notices.outbox import Notice
from server.notices.sender import Sender
from server.notices.setup import open_carriers
from server.notices.words import Means
from tests.server_world import NOW, World

PHONE, EMAIL = "+212661223344", "zineb@example.ma"
PUBLIC = "https://www.chekaya.gov.ma"


@dataclass
class Mailbox:
    """A mail server of its own: `mails` are those it has accepted; `answers` overrides replies by command.

    `after_data` is called with the whole message before the reply to it.
    """

    tls: ssl.SSLContext | None = None
    login: tuple[str, str] | None = None
    answers: dict[str, str] = field(default_factory=dict)
    after_data: Callable[["_Session"], None] | None = None
    raw: list[bytes] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    port: int = 0

    @property
    def mails(self) -> list[EmailMessage]:
        """The accepted messages, parsed."""
        return [message_from_bytes(one, policy=policy.default) for one in self.raw]  # type: ignore[misc]


class HangUp(Exception):
    """The server goes away in the middle of a sentence."""


class _Session(socketserver.StreamRequestHandler):
    server: "_MailServer"

    def handle(self) -> None:
        try:
            self._talk()
        except (HangUp, OSError):
            pass
        finally:
            if isinstance(self.request, ssl.SSLSocket):
                self.rfile.close()
                self.request.close()

    def _say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")

    def _talk(self) -> None:
        box = self.server.box
        self._say(box.answers.get("GREETING", "220 mail.test ESMTP"))
        while line := self.rfile.readline():
            said = line.decode().strip()
            verb = said.split(" ")[0].upper()
            box.commands.append(said)
            if verb in box.answers:
                self._say(box.answers[verb])
            elif verb == "EHLO":
                for offer in ("mail.test", *(("STARTTLS",) if box.tls else ()), "AUTH PLAIN"):
                    self._say(f"250-{offer}")
                self._say("250 8BITMIME")
            elif verb == "STARTTLS" and box.tls:
                self._say("220 go on")
                secured = box.tls.wrap_socket(self.request, server_side=True)
                self.request, self.rfile, self.wfile = (
                    secured,
                    secured.makefile("rb"),
                    secured.makefile("wb", 0),
                )
            elif verb == "AUTH":
                self._say("235 welcome" if box.login else "535 who")
            elif verb == "RCPT":
                box.recipients.append(said)
                self._say("250 ok")
            elif verb == "DATA":
                self._take(box)
            elif verb == "QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 ok")

    def _take(self, box: Mailbox) -> None:
        self._say("354 go on")
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b"..") else line)
        box.raw.append(b"".join(lines))
        if box.after_data is not None:
            box.after_data(self)
        self._say(box.answers.get("END", "250 2.0.0 Ok: queued as 4Zx"))


class _MailServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    box: Mailbox


@contextmanager
def mail_server(box: Mailbox) -> Iterator[Mailbox]:
    """The mailbox, answering on `box.port` of loopback."""
    with _MailServer(("127.0.0.1", box.port), _Session) as server:
        server.box = box
        box.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield box
        finally:
            server.shutdown()
            thread.join()


@dataclass
class Gateway:
    """An SMS provider: `messages` by idempotency key, so that the same key twice is one message."""

    token: str = "jeton-secret"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    reply: bytes = b'{"reference": "op-77"}'
    before_reply: Callable[[], None] | None = None
    messages: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    port: int = 0


@contextmanager
def sms_gateway(gateway: Gateway) -> Iterator[Gateway]:
    """The gateway, answering on `gateway.port` of loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            gateway.asked.append(self.headers["Idempotency-Key"])
            status = gateway.status
            if self.headers["Authorization"] != f"Bearer {gateway.token}":
                status = 401
            if status == 200:
                gateway.messages.setdefault(self.headers["Idempotency-Key"], json.loads(body))
            if gateway.before_reply is not None:
                gateway.before_reply()
                self.close_connection = True
                return
            self.send_response(status)
            for name, value in gateway.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(gateway.reply)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", gateway.port), Handler) as server:
        gateway.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield gateway
        finally:
            server.shutdown()
            thread.join()


def closed_port() -> int:
    """A loopback port where nobody answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Post:
    """One server process's sending over a world's register, at the moment `now`."""

    world: World
    config: Config
    journal: Journal = field(default_factory=lambda: Journal(io.StringIO()))
    now: datetime = NOW

    @property
    def database(self) -> Database:
        return self.world.register

    def clock(self) -> datetime:
        return self.now

    def entropy(self, size: int) -> bytes:
        return bytes(size)

    def sender(self, means: Means, carrier: Carrier | None = None) -> Sender:
        """A sender of one way out, over what the configuration says."""
        return Sender(self, means, carrier or open_carriers(self.config)[means])

    def later(self, **spans: float) -> None:
        """Let time pass."""
        self.now += timedelta(**spans)


@dataclass
class Lines:
    """A journal and what was written in it."""

    stream: io.StringIO
    journal: Journal

    def text(self) -> str:
        """Everything so far."""
        return self.stream.getvalue()


def journal() -> Lines:
    """A journal one can read."""
    stream = io.StringIO()
    return Lines(stream, Journal(stream))


def citizen(world: World, *, phone: str = PHONE, email: str = EMAIL, **changes: Any) -> Complaint:
    """A complaint of somebody who can be reached."""
    person = Person(name="Zineb El Fassi", identity_number="BK123456", phone=phone, email=email)
    return world.file(person=person, **changes)


def notices(world: World, **wanted: str) -> list[Notice]:
    """The notices whose columns have these values, in the order of their making."""
    table = tables.notice
    query = select(table.c.id).where(*(table.c[name] == value for name, value in wanted.items()))
    with world.register.reading() as connection:
        ids = connection.execute(query.order_by(table.c.at, table.c.kind, table.c.channel)).scalars().all()
        return [outbox.get(connection, id) for id in ids]


def wait_for(done: Callable[[], bool], *, seconds: float = 30.0) -> None:
    """Return as soon as `done`; fails after `seconds`."""
    until = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.02)


def by_mail(world: World, port: int, **changes: object) -> Config:
    settings = {
        "smtp_host": "127.0.0.1",
        "smtp_port": port,
        "smtp_security": "none",
        "mail_from": "plaintes@chekaya.gov.ma",
        "public_url": PUBLIC,
        "notices_timeout_seconds": 2,
    }
    return replace(world.config, **settings | changes)  # type: ignore[arg-type]


def by_sms(world: World, port: int, **changes: object) -> Config:
    (world.config.secrets / "sms.token").write_text("jeton-secret\n", "utf-8")
    settings = {
        "sms_url": f"http://127.0.0.1:{port}/v1/messages",
        "sms_token_file": "sms.token",
        "public_url": PUBLIC,
        "notices_timeout_seconds": 2,
    }
    return replace(world.config, **settings | changes)  # type: ignore[arg-type]


def states(world: World, channel: str) -> list[tuple[str, str]]:
    """State and error of each notice of a way out."""
    return [(one.state, one.error) for one in notices(world, channel=channel)]
