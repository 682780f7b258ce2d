"""Process start to a painted queue, with the key at hand (no password prompt), over an encrypted cache.

`start_ms_p50` runs from the parent's start of the process to the first paint of the list with its lines;
`rss_mb` is the resident memory of that process then. `bare_ms_p50` is a bare PySide6 window in the same run.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.figures import Timings
from benchmarks.filled import filled

RUNS = 9
BARE = """
import sys, time
from PySide6.QtWidgets import QApplication, QWidget
application = QApplication([])
window = QWidget()
window.resize(1440, 900)
window.show()
application.processEvents()
print(time.time())
"""


def run(folder: Path, *, complaints: int, seed: int) -> dict[str, float]:
    """Figures over a store of `complaints` documents."""
    with filled(folder / "profile", complaints_count=complaints, seed=seed, indexed=False):
        pass
    starts, bare, sizes = Timings(), Timings(), []
    for number in range(RUNS + 1):
        told = _started([sys.executable, "-m", "benchmarks.first_paint", str(folder / "profile")])
        plain = _started([sys.executable, "-c", BARE])
        if number:  # the first run warms the disk cache
            starts.values.append(told[0])
            bare.values.append(plain[0])
            sizes.append(told[1])
    return {
        "start_ms_p50": starts.p50,
        "start_ms_p95": starts.p95,
        "bare_ms_p50": bare.p50,
        "rss_mb": round(sorted(sizes)[len(sizes) // 2], 1),
    }


def _started(command: list[str]) -> tuple[float, float]:
    """Milliseconds to what the child says, and its megabytes."""
    begun = time.time()
    done = subprocess.run(
        command,
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
    )
    told = json.loads(done.stdout.splitlines()[-1])
    at, megabytes = told if isinstance(told, list) else (told, 0.0)
    return (at - begun) * 1000, megabytes
