"""What the organisation set for every account of a PC: today, the server to sign in to.

A small TOML file, written by whoever installs the desk and read before any window; a file that is absent or
damaged sets nothing, because a person can always type the address.
"""

import os
import sys
from pathlib import Path

FILE = "chekaya-desk.toml"


def site_file() -> Path:
    """Where administrators of a PC put it."""
    if sys.platform == "win32":
        return Path(os.environ.get("PROGRAMDATA", r"C:\ProgramData")) / "Chekaya" / FILE
    if sys.platform == "darwin":
        return Path("/Library/Preferences") / FILE
    return Path("/etc") / FILE


def site_server(file: Path) -> str:
    """The server's address in this file, "" when it sets none."""
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
    import tomllib  # few PCs have the file: the others start without it

    try:
        chosen = tomllib.loads(text).get("server", "")
    except tomllib.TOMLDecodeError:
        return ""
    return chosen if isinstance(chosen, str) else ""
