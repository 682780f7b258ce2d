"""Closes the secret keys of a backup with a passphrase: Argon2id, then AES-256-GCM, which also proves."""

import secrets

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

MAGIC = b"chekaya sealed 1\n"
MIN_PASSPHRASE = 12
_SALT, _NONCE = 16, 12


class WrongPassphrase(ValueError):
    """The passphrase is not the one this was sealed with, or the bytes were changed."""


def seal(files: dict[str, bytes], passphrase: bytes) -> bytes:
    """These files, readable again with the passphrase only."""
    salt, nonce = secrets.token_bytes(_SALT), secrets.token_bytes(_NONCE)
    content = msgspec.msgpack.encode(files)
    return MAGIC + salt + nonce + AESGCM(_key(passphrase, salt)).encrypt(nonce, content, MAGIC + salt)


def unseal(sealed: bytes, passphrase: bytes) -> dict[str, bytes]:
    """The files; raises WrongPassphrase."""
    start = len(MAGIC)
    salt, nonce = sealed[start : start + _SALT], sealed[start + _SALT : start + _SALT + _NONCE]
    if sealed[:start] != MAGIC or len(nonce) != _NONCE:
        raise WrongPassphrase
    try:
        content = AESGCM(_key(passphrase, salt)).decrypt(
            nonce, sealed[start + _SALT + _NONCE :], MAGIC + salt
        )
    except InvalidTag as error:
        raise WrongPassphrase from error
    return msgspec.msgpack.decode(content, type=dict[str, bytes])


def _key(passphrase: bytes, salt: bytes) -> bytes:
    from argon2.low_level import Type, hash_secret_raw  # not for every start of the server

    return hash_secret_raw(
        passphrase, salt, time_cost=3, memory_cost=65536, parallelism=4, hash_len=32, type=Type.ID
    )
