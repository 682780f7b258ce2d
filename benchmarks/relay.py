"""A loopback relay that counts the bytes which really cross, headers included."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Relay:
    """Listens on `port`, forwards to the server's port; `up` and `down` count bytes."""

    def __init__(self, to: int) -> None:
        self._to = to
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        self.up = self.down = 0
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        """Take no more connections."""
        self._listening.close()

    def _accept(self) -> None:
        while True:
            try:
                desk, _ = self._listening.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self._to))
            threading.Thread(target=self._carry, args=(desk, server, "up"), daemon=True).start()
            threading.Thread(target=self._carry, args=(server, desk, "down"), daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket, way: str) -> None:
        try:
            while part := source.recv(65_536):
                setattr(self, way, getattr(self, way) + len(part))
                target.sendall(part)
        except OSError:
            pass
        finally:
            target.close()


@contextmanager
def relayed(port: int) -> Iterator[Relay]:
    """A relay to the server on `port`, closed at the end."""
    relay = Relay(port)
    try:
        yield relay
    finally:
        relay.close()
