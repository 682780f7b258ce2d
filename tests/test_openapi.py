"""The API keeps to its own description: no route is left out, no answer is a surprise (schemathesis)."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from server.openapi import OPERATIONS, description
from tests.server_world import Client, ServerProcess, build_world
from tests.test_server_attacks_access import routes

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
SESSION = frozenset({"authorization", "x-device", "x-protocol", "x-app"})

BOUNDED = settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)

schema = schemathesis.openapi.from_dict(msgspec.json.decode(description()))
schema.config.generation.update(modes=[GenerationMode.POSITIVE, GenerationMode.NEGATIVE])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    folder: Path = tmp_path_factory.mktemp("openapi")
    world = build_world(folder / "data")
    for _ in range(3):
        world.file()
    world.close()
    process = ServerProcess(folder / "data")
    yield process
    process.close()


@pytest.fixture(scope="module")
def desk(server: ServerProcess) -> Client:
    return server.client("amina")


@schema.parametrize()
@BOUNDED
def test_no_answer_is_undocumented_and_none_is_a_fault(
    case: schemathesis.Case, server: ServerProcess, desk: Client
) -> None:
    if case.path.startswith("/v1/auth/logout"):
        desk = server.client("badr")  # this one ends its own session, not everybody's
    if case.path == "/v1/sync/wait":
        case.query = {**(case.query or {}), "t": 0}
    # Always somebody's session: what strangers are told is tests/test_server_attacks_access.py's affair.
    session = {str(name): str(value) for name, value in desk.http.headers.items()}
    case.headers = {
        name: value for name, value in (case.headers or {}).items() if name.lower() not in SESSION
    }
    try:
        answer = case.call(base_url=desk.url, headers=session)
    except requests.RequestException as error:
        pytest.fail(f"no answer at all: {error}")
    case.validate_response(answer, checks=CHECKS)


def test_every_route_of_the_api_is_described_and_nothing_else_is(tmp_path: Path) -> None:
    world = build_world(tmp_path / "data")
    world.close()
    there = {
        (route.method, route.path.replace(":str}", "}"))
        for route in routes(world.config)
        if route.path.startswith("/v1/") or route.path in ("/healthz", "/metrics")
    }
    assert there == set(OPERATIONS)


def test_whoever_asks_is_given_the_description(server: ServerProcess) -> None:
    answer = server.client().get("/v1/openapi.json")
    assert answer.status_code == 200 and answer.json()["openapi"] == "3.1.0"
    assert {"Envelope", "DocumentLine", "ManifestLine", "Check"} <= set(
        answer.json()["components"]["schemas"]
    )
