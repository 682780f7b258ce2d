"""A server whose protocol has moved on: desks two versions old read, hold their outbox, and say so."""

import pytest
from litestar.testing import TestClient

from server import service
from server.app import create_app
from server.logs import Journal
from tests.server_world import DEVICE, PASSWORD, World


@pytest.fixture
def newer(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(service, "PROTOCOL_MIN", 3)
    monkeypatch.setattr(service, "PROTOCOL_MAX", 5)
    with TestClient(create_app(world.config, journal=Journal())) as client:
        body = {"user": "amina", "password": PASSWORD, "device": DEVICE}
        access = client.post("/v1/auth/login", json=body).json()["access"]
        client.headers.update({"Authorization": f"Bearer {access}", "X-Device": DEVICE, "X-Protocol": "1"})
        yield client


def test_an_old_desk_reads_and_its_acts_are_refused_whole(newer: TestClient) -> None:
    for path in ("/v1/sync/pull", "/v1/sync/snapshot", "/v1/sync/manifest", "/v1/sync/check?cursor=x"):
        assert newer.get(path).status_code == 200, path
    assert newer.post("/v1/sync/fetch", json={"ids": []}).status_code == 200
    for path, body in (("/v1/sync/push", {"acts": []}), ("/v1/access", {"accesses": []})):
        refused = newer.post(path, json=body)
        assert (refused.status_code, refused.json()["code"]) == (426, "protocol")


@pytest.mark.parametrize("spoken", ["0", "6", "", "x"])
def test_what_was_never_spoken_reads_nothing(newer: TestClient, spoken: str) -> None:
    assert newer.get("/v1/sync/pull", headers={"X-Protocol": spoken}).status_code == 426
