"""What a supervision reads: true counts, bounded labels, nothing personal, closed to the public."""

import re
import threading
from datetime import UTC, datetime

import pytest
import requests

from protocol.acts import Assign, Note
from server.metrics import Family, Metrics, Sample, render
from tests.server_world import NOW, ServerProcess, ask, build_world

TOKEN = "a-token-of-the-supervision"
LINE = re.compile(r'([a-z_]+)(\{[a-z_]+="[^"]*"(?:,[a-z_]+="[^"]*")*\})? (-?[0-9.e+-]+)')


def values(body: str) -> dict[str, float]:
    """Every line of the text by its name and labels."""
    lines = [line for line in body.splitlines() if not line.startswith("#")]
    found = [LINE.fullmatch(line) for line in lines]
    assert all(found), lines
    return {one[1] + (one[2] or ""): float(one[3]) for one in found if one}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A server without a token, and a complaint on it."""
    world = build_world(tmp_path_factory.mktemp("metrics"))
    complaint = world.file()
    world.close()
    server = ServerProcess(world.config.data)
    yield server, complaint
    server.close()


def test_a_supervision_on_the_machine_reads_true_counts(place):
    server, complaint = place
    desk = server.client("amina")
    stranger = ask(complaint, Assign(assignee="nobody-here"))
    assert [result.status for result in desk.push(ask(complaint, Note(text="Vu.")), stranger)] == [
        "applied",
        "rejected",
    ]
    desk.get("/v1/complaints/an-address-nobody-has")
    read = desk.get("/metrics")
    assert read.headers["content-type"].startswith("text/plain; version=0.0.4")
    told = values(read.text)
    assert told['chekaya_acts_total{kind="note",status="applied",code=""}'] == 1
    assert sum(count for name, count in told.items() if 'status="rejected"' in name) == 1
    assert told['chekaya_requests_total{route="/v1/sync/push",method="POST",status="200"}'] == 1
    assert told['chekaya_request_seconds_count{route="/v1/sync/push"}'] == 1
    assert told['chekaya_stream_head{administration="EAU"}'] == 2
    assert told['chekaya_complaints{status="received"}'] == 1
    assert told["chekaya_waiting_desks"] == 0
    assert told["chekaya_database_bytes"] > 0
    assert any(name.startswith("chekaya_build_info{") for name in told)


def test_nothing_personal_and_no_made_up_label_is_told(place):
    server, complaint = place
    desk = server.client("amina")
    desk.get("/v1/blobs/a-name-typed-by-somebody")
    desk.http.request("INVENTED", server.url + "/v1/meta", timeout=30)
    body = desk.get("/metrics").text
    for word in ("a-name-typed", "INVENTED", complaint.id, complaint.number, complaint.person.name, "amina"):
        assert word not in body


def test_what_came_through_a_proxy_is_not_answered(place):
    server, _ = place
    desk = server.client()
    for header in ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"):
        reply = desk.http.get(server.url + "/metrics", headers={header: "127.0.0.1"}, timeout=30)
        assert reply.status_code == 404
        assert "chekaya_" not in reply.text


def test_behind_a_proxy_only_the_token_opens_it(tmp_path):
    world = build_world(tmp_path)
    world.close()
    token = tmp_path / "metrics.token"
    token.write_text(TOKEN + "\n")
    (tmp_path / "chekaya.toml").write_text(
        f'metrics_token_file = "{token}"\npublic_url = "https://plaintes.example.ma"\n'
    )
    server = ServerProcess(tmp_path)
    try:
        url = server.url + "/metrics"
        assert requests.get(url, timeout=30).status_code == 404
        for wrong in (f"Bearer {TOKEN}x", "Bearer ", "Bearer", f"Basic {TOKEN}", "Bearer é"):
            sent = {"Authorization": wrong.encode()}
            assert requests.get(url, headers=sent, timeout=30).status_code == 404
        right = {"Authorization": f"Bearer {TOKEN}", "X-Forwarded-For": "10.0.0.8"}
        assert requests.get(url, headers=right, timeout=30).status_code == 200
        token.write_text("")
        assert requests.get(url, headers={"Authorization": "Bearer "}, timeout=30).status_code == 404
    finally:
        server.close()


def test_behind_a_proxy_without_a_token_nobody_reads_it(tmp_path):
    build_world(tmp_path).close()
    (tmp_path / "chekaya.toml").write_text('trusted_proxies = "127.0.0.1"\n')
    server = ServerProcess(tmp_path)
    try:
        assert requests.get(server.url + "/metrics", timeout=30).status_code == 404
    finally:
        server.close()


def test_counts_of_many_threads_are_all_there():
    metrics = Metrics(NOW)

    def work() -> None:
        for _ in range(500):
            metrics.request("/v1/meta", "GET", 200, 0.02)
            metrics.act("note", "applied", "")

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told = values(render(metrics.families()).decode())
    assert told['chekaya_requests_total{route="/v1/meta",method="GET",status="200"}'] == 4000
    assert told['chekaya_request_seconds_bucket{route="/v1/meta",le="0.01"}'] == 0
    assert told['chekaya_request_seconds_bucket{route="/v1/meta",le="0.025"}'] == 4000
    assert told['chekaya_request_seconds_bucket{route="/v1/meta",le="+Inf"}'] == 4000
    assert told['chekaya_acts_total{kind="note",status="applied",code=""}'] == 4000


def test_a_kind_of_another_version_has_no_label_of_its_own():
    metrics = Metrics(NOW)
    metrics.act("made_up_by_a_sender", "rejected", "unknown_act")
    told = values(render(metrics.families()).decode())
    assert told['chekaya_acts_total{kind="other",status="rejected",code="unknown_act"}'] == 1


def test_upkeep_is_told_once_it_has_succeeded():
    metrics = Metrics(NOW)
    assert "upkeep" not in render(metrics.families()).decode()
    metrics.upkeep_succeeded(datetime(2026, 11, 24, tzinfo=UTC))
    told = values(render(metrics.families()).decode())
    assert told["chekaya_upkeep_last_success_seconds"] == datetime(2026, 11, 24, tzinfo=UTC).timestamp()


def test_labels_are_written_as_the_format_wants_them():
    family = Family("chekaya_x", "gauge", "a\nb", (Sample(1.5, (("name", 'say "\\"\n'),)),))
    assert render([family]).decode() == (
        '# HELP chekaya_x a\\nb\n# TYPE chekaya_x gauge\nchekaya_x{name="say \\"\\\\\\"\\n"} 1.5\n'
    )
