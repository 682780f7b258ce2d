"""Faults at a chosen system call of a chosen thread, by strace: the process dies there, or the call fails."""

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CALLS = "pwrite64,fdatasync,fsync,ftruncate,fallocate,unlink,rename"
"""All by which SQLite changes a disk; `write` is how the child talks to us."""

KILL, FAIL, FULL = "signal=SIGKILL", "error=EIO", "error=ENOSPC"


def is_here() -> bool:
    """Whether this machine has strace."""
    return shutil.which("strace") is not None


@contextmanager
def attached(thread: int, log: Path, fault: str = "", when: str = "") -> Iterator[None]:
    """Trace one thread into `log`, its calls numbered from 1; `fault` strikes at `when` ("7", or "7+")."""
    inject = ["-e", f"inject={CALLS}:{fault}:when={when}"] if fault else []
    tracer = subprocess.Popen(
        ["strace", "-qq", "-o", str(log), "-e", f"trace={CALLS}", *inject, "-p", str(thread)],
        stdin=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(thread, tracer)
        yield
    finally:
        tracer.terminate()
        tracer.wait()


def calls(log: Path) -> int:
    """How many calls a trace has."""
    return sum("(" in line for line in log.read_text().splitlines())


def _wait_for(thread: int, tracer: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + 10.0
    status = Path(f"/proc/{thread}/status")
    while tracer.poll() is None and time.monotonic() < until:
        if f"TracerPid:\t{tracer.pid}\n" in status.read_text():
            return
        time.sleep(0.002)
    raise RuntimeError("strace cannot attach on this machine")
