"""The local key once more, wrapped to the organisation: a forgotten password or a wipe loses no unsent word.

Whose key that is comes signed in the lease and is pinned here by the first deposit: another one that comes
later is not believed, whoever signs it. The wrapped key lies beside work.db and on the server.
"""

import logging
import os
from collections.abc import Callable
from pathlib import Path

import msgspec

from desktop.core.settings import write_atomically
from protocol.identity_wire import ESCROW_PURPOSE, Escrowed

log = logging.getLogger(__name__)

FILE = "escrow.json"


class _Kept(msgspec.Struct, frozen=True, kw_only=True):
    escrowed: Escrowed
    deposited: bool = False


def wrap(key: bytes, organisation: bytes, device: str, random: Callable[[int], bytes]) -> Escrowed:
    """`key` for the holder of `organisation`'s private half; raises ValueError for what is no X25519 key."""
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    mine = X25519PrivateKey.from_private_bytes(random(32))
    ephemeral, nonce = mine.public_key().public_bytes_raw(), random(12)
    shared = mine.exchange(X25519PublicKey.from_public_bytes(organisation))
    kdf = HKDF(algorithm=SHA256(), length=32, salt=ephemeral + organisation, info=ESCROW_PURPOSE)
    wrapped = AESGCM(kdf.derive(shared)).encrypt(nonce, key, ESCROW_PURPOSE + device.encode())
    return Escrowed(key=organisation, ephemeral=ephemeral, nonce=nonce, wrapped=wrapped)


def leave(
    folder: Path,
    key: bytes,
    organisation: bytes,
    device: str,
    send: Callable[[Escrowed], None],
    *,
    random: Callable[[int], bytes] = os.urandom,
) -> None:
    """Wrap the key beside work.db unless that was done, and send it unless the server has it.

    Raises OSError, and what `send` raises: then it is sent at the next sign-in.
    """
    kept = _read(folder)
    if kept is None:
        kept = _Kept(escrowed=wrap(key, organisation, device, random))
        _write(folder, kept)
    elif kept.escrowed.key != organisation:
        log.warning("the organisation's key is not the one pinned at enrolment; it is not used")
        return
    if not kept.deposited:
        send(kept.escrowed)
        _write(folder, msgspec.structs.replace(kept, deposited=True))


def _read(folder: Path) -> _Kept | None:
    try:
        return msgspec.json.decode((folder / FILE).read_bytes(), type=_Kept)
    except (FileNotFoundError, msgspec.MsgspecError):
        return None


def _write(folder: Path, kept: _Kept) -> None:
    write_atomically(folder / FILE, msgspec.json.encode(kept))
