"""The desk's log file: what happened, never whom it concerned.

Exceptions are written as their class and the places they came through; their messages are left out, because a
message may quote a name, a number or a citizen's words.
"""

import logging
import sys
import threading
import traceback
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType

from protocol.deadlines import TZDATA_VERSION

FILE = "desk.log"
_SIZE = 1_000_000
_KEPT = 3

log = logging.getLogger("desktop")


class DiscreetFormatter(logging.Formatter):
    """Formats a record without the message of its exception."""

    def format(self, record: logging.LogRecord) -> str:
        """The record; what another formatter may have kept of its exception is not used."""
        kept, record.exc_text = record.exc_text, None
        try:
            return super().format(record)
        finally:
            record.exc_text = kept

    def formatException(self, ei: object) -> str:  # noqa: N802 (logging's name)
        """The chain of exception classes, each with the lines it came through."""
        error = ei[1] if isinstance(ei, tuple) else None
        lines: list[str] = []
        while isinstance(error, BaseException):
            lines += [f"  {frame.filename}:{frame.lineno} {frame.name}" for frame in _frames(error)]
            lines.append(f"{type(error).__module__}.{type(error).__qualname__}")
            error = error.__cause__
        return "\n".join(lines)


def open_journal(folder: Path, version: str) -> None:
    """Write the log of this run into `folder`; raises OSError when that is impossible."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    handler = RotatingFileHandler(folder / FILE, maxBytes=_SIZE, backupCount=_KEPT, encoding="utf-8")
    handler.setFormatter(DiscreetFormatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    root = logging.getLogger()
    root.setLevel(logging.INFO)
    root.addHandler(handler)
    threading.excepthook = _on_thread_failed
    log.info("desk %s, zone rules %s, %s", version, TZDATA_VERSION, sys.platform)


def note(error: BaseException) -> None:
    """Log an exception that reached the top."""
    log.error("unforeseen", exc_info=(type(error), error, error.__traceback__))


def _frames(error: BaseException) -> list[traceback.FrameSummary]:
    return traceback.extract_tb(error.__traceback__)[-12:]


def _on_thread_failed(args: threading.ExceptHookArgs) -> None:
    trace: TracebackType | None = args.exc_traceback
    if args.exc_value is not None:
        log.error("a thread ended", exc_info=(args.exc_type, args.exc_value, trace))
