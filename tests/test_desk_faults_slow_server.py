"""A server that drips its reply byte by byte is given up, whatever length it promised."""

import socket
import threading

import pytest

from sync import errors
from sync.transport import HttpTransport

BYTES = 400


@pytest.fixture(params=["length", "chunks"])
def dripping(request):
    """A listener whose reply comes in single bytes; `sent` counts them."""
    listener = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()
    sent: list[int] = []

    def drip() -> None:
        peer, _ = listener.accept()
        with peer:
            peer.recv(65536)
            framing = (
                f"Content-Length: {BYTES}" if request.param == "length" else "Transfer-Encoding: chunked"
            )
            peer.sendall(f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{framing}\r\n\r\n".encode())
            for n in range(BYTES):
                try:
                    peer.sendall(b" " if request.param == "length" else b"1\r\n \r\n")
                except OSError:
                    return
                sent.append(n)
                if stop.wait(0.005):
                    return

    thread = threading.Thread(target=drip, daemon=True)
    thread.start()
    yield listener.getsockname()[1], sent
    stop.set()
    thread.join()
    listener.close()


def test_a_reply_that_drips_is_given_up_before_its_end(dripping):
    port, sent = dripping
    seconds = iter(range(0, 10_000, 5))
    wire = HttpTransport(f"http://127.0.0.1:{port}", "pc", "0", monotonic=lambda: float(next(seconds)))
    with pytest.raises(errors.Offline, match="drips"):
        wire.login("bennis", "secret")
    wire.close()
    assert len(sent) < BYTES
