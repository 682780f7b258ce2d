"""What one person chose for the windows of one profile: a small JSON file, written whole or not at all.

It holds no personal data. A damaged or newer file never stops the program: unknown fields are ignored,
unreadable values fall back to the defaults.
"""

import contextlib
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import msgspec

FILE = "settings.json"

Theme = Literal["system", "light", "dark", "contrast"]
Density = Literal["compact", "comfortable"]


class Preferences(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All choices with their defaults; sizes in pixels, `text_size` in percent, times in their named unit."""

    language: str = ""
    server: str = ""
    theme: Theme = "system"
    text_size: int = 100
    density: Density = "compact"
    splitter: tuple[int, ...] = ()
    window: str = ""
    maximised: bool = False
    rail_folded: bool = False
    facts_folded: bool = False
    queue: str = "mine"
    sort: str = "due"
    reply_language: str = "ar"
    hold_seconds: int = 10
    idle_lock_minutes: int = 15


_decoder = msgspec.json.Decoder(Preferences)


def write_atomically(path: Path, content: bytes) -> None:
    """Replace the file by `content`: after a crash either the old or the new one is there; raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.new")
    try:
        with Path(fresh).open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except OSError:
        # What was begun may be a letter or a citizen's paper: nobody asked for it under that name.
        with contextlib.suppress(OSError):
            fresh.unlink(missing_ok=True)
        raise


class Settings:
    """The preferences of one profile folder; `change` writes them and tells the listeners."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._lock = threading.Lock()
        self._listeners: list[Callable[[Preferences], None]] = []
        self._preferences = _read(self._path)

    @property
    def preferences(self) -> Preferences:
        """The choices now."""
        return self._preferences

    def change(self, **choices: object) -> Preferences:
        """Replace some choices by name, keep them on disk; raises TypeError for an unknown name, OSError."""
        with self._lock:
            wanted = msgspec.structs.replace(self._preferences, **choices)
            if wanted != self._preferences:
                write_atomically(self._path, msgspec.json.encode(wanted))
                self._preferences = wanted
            else:
                return wanted
        for listener in tuple(self._listeners):
            listener(wanted)
        return wanted

    def listen(self, listener: Callable[[Preferences], None]) -> Callable[[], None]:
        """Be told of new preferences, in the thread that changes them; gives the function that stops it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)


def _read(path: Path) -> Preferences:
    try:
        return _decoder.decode(path.read_bytes())
    except FileNotFoundError:
        return Preferences()
    except (OSError, msgspec.MsgspecError):
        return _salvage(path)


def _salvage(path: Path) -> Preferences:
    """Keep every field that still has its type; the others take their default."""
    try:
        found = msgspec.json.decode(path.read_bytes())
    except (OSError, msgspec.MsgspecError):
        return Preferences()
    kept = Preferences()
    if not isinstance(found, dict):
        return kept
    for name in Preferences.__struct_fields__:
        if name in found:
            try:
                one = msgspec.convert({name: found[name]}, Preferences)
            except msgspec.ValidationError:
                continue
            kept = msgspec.structs.replace(kept, **{name: getattr(one, name)})
    return kept
