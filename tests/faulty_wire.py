"""A connection in this process that loses, doubles, cuts, delays and disguises, as its fates say."""

from collections.abc import Callable, Sequence

import msgspec

from protocol.wire import Envelope, Push, Wanted
from sync.errors import Offline, ServerFault, TooMany
from sync.wire import Reply
from tests.model_server import ModelServer

FATES = ("fine", "lost", "reply_lost", "doubled", "late", "cut", "html", "fault", "too_many")


class FaultyWire:
    """A desk's connection to a ModelServer; `fate` gives what happens to the next request."""

    def __init__(self, server: ModelServer, user: str, device: str, fate: Callable[[], str]) -> None:
        self.server = server
        self.user = user
        self.device = device
        self.fate = fate
        self.requests = 0

    def push(self, acts: Sequence[Envelope], cursor: str = "") -> Reply:
        body = msgspec.json.encode(Push(acts=tuple(acts), cursor=cursor))
        return self._send(lambda: self.server.push(self.user, self.device, body))

    def pull(self, cursor: str, limit: int) -> Reply:
        return self._send(lambda: self.server.pull(self.user, cursor, 3))

    def snapshot(self, after: str, limit: int) -> Reply:
        return self._send(lambda: self.server.snapshot(self.user, after, 2))

    def manifest(self, buckets: Sequence[int] = ()) -> Reply:
        return self._send(lambda: self.server.manifest(self.user, buckets))

    def documents(self, ids: Sequence[str]) -> Reply:
        body = msgspec.json.encode(Wanted(ids=tuple(ids)))
        return self._send(lambda: self.server.documents(self.user, body))

    def check(self, cursor: str) -> Reply:
        return self._send(lambda: self.server.check(self.user, cursor))

    def wait(self, cursor: str, seconds: int) -> bool:
        return False

    def _send(self, request: Callable[[], bytes]) -> Reply:
        self.requests += 1
        late, self.server.late = self.server.late, []
        for earlier in late:
            earlier()
        fate = self.fate()
        if fate == "lost":
            raise Offline("the request never arrived")
        if fate == "late":
            self.server.late.append(request)
            raise Offline("nobody knows whether it arrived")
        if fate == "fault":
            raise ServerFault("503")
        if fate == "too_many":
            raise TooMany("429", retry_after=2.0)
        body = request()
        if fate == "reply_lost":
            raise Offline("the reply never arrived")
        if fate == "doubled":
            body = request()
        if fate == "cut":
            body = self.cut(body)
        if fate == "html":
            body = b"<html><body>Please sign in to the Wi-Fi</body></html>"
        return Reply(body=body, epoch=self.server.epoch, at=self.server.now)

    def cut(self, body: bytes) -> bytes:
        """Two thirds of the reply, up to the end of a line if it has several."""
        part = body[: len(body) * 2 // 3]
        whole = part.rfind(b"\n") + 1
        return part[:whole] if whole else part
