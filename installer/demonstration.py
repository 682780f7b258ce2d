"""`make run`: the whole product on this machine, with realistic data, in one command.

Starts the central server on embedded SQLite in `var/demonstration`, prints where the portal is, and
then opens the desk. On a machine without a screen it runs the tour instead.
"""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
DATA = ROOT / "var" / "demonstration"
PROFILE = ROOT / "var" / "profile"
COMPLAINTS = 2000
PORT = 8471
SHOWN = (
    ("superviseur.onee", "supervisor and agent, water, Rabat-Salé-Kénitra"),
    ("agent.onee", "agent of the same service"),
    ("coordination", "national coordination: the triage queue"),
    ("administrateur", "accounts and settings, no complaint"),
)
"""Who is worth signing in as; README has more."""


def has_screen() -> bool:
    """Whether a window could be shown here."""
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def free_port(wanted: int) -> int:
    """`wanted`, or any free loopback port when somebody has it already."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise SystemExit("No free port on the loopback address.")


def told(url: str) -> str:
    """Where the portal is and who can sign in."""
    from server.demonstration.people import DOMAIN, PASSWORD

    accounts = "\n".join(f"  {login + '@' + DOMAIN:34} {who}" for login, who in SHOWN)
    return f"\nCitizens' portal: {url}/\nDesk accounts, password {PASSWORD}:\n{accounts}\n"


def make_data() -> None:
    """Demonstration data, once; a half-made folder is made again."""
    if (DATA / "complete").exists():
        return
    # A profile belongs to its server's signing key: new data, new profile.
    for folder in (DATA, PROFILE):
        shutil.rmtree(folder, ignore_errors=True)
    subprocess.run(
        [
            sys.executable, "-m", "server", "demo",
            "--data", str(DATA), "--complaints", str(COMPLAINTS), "--seed", "1",
        ],
        cwd=ROOT,
        check=True,
    )  # fmt: skip
    (DATA / "complete").touch()


def main() -> int:
    """Run server and desk until the desk closes; the desk's exit status."""
    if not has_screen():
        print("No screen here: running the tour instead (see tour/).", flush=True)
        return subprocess.run([sys.executable, "-m", "tests.tour"], cwd=ROOT, check=False).returncode
    make_data()
    url = f"http://127.0.0.1:{(port := free_port(PORT))}"
    server = subprocess.Popen(
        [sys.executable, "-m", "server", "serve", "--data", str(DATA), "--port", str(port)],
        cwd=ROOT,
    )
    try:
        print(told(url), flush=True)
        return subprocess.run(
            [sys.executable, "-m", "desktop", "--server", url, "--profile", str(PROFILE)],
            cwd=ROOT,
            check=False,
        ).returncode
    finally:
        server.terminate()
        server.wait(timeout=15)


if __name__ == "__main__":
    raise SystemExit(main())
