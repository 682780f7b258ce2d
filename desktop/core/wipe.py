"""Makes a folder unreadable on this PC: its wrapped key goes at once, its cache as soon as it is closed.

`work.db` stays, as ciphertext, with the key that only the organisation opens beside it: what was typed and
not sent can still be recovered by two persons. Broken off anywhere, it is finished at the next start.
"""

import contextlib
import logging
import os
from pathlib import Path

from desktop.core import keys
from desktop.core.settings import write_atomically

log = logging.getLogger(__name__)

MARK = "wipe.json"
"""There from before the first deletion until after the last one."""

_CACHES = "cache*.db*"


def begin(folder: Path) -> None:
    """Note that the folder is to be wiped, then delete its key; after an OSError `finish` goes on later.

    A disk too full for the note loses the key all the same.
    """
    try:
        write_atomically(folder / MARK, b"{}")
    finally:
        _delete_key(folder)


def is_begun(folder: Path) -> bool:
    """Whether a wipe of this folder is under way."""
    return (folder / MARK).exists()


def finish(folder: Path) -> None:
    """Go on with a wipe that was begun, nobody having the files open; nothing happens without one.

    Raises OSError; what is left then goes the next time.
    """
    if not is_begun(folder):
        return
    _delete_key(folder)
    for path in sorted(folder.glob(_CACHES)):
        path.unlink(missing_ok=True)
    _settle(folder)
    (folder / MARK).unlink()
    _settle(folder)
    log.warning("a revoked profile was wiped")


def finish_all(root: Path) -> None:
    """Finish what a crash broke off, but for profiles that another window has open: it will do so itself."""
    from desktop.models.errors import ProfileInUse
    from desktop.models.lock import ProfileLock

    for mark in sorted(root.glob(f"*/{MARK}")):
        try:
            lock = ProfileLock(mark.parent)
        except (ProfileInUse, OSError):
            continue
        try:
            finish(mark.parent)
        except OSError as error:
            log.warning("a wipe could not be finished: %s", type(error).__name__)
        finally:
            lock.release()


def _delete_key(folder: Path) -> None:
    """Every copy of the wrapped key, a half-written one included; overwritten, for what that is worth."""
    for name in (keys.FILE, f"{keys.FILE}.new"):
        path = folder / name
        with contextlib.suppress(FileNotFoundError), path.open("r+b") as file:
            file.write(b"\0" * path.stat().st_size)
            file.flush()
            os.fsync(file.fileno())
        path.unlink(missing_ok=True)
    _settle(folder)


def _settle(folder: Path) -> None:
    """Deletions reach the disk; Windows has no handle of a folder and does so by itself."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
