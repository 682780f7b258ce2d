"""Striking a device or an account off: who is told, signed by whom, how soon; admitting it again."""

import base64
import dataclasses
import threading
import uuid
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
import requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import delete, update

from protocol.identity_wire import REVOCATION_PURPOSE, Revocation, SignedRevocation
from protocol.wire import EndLine, Lease, Poke, Problem, Refresh, Session
from server import accounts, revocation, tables, tokens
from server.admin import main
from server.tokens import NotSignedIn, Struck
from tests.server_world import DEVICE, NOW, Client, ServerProcess, World, later
from tests.test_server_sessions import OTHER_DEVICE, refresh, sign_in, who

LONG_S = 20


def strike(world: World, device: str = DEVICE) -> None:
    with world.register.transaction() as connection:
        revocation.revoke(connection, device, NOW)


def word(response: requests.Response) -> Revocation:
    """What a refusal says under the key of the leases."""
    problem = msgspec.json.decode(response.content, type=Problem)
    assert (response.status_code, problem.code) == (401, "device_revoked"), response.text
    return opened(problem.wipe)


def opened(signed: SignedRevocation | None) -> Revocation:
    assert signed is not None
    body = base64.b64decode(signed.revocation)
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(signed.key))
    key.verify(base64.b64decode(signed.signature), REVOCATION_PURPOSE + body)
    return msgspec.json.decode(body, type=Revocation)


def test_a_struck_device_is_told_so_on_every_authenticated_reply(server: ServerProcess, world: World) -> None:
    client = server.client("amina")
    assert client.session is not None
    strike(world)
    said = word(client.get("/v1/sync/pull"))
    assert (said.device, said.user) == (DEVICE, "")
    assert abs(said.at - datetime.now(UTC)) < timedelta(minutes=1)
    problem = msgspec.json.decode(client.get("/v1/sync/manifest").content, type=Problem)
    assert problem.wipe is not None and problem.wipe.key == client.session.lease.key
    for response in (
        client.post("/v1/sync/push", b'{"acts":[]}'),
        client.get("/v1/sync/wait", cursor="", t=1),
        client.post("/v1/auth/refresh", Refresh(refresh=client.session.refresh, device=DEVICE)),
        client.sign_in("amina"),
    ):
        assert word(response).device == DEVICE


def test_a_struck_device_is_told_even_when_its_tokens_are_long_forgotten(
    server: ServerProcess, world: World
) -> None:
    client = server.client("amina")
    strike(world)
    with world.register.transaction() as connection:
        connection.execute(delete(tables.token))
    assert word(client.get("/v1/sync/pull")).device == DEVICE
    stranger = server.client(device=OTHER_DEVICE)
    stranger.http.headers["Authorization"] = "Bearer forged"
    assert msgspec.json.decode(stranger.get("/v1/sync/pull").content, type=Problem).wipe is None


def test_a_struck_device_serves_nobody(server: ServerProcess, world: World) -> None:
    server.client("amina")
    strike(world)
    assert word(server.client().sign_in("driss")).device == DEVICE
    assert server.client(device=OTHER_DEVICE).sign_in("amina").status_code == 200


def test_a_closed_account_is_struck_off_on_each_of_its_devices_alone(
    server: ServerProcess, world: World
) -> None:
    amina, driss = server.client("amina"), server.client("driss")
    with world.register.transaction() as connection:
        accounts.disable(connection, world.staff["amina"].id)
    said = word(amina.get("/v1/sync/pull"))
    assert (said.device, said.user) == (DEVICE, world.staff["amina"].id)
    assert driss.get("/v1/sync/manifest").status_code == 200


def test_who_waits_is_told_at_once(server: ServerProcess, world: World) -> None:
    client, other = server.client("amina"), server.client("driss", device=OTHER_DEVICE)
    answers: dict[str, Poke | None] = {}

    def wait(name: str, one: Client, seconds: int) -> None:
        snapshot = one.stream("/v1/sync/snapshot")[-1]
        assert isinstance(snapshot, EndLine)
        ready.release()
        response = one.get("/v1/sync/wait", cursor=snapshot.cursor, t=seconds)
        answers[name] = msgspec.json.decode(response.content, type=Poke) if response.content else None

    ready = threading.Semaphore(0)
    threads = [
        threading.Thread(target=wait, args=("struck", client, LONG_S)),
        threading.Thread(target=wait, args=("other", other, 2)),
    ]
    for thread in threads:
        thread.start()
    for _ in threads:
        assert ready.acquire(timeout=LONG_S)
    assert main(["device", "revoke", DEVICE, "--data", str(world.config.data)]) == 0
    for thread in threads:
        thread.join(LONG_S)
    told = answers["struck"]
    assert told is not None and not told.poke and opened(told.wipe).device == DEVICE
    assert answers["other"] is None


