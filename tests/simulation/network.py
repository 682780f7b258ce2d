"""The wire of a simulation: the real transport, whose connections lead to handlers through every fault.

A fate is what happens to one request: it may never arrive, arrive twice or too late, or its reply may be
lost, cut, damaged, somebody else's, or a refusal.
"""

import re
import zlib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import requests
import urllib3
from requests.structures import CaseInsensitiveDict

from sync.transport import HttpTransport
from tests.simulation.ministry import Ministry, ServerDied
from tests.simulation.requests_in import Answer

PORTAL = b"<html><body>Please sign in to the Wi-Fi</body></html>"

REFUSALS: dict[str, tuple[int, str]] = {
    "401": (401, "sign_in_needed"),
    "403": (403, "wrong_device"),
    "409": (409, "conflict"),
    "413": (413, "too_large"),
    "422": (422, "malformed"),
    "426": (426, "protocol"),
    "429": (429, "too_many"),
    "500": (500, "server_fault"),
    "503": (503, "unavailable"),
}
LOST = ("lost", "hung", "late")
"""The desk hears nothing, and the server has heard nothing (yet)."""
UNHEARD = ("reply_lost", "reset", "died", "died_after")
BAD = ("cut", "cut_raw", "garbled", "flipped", "portal", "drip")
"""A reply comes that must change nothing: it ends the exchange where it can be recognised."""
CHECKED = ("/v1/sync/push", "/v1/sync/pull", "/v1/sync/snapshot", "/v1/sync/manifest", "/v1/sync/fetch")
"""Replies with a checksum; whatever else is damaged does no harm that lasts."""
FATES = ("doubled", "stale", "mangled", *LOST, *UNHEARD, *BAD, *REFUSALS, "portal_401", "proxy_502", "308")


@dataclass
class Reply:
    """What requests gives for a response, as far as the transport reads it."""

    status_code: int
    headers: Mapping[str, str]
    body: bytes
    drips: bool = False

    def __enter__(self) -> "Reply":
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to give back."""

    @property
    def raw(self) -> "Reply":
        """The body's source."""
        return self

    def read1(self, _: int, decode_content: bool) -> bytes:
        """What has arrived."""
        if self.drips:
            raise urllib3.exceptions.ReadTimeoutError(None, "", "drips")  # type: ignore[arg-type]
        part, self.body = self.body, b""
        return part


class Late:
    """Requests that their senders have given up, and that arrive some steps later."""

    def __init__(self) -> None:
        self._waiting: list[tuple[int, Callable[[], object]]] = []

    def add(self, ask: Callable[[], object]) -> None:
        """One more on its way."""
        self._waiting.append((3, ask))

    def age(self) -> None:
        """A step has passed."""
        self._waiting = [(steps - 1, ask) for steps, ask in self._waiting]
        self._arrive([ask for steps, ask in self._waiting if steps <= 0])

    def deliver(self) -> None:
        """All of them arrive."""
        self._arrive([ask for _, ask in self._waiting])

    def _arrive(self, asks: list[Callable[[], object]]) -> None:
        self._waiting = [(steps, ask) for steps, ask in self._waiting if ask not in asks]
        for ask in asks:
            ask()


def _flipped(body: bytes) -> bytes:
    """One bit turned, somewhere that the bytes themselves decide."""
    if not body:
        return body
    place = zlib.crc32(body) % len(body)
    if re.search(rb'"(seal|crc)', body[max(0, place - 5) : place + 5]):
        place = len(body) // 2  # without its optional proof a reply is true, and nobody could tell
    return body[:place] + bytes((body[place] ^ 1,)) + body[place + 1 :]


