"""Sign-in, rotation with reuse detection, leases, devices, and a rule for every route."""

import base64
import threading
import uuid
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Connection, select

from protocol.directory import Profile
from protocol.wire import Lease, Problem, Refresh, Session
from server import accounts, revocation, tables, tokens
from server.accounts import NewAccount
from server.app import create_app
from server.config import Config
from server.logs import Journal
from server.problems import Refusal
from server.tokens import NotSignedIn, TokenReused
from tests.server_world import DEVICE, NOW, PASSWORD, Client, ServerProcess, World, later, password_hash

OTHER_DEVICE = str(uuid.UUID(int=8))


def sign_in(world: World, login: str = "amina") -> Session:
    with world.register.transaction() as connection:
        account = world.staff[login]
        tokens.enrol(connection, account.id, DEVICE, "PC", NOW)
        return tokens.open_session(
            connection, tokens.keys(world.config), account, DEVICE, NOW, entropy=entropy
        )


def entropy(size: int) -> bytes:
    return uuid.uuid4().bytes.ljust(size, b"\0")[:size] if size <= 16 else uuid.uuid4().bytes * 2


def refresh(world: World, token: str, *, device: str = DEVICE, now: object = NOW) -> Session:
    with world.register.transaction() as connection:
        return tokens.refresh_session(connection, tokens.keys(world.config), token, device, now)  # type: ignore[arg-type]


def who(world: World, access: str, *, device: str = DEVICE, now: object = NOW) -> str:
    with world.register.reading() as connection:
        return tokens.visitor(connection, access, device, now).account.login  # type: ignore[arg-type]


def test_a_session_opens_with_access_refresh_lease_and_profile(server: ServerProcess, world: World) -> None:
    client = server.client("amina")
    assert client.session is not None
    assert client.session.expires_in == 15 * 60
    profile = msgspec.json.decode(client.session.profile, type=Profile)
    assert (profile.login, profile.main_administration, profile.main_unit) == ("amina", "EAU", "EAU-1")


def test_the_lease_is_signed_and_ends_within_fourteen_days(world: World) -> None:
    signed = sign_in(world).lease
    content = base64.b64decode(signed.lease)
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(signed.key))
    key.verify(base64.b64decode(signed.signature), content)
    with pytest.raises(InvalidSignature):
        key.verify(base64.b64decode(signed.signature), content + b" ")
    lease = msgspec.json.decode(content, type=Lease)
    assert lease.user == world.staff["amina"].id and lease.device == DEVICE
    assert lease.not_after == lease.server_time + timedelta(days=14)


def test_wrong_credentials_are_answered_alike_then_slowed(server: ServerProcess, world: World) -> None:
    with world.register.transaction() as connection:
        accounts.disable(connection, world.staff["badr"].id)
    client = server.client()
    answers = [
        client.sign_in("amina", "wrong"),
        client.sign_in("nobody", "wrong"),
        client.sign_in("badr", PASSWORD),
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.content for answer in answers}) == 1
    for _ in range(9):
        client.sign_in("amina", "wrong")
    slowed = client.sign_in("amina", PASSWORD)
    assert slowed.status_code == 429 and int(slowed.headers["Retry-After"]) > 0
    assert client.sign_in("driss").status_code == 200


def test_a_login_is_found_whatever_its_case(server: ServerProcess) -> None:
    assert server.client().sign_in("  AMINA ").status_code == 200


@pytest.mark.both_databases
def test_refreshing_rotates_and_a_lost_reply_gets_the_same_session(world: World) -> None:
    first = sign_in(world)
    second = refresh(world, first.refresh)
    assert second.refresh != first.refresh and second.access != first.access
    assert refresh(world, first.refresh, now=later(seconds=30)).refresh == second.refresh
    assert who(world, second.access) == "amina"


