"""Structured logs, one JSON object a line, and nothing personal in them.

A request is known by its route's template, never by its address; an error by its kind and place, never by its
message, which may quote what a person typed.
"""

import logging
import sys
import threading
import traceback
from datetime import UTC, datetime
from types import TracebackType
from typing import TextIO

import msgspec


class Journal:
    """Writes lines to `stream`; safe from several threads."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def note(self, what: str, **facts: str | int | float) -> None:
        """One line; `facts` are counts, codes and durations, never content."""
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        line = msgspec.json.encode({"at": at, "what": what, **facts}).decode()
        stream = self._stream or sys.stderr
        with self._lock:
            stream.write(line + "\n")
            stream.flush()

    def fault(self, where: str, error: BaseException) -> None:
        """A bug or an outage: kind of error and the places it went through."""
        self.note(
            "fault", where=where, error=type(error).__name__, places=" < ".join(places(error.__traceback__))
        )


class Quiet(logging.Handler):
    """What libraries log goes to the journal by origin and kind only: their messages may quote a person."""

    def __init__(self, journal: Journal) -> None:
        super().__init__(logging.WARNING)
        self._journal = journal

    def emit(self, record: logging.LogRecord) -> None:
        """One line without the message."""
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            self._journal.fault(record.name, error)
        else:
            self._journal.note("library", origin=record.name, level=record.levelname)


def places(trace: TracebackType | None) -> list[str]:
    """`module:line` of the frames, innermost first, without any value."""
    frames = traceback.extract_tb(trace)
    return [f"{frame.name}:{frame.lineno}" for frame in reversed(frames)][:12]