@dataclass
class Line:
    """A desk's way to the ministry. `fates` are those of the next requests; none left is a good day.

    `heard_badly` is called when a reply that must change nothing is given out.
    """

    ministry: Ministry
    fates: list[str] = field(default_factory=list)
    met: Counter[str] = field(default_factory=Counter)
    requests: int = 0
    heard_badly: Callable[[], None] = lambda: None
    asked: Callable[[], None] = lambda: None
    late: Late = field(default_factory=Late)
    _last: dict[str, Answer] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    def request(
        self, method: str, url: str, *, data: bytes | None, headers: dict[str, str], **_: Any
    ) -> Reply:
        """One request through its fate."""
        self.requests += 1
        target = "/" + url.split("/", 3)[3]
        headers = {**self.headers, **headers}
        fate = self._fate(target, data or b"")
        if fate == "mangled" and data:
            data = self._mangled(method, data)
        if fate in LOST:
            return self._lost(fate, lambda: self._ask(method, target, headers, data or b""))
        if fate in REFUSALS:
            return self._refused(fate)
        if fate == "portal_401":
            return Reply(401, CaseInsensitiveDict({"Content-Type": "text/html"}), PORTAL)
        if fate == "proxy_502":
            return Reply(502, CaseInsensitiveDict({"Content-Type": "text/html"}), PORTAL)
        if fate == "308":
            return Reply(308, CaseInsensitiveDict({"Location": "https://elsewhere.test/"}), b"")
        return self._answered(fate, lambda: self._ask(method, target, headers, data or b""), target)

    def _fate(self, target: str, body: bytes) -> str:
        fate = self.fates.pop(0) if self.fates else "fine"
        if fate == "413" and body.count(b'"args"') < 2:
            fate = "fine"  # a size limit spares what is smallest
        if fate == "stale" and target not in self._last:
            fate = "reply_lost"
        self.met[fate] += 1
        return fate

    def _ask(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Answer:
        answer = self.ministry.answer(method, target, headers, body)
        if method != "GET":
            self.asked()
        return answer

    def _lost(self, fate: str, ask: Callable[[], Answer]) -> Reply:
        if fate == "lost":
            raise requests.exceptions.ConnectTimeout("lost")
        if fate == "late":
            self.late.add(ask)
        raise requests.exceptions.ReadTimeout(fate)

    def _refused(self, fate: str) -> Reply:
        status, code = REFUSALS[fate]
        headers = {"Content-Type": "application/json", "X-Epoch": self.ministry.epoch}
        if fate in ("429", "503"):
            headers["Retry-After"] = "3"
        return Reply(status, CaseInsensitiveDict(headers), b'{"code":"%s"}' % code.encode())

    @staticmethod
    def _mangled(method: str, body: bytes) -> bytes:
        """A part of a file with a bit turned; what has a form of its own loses it."""
        if method == "PATCH":
            return _flipped(body)
        middle = len(body) // 2
        return body[:middle] + b"\xff" + body[middle + 1 :]

    def _answered(self, fate: str, ask: Callable[[], Answer], target: str) -> Reply:
        if fate == "died":
            self.ministry.dies = True
        try:
            answer = ask()
            if fate == "doubled":
                answer = ask()
        except ServerDied:
            self.ministry.bounce()
            raise requests.exceptions.ConnectionError("reset") from None
        finally:
            self.ministry.dies = False
        if fate == "died_after":
            self.ministry.bounce()
        if fate in UNHEARD:
            raise requests.exceptions.ConnectionError("reset")
        before, self._last[target] = self._last.get(target, answer), answer
        if fate == "stale":  # a cache in between that was told to keep nothing
            answer = before
        if fate in BAD:
            if answer.status == 200 and target.startswith(CHECKED) and b'"t":"reset"' not in answer.body:
                self.heard_badly()
            return self._damaged(fate, answer)
        return Reply(answer.status, CaseInsensitiveDict(answer.headers), answer.body)

    def _damaged(self, fate: str, answer: Answer) -> Reply:
        headers, body = CaseInsensitiveDict(answer.headers), answer.body
        match fate:
            case "portal":
                return Reply(200, CaseInsensitiveDict({"Content-Type": "text/html"}), PORTAL)
            case "drip":
                return Reply(answer.status, headers, body, drips=True)
            case "cut":
                whole = body.rfind(b"\n", 0, len(body) * 2 // 3) + 1
                return Reply(answer.status, headers, body[: whole or len(body) // 2])
            case "cut_raw":
                return Reply(answer.status, headers, body[: len(body) * 2 // 3])
            case "flipped":
                return Reply(answer.status, headers, _flipped(body))
            case _:
                middle = len(body) // 2
                return Reply(answer.status, headers, body[:middle] + b"\xff" + body[middle + 1 :])

    def close(self) -> None:
        """Nothing to give back."""


class Connection(HttpTransport):
    """The desk's own transport, over a Line."""

    def __init__(self, line: Line, device: str, renewed: Callable[[Any], None]) -> None:
        super().__init__("https://chekaya.test", device, "0.1.0", renewed=renewed)
        self._line = line
        line.headers = dict(self._headers)

    def _session(self, line: str) -> Any:
        return self._line
