"""`serve`: the web service, until SIGTERM or Ctrl-C."""

import argparse
import asyncio
import logging
import signal
import socket
import sys
from types import FrameType
from typing import TYPE_CHECKING, Any

from server.commands import CommandFailed, add_data_options, read_config
from server.config import Config
from server.logs import Quiet

if TYPE_CHECKING:
    from litestar import Litestar


def add_parser(commands: Any) -> None:
    """`serve --data DIR --port P [--host H] [--config FILE.toml]`."""
    parser: argparse.ArgumentParser = commands.add_parser("serve", help="run the web service")
    add_data_options(parser)
    parser.add_argument("--host", help="address to listen on (default 127.0.0.1)")
    parser.add_argument("--port", type=int, help="port to listen on (default 8600; 0 takes a free one)")
    parser.set_defaults(run=serve)


def serve(options: argparse.Namespace) -> int:
    """Run until stopped; prints one line when ready. A register that does not exist yet is laid down."""
    config = read_config(options, host=options.host, port=options.port)
    listening = _listen(config)
    port = listening.getsockname()[1]
    from server.app import create_app
    from server.commands.data import ensure_register

    app = create_app(config)
    ensure_register(app.state.service.database)
    print(f"Chekaya server ready on http://{config.host}:{port}", flush=True)
    _run(app, listening)
    return 0


def _listen(config: Config) -> socket.socket:
    """Take the port before anything else: a second server on it must fail at once, and clearly."""
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    if sys.platform != "win32":
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((config.host, config.port))
    except (OSError, OverflowError) as error:
        listening.close()
        raise CommandFailed(f"cannot listen on {config.host}:{config.port}: {error}") from error
    listening.listen(512)
    return listening


def _run(app: "Litestar", listening: socket.socket) -> None:
    import uvicorn

    from server.compression import OnePieceProtocol

    class Server(uvicorn.Server):
        """Lets waiting desktops go at the first signal: uvicorn waits for every reply before it stops."""

        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            app.state.service.wake.release()
            super().handle_exit(sig, frame)

    logging.basicConfig(handlers=[Quiet(app.state.service.journal)], force=True)
    trusted = app.state.config.trusted_proxies
    settings = uvicorn.Config(
        app,
        http=OnePieceProtocol,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=10,
        proxy_headers=bool(trusted),
        forwarded_allow_ips=trusted,
    )
    server = Server(settings)
    with listening:
        # uvicorn re-raises the signal that stopped it; stopping on request is a success.
        previous = {sig: signal.signal(sig, _ignore) for sig in (signal.SIGTERM, signal.SIGINT)}
        try:
            asyncio.run(server.serve(sockets=[listening]))
        finally:
            for sig, handler in previous.items():
                signal.signal(sig, handler)


def _ignore(sig: int, frame: FrameType | None) -> None:
    """The signal has done its work."""
