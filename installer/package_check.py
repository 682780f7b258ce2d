"""Proves the package: installed, started on a screen of its own, signed in to a real server, removed.

Run by `make package-check`, as root, after `make package`. The picture of its window is left in tour/. Every
process it starts is ended by its own id; nothing of another installation is touched.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from server.demonstration.people import PASSWORD  # noqa: E402
from tests.processes import ServerProcess, command  # noqa: E402

NAME = "chekaya-desk"
LOGIN = "agent.onee@demo.test"
PICTURE = ROOT / "tour" / "package.png"
SIZE = "1440x900"
PATIENCE_S = 90.0


class Failed(Exception):
    """The package is not what it should be."""


def wait(what: str, reached: Callable[[], object]) -> None:
    """Until something is so; raises Failed after PATIENCE_S."""
    until = time.monotonic() + PATIENCE_S
    while not reached():
        if time.monotonic() > until:
            raise Failed(f"{what}: not within {PATIENCE_S:.0f} s")
        time.sleep(0.2)


def run(*words: str, **more: object) -> str:
    """A command to its end; raises Failed with what it said."""
    done = subprocess.run(words, capture_output=True, text=True, check=False, **more)
    if done.returncode:
        raise Failed(f"{' '.join(words)}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def package() -> Path:
    """The newest package in dist/."""
    found = sorted((ROOT / "dist").glob(f"{NAME}_*.deb"), key=lambda one: one.stat().st_mtime)
    if not found:
        raise Failed("no package in dist/: run `make package` first")
    return found[-1]


def is_installed() -> bool:
    """Whether dpkg knows it as installed."""
    asked = ("dpkg-query", "-W", "-f=${db:Status-Status}", NAME)
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout == "installed"


class Screen:
    """An X server of its own; `environment` is what a program needs to be on it."""

    def __init__(self, home: Path) -> None:
        reading, writing = os.pipe()
        words = ("Xvfb", "-displayfd", str(writing), "-screen", "0", f"{SIZE}x24", "-nolisten", "tcp")
        self._server = subprocess.Popen(words, pass_fds=(writing,), stderr=subprocess.DEVNULL)
        os.close(writing)
        with os.fdopen(reading) as told:
            display = f":{told.readline().strip()}"
        kept = {key: os.environ[key] for key in ("PATH", "LANG") if key in os.environ}
        # No variable of this checkout reaches the program: what it needs is in the package.
        self.environment = {**kept, "DISPLAY": display, "HOME": str(home), "QT_QPA_PLATFORM": "xcb"}

    def do(self, *words: str) -> str:
        """xdotool."""
        return run("xdotool", *words, env=self.environment)

    def titles(self) -> str:
        """Titles of the windows that are shown."""
        found = subprocess.run(
            ("xdotool", "search", "--onlyvisible", "--name", ".+", "getwindowname", "%@"),
            capture_output=True, text=True, check=False, env=self.environment,
        )  # fmt: skip
        return found.stdout

    def picture(self, target: Path) -> None:
        """What is on the screen, as PNG: read from Xvfb through Qt, which is here anyway."""
        target.parent.mkdir(exist_ok=True)
        code = (
            "import sys; from PySide6.QtGui import QGuiApplication as A; a = A([]);"
            "sys.exit(not a.primaryScreen().grabWindow(0).save(sys.argv[1]))"
        )
        run(sys.executable, "-c", code, str(target), env=self.environment)

    def close(self) -> None:
        """End it."""
        self._server.terminate()
        self._server.wait(10)


def sign_in(screen: Screen, server: ServerProcess, home: Path) -> None:
    """Start the installed program, sign in with the keyboard, and see its queue's cache arrive."""
    profile = home / "profile"
    words = (f"/usr/bin/{NAME}", "--server", server.url, "--profile", str(profile), "--language", "fr")
    with (home / "desk.log").open("wb") as log:
        program = subprocess.Popen(words, env=screen.environment, stdout=log, stderr=log)
    try:
        wait("a window", lambda: program.poll() is None and "Chekaya" in screen.titles())
        time.sleep(2)
        type_in(screen)
        wait("the local store", lambda: any(profile.rglob("cache.db")))
        time.sleep(6)
        if program.poll() is not None:
            raise Failed(f"it ended: {(home / 'desk.log').read_text('utf-8', 'replace')[-800:]}")
        screen.picture(PICTURE)
        journal = "\n".join(one.read_text("utf-8", "replace") for one in profile.rglob("*.log"))
        if "Traceback" in journal or "ModuleNotFound" in journal:
            raise Failed(f"its journal tells of a fault: {journal[-800:]}")
    finally:
        program.terminate()
        program.wait(20)


def type_in(screen: Screen) -> None:
    """Login and password, by keyboard alone. No window manager is here to give the window the keyboard."""
    window = screen.do("search", "--onlyvisible", "--name", "Chekaya").split()[0]
    screen.do("windowfocus", "--sync", window)
    screen.do("type", "--delay", "20", LOGIN)
    screen.do("key", "Tab")
    screen.do("type", "--delay", "20", PASSWORD)
    screen.do("key", "Return")


def check(folder: Path) -> None:
    """The whole life of the package on this machine."""
    deb = package()
    print(f"Installing {deb.name} …", flush=True)
    run("dpkg", "--install", str(deb))
    if not is_installed():
        raise Failed("dpkg does not call it installed")
    print(run(f"/usr/bin/{NAME}", "--version").strip())
    print("Starting a server with demonstration data …", flush=True)
    command("demo", "--data", str(folder / "server"))
    server = ServerProcess(folder / "server")
    server.start()
    screen = Screen(folder)
    try:
        sign_in(screen, server, folder)
    finally:
        screen.close()
        server.stop()
    print(f"Signed in; its window is in {PICTURE.relative_to(ROOT)}")


def remove() -> None:
    """Purge it, and see that nothing of it is left but people's profiles."""
    run("dpkg", "--purge", NAME)
    left = [
        one for one in (f"/usr/lib/{NAME}", f"/usr/bin/{NAME}", f"/etc/{NAME}.toml") if Path(one).exists()
    ]
    if left or is_installed():
        raise Failed(f"left behind: {', '.join(left)}")
    print("Removed; nothing is left.")


def main() -> int:
    """0 when all of it went well."""
    missing = [tool for tool in ("dpkg", "Xvfb", "xdotool") if shutil.which(tool) is None]
    if missing or os.geteuid() != 0:
        print(f"Needs root, and: {', '.join(missing) or 'nothing else'}")
        return 2
    if is_installed():
        print(f"{NAME} is already installed here; this check would remove it.")
        return 2
    with tempfile.TemporaryDirectory(prefix="chekaya-package-") as folder:
        try:
            check(Path(folder))
        except Failed as error:
            print(f"FAILED: {error}")
            return 1
        finally:
            if is_installed():
                remove()
    return 0


if __name__ == "__main__":
    sys.exit(main())
