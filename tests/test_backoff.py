"""The back-off table of PROTOCOL §2, row by row: real replies over a socket, then the sync thread's rest.

413 never comes as far as the thread: the engine halves its batch (tests/test_engine.py), files their parts.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from desktop.core.records import Change
from desktop.core.sync_worker import HELD_S, SyncWorker, Unsent
from sync import errors
from sync.outcome import Outcome
from sync.pace import LONGEST, RARELY, Pace
from tests.test_transport import SESSION, Answer, problem, server, wire

__all__ = ["server", "wire"]  # pytest's fixtures

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)


def cut() -> Answer:
    answer = Answer(body=b"half")
    answer.cut = True
    return answer


@dataclass(frozen=True)
class Row:
    """What comes, how many requests it takes, and what follows: the error, the state told, seconds of rest.

    `first` and `later` are the least and the most after one failure and after nine in a row.
    """

    name: str
    answers: Callable[[], list[Answer]]
    asked: int
    error: type[errors.SyncError]
    state: str
    code: str
    first: tuple[float, float]
    later: tuple[float, float]
    until: float | None = None


def one(*args: object, **headers: str) -> Callable[[], list[Answer]]:
    return lambda: [problem(*args, **headers)]


RETRIED = {"first": (0.0, 1.0), "later": (0.0, LONGEST)}
HELD = {"first": (HELD_S, HELD_S), "later": (HELD_S, HELD_S)}
PORTAL = "text/html"
TABLE = (
    Row(
        "401: renewed once, then the person signs in",
        lambda: [problem(401, "expired"), Answer(body=SESSION), problem(401, "expired")],
        3, errors.SignInNeeded, "sign_in", "sign_in_needed", **HELD,
    ),
    Row("403: held", one(403, "not_allowed"), 1, errors.NotAllowed, "fault", "not_allowed", **HELD),
    Row("409: the same again", one(409, "conflict"), 1, errors.ServerFault, "offline", "server_fault",
        **RETRIED),
    Row("500: the same again", one(500, "fault"), 1, errors.ServerFault, "offline", "server_fault",
        **RETRIED),
    Row(
        "502 of a proxy: the same again", lambda: [Answer(502, b"<html>", PORTAL)],
        1, errors.ServerFault, "offline", "server_fault", **RETRIED,
    ),
    Row(
        "503 until a moment: maintenance", one(503, "closed", Retry_After="1200"),
        1, errors.Maintenance, "offline", "maintenance", (1200.0, 1201.0), (1200.0, 1200.0 + LONGEST), 1200.0,
    ),
    Row(
        "503 until next month: asked again within the hour", one(503, "closed", Retry_After="2678400"),
        1, errors.Maintenance, "offline", "maintenance", (RARELY, RARELY + 1), (RARELY, RARELY + LONGEST),
        2678400.0,
    ),
    Row("a reply that is cut: the same again", lambda: [cut()],
        1, errors.Garbled, "fault", "garbled", **RETRIED),
    Row(
        "a captive portal that says 200", lambda: [Answer(200, b"<html>Wi-Fi</html>", PORTAL)],
        1, errors.NotOurServer, "fault", "not_our_server", **RETRIED,
    ),
    Row(
        "a portal that leads elsewhere is not followed",
        lambda: [Answer(308, b"", PORTAL, Location="http://127.0.0.1:9/login")],
        1, errors.NotOurServer, "fault", "not_our_server", **RETRIED,
    ),
    Row("407: a proxy asks who we are", lambda: [Answer(407, b"", PORTAL)], 1, errors.ProxyRefused, "offline",
        "proxy_refused", **RETRIED),
    Row(
        "426: held, read only", one(426, "client_too_old"),
        1, errors.ClientTooOld, "update", "client_too_old", (RARELY, RARELY), (RARELY, RARELY),
    ),
    Row(
        "429: when the server says", one(429, "too_many", Retry_After="30"),
        1, errors.TooMany, "offline", "too_many", (31.0, 32.0), (31.0, 31.0 + LONGEST), 30.0,
    ),
    Row("429 without a moment", one(429, "too_many"), 1, errors.TooMany, "offline", "too_many", (1.0, 2.0),
        (1.0, 1.0 + LONGEST)),
)  # fmt: skip


class Idle:
    """A ledger and an engine with nothing to do."""

    skew_ms = 0

    def unsent(self) -> Unsent:
        return Unsent()

    def stored(self) -> int:
        return 0

    def index_pending(self, limit: int) -> int:
        return 0


class Failing(Idle):
    """An engine whose every cycle meets one failure."""

    def __init__(self, error: errors.SyncError) -> None:
        self.error = error

    def cycle(self) -> Outcome:
        raise self.error

    def wait(self, seconds: int) -> bool:
        return False


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_what_each_reply_makes_the_desk_do(server, wire, row):
    server.answers = row.answers()
    with pytest.raises(errors.SyncError) as met:
        wire.pull("c", 1)
    assert type(met.value) is row.error and len(server.asked) == row.asked and not server.answers
    for drawn, edge in ((0.0, 0), (1.0, 1)):
        told: list[Change] = []
        worker = SyncWorker(Idle(), pace=Pace(lambda d=drawn: d), clock=lambda: NOW, publish=told.append)
        rests = [worker._once(Failing(met.value)) for _ in range(9)]
        assert rests[0] == pytest.approx(row.first[edge]) and rests[-1] == pytest.approx(row.later[edge])
        status = worker.status()
        assert (status.state, status.code) == (row.state, row.code) and told[-1].connection
        assert status.next_try == NOW + timedelta(seconds=rests[-1])
        assert status.until == (None if row.until is None else NOW + timedelta(seconds=row.until))


def test_an_act_typed_during_maintenance_does_not_disturb_the_server_and_a_person_may():
    worker = SyncWorker(Idle(), pace=Pace(lambda: 0.0), clock=lambda: NOW, publish=lambda _: None)
    worker._once(Failing(errors.Maintenance(retry_after=600.0)))
    worker.wake_at(NOW)
    assert not worker._wake.is_set()
    worker.wake()
    assert worker._wake.is_set()
    worker._wake.clear()
    worker._once(Failing(errors.Offline()))
    worker.wake_at(NOW)
    assert worker._wake.is_set()
