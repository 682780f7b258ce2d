"""The server's side of a kill run: a register with two administrations, its process, killed and restarted.

The process is `python -m server serve`; with a planted fault it is forked, for many short lives. Requests
keep coming in beside it, as they do from the portal.
"""

import multiprocessing
import os
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import func, select

from protocol.settings import Grant, Role
from server import accounts, complaints, tables
from server.accounts import NewAccount
from tests import server_world
from tests.chaos import broken_server
from tests.processes import ROOT, START_S, free_port
from tests.server_world import Client, World, build_world, draft

DESKS = {"aziza": "EAU", "brahim": "EAU", "chama": "ELEC"}
"""Login of each desk, and where its person is agent and supervisor."""

AT_FIRST = 24
"""Complaints of each administration when the run begins."""


_forks = multiprocessing.get_context("forkserver")


class House:
    """One data folder and its server; `breakage` names a planted fault of the server."""

    def __init__(self, folder: Path, breakage: str = "") -> None:
        self.folder = folder
        self.port = free_port()
        self.registered: list[str] = []
        self._breakage = breakage
        self._process: subprocess.Popen[bytes] | None = None
        self._forked: multiprocessing.process.BaseProcess | None = None
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
        arguments = ["serve", "--data", str(self.folder), "--port", str(self.port)]
        if self._breakage:
            how = (self._breakage, arguments, str(self.folder / "server.log"))
            self._forked = _forks.Process(target=broken_server.serve, args=how)
            self._forked.start()
            return
        with (self.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "server", *arguments],
                cwd=ROOT,
                stdout=subprocess.DEVNULL,
                stderr=log,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
            )

    def acts(self) -> int:
        """How many acts have been settled so far."""
        with self.world.register.reading() as connection:
            return int(connection.execute(select(func.count()).select_from(tables.act_log)).scalar_one())

    def mend(self) -> None:
        """Whatever fault was planted, the next process is without it."""
        self._breakage = ""

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
        if self._forked is not None:
            self._forked.kill()
            self._forked.join()
            self._forked = None
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
