"""The folders of this PC, one a person and server, and what may be known of them without a password.

Folder names are salted hashes. A folder holds the two encrypted files, the wrapped key, and whose word may
strike it off (desktop/core/revocation.py).
"""

import hashlib
import logging
import os
import threading
import uuid
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import msgspec

from desktop.core import revocation, wipe
from desktop.core.connection import address
from desktop.core.errors import FormerPasswordNeeded, OnlineSignInNeeded, WrongPassword
from desktop.core.keys import KeyFile, Sealed, Strength, unseal
from desktop.core.revocation import Trust
from desktop.core.settings import write_atomically
from protocol.identity_wire import SignedRevocation

log = logging.getLogger(__name__)

DEVICE_FILE = "device.json"
WORK_FILE = "work.db"


class _Device(msgspec.Struct, frozen=True, kw_only=True):
    """This PC: its id, and the salt that makes folder names say nothing."""

    id: str
    salt: bytes


class Profiles:
    """The folders under `root`. What a crash left of a wipe is finished when they are first looked at."""

    def __init__(
        self,
        root: Path,
        *,
        strength: Strength,
        random: Callable[[int], bytes] = os.urandom,
        recovery: Path | None = None,
    ) -> None:
        self._root = root
        self._recovery = recovery
        self._strength = strength
        self._random = random
        self._lock = threading.Lock()
        self._device_cache: _Device | None = None
        wipe.finish_all(root)

    def device(self) -> str:
        """This PC's id, made at the first call; raises OSError."""
        return self._device().id

    def folder(self, server: str, login: str) -> Path:
        """The folder of one person on one server; raises BadAddress, OSError."""
        named = f"{address(server)}\n{login.strip().casefold()}".encode()
        return self._root / hashlib.blake2b(named, key=self._device().salt, digest_size=12).hexdigest()

    def key_file(self, folder: Path) -> KeyFile:
        """The wrapped key of a folder."""
        return KeyFile(folder, strength=self._strength, random=self._random)

    def open_key(self, folder: Path, password: str, former: str) -> bytes:
        """The key of somebody whom the server has just let in, wrapped by their password from now on.

        `former` opens what the password does not: the one of before, or the code of a recovery file. Raises
        FormerPasswordNeeded, WrongPassword, OnlineSignInNeeded, StoreError, OSError.
        """
        key_file = self.key_file(folder)
        if not key_file.exists() and not (folder / WORK_FILE).exists():
            return key_file.create(password)
        try:
            return key_file.open(password)
        except (WrongPassword, OnlineSignInNeeded) as error:
            if not former:
                raise FormerPasswordNeeded() from error
        key = self._former_key(folder, former)
        key_file.wrap(key, password)
        if self._recovery is not None:
            self._recovery.unlink(missing_ok=True)
        return key

    def _former_key(self, folder: Path, former: str) -> bytes:
        try:
            return self.key_file(folder).open(former)
        except (WrongPassword, OnlineSignInNeeded):
            if self._recovery is None or not self._recovery.exists():
                raise
        try:
            sealed = msgspec.json.decode(self._recovery.read_bytes(), type=Sealed)
        except msgspec.MsgspecError as error:
            raise WrongPassword() from error
        key = unseal(sealed, former.strip())
        _try_on(folder / WORK_FILE, key)  # one of another PC must not take the place of the key that is here
        return key

    def set_aside(self, folder: Path) -> Path:
        """Rename a folder whose password nobody knows any more; it stays as it is, encrypted."""
        number = 1
        while (kept := folder.with_name(f"{folder.name}.aside-{number}")).exists():
            number += 1
        folder.rename(kept)
        return kept

    # --- revocation

    def trust(self, folder: Path, server_key: str, user: str, since: datetime) -> None:
        """From now on this server may strike the folder off; raises OSError."""
        owner = revocation.owner_digest(user, self._device().salt)
        revocation.keep(folder, Trust(server_key=server_key, owner=owner, since=since))

    def strike(self, signed: SignedRevocation) -> frozenset[Path]:
        """Delete the keys of every folder that this word concerns; gives those folders.

        Their caches go with `wipe.finish`, once nobody has them open.
        """
        device = self._device()
        struck = set()
        for folder in sorted(path.parent for path in self._root.glob(f"*/{revocation.FILE}")):
            trust = revocation.kept(folder)
            if trust is None or not revocation.concerns(signed, trust, device.id, device.salt):
                continue
            struck.add(folder)
            try:
                wipe.begin(folder)
            except OSError as error:
                log.warning("a wipe will go on at the next start: %s", type(error).__name__)
        return frozenset(struck)

    def finish_wipes(self) -> None:
        """Go on with every wipe that was begun, where no window has the files open."""
        wipe.finish_all(self._root)

    def _device(self) -> _Device:
        with self._lock:
            if self._device_cache is None:
                self._device_cache = self._read_device()
            return self._device_cache

    def _read_device(self) -> _Device:
        path = self._root / DEVICE_FILE
        try:
            return msgspec.json.decode(path.read_bytes(), type=_Device)
        except (FileNotFoundError, msgspec.MsgspecError):
            fresh = _Device(id=str(uuid.UUID(bytes=self._random(16), version=4)), salt=self._random(32))
            write_atomically(path, msgspec.json.encode(fresh))
            return fresh


def _try_on(work: Path, key: bytes) -> None:
    """Raises WrongKey."""
    from desktop.models import cipher

    cipher.connect(work, key, synchronous="FULL").close()
