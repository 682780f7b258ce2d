"""Keeps None alive: PySide6 6.12 is built for interpreters in which it is immortal (3.12 and later).

On Python 3.11 each of its calls that returns nothing takes one reference to None away and gives none back
(measured: 3,000 calls of QRectF.moveLeft, 3,000 references fewer): a program dies after some thousand calls.
"""

import ctypes
import sys

_SPARE = 1 << 48
"""More calls than a program can make in a lifetime, far below the counter's limit."""


def keep_alive(version: tuple[int, int] = sys.version_info[:2]) -> bool:
    """Give None, True and False enough references for ever; True when this interpreter needed it."""
    if version >= (3, 12) or sys.implementation.name != "cpython" or ctypes.sizeof(ctypes.c_ssize_t) < 8:
        return False
    for single in (None, True, False):
        if sys.getrefcount(single) < _SPARE // 2:
            ctypes.c_ssize_t.from_address(id(single)).value += _SPARE
    return True