@pytest.mark.both_databases
def test_the_same_token_many_times_at_the_same_moment_gets_one_session(world: World) -> None:
    first, given = sign_in(world), []
    keys = tokens.keys(world.config)

    def rotate(connection: Connection) -> Session:
        return tokens.refresh_session(connection, keys, first.refresh, DEVICE, NOW)

    threads = [
        threading.Thread(target=lambda: given.append(world.register.attempt(rotate).refresh))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(given) == 6 and len(set(given)) == 1


@pytest.mark.both_databases
def test_a_rotated_token_that_comes_back_late_is_a_theft(world: World) -> None:
    first = sign_in(world)
    refresh(world, first.refresh)
    with pytest.raises(TokenReused):
        refresh(world, first.refresh, now=later(minutes=5))


def test_a_rotated_token_is_a_theft_as_soon_as_its_successor_was_used(world: World) -> None:
    first = sign_in(world)
    second = refresh(world, first.refresh)
    refresh(world, second.refresh)
    with pytest.raises(TokenReused):
        refresh(world, first.refresh)


def test_a_token_on_another_device_is_a_theft(world: World) -> None:
    with pytest.raises(TokenReused):
        refresh(world, sign_in(world).refresh, device=OTHER_DEVICE)


@pytest.mark.both_databases
def test_reuse_over_the_wire_ends_the_whole_family(server: ServerProcess) -> None:
    client = server.client("amina")
    assert client.session is not None
    stolen = Refresh(refresh=client.session.refresh, device=DEVICE)
    response = client.post("/v1/auth/refresh", stolen)
    client.take(msgspec.json.decode(response.content, type=Session))
    again = Refresh(refresh=client.session.refresh, device=DEVICE)
    response = client.post("/v1/auth/refresh", again)
    client.take(msgspec.json.decode(response.content, type=Session))
    assert client.get("/v1/sync/manifest").status_code == 200
    reused = client.post("/v1/auth/refresh", stolen)
    assert reused.status_code == 401
    assert msgspec.json.decode(reused.content, type=Problem).code == "session_ended"
    assert client.get("/v1/sync/manifest").status_code == 401
    current = Refresh(refresh=client.session.refresh, device=DEVICE)
    assert client.post("/v1/auth/refresh", current).status_code == 401


@pytest.mark.both_databases
def test_tokens_end_with_their_time(world: World) -> None:
    session = sign_in(world)
    assert who(world, session.access, now=later(minutes=14)) == "amina"
    with pytest.raises(NotSignedIn):
        who(world, session.access, now=later(minutes=15))
    with pytest.raises(NotSignedIn):
        refresh(world, session.refresh, now=later(hours=12))
    with world.register.transaction() as connection:
        tokens.purge(connection, later(days=1))
        assert connection.execute(select(tables.token)).first() is None


def test_an_access_token_works_on_its_own_device_only(world: World) -> None:
    with pytest.raises(NotSignedIn, match="wrong_device"):
        who(world, sign_in(world).access, device=OTHER_DEVICE)


@pytest.mark.both_databases
def test_a_revoked_device_is_refused_from_its_next_request_on(server: ServerProcess, world: World) -> None:
    client = server.client("amina")
    with world.register.transaction() as connection:
        revocation.revoke(connection, DEVICE, NOW)
    assert client.get("/v1/sync/manifest").status_code == 401
    refused = client.sign_in("amina")
    assert msgspec.json.decode(refused.content, type=Problem).code == "device_revoked"


def test_a_disabled_account_and_a_new_password_end_sessions(server: ServerProcess, world: World) -> None:
    amina, driss = server.client("amina"), server.client("driss")
    with world.register.transaction() as connection:
        accounts.disable(connection, world.staff["amina"].id)
        accounts.set_password(connection, world.staff["driss"].id, accounts.hash_password("another password"))
    assert amina.get("/v1/sync/manifest").status_code == driss.get("/v1/sync/manifest").status_code == 401
    assert driss.sign_in("driss").status_code == 401
    assert driss.sign_in("driss", "another password").status_code == 200


def test_signing_out_ends_the_session(server: ServerProcess) -> None:
    client = server.client("amina")
    assert client.post("/v1/auth/logout", b"").status_code == 204
    assert client.get("/v1/sync/manifest").status_code == 401


@pytest.mark.both_databases
def test_a_device_names_itself_and_no_other(server: ServerProcess, world: World) -> None:
    client = server.client("amina")
    body = msgspec.json.encode({"device": DEVICE, "name": "Guichet 3"})
    assert client.post("/v1/devices/enrol", body).status_code == 200
    other = msgspec.json.encode({"device": OTHER_DEVICE, "name": "x"})
    assert client.post("/v1/devices/enrol", other).status_code == 403
    with world.register.reading() as connection:
        assert connection.execute(select(tables.device.c.name)).scalars().all() == ["Guichet 3"]


def test_only_hashes_of_tokens_and_passwords_are_on_the_disk(world: World) -> None:
    session = sign_in(world)
    world.close()
    stored = b"".join(path.read_bytes() for path in Path(world.config.data).glob("chekaya.db*"))
    for secret in (session.access, session.refresh, PASSWORD):
        assert secret.encode() not in stored


@pytest.mark.both_databases
def test_logins_are_unique_and_passwords_long(world: World) -> None:
    new = NewAccount(login="Amina", name_fr="x", name_ar="x", grants=())
    with pytest.raises(accounts.LoginTaken), world.register.transaction() as connection:
        accounts.add(connection, new, password_hash=password_hash(), now=NOW)
    with pytest.raises(accounts.WeakPassword):
        accounts.check_password("court")


def test_every_route_declares_who_may_use_it_and_keeps_its_word(
    server: ServerProcess, world: World, tmp_path: Path
) -> None:
    app = create_app(Config(data=tmp_path / "empty"), journal=Journal())
    stranger = server.client()
    checked = 0
    for route in app.routes:
        for handler in getattr(route, "route_handlers", ()):
            if handler.http_methods == {"OPTIONS"}:
                continue
            rule = handler.opt.get("rule")
            assert rule in ("public", "signed_in"), f"{route.path} has no rule"
            for method in sorted(handler.http_methods - {"OPTIONS"}) if rule == "signed_in" else ():
                path = route.path.replace("{name:str}", "a" * 64)
                headers = {"Upload-Offset": "0"}
                body = b'{"sha256":"' + b"a" * 64 + b'","size":1,"name":"a","mime":"b"}'
                response = stranger.http.request(
                    method, server.url + path, data=body, headers=headers, timeout=30
                )
                assert response.status_code == 401, f"{method} {route.path}: {response.status_code}"
                checked += 1
    app.state.service.database.close()
    assert checked >= 11


def test_a_signed_in_route_never_answers_without_the_door(server: ServerProcess) -> None:
    client: Client = server.client("amina")
    client.http.headers["Authorization"] = "Bearer forged"
    assert client.get("/v1/sync/snapshot").status_code == 401
    client.http.headers["Authorization"] = "Basic Zm9v"
    assert client.get("/v1/sync/snapshot").status_code == 401


def test_a_refusal_carries_its_headers() -> None:
    refused = Refusal(429, "too_many_attempts", headers={"Retry-After": "7"})
    assert (refused.status, refused.code, refused.headers) == (429, "too_many_attempts", {"Retry-After": "7"})
