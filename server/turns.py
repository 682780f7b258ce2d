"""A thread that does one thing again and again until the server stops, whatever goes wrong with one turn."""

import threading
from collections.abc import Callable


class Turns:
    """Waits `seconds`, calls `turn`, and round again; `failed` hears of an error and may `rest` longer.

    `turn` looks at `stop` when it has long work: a server that closes waits for it a bounded time.
    """

    def __init__(
        self, name: str, seconds: float, turn: Callable[[], object], failed: Callable[[Exception], None]
    ) -> None:
        self.stop = threading.Event()
        self._seconds = seconds
        self._turn = turn
        self._failed = failed
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin; the first turn comes after the first pause, so that starting up stays quick."""
        self._thread.start()

    def rest(self, seconds: float) -> None:
        """Let this long pass, or less when the server stops."""
        self.stop.wait(seconds)

    def close(self) -> None:
        """Stop, waiting for a turn under way."""
        self.stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def _run(self) -> None:
        while not self.stop.wait(self._seconds):
            try:
                self._turn()
            # The loop's edge: a turn that fails must not be the last one.
            except Exception as error:
                self._failed(error)
