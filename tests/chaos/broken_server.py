"""The real server with one planted fault, in a forked process of its own."""

import os
import sys
from collections.abc import Sequence

from server.__main__ import main
from tests.chaos import breakages


def serve(breakage: str, arguments: Sequence[str], log: str) -> None:
    """`chekaya-server` with these arguments; what it says goes to the end of `log`."""
    written = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(written, stream.fileno())
    breakages.SERVER[breakage]()
    sys.argv[1:] = arguments
    sys.exit(main())