def test_an_old_token_of_a_closed_account_still_says_whom_to_tell(world: World) -> None:
    session = sign_in(world)
    with world.register.transaction() as connection:
        accounts.disable(connection, world.staff["amina"].id)
        tokens.purge(connection, later(days=100))
    with pytest.raises(Struck) as refused:
        refresh(world, session.refresh, now=later(days=50))
    assert (refused.value.device, refused.value.user) == (DEVICE, world.staff["amina"].id)
    with pytest.raises(Struck):
        who(world, session.access, now=later(days=50))


def test_a_device_found_again_signs_in_anew_and_its_old_session_is_over(
    server: ServerProcess, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    client, data = server.client("amina"), ["--data", str(world.config.data)]
    assert main(["device", "revoke", DEVICE, *data]) == 0
    assert main(["device", "list", *data]) == 0
    told = capsys.readouterr().out
    assert f"amina\t{DEVICE}\trevoked {datetime.now(UTC):%Y-}" in told
    struck = word(client.get("/v1/sync/pull"))
    assert main(["device", "admit", DEVICE, *data]) == 0
    refused = client.get("/v1/sync/pull")
    assert msgspec.json.decode(refused.content, type=Problem).code == "sign_in_needed"
    session = msgspec.json.decode(client.sign_in("amina").content, type=Session)
    lease = msgspec.json.decode(base64.b64decode(session.lease.lease), type=Lease)
    assert lease.server_time >= struck.at
    assert client.get("/v1/sync/manifest").status_code == 200
    assert main(["device", "list", *data]) == 0
    assert f"amina\t{DEVICE}\tenrolled" in capsys.readouterr().out


@pytest.mark.parametrize("action", ["revoke", "admit"])
def test_a_device_nobody_has_is_named(world: World, action: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["device", action, "nothing", "--data", str(world.config.data)]) == 2
    assert "no device nothing" in capsys.readouterr().err


def test_two_requests_with_one_token_get_one_session(server: ServerProcess) -> None:
    client = server.client("amina")
    assert client.session is not None
    body = msgspec.json.encode(Refresh(refresh=client.session.refresh, device=DEVICE))
    together, sessions = threading.Barrier(4), []

    def ask() -> None:
        mine = Client(server.url)
        try:
            together.wait(LONG_S)
            response = mine.post("/v1/auth/refresh", body)
            assert response.status_code == 200, response.text
            sessions.append(msgspec.json.decode(response.content, type=Session))
        finally:
            mine.close()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONG_S)
    assert len(sessions) == 4
    assert len({(one.access, one.refresh) for one in sessions}) == 1
    client.take(sessions[0])
    assert client.get("/v1/sync/manifest").status_code == 200


def test_a_replay_after_the_window_ends_the_thief_and_the_robbed(server: ServerProcess, world: World) -> None:
    client = server.client("amina")
    assert client.session is not None
    spent = Refresh(refresh=client.session.refresh, device=DEVICE)
    client.take(msgspec.json.decode(client.post("/v1/auth/refresh", spent).content, type=Session))
    long_ago = datetime.now(UTC) - timedelta(seconds=world.config.lost_reply_seconds + 1)
    with world.register.transaction() as connection:
        rotated = tables.token.c.rotated_at.is_not(None)
        connection.execute(update(tables.token).where(rotated).values(rotated_at=long_ago))
    assert client.post("/v1/auth/refresh", spent).status_code == 401
    assert client.get("/v1/sync/manifest").status_code == 401
    with pytest.raises(NotSignedIn):
        refresh(world, client.session.refresh, now=datetime.now(UTC))


def test_no_setting_makes_a_lease_longer_than_fourteen_days(world: World) -> None:
    keys = tokens.keys(dataclasses.replace(world.config, lease_days=400))
    assert keys.offline == timedelta(days=14)


def test_a_device_id_is_nothing_but_an_id(world: World) -> None:
    with world.register.reading() as connection:
        assert not revocation.is_revoked(connection, str(uuid.uuid4()))
        assert revocation.struck(connection) == frozenset()
        assert revocation.stamped(connection) == ""
