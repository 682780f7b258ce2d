"""Who reaches what: every route of the router × every role × own unit, other administration, nobody's."""

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec
import pytest
import requests

from protocol.acts import Note
from protocol.settings import Grant, Role
from protocol.wire import Push, Refresh, Session, Wanted, seal
from server import accounts
from server.accounts import NewAccount
from server.app import create_app
from server.config import Config
from tests.server_world import NOW, Client, ServerProcess, World, ask, draft, new_id, password_hash

ROLES: dict[str, Grant] = {
    **{
        str(role): Grant(role=role, administration="EAU")
        for role in Role
        if role not in ("citizen", "system")
    },
    "nobody": Grant(role=Role.AGENT, administration=""),
    "unit-2": Grant(role=Role.AGENT, administration="EAU", unit="EAU-2"),
}
SEES_EAU = {"registry_clerk", "agent", "validator", "supervisor", "signatory", "coordination"}


@dataclass(frozen=True)
class Route:
    """A method and an address of the application, and the rule it declares."""

    method: str
    path: str
    rule: str


def routes(config: Config) -> Iterator[Route]:
    """Everything the router knows, OPTIONS aside."""
    app = create_app(config)
    try:
        for route in app.routes:
            for handler in getattr(route, "route_handlers", ()):
                for method in handler.http_methods - {"OPTIONS"}:
                    yield Route(method, route.path, handler.opt.get("rule", ""))
    finally:
        app.state.service.database.close()


def call(client: Client, route: Route, ids: tuple[str, ...], **headers: str) -> requests.Response:
    """Reach a route with a body it understands, about these complaints."""
    notes = tuple(seal(ask(draft("x", id=one), Note(text="vu"))) for one in ids)
    bodies: dict[str, msgspec.Struct] = {"/v1/sync/push": Push(acts=notes), "/v1/sync/fetch": Wanted(ids=ids)}
    body = msgspec.json.encode(bodies.get(route.path, Wanted(ids=())))
    path = route.path.replace("{name:str}", "0" * 64).replace("{rest:path}", "x")
    path = path.replace("{complaint:str}", ids[0] if ids else new_id())
    sent = None if route.method in ("GET", "HEAD") else body
    sending = {str(name): str(value) for name, value in client.http.headers.items()} | headers
    return requests.request(
        route.method, f"{client.url}{path}?t=0", data=sent, headers=sending, timeout=30, allow_redirects=False
    )


@pytest.fixture
def staffed(world: World) -> World:
    """Somebody of every role."""
    with world.register.transaction() as connection:
        for login, grant in ROLES.items():
            new = NewAccount(login=login, name_fr=login, name_ar="اسم", grants=(grant,))
            world.staff[login] = accounts.add(connection, new, password_hash=password_hash(), now=NOW)
    return world


def test_every_route_declares_who_may_use_it(world: World) -> None:
    rules = {(route.path, route.method): route.rule for route in routes(world.config)}
    assert len(rules) > 35 and set(rules.values()) == {"public", "signed_in"}
    private = {path for (path, _), rule in rules.items() if rule == "signed_in"}
    assert private == {
        "/v1/auth/logout", "/v1/devices/enrol", "/v1/sync/push", "/v1/sync/pull", "/v1/sync/snapshot",
        "/v1/sync/manifest", "/v1/sync/check", "/v1/sync/fetch", "/v1/sync/wait",
        "/v1/blobs", "/v1/blobs/{name:str}", "/v1/complaints/{complaint:str}/receipt", "/v1/statistics/desks",
        "/v1/devices/escrow", "/v1/access",
    }  # fmt: skip


def test_no_private_route_opens_without_a_whole_session(staffed: World, server: ServerProcess) -> None:
    client = server.client("amina")
    token = str(client.http.headers["Authorization"])
    wrong = {
        426: ({"X-Protocol": "2"}, {"X-Protocol": ""}, {"X-Protocol": "1; x"}, {"X-Protocol": "9" * 500}),
        403: ({"X-Device": ""}, {"X-Device": new_id()}, {"X-Device": "' OR 1=1"}),
        401: (
            {"Authorization": ""}, {"Authorization": "Bearer"}, {"Authorization": token[:-1]},
            {"Authorization": token + "A"}, {"Authorization": token.replace("Bearer", "Basic")},
            {"Authorization": "Bearer ' OR 1=1 --"}, {"Authorization": "Bearer " + "x" * 20_000},
        ),
    }  # fmt: skip
    for route in routes(staffed.config):
        if route.rule != "signed_in":
            continue
        for status, cases in wrong.items():
            for headers in cases:
                got = call(client, route, (), **headers)
                assert got.status_code == status, (route, headers, got.status_code)
    assert client.get("/v1/sync/manifest").status_code == 200


