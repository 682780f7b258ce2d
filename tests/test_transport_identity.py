"""What a refusal says of this device, and a session renewed once however many threads need it."""

import threading

import msgspec
import pytest

from protocol.identity_wire import Escrowed
from sync import errors
from tests import test_transport
from tests.test_transport import SESSION, Answer

server, wire = test_transport.server, test_transport.wire
WIPE = {"revocation": "e30=", "signature": "AA==", "key": "AA=="}


@pytest.mark.parametrize("status", [401, 403])
def test_a_signed_revocation_is_handed_on_before_it_is_raised_and_nothing_is_renewed(server, wire, status):
    heard = []
    wire.revoked = heard.append
    server.answers = [Answer(status, {"code": "device_revoked", "wipe": WIPE})]
    with pytest.raises(errors.DeviceRevoked) as refused:
        wire.pull("c", 1)
    assert heard == [refused.value.wipe] and heard[0].revocation == "e30="
    assert len(server.asked) == 1


def test_an_unsigned_revocation_is_a_refusal_and_no_more(server, wire):
    heard = []
    wire.revoked = heard.append
    server.answers = [Answer(401, {"code": "device_revoked"})]
    with pytest.raises(errors.DeviceRevoked) as refused:
        wire.pull("c", 1)
    assert heard == [] and refused.value.wipe is None


def test_a_revocation_comes_by_the_long_poll_too(server, wire):
    server.answers = [Answer(body={"poke": False, "wipe": WIPE})] * 2
    with pytest.raises(errors.DeviceRevoked):
        wire.wait("c", 50)
    heard = []
    wire.revoked = heard.append
    with pytest.raises(errors.DeviceRevoked):
        wire.wait("c", 50)
    assert [one.key for one in heard] == ["AA=="]


def test_two_threads_that_are_refused_renew_once(server, wire):
    """The first renews; the second, refused with the same token, finds it done and repeats its request."""
    both = threading.Barrier(2)
    send = wire._send

    def refused_together(method, path, *rest, headers, **more):
        if headers.get("Authorization") == "Bearer acc-1":
            both.wait(10)
            raise errors.SignInNeeded
        return send(method, path, *rest, headers=headers, **more)

    wire._send = refused_together
    server.answers = [Answer(body=SESSION), Answer(body=b"ok"), Answer(body=b"ok")]
    got = []
    threads = [threading.Thread(target=lambda: got.append(wire.pull("c", 1).body)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert got == [b"ok", b"ok"]
    assert [path for _, path, _, _ in server.asked].count("/v1/auth/refresh") == 1


def test_a_key_is_left_with_the_organisation_as_the_server_reads_it(server, wire):
    server.answers = [Answer(204, b"")]
    left = Escrowed(key=b"k" * 32, ephemeral=b"e" * 32, nonce=b"n" * 12, wrapped=b"w" * 48)
    wire.deposit(left)
    assert server.asked[0][1] == "/v1/devices/escrow"
    assert msgspec.json.decode(server.asked[0][3], type=Escrowed) == left
