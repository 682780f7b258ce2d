"""The local key: 32 random bytes that encrypt a person's files, wrapped by Argon2id of the password.

The key file holds nothing personal and no usable key; it also counts wrong passwords, durably and before each
try, so that ending the program does not reset the count.
"""

import os
import unicodedata
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from desktop.core.errors import OnlineSignInNeeded, WaitBeforeRetry, WrongPassword
from desktop.core.settings import write_atomically
from protocol.identity_wire import Sealed as Sealed
from protocol.identity_wire import Strength as Strength

FILE = "key.json"
KEY_BYTES = 32
_SALT_BYTES = 16
_NONCE_BYTES = 12

FREE_TRIES = 4
"""Wrong passwords that cost nothing; the fifth begins the delays."""

DELAYS = (30, 60, 120, 300, 600)
"""Seconds to wait after the fifth, sixth… wrong password in a row."""

LAST_TRY = 10
"""So many wrong passwords in a row: only the server can decide who this is."""


class _KeyFile(msgspec.Struct, frozen=True, kw_only=True):
    version: int = 1
    sealed: Sealed
    failures: int = 0
    failed_at: datetime | None = None


def seal(
    key: bytes, password: str, *, strength: Strength, random: Callable[[int], bytes] = os.urandom
) -> Sealed:
    """Wrap `key` by the password."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    salt, nonce = random(_SALT_BYTES), random(_NONCE_BYTES)
    wrapping = _derive(password, salt, strength)
    return Sealed(
        salt=salt, nonce=nonce, wrapped=AESGCM(wrapping).encrypt(nonce, key, b""), strength=strength
    )


def unseal(sealed: Sealed, password: str) -> bytes:
    """The key; raises WrongPassword."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    wrapping = _derive(password, sealed.salt, sealed.strength)
    try:
        return AESGCM(wrapping).decrypt(sealed.nonce, sealed.wrapped, b"")
    except InvalidTag as error:
        raise WrongPassword() from error


def _derive(password: str, salt: bytes, strength: Strength) -> bytes:
    from argon2.low_level import Type, hash_secret_raw

    return hash_secret_raw(
        unicodedata.normalize("NFC", password).encode(),
        salt,
        time_cost=strength.passes,
        memory_cost=strength.memory_kib,
        parallelism=strength.lanes,
        hash_len=KEY_BYTES,
        type=Type.ID,
    )


class KeyFile:
    """The key file of one profile folder; `now` is aware UTC."""

    def __init__(
        self, folder: Path, *, strength: Strength, random: Callable[[int], bytes] = os.urandom
    ) -> None:
        self._path = folder / FILE
        self._strength = strength
        self._random = random

    def exists(self) -> bool:
        """Whether somebody has signed in here before."""
        return self._path.exists()

    def create(self, password: str) -> bytes:
        """Make a new key and keep it wrapped; gives the key."""
        key = self._random(KEY_BYTES)
        self.wrap(key, password)
        return key

    def wrap(self, key: bytes, password: str) -> None:
        """Keep `key` wrapped by this password from now on, all counts at zero."""
        sealed = seal(key, password, strength=self._strength, random=self._random)
        self._write(_KeyFile(sealed=sealed))

    def open(self, password: str) -> bytes:
        """The key, uncounted: for a password that the server has just accepted; raises WrongPassword."""
        kept = self._read()
        key = unseal(kept.sealed, password)
        if kept.failures:
            self._write(_KeyFile(sealed=kept.sealed))
        return key

    def try_password(self, password: str, now: datetime) -> bytes:
        """The key, off line; raises WrongPassword, WaitBeforeRetry, OnlineSignInNeeded."""
        kept = self._read()
        if kept.failures >= LAST_TRY:
            raise OnlineSignInNeeded()
        seconds = _still_to_wait(kept, now)
        if seconds > 0:
            raise WaitBeforeRetry(seconds)
        counted = msgspec.structs.replace(kept, failures=kept.failures + 1, failed_at=now)
        self._write(counted)
        key = unseal(kept.sealed, password)
        self._write(_KeyFile(sealed=kept.sealed))
        return key

    def _read(self) -> _KeyFile:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=_KeyFile)
        except (FileNotFoundError, msgspec.MsgspecError) as error:
            raise OnlineSignInNeeded() from error

    def _write(self, kept: _KeyFile) -> None:
        write_atomically(self._path, msgspec.json.encode(kept))


def _still_to_wait(kept: _KeyFile, now: datetime) -> int:
    """Seconds before the next try; a clock set back does not shorten them."""
    if kept.failures <= FREE_TRIES or kept.failed_at is None:
        return 0
    delay = DELAYS[min(kept.failures - FREE_TRIES, len(DELAYS)) - 1]
    passed = max(now - kept.failed_at, timedelta())
    return max(0, delay - int(passed.total_seconds()))
