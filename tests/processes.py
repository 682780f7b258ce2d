"""The real server as a real process on loopback: started, killed without warning, started again."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[1]
PASSWORD = "Un mot de passe 2026"
START_S = 30.0


def free_port() -> int:
    """A loopback port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def command(*arguments: str, given: str = "") -> str:
    """Run `chekaya-server …` to its end; gives what it printed, raises CalledProcessError."""
    done = subprocess.run(
        [sys.executable, "-m", "server", *arguments],
        cwd=ROOT,
        input=given,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr or done.stdout
    return done.stdout


def open_account(data: Path, login: str, *grants: str, french: str = "Agent", arabic: str = "الموظف") -> None:
    """Open an account on the register in `data`, with the password of all test accounts."""
    options = [option for grant in grants for option in ("--grant", grant)]
    names = ("--name-fr", french, "--name-ar", arabic)
    command("account", "add", login, *names, *options, "--data", str(data), given=PASSWORD + "\n")


@dataclass
class ServerProcess:
    """`chekaya-server serve` over one data folder; its log goes to `data/server.log`."""

    data: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        """Its journal."""
        return self.data / "server.log"

    def start(self) -> None:
        """Start it and wait until it answers."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "server", "serve", "--data", str(self.data), "--port", str(self.port)],
                cwd=ROOT,
                stdout=subprocess.DEVNULL,
                stderr=log,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
            )
        until = time.monotonic() + START_S
        while not self._answers():
            assert self.process.poll() is None, self.log.read_text(encoding="utf-8")
            assert time.monotonic() < until, "the server does not start"
            time.sleep(0.05)

    def kill(self) -> None:
        """End it as a power cut would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def stop(self, sign: int = signal.SIGTERM) -> int:
        """Ask it to end, and wait; gives its exit code, 0 when it had ended before."""
        if self.process is None:
            return 0
        self.process.send_signal(sign)
        code = self.process.wait(timeout=30)
        self.process = None
        return code

    def _answers(self) -> bool:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(f"{self.url}/healthz", timeout=2) as reply:
                return bool(reply.status == 200)
        except (urllib.error.URLError, OSError):
            return False
