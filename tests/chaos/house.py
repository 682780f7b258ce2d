"""The server's side of a kill run: a register with two administrations, its process, killed and restarted.

The process is `python -m server serve`, or the same with a planted fault. Requests keep coming in beside it,
as they do from the portal.
"""

import os
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

from protocol.settings import Grant, Role
from server import accounts, complaints
from server.accounts import NewAccount
from tests import server_world
from tests.processes import ROOT, START_S, free_port
from tests.server_world import Client, World, build_world, draft

DESKS = {"aziza": "EAU", "brahim": "EAU", "chama": "ELEC"}
"""Login of each desk, and where its person is agent and supervisor."""

AT_FIRST = 24
"""Complaints of each administration when the run begins."""


class House:
    """One data folder and its server; `breakage` names a planted fault of the server."""

    def __init__(self, folder: Path, breakage: str = "") -> None:
        self.folder = folder
        self.port = free_port()
        self.registered: list[str] = []
        self._breakage = breakage
        self._process: subprocess.Popen[bytes] | None = None
        self.world: World = build_world(folder)
        with self.world.register.transaction() as connection:
            for login, administration in DESKS.items():
                roles = (Role.AGENT, Role.SUPERVISOR)
                grants = tuple(Grant(role=role, administration=administration) for role in roles)
                new = NewAccount(login=login, name_fr=login.title(), name_ar="اسم", grants=grants)
                password = server_world.password_hash()
                accounts.add(connection, new, password_hash=password, now=datetime.now(UTC))
        for _ in range(AT_FIRST):
            self.register("EAU", "EAU-1")
            self.register("ELEC", "ELEC-1")

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def register(self, administration: str, unit: str) -> None:
        """A citizen's complaint comes in; it is registered when this returns."""
        now = datetime.now(UTC)
        with self.world.register.transaction() as connection:
            sent = draft("Fuite d’eau", now=now, administration=administration, unit=unit)
            self.registered.append(complaints.register(connection, sent, by="citizen", now=now).id)

    def start(self) -> None:
        """Start the process; `wait` tells when it answers."""
        program = ["-m", "tests.chaos.broken_server", self._breakage] if self._breakage else ["-m", "server"]
        with (self.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, *program, "serve", "--data", str(self.folder), "--port", str(self.port)],
                cwd=ROOT,
                stdout=subprocess.DEVNULL,
                stderr=log,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
            )

    def wait(self, stop: threading.Event) -> bool:
        """Whether it answers, within the time any start may take; False when told to stop."""
        client, until = Client(self.url), time.monotonic() + START_S
        try:
            while time.monotonic() < until and not stop.is_set():
                try:
                    client.get("/healthz")
                except OSError:
                    stop.wait(0.05)
                else:
                    return True
        finally:
            client.close()
        return False

    def kill(self) -> None:
        """End it as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def stop(self) -> int:
        """Ask it to end; gives its exit code."""
        assert self._process is not None
        self._process.terminate()
        return self._process.wait(30)

    def verified(self) -> str:
        """What `chekaya-server verify` has against the history; "" for nothing."""
        done = subprocess.run(
            [sys.executable, "-m", "server", "verify", "--data", str(self.folder)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=120,
        )
        return "" if done.returncode == 0 else done.stdout.strip() or done.stderr.strip()[-400:]

    def close(self) -> None:
        """End the process and give the file back."""
        self.kill()
        self.world.close()
