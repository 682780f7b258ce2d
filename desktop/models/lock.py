"""One window a profile: a lock that the operating system releases when the process ends, however it ends."""

import os
import sys
from pathlib import Path

from desktop.models.errors import ProfileInUse, of_system


class ProfileLock:
    """Holds `profile.lock` in `folder`, made if need be; raises ProfileInUse when another process (or store)
    holds it, ReadOnlyFile, DiskFull or DiskFault where it cannot be made.
    """

    def __init__(self, folder: Path) -> None:
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file = os.open(folder / "profile.lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise of_system(error, folder.name) from error
        try:
            _hold(self._file)
        except OSError as error:
            os.close(self._file)
            raise ProfileInUse(folder.name) from error

    def release(self) -> None:
        """Let another window have the profile."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


if sys.platform == "win32":  # pragma: no cover
    import msvcrt

    def _hold(file: int) -> None:
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _hold(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
