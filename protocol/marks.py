"""What desk and server compare to find where they differ: marks of documents, sums over buckets of them."""

import hashlib
import zlib
from collections.abc import Iterable, Sequence

BUCKETS = 256


def mark(document: bytes) -> int:
    """The CRC-32 of a stored document: tells two contents of the same version apart."""
    return zlib.crc32(document)


def bucket(complaint: str) -> int:
    """The bucket of a complaint: the last byte of its UUID."""
    return int(complaint[-2:], 16)


def sums(versions: Iterable[tuple[str, int]]) -> tuple[str, ...]:
    """For each bucket the xor of the first 8 bytes of SHA-256(id ‖ ver as 8 bytes), as 16 hex digits.

    `id` is the UUID's text in UTF-8, `ver` big-endian; an empty bucket is sixteen zeros.
    """
    found = [0] * BUCKETS
    for complaint, ver in versions:
        digest = hashlib.sha256(complaint.encode() + ver.to_bytes(8, "big")).digest()
        found[bucket(complaint)] ^= int.from_bytes(digest[:8], "big")
    return tuple(f"{one:016x}" for one in found)


def differing(mine: Sequence[str], theirs: Sequence[str]) -> tuple[int, ...]:
    """The buckets whose sums are not the same."""
    return tuple(n for n, (one, other) in enumerate(zip(mine, theirs, strict=True)) if one != other)
