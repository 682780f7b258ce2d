"""What is written down about a model when it is made: its file's digest, what it learnt from, its figures."""

from dataclasses import dataclass

import msgspec


@dataclass(frozen=True, slots=True)
class Figures:
    """Shares are 0..1; `calibration_error` is the expected one over ten equal intervals of confidence.

    `coverage` is the largest share of texts, the surest first, of which nine in ten were right.
    """

    texts: int
    labels: int
    top1: float
    top3: float
    macro_f1: float
    calibration_error: float
    coverage: float
    texts_per_second: float


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """One file learnt from: its name, the SHA-256 of its bytes, how many rows were read and kept."""

    name: str
    sha256: str
    read: int
    kept: int


class Beside(msgspec.Struct, frozen=True, kw_only=True):
    """The same unseen texts put to the new recipe and to the model then current.

    Only texts that the current one had not learnt are counted; shares are 0..1.
    """

    version: str
    texts: int
    new_top1: float
    old_top1: float
    agreement: float


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """`sha256` is that of the model's file: a file that differs is never loaded.

    `figures` come from a rehearsal: the newest fifth of every dated source was kept apart. Without dated
    sources (`own_texts_only`) a fifth of our own texts was: that proves the path, not the accuracy.
    """

    sha256: str
    labels: int
    figures: Figures | None = None
    own_texts_only: bool = False
    sources: tuple[Source, ...] = ()
    beside: Beside | None = None
