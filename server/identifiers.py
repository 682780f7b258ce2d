"""Identifiers that sort by the time they were made (UUID version 7, RFC 9562)."""

import uuid
from collections.abc import Callable
from datetime import datetime


def uuid7(now: datetime, entropy: Callable[[int], bytes]) -> str:
    """A version 7 UUID: milliseconds of the aware time `now`, then 74 bits of `entropy`."""
    milliseconds = int(now.timestamp() * 1000).to_bytes(6, "big")
    tail = bytearray(entropy(10))
    tail[0] = tail[0] & 0x0F | 0x70
    tail[2] = tail[2] & 0x3F | 0x80
    return str(uuid.UUID(bytes=milliseconds + bytes(tail)))


def is_uuid(text: str) -> bool:
    """Whether `text` is a UUID as we write them: 36 characters, in lower case, so that one id is one key."""
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False
