"""Randomness that a seed decides: identifiers and tokens that are the same in every run."""

import hashlib
import uuid


class Chance:
    """Gives bytes like os.urandom, from a name: the same name, the same bytes in the same order."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._given = 0

    def __call__(self, size: int) -> bytes:
        """`size` bytes, at most 64."""
        self._given += 1
        return hashlib.sha512(f"{self._name}/{self._given}".encode()).digest()[:size]


def identifier(*parts: object) -> str:
    """A UUID made of these parts."""
    digest = hashlib.sha256("/".join(str(part) for part in parts).encode()).digest()
    return str(uuid.UUID(bytes=digest[:16], version=4))
