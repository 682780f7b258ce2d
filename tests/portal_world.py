"""The portal over a small register, with a clock in hand and a relay that reads one word; for tests."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

from litestar import Litestar
from litestar.datastructures import State
from litestar.testing import TestClient

from protocol.complaint import Complaint, Place, Routing
from protocol.settings import COORDINATION
from server import complaints, directory
from server.config import Config, secret
from server.portal import routes
from server.service import Service, open_service
from tests.server_world import register_file

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)

GOOD = {
    "type": "complaint",
    "object": "Fuite d’eau devant la maison",
    "text": "Depuis trois semaines, l’eau coule devant la maison et personne ne vient.",
    "name": "Zineb El Fassi",
    "identity_kind": "cin",
    "identity_number": "bk 123456",
    "phone": "06 61 22 33 44",
    "consent": "yes",
}
"""A request that may be filed as it is."""


@dataclass(frozen=True)
class Relayed:
    """Where the twin sends a content."""

    routing: Routing
    administration: str
    unit: str = ""


class OneWordRelay:
    """An honest small router: the body named, else water by one word, else coordination."""

    def route(
        self, *, text: str, object: str, theme: str, place: Place, named: str, operational: frozenset[str]
    ) -> Relayed:
        """Follows what is operational only."""
        told = named or ("EAU" if "eau" in text or "ماء" in text else "PORTS")
        to = told if told in operational else COORDINATION
        routing = Routing(model="one word", confidence=0.9, administration=told, words=("eau",))
        return Relayed(routing, to, "EAU-1" if to == "EAU" else "")


class _Controls(HTMLParser):
    """Named controls of the forms of a page, with their values."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden: dict[str, str] = {}
        self.kept: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        at = {name: value or "" for name, value in attrs}
        if tag == "input" and at.get("type") == "hidden":
            self.hidden.setdefault(at["name"], at["value"])
        if tag == "input" and at.get("name") == "kept":
            self.kept.append(at["value"])


@dataclass
class PortalWorld:
    """A running portal; `client` keeps cookies like a browser."""

    service: Service
    client: TestClient[Litestar]
    at: list[datetime] = field(default_factory=lambda: [NOW])
    pairs: dict[str, tuple[str, str]] = field(default_factory=dict)

    def later(self, **passed: float) -> None:
        """Let time pass."""
        self.at[0] += timedelta(**passed)

    def form(self, html: str) -> str:
        """The token of the page's form."""
        return _read(html).hidden["form"]

    def kept(self, html: str) -> list[str]:
        """Stubs of the files already received."""
        return _read(html).kept

    def send(self, language: str = "fr", token: str = "", **fields: object) -> "Reply":
        """Fill and send the request form; `files` is a list of (name, bytes)."""
        files = fields.pop("files", [])
        token = token or self.form(self.client.get(f"/{language}/deposer").text)
        values = {"form": token, "action": "send"} | fields
        parts = [("files", (name, data, "application/octet-stream")) for name, data in files]  # type: ignore[attr-defined]
        parts = parts or [("files", ("", b"", "application/octet-stream"))]
        answer = self.client.post(f"/{language}/deposer", data=values, files=parts, follow_redirects=False)
        return Reply(answer.status_code, answer.text, answer.headers.get("location", ""))

    def filed(self, language: str = "fr", **fields: object) -> tuple[str, str]:
        """File a good request; its number and code, read from the receipt page."""
        sent = self.send(language, **(GOOD | fields))  # type: ignore[arg-type]
        assert sent.status == 303, sent.html
        pair = pair_on(self.client.get(sent.location).text)
        self.pairs[pair[0]] = pair
        return pair

    def secret(self) -> bytes:
        """The portal's own secret."""
        return secret(self.service.config, "portal")

    def follow(self, number: str, code: str, language: str = "fr") -> "Reply":
        """Send a pair."""
        token = self.form(self.client.get(f"/{language}/suivi").text)
        values = {"form": token, "number": number, "code": code}
        answer = self.client.post(f"/{language}/suivi", data=values, follow_redirects=False)
        return Reply(answer.status_code, answer.text, answer.headers.get("location", ""))

    def say(self, kind: str, text: str, token: str = "") -> "Reply":
        """Send a message on the opened request."""
        token = token or self.form(self.client.get("/fr/suivi/dossier").text)
        values = {"form": token, "kind": kind, "text": text}
        answer = self.client.post("/fr/suivi/dossier", data=values, follow_redirects=False)
        return Reply(answer.status_code, answer.text, answer.headers.get("location", ""))

    def document(self, number: str) -> Complaint:
        """What the register holds."""
        with self.service.database.reading() as connection:
            tracked = complaints.find(connection, number)
            assert tracked is not None
            return complaints.load(connection, tracked.id)

    def count(self) -> int:
        """How many complaints there are."""
        with self.service.database.reading() as connection:
            return int(connection.exec_driver_sql("SELECT count(*) FROM complaint").scalar_one())


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    html: str
    location: str


def _read(html: str) -> _Controls:
    reader = _Controls()
    reader.feed(html)
    return reader


def pair_on(html: str) -> tuple[str, str]:
    """Number and code on a receipt."""
    number = re.search(r'id="number">([^<]+)<', html)
    code = re.search(r'id="code">([^<]+)<', html)
    assert number and code, html
    return number[1], code[1]


@contextmanager
def portal_world(folder: Path, **settings: object) -> Iterator[PortalWorld]:
    """A portal on an empty register in `folder`."""
    at = [NOW]
    config = replace(Config(data=folder), **({"filing_burst": 1000} | settings))  # type: ignore[arg-type]
    service = open_service(config, clock=lambda: at[0])
    with service.database.transaction() as connection:
        directory.load_register(connection, register_file())
    app = Litestar([routes.router(OneWordRelay())], state=State({"service": service}))
    with TestClient(app, base_url="http://portal.test") as client:
        yield PortalWorld(service, client, at)
    service.database.close()
