"""`make tour`: runs the story against a fresh server with demonstration data; leaves pictures in tour/."""

import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from tests.processes import ServerProcess, command
from tests.tour.album import Album
from tests.tour.story import Tour

TARGET = Path(__file__).parents[2] / "tour"
COMPLAINTS = "1200"


def main() -> int:
    """Run the tour; 0 when every chapter ended as it should."""
    started = time.monotonic()
    shutil.rmtree(TARGET, ignore_errors=True)
    TARGET.mkdir()
    with tempfile.TemporaryDirectory(prefix="chekaya-tour-") as folder:
        data = Path(folder) / "server"
        print("Demonstration data…", flush=True)
        command("demo", "--data", str(data), "--complaints", COMPLAINTS, "--seed", "7")
        server = ServerProcess(data)
        server.start()
        try:
            print(f"The tour, in {TARGET.name}/:", flush=True)
            Tour(server, Path(folder) / "profile", Album(TARGET, server.url)).run()
        finally:
            server.stop()
    print(f"Tour complete in {time.monotonic() - started:.0f} s.", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