def test_what_each_role_reads_on_every_route(staffed: World, server: ServerProcess) -> None:
    own = staffed.file("MARQUE-EAU", administration="EAU", unit="EAU-1")
    foreign = staffed.file("MARQUE-ELEC", administration="ELEC", unit="ELEC-1")
    secret = staffed.file("MARQUE-SECRET", confidential=True, named=(staffed.staff["amina"].id,))
    aimed = {
        login: staffed.file(f"MARQUE-CONTRE-{login}-", against=staffed.staff[login].id) for login in ROLES
    }
    every = [route for route in routes(staffed.config) if route.path != "/v1/auth/logout"]
    for login in ROLES:
        client = server.client(login, device=new_id())
        ids = (own.id, foreign.id, secret.id, aimed[login].id)
        told = "".join(call(client, route, ids).text for route in every if route.path.startswith("/v1/"))
        assert ("MARQUE-EAU" in told) is (login in SEES_EAU), login
        for hidden in ("MARQUE-ELEC", "MARQUE-SECRET", f"MARQUE-CONTRE-{login}-"):
            assert hidden not in told, (login, hidden)
    for untouched in (foreign, secret, *aimed.values()):
        assert staffed.load(untouched.id).ver == 1


def test_public_pages_show_nothing_of_a_complaint(staffed: World, server: ServerProcess) -> None:
    document = staffed.file("MARQUE-EAU")
    client = server.client()
    for route in routes(staffed.config):
        if route.rule == "public":
            got = call(client, route, (document.id,))
            assert got.status_code < 500 and "MARQUE-EAU" not in got.text, route
            assert document.number not in got.text, route


def test_every_reply_is_kept_by_no_cache_and_sniffed_by_no_browser(
    world: World, server: ServerProcess
) -> None:
    client = server.client("amina")
    paths = ("/v1/meta", "/v1/nowhere", "/v1/sync/pull", "/nowhere", "/fr/", "/ar/deposer", "/healthz", "/")
    for path in paths:
        for method in ("GET", "HEAD", "PUT", "OPTIONS", "TRACE", "MADEUP"):
            got = client.http.request(method, client.url + path, timeout=30, allow_redirects=False)
            assert got.headers["X-Content-Type-Options"] == "nosniff", (method, path)
            assert "default-src" in got.headers["Content-Security-Policy"], (method, path)
            assert got.headers["Cache-Control"] == "no-store", (method, path)
            assert got.headers["X-Epoch"] and got.headers["Referrer-Policy"] == "no-referrer"
            assert got.status_code < 500
    assert "MADEUP" not in server.log.read_text()


def test_a_refresh_token_is_worth_nothing_twice_nor_elsewhere(world: World, server: ServerProcess) -> None:
    def refreshed(client: Client, token: str, device: str = "") -> requests.Response:
        return client.post("/v1/auth/refresh", Refresh(refresh=token, device=device or client.device))

    thief, amina = server.client(), server.client("amina")
    assert amina.session is not None
    first = amina.session.refresh
    for made_up in (first[:-1], first + "A", "", "' OR 1=1", amina.session.access):
        assert refreshed(thief, made_up).status_code == 401
    second = msgspec.json.decode(refreshed(amina, first).content, type=Session)
    third = msgspec.json.decode(refreshed(amina, second.refresh).content, type=Session)
    amina.take(third)
    assert amina.get("/v1/sync/manifest").status_code == 200
    assert refreshed(thief, first).status_code == 401
    assert refreshed(amina, third.refresh).status_code == 401, "a reused token ends its whole family"
    assert amina.get("/v1/sync/manifest").status_code == 401
    again = server.client("amina")
    assert again.session is not None
    assert refreshed(thief, again.session.refresh, new_id()).status_code == 401
    assert again.get("/v1/sync/manifest").status_code == 401


def test_many_wrong_passwords_at_once_are_no_more_than_one_after_the_other(
    world: World, server: ServerProcess
) -> None:
    from concurrent.futures import ThreadPoolExecutor

    def attempt(n: int) -> tuple[int, bytes]:
        client = server.client()
        client.http.headers["X-Forwarded-For"] = f"10.0.0.{n}"
        got = client.sign_in("amina" if n % 2 else "nobody-at-all", "wrong password")
        return got.status_code, got.content

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(attempt, range(60)))
    refused = {body for status, body in answers if status == 401}
    assert refused == {b'{"code":"wrong_credentials"}'}
    assert 10 <= sum(status == 401 for status, _ in answers) <= 24
    assert {status for status, _ in answers} == {401, 429}
