"""What a person is told when a local file fails them: one class a cause, each with a stable code.

The code is translated as `errors.<code>`; sqlcipher3's and SQLAlchemy's exceptions become one of these in
desktop/models/cipher.py and nowhere else.
"""

import errno
from typing import ClassVar


class StoreError(Exception):
    """The local store cannot do what was asked; what had been said to be saved stays saved."""

    code: ClassVar[str] = "store_fault"

    def __init__(self, file: str = "") -> None:
        super().__init__(f"{self.code} {file}".strip())
        self.values: dict[str, object] = {"file": file}


class ProfileInUse(StoreError):
    """Another window already works on this profile."""

    code = "profile_in_use"


class LocalFileLocked(StoreError):
    """Another program holds the file."""

    code = "local_file_locked"


class WrongKey(StoreError):
    """The file is not a database, or not one that this key opens."""

    code = "wrong_key"


class NewerVersion(StoreError):
    """A newer version of the program wrote this file; it is left alone."""

    code = "newer_version"


class DiskFull(StoreError):
    """No room left: the act was refused aloud, nothing half stored."""

    code = "disk_full"


class DiskFault(StoreError):
    """The disk could not be read or written."""

    code = "disk_fault"


class ReadOnlyFile(StoreError):
    """The file may not be written by this person."""

    code = "read_only_file"


class Damaged(StoreError):
    """The file's pages no longer bear their seal (bit rot): a cache is fetched again, work is kept aside."""

    code = "damaged_file"


def of_system(error: OSError, file: str) -> StoreError:
    """What a person is told when the system itself refuses a file of the profile."""
    if error.errno == errno.ENOSPC:
        return DiskFull(file)
    return ReadOnlyFile(file) if error.errno in _FORBIDDEN else DiskFault(file)


_FORBIDDEN = (errno.EROFS, errno.EACCES, errno.EPERM)

ROTTEN = (Damaged, WrongKey, ReadOnlyFile, DiskFault)
"""What a cache with damaged pages may say: whatever it is, the cache is put away and fetched again."""


class StoreClosed(StoreError):
    """The store has been closed (screen locked or program ending)."""

    code = "store_closed"


class NotHere(StoreError):
    """That complaint is not on this PC: never was, or left this person's scope."""

    code = "not_here"


class TooLateToRecall(StoreError):
    """The act has left, is settled, or a later act depends on it."""

    code = "too_late"
