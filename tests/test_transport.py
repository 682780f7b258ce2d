"""HTTP over real loopback sockets: what each reply and each failure of the network means."""

import gzip
import json
import socket
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from backports import zstd

from protocol.acts import Asked, Note
from protocol.complaint import Attachment
from protocol.wire import seal
from sync import errors, http_faults, transport
from sync.transport import HttpTransport, Tokens

JSON = "application/json"
SESSION = {
    "access": "acc-2",
    "refresh": "ref-2",
    "expires_in": 900,
    "lease": {"lease": "", "signature": "", "key": ""},
    "profile": {"id": "u"},
}


class Answer:
    """A reply to give: status, body, headers; or something ruder."""

    def __init__(self, status=200, body=b"{}", kind=JSON, **headers):
        self.status = status
        self.body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.headers = {"Content-Type": kind, **{k.replace("_", "-"): v for k, v in headers.items()}}
        self.cut = False


class Handler(BaseHTTPRequestHandler):
    """Gives the answers queued for a path, and keeps what was asked."""

    protocol_version = "HTTP/1.1"

    def do(self):
        size = int(self.headers.get("Content-Length", 0))
        server = self.server
        server.asked.append((self.command, self.path, dict(self.headers), self.rfile.read(size)))
        answer = server.answers.pop(0)
        self.send_response_only(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        extra = 50 if answer.cut else 0
        self.send_header("Content-Length", str(len(answer.body) + extra))
        self.end_headers()
        self.wfile.write(answer.body)
        if answer.cut:
            self.close_connection = True

    do_GET = do_POST = do_PATCH = do  # noqa: N815

    def log_message(self, *_):
        """Quiet."""


@pytest.fixture
def server():
    made = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.daemon_threads = True
    made.answers, made.asked = [], []
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield made
    made.shutdown()
    made.server_close()
    thread.join()


@pytest.fixture
def wire(server):
    made = HttpTransport(f"http://127.0.0.1:{server.server_port}/", "pc-1", "0.1.0")
    made.tokens = Tokens(access="acc-1", refresh="ref-1")
    yield made
    made.close()


def problem(status, code, **headers):
    return Answer(status, {"code": code}, **headers)


def act():
    return seal(
        Asked(id="a1", complaint="c1", seen=1, at=datetime(2026, 11, 23, tzinfo=UTC), act=Note(text="مرحبا"))
    )


def test_every_request_says_who_asks_and_with_what(server, wire):
    server.answers = [Answer(body=b"{}", X_Epoch="e1", Date="Mon, 23 Nov 2026 10:00:00 GMT")]
    reply = wire.push([act()])
    assert reply.epoch == "e1" and reply.at == datetime(2026, 11, 23, 10, tzinfo=UTC)
    method, path, headers, body = server.asked[0]
    assert (method, path) == ("POST", "/v1/sync/push")
    assert headers["Authorization"] == "Bearer acc-1" and headers["X-Device"] == "pc-1"
    assert headers["X-Protocol"] == "1" and headers["X-App"] == "0.1.0"
    assert "مرحبا".encode() in body
    assert "zstd" in headers["Accept-Encoding"] and "gzip" in headers["Accept-Encoding"]


def test_cursors_are_opaque_and_travel_unharmed(server, wire):
    server.answers = [Answer(kind="application/x-ndjson"), Answer(kind="application/x-ndjson")]
    wire.pull('{"q":1}&x=é', 5)
    wire.snapshot("", 7)
    assert server.asked[0][1] == "/v1/sync/pull?cursor=%7B%22q%22%3A1%7D%26x%3D%C3%A9&limit=5"
    assert server.asked[1][1] == "/v1/sync/snapshot?after=&limit=7"


@pytest.mark.parametrize(("coding", "pack"), [("gzip", gzip.compress), ("zstd", zstd.compress)])
def test_compressed_replies_are_read(server, wire, coding, pack):
    server.answers = [Answer(body=pack(b"abc" * 99), Content_Encoding=coding)]
    assert wire.pull("c", 1).body == b"abc" * 99


def test_waiting_says_whether_something_changed(server, wire):
    server.answers = [
        Answer(body={"poke": True}),
        Answer(204, b""),
        Answer(body={"poke": False}),
    ]
    assert [wire.wait("c", 50) for _ in range(3)] == [True, False, False]
    assert server.asked[0][1] == "/v1/sync/wait?cursor=c&t=50"


def test_signing_in_gives_a_session_and_keeps_its_tokens(server):
    kept = []
    made = HttpTransport(f"http://127.0.0.1:{server.server_port}", "pc-1", "0.1.0", renewed=kept.append)
    server.answers = [Answer(body=SESSION)]
    assert made.login("agent", "secret", "PC 4").access == "acc-2"
    assert made.tokens == Tokens(access="acc-2", refresh="ref-2") and kept[0].refresh == "ref-2"
    assert json.loads(server.asked[0][3]) == {
        "user": "agent",
        "password": "secret",
        "device": "pc-1",
        "device_name": "PC 4",
    }
    assert "Authorization" not in server.asked[0][2]
    made.close()


def test_wrong_credentials_are_told_from_a_session_that_is_over(server, wire):
    server.answers = [problem(401, "wrong_credentials")]
    with pytest.raises(errors.WrongCredentials):
        wire.login("agent", "wrong")


def test_a_401_renews_the_session_once_and_repeats_the_request(server, wire):
    server.answers = [problem(401, "token_expired"), Answer(body=SESSION), Answer(body=b"ok")]
    assert wire.pull("c", 1).body == b"ok"
    assert [path for _, path, _, _ in server.asked][1] == "/v1/auth/refresh"
    assert server.asked[2][2]["Authorization"] == "Bearer acc-2"


def test_a_second_401_asks_to_sign_in(server, wire):
    server.answers = [problem(401, "x"), Answer(body=SESSION), problem(401, "x")]
    with pytest.raises(errors.SignInNeeded):
        wire.pull("c", 1)


def test_a_refresh_that_is_refused_asks_to_sign_in(server, wire):
    server.answers = [problem(401, "x"), problem(401, "refresh_over")]
    with pytest.raises(errors.SignInNeeded):
        wire.pull("c", 1)


def test_without_a_session_nothing_is_sent(server, wire):
    wire.tokens = None
    with pytest.raises(errors.SignInNeeded):
        wire.pull("c", 1)
    with pytest.raises(errors.SignInNeeded):
        wire.refresh()
    assert server.asked == []


def test_renewing_is_a_single_flight(server, wire):
    """Whoever finds the tokens already renewed by another thread does not renew them again."""
    stale = wire.tokens
    send = wire._send

    def renewed_meanwhile(*args, **kwargs):
        if wire.tokens is stale:
            wire.tokens = Tokens(access="acc-9", refresh="ref-9")
            raise errors.SignInNeeded
        return send(*args, **kwargs)

    wire._send = renewed_meanwhile
    server.answers = [Answer(body=b"ok")]
    assert wire.pull("c", 1).body == b"ok"
    assert [path for _, path, _, _ in server.asked] == ["/v1/sync/pull?cursor=c&limit=1"]


def test_refreshing_on_demand_rotates_the_tokens(server, wire):
    server.answers = [Answer(body=SESSION)]
    wire.refresh()
    assert wire.tokens == Tokens(access="acc-2", refresh="ref-2")
    assert json.loads(server.asked[0][3]) == {"refresh": "ref-1", "device": "pc-1"}


def test_signing_out_forgets_the_session_whatever_the_server_says(server, wire):
    server.answers = [Answer(500)]
    with pytest.raises(errors.ServerFault):
        wire.logout()
    assert wire.tokens is None
    wire.logout()
    assert len(server.asked) == 1


def test_meta_needs_no_session(server, wire):
    wire.tokens = None
    server.answers = [
        Answer(
            body={
                "proto_min": 1,
                "proto_max": 1,
                "app_min": "0.1.0",
                "epoch": "e",
                "server_time": "2026-11-23T10:00:00Z",
                "limits": {},
            }
        )
    ]
    assert wire.meta().epoch == "e"


REFUSED = [
    (problem(403, "not_allowed"), errors.NotAllowed),
    (problem(403, "device_revoked"), errors.DeviceRevoked),
    (problem(404, "not_found"), errors.NotFound),
    (problem(409, "conflict"), errors.ServerFault),
    (problem(413, "too_large"), errors.TooLarge),
    (Answer(413, b"<html>", "text/html"), errors.TooLarge),
    (problem(422, "malformed"), errors.Unprocessable),
    (problem(416, "bad_range"), errors.BadRange),
    (problem(426, "client_too_old"), errors.ClientTooOld),
    (problem(429, "too_many"), errors.TooMany),
    (problem(500, "fault"), errors.ServerFault),
    (Answer(502, b"<html>", "text/html"), errors.ServerFault),
    (Answer(503, b"<html>", "text/html"), errors.ServerFault),
    (Answer(503, b"<html>", "text/html", Retry_After="1200"), errors.Maintenance),
    (Answer(407, b"", "text/html"), errors.ProxyRefused),
    (Answer(511, b"<html>", "text/html"), errors.NotOurServer),
    (Answer(200, b"<html>Wi-Fi</html>", "text/html"), errors.NotOurServer),
    (Answer(401, b"<html>", "text/html"), errors.NotOurServer),
    (Answer(403, b"not a problem", JSON), errors.NotOurServer),
    (Answer(404, b"<html>", "text/html"), errors.NotOurServer),
    (Answer(308, b"", "text/html", Location="http://127.0.0.1:9/login"), errors.NotOurServer),
    (Answer(302, b"", "text/html", Location="http://127.0.0.1:9/login"), errors.NotOurServer),
]


@pytest.mark.parametrize(("answer", "error"), REFUSED, ids=lambda v: getattr(v, "status", None))
def test_what_each_refusal_means(server, wire, answer, error):
    server.answers = [answer]
    with pytest.raises(error) as caught:
        wire.pull("c", 1)
    assert type(caught.value) is error
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("17", 17.0),
        ("Mon, 23 Nov 2026 10:00:30 GMT", 30.0),
        ("Mon, 23 Nov 2026 09:00:00 GMT", 0.0),
        ("soon", None),
        ("", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(said, seconds):
    headers = {"Retry-After": said, "Date": "Mon, 23 Nov 2026 10:00:00 GMT", "Content-Type": JSON}
    with pytest.raises(errors.TooMany) as caught:
        http_faults.check(429, headers, b"")
    assert caught.value.retry_after == seconds


def test_nothing_listening_is_told_from_no_network():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    made = HttpTransport(f"http://127.0.0.1:{port}", "pc", "0")
    with pytest.raises(errors.ServerDown):
        made.meta()
    made.close()


def test_a_name_that_does_not_resolve_is_no_network():
    made = HttpTransport("http://chekaya.invalid", "pc", "0")
    with pytest.raises(errors.Offline) as caught:
        made.meta()
    assert type(caught.value) is errors.NoNetwork
    made.close()


def test_a_reply_cut_on_its_way_is_garbled(server, wire):
    answer = Answer(body=b"half")
    answer.cut = True
    server.answers = [answer]
    with pytest.raises(errors.Garbled):
        wire.pull("c", 1)


def test_a_reply_whose_compression_is_damaged_is_garbled(server, wire):
    server.answers = [Answer(body=b"not gzip at all", Content_Encoding="gzip")]
    with pytest.raises(errors.Garbled):
        wire.pull("c", 1)


def test_a_silent_server_is_offline(wire):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        made = HttpTransport(f"http://127.0.0.1:{silent.getsockname()[1]}", "pc", "0")
        made.tokens = wire.tokens
        with pytest.raises(errors.Offline):
            made._send("GET", "/", None, headers={}, limits=(0.05, 1.0), line="main", any_type=False)
        made.close()


def test_a_reply_that_drips_is_given_up(server):
    ticks = iter((0.0, 1000.0, 2000.0))
    made = HttpTransport(f"http://127.0.0.1:{server.server_port}", "pc", "0", monotonic=lambda: next(ticks))
    server.answers = [Answer(body=b"x")]
    with pytest.raises(errors.Offline):
        made.meta()
    made.close()


def test_a_reply_without_end_is_not_ours(server, wire, monkeypatch):
    monkeypatch.setitem(transport.__dict__, "LARGEST", 10)
    server.answers = [Answer(body=b"x" * 11)]
    with pytest.raises(errors.NotOurServer):
        wire.meta()


def test_a_server_without_a_trusted_certificate_is_refused(server):
    made = HttpTransport(f"https://127.0.0.1:{server.server_port}", "pc", "0")
    with pytest.raises(errors.CertificateRefused):
        made.meta()
    made.close()


def test_a_proxy_that_is_not_there_is_told_as_such():
    made = HttpTransport("http://chekaya.example", "pc", "0", proxies={"http": "http://127.0.0.1:9"})
    with pytest.raises(errors.ProxyRefused):
        made.meta()
    made.close()


def test_the_environment_is_not_read(server, wire, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere")
    server.answers = [Answer()]
    assert wire.pull("c", 1).body == b"{}"


@pytest.mark.parametrize("address", ["", "ftp://x", "chekaya.gov.ma", "http://"])
def test_what_is_no_address_is_said_at_once(address):
    with pytest.raises(errors.NotOurServer):
        HttpTransport(address, "pc", "0")


def test_an_address_requests_cannot_use_is_not_our_server():
    made = HttpTransport("http://a:b:c", "pc", "0")
    with pytest.raises(errors.NotOurServer):
        made.meta()
    made.close()


def test_json_of_another_shape_is_not_ours(server, wire):
    server.answers = [Answer(body=b'{"hello": 1}')]
    with pytest.raises(errors.NotOurServer):
        wire.meta()


def test_a_file_is_offered_and_sent_in_parts_and_a_receipt_asked_for(server, wire):
    server.answers = [
        Answer(201, {"id": "up/1", "offset": 3}),
        Answer(204, b"", Upload_Offset="9"),
        Answer(200, b"%PDF", "application/pdf"),
    ]
    file = Attachment(sha256="h", name="صورة.png", mime="image/png", size=9)
    assert wire.offer(file) == ("up/1", 3)
    assert wire.send_part("up/1", 3, b"abcdef") == 9
    assert wire.receipt("c/1") == b"%PDF"
    paths = ["/v1/blobs", "/v1/blobs/up%2F1", "/v1/complaints/c%2F1/receipt"]
    assert [path for _, path, _, _ in server.asked] == paths
    assert server.asked[1][2]["Upload-Offset"] == "3" and server.asked[1][3] == b"abcdef"


@pytest.mark.parametrize("headers", [{}, {"Upload_Offset": "many"}])
def test_an_upload_without_an_offset_is_garbled(server, wire, headers):
    server.answers = [Answer(204, b"", **headers)]
    with pytest.raises(errors.Garbled):
        wire.send_part("1", 0, b"x")
