"""Forward migrations of work.db: `STEPS[k]` brings a file of version k to k + 1, inside one transaction.

Each runs after a backup copy of the closed file; a version is never edited once released.
"""

from collections.abc import Callable
from typing import Any

from desktop.models.migrations.version_1 import create
from desktop.models.migrations.version_2 import add_number
from desktop.models.migrations.version_3 import name_accesses

STEPS: tuple[Callable[[Any], None], ...] = (create, add_number, name_accesses)
"""Functions of a raw sqlcipher3 connection."""

VERSION = len(STEPS)
