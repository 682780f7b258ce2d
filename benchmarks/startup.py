"""Process start to a painted queue, with the key at hand (no password prompt), over an encrypted cache.

`start_ms_p50` runs from the parent's start of the process to the first paint of the list with its lines,
`rss_mb` is the resident memory then; `cpu_ms_p50` is its CPU, steadier on a shared machine. `window_ms_p50`
is the part after imports and opening the store: what follows a password. `sign_in_ms_p50` is process start
to the painted sign-in window; `bare_ms_p50` a bare PySide6 window in the same run, the floor of both.
Bytecode is kept in the benchmark's folder, as an installed program has it.
"""

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.figures import Timings
from benchmarks.filled import filled

RUNS = 11
BARE = """
import json, time
from PySide6.QtWidgets import QApplication, QWidget
application = QApplication([])
window = QWidget()
window.resize(1440, 900)
window.show()
application.processEvents()
print(json.dumps({"painted": time.time()}))
"""


@dataclass(frozen=True, slots=True)
class _Told:
    """What a child said: moments in milliseconds since its start, and what it used."""

    told: dict[str, float]
    begun: float

    def after(self, moment: str, since: str = "") -> float:
        """Milliseconds from the start (or another moment) to this one."""
        return (self.told[moment] - (self.told[since] if since else self.begun)) * 1000


@dataclass(slots=True)
class _Figures:
    start: Timings = field(default_factory=Timings)
    cpu: Timings = field(default_factory=Timings)
    window: Timings = field(default_factory=Timings)
    sign_in: Timings = field(default_factory=Timings)
    bare: Timings = field(default_factory=Timings)
    megabytes: Timings = field(default_factory=Timings)


def run(folder: Path, *, complaints: int, seed: int) -> dict[str, float]:
    """Figures over a store of `complaints` documents."""
    profile = folder / "profile"
    with filled(profile, complaints_count=complaints, seed=seed, indexed=False):
        pass
    child = [sys.executable, "-m", "benchmarks.first_paint"]
    figures = _Figures()
    for number in range(RUNS + 1):
        shown = _started([*child, "queue", str(profile)], folder)
        asked = _started([*child, "sign_in", str(folder / "fresh")], folder)
        plain = _started([sys.executable, "-c", BARE], folder)
        if number:  # the first run warms the disk cache and writes the bytecode
            figures.start.values.append(shown.after("painted"))
            figures.cpu.values.append(shown.told["cpu"] * 1000)
            figures.window.values.append(shown.after("painted", "opened"))
            figures.megabytes.values.append(shown.told["rss"])
            figures.sign_in.values.append(asked.after("painted"))
            figures.bare.values.append(plain.after("painted"))
    return {
        "start_ms_p50": figures.start.p50,
        "start_ms_p95": figures.start.p95,
        "cpu_ms_p50": figures.cpu.p50,
        "window_ms_p50": figures.window.p50,
        "sign_in_ms_p50": figures.sign_in.p50,
        "bare_ms_p50": figures.bare.p50,
        "rss_mb": figures.megabytes.p50,
    }


def _started(command: list[str], folder: Path) -> _Told:
    """Run a child to its end."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    begun = time.time()
    done = subprocess.run(
        command,
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
        env={**kept, "QT_QPA_PLATFORM": "offscreen", "PYTHONPYCACHEPREFIX": str(folder / "bytecode")},
    )
    return _Told(json.loads(done.stdout.splitlines()[-1]), begun)
