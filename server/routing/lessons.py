"""What a model is made from: our own texts, the files a ministry brings, and what people corrected.

A correction weighs more than any other text and wins over whatever else says of the same text; it is read
from the register when it is learnt and kept nowhere else.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from server.routing.corrections import Correction
from server.routing.facts import Source
from server.routing.model import digest
from server.routing.samples import BadSamples, Progress, Samples, read_samples, silent

CORRECTION_WEIGHT = 4.0
UNKNOWN_TOLD = 10
UNSEEN_SHARE = 5
"""One dated text in this many, the newest, is kept apart to be judged on."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """One labelled text. `is_dated`: it stands in the order of time among the others of its source.

    `is_private`: people wrote it to an administration; no rare word of it may be remembered.
    """

    text: str
    label: str
    weight: float = 1.0
    is_dated: bool = False
    is_private: bool = False


@dataclass(frozen=True, slots=True)
class Lessons:
    """All that is learnt, source after source, and the files it came from."""

    every: tuple[Lesson, ...]
    corrections: int = 0
    sources: tuple[Source, ...] = ()

    @property
    def are_dated(self) -> bool:
        """Whether any of them can be kept apart by time."""
        return any(lesson.is_dated for lesson in self.every)


def of_samples(samples: Samples) -> tuple[Lesson, ...]:
    """A file in the order of time, as lessons."""
    pairs = zip(samples.texts, samples.labels, strict=True)
    return tuple(Lesson(text, label, is_dated=True, is_private=True) for text, label in pairs)


def own_texts(path: Path) -> tuple[Lesson, ...]:
    """The shipped texts: in no order, and nobody's secret."""
    samples = read_samples(path)
    return tuple(Lesson(text, label) for text, label in zip(samples.texts, samples.labels, strict=True))


def gather(
    own: Path,
    files: Sequence[Path],
    corrections: Sequence[Correction],
    *,
    known: frozenset[str],
    skip_faults: bool = False,
    progress: Progress = silent,
) -> Lessons:
    """Everything to learn from; raises BadSamples, also for a label that is not in `known`."""
    found = list(own_texts(own))
    sources = []
    for path in files:
        samples = read_samples(path, skip_faults=skip_faults, progress=progress)
        _refuse_unknown(path, samples, known)
        found += of_samples(samples)
        kept, read = len(samples), samples.read
        sources.append(Source(name=path.name, sha256=_sha256(path), read=read, kept=kept))
    corrected = [one for one in corrections if one.moved_to in known]
    decided = {digest(one.text) for one in corrected}
    kept_lessons = [lesson for lesson in found if digest(lesson.text) not in decided] if decided else found
    kept_lessons += (
        Lesson(one.text, one.moved_to, CORRECTION_WEIGHT, is_dated=True, is_private=True) for one in corrected
    )
    return Lessons(tuple(kept_lessons), len(corrected), tuple(sources))


def keep_apart(lessons: Sequence[Lesson]) -> tuple[list[Lesson], list[Lesson]]:
    """What to rehearse with, and the newest fifth of what is dated, to be judged on.

    The dated ones stand in the order of time within their source; of each label the share is taken as it
    comes, so that what was rare lately stays rare.
    """
    dated = [position for position, lesson in enumerate(lessons) if lesson.is_dated]
    unseen: set[int] = set()
    for run in _runs(lessons, dated):
        unseen.update(run[len(run) - len(run) // UNSEEN_SHARE :])
    seen = [lesson for position, lesson in enumerate(lessons) if position not in unseen]
    return seen, [lessons[position] for position in sorted(unseen)]


def _runs(lessons: Sequence[Lesson], dated: Sequence[int]) -> list[list[int]]:
    """Positions of the dated ones by source: corrections (heavier) apart from files."""
    by_weight: dict[float, list[int]] = {}
    for position in dated:
        by_weight.setdefault(lessons[position].weight, []).append(position)
    return list(by_weight.values())


def _refuse_unknown(path: Path, samples: Samples, known: frozenset[str]) -> None:
    strangers: dict[str, int] = {}
    for label, line in zip(samples.labels, samples.lines, strict=True):
        if label not in known:
            strangers.setdefault(label, line)
    if strangers:
        raise BadSamples(
            "unknown_labels",
            file=path.name,
            count=len(strangers),
            unknown=tuple((line, label[:40]) for label, line in list(strangers.items())[:UNKNOWN_TOLD]),
        )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
