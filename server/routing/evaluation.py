"""How well a model routes texts it has not seen: the figures a ministry should ask for before trusting it.

The figures are those of the model alone: keyword rules are written by people for their own administrations
and belong to no labelled file.
"""

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from server.routing.facts import Figures
from server.routing.model import Model, Scores
from server.routing.samples import Samples

BINS = 10
WANTED_PRECISION = 0.90
UNSEEN_SHARE = 5
"""One text in this many is kept apart."""


@dataclass(frozen=True, slots=True)
class LabelFigures:
    """One label: how many texts have it, how many were given it, and shares 0..1."""

    label: str
    texts: int
    given: int
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True)
class Judged:
    """The figures of a model on texts it had not learnt, as a whole and label by label.

    `left_out` texts were not counted because the model had learnt them.
    """

    figures: Figures
    by_label: tuple[LabelFigures, ...]
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Answers:
    """What a model said of each text: the confidences of its labels, and the true label's position or -1."""

    confidences: Scores
    truth: NDArray[np.int_]
    seconds: float


def split(samples: Samples, *, by_time: bool, seed: int = 0) -> tuple[Samples, Samples]:
    """Texts to learn from and texts to be judged on: the last fifth of the file, or a fifth of each label.

    `by_time` supposes a file in the order of time; otherwise `seed` decides who is drawn.
    """
    count = len(samples)
    if by_time:
        first_unseen = count - count // UNSEEN_SHARE
        return samples.part(list(range(first_unseen))), samples.part(list(range(first_unseen, count)))
    rng = random.Random(seed)  # noqa: S311 (a reproducible draw)
    unseen: set[int] = set()
    for label in sorted(set(samples.labels)):
        mine = [position for position, other in enumerate(samples.labels) if other == label]
        unseen.update(rng.sample(mine, len(mine) // UNSEEN_SHARE))
    seen = [position for position in range(count) if position not in unseen]
    return samples.part(seen), samples.part(sorted(unseen))


def unlearnt(model: Model, samples: Samples) -> Samples:
    """Only the texts that `model` has not learnt: on the others any model looks good."""
    return samples.part([at for at, text in enumerate(samples.texts) if not model.has_learnt(text)])


def answers(model: Model, samples: Samples) -> Answers:
    """Put every text to `model`."""
    started = time.perf_counter()
    confidences = np.array([model.confidences(text) for text in samples.texts])
    seconds = time.perf_counter() - started
    known = {label: position for position, label in enumerate(model.labels)}
    truth = np.array([known.get(label, -1) for label in samples.labels])
    return Answers(confidences.reshape(len(samples), len(model.labels)), truth, seconds)


def judge(model: Model, samples: Samples, *, left_out: int = 0) -> Judged:
    """The figures of `model` on `samples` (one at least); a label it does not know counts as missed."""
    said = answers(model, samples)
    order = np.argsort(-said.confidences, axis=1, kind="stable")
    best = said.confidences.max(axis=1)
    right = order[:, 0] == said.truth
    by_label = _by_label(model.labels, order[:, 0], samples.labels)
    figures = Figures(
        texts=len(samples),
        labels=len(model.labels),
        top1=float(right.mean()),
        top3=float((order[:, :3] == said.truth[:, None]).any(axis=1).mean()),
        macro_f1=float(np.mean([one.f1 for one in by_label])),
        calibration_error=_calibration_error(best, right),
        coverage=_coverage(best, right),
        texts_per_second=len(samples) / max(said.seconds, 1e-9),
    )
    return Judged(figures, by_label, left_out)


def evaluate(model: Model, samples: Samples) -> Figures:
    """The figures as a whole."""
    return judge(model, samples).figures


def _by_label(
    labels: Sequence[str], chosen: NDArray[np.int_], truth: Sequence[str]
) -> tuple[LabelFigures, ...]:
    """Labels that occur in `truth`, the most frequent first."""
    given = [labels[position] for position in chosen]
    found = []
    for label in set(truth):
        texts, said = truth.count(label), given.count(label)
        hits = sum(one == label == other for one, other in zip(given, truth, strict=True))
        f1 = 2 * hits / (texts + said)
        found.append(LabelFigures(label, texts, said, hits / said if said else 0.0, hits / texts, f1))
    return tuple(sorted(found, key=lambda one: (-one.texts, one.label)))


def _calibration_error(best: Scores, right: NDArray[np.bool_]) -> float:
    """Mean distance between confidence and success, each interval weighing what it holds."""
    interval = np.minimum((best * BINS).astype(int), BINS - 1)
    error = 0.0
    for one in range(BINS):
        inside = interval == one
        if inside.any():
            error += float(inside.mean()) * abs(float(best[inside].mean()) - float(right[inside].mean()))
    return error


def _coverage(best: Scores, right: NDArray[np.bool_]) -> float:
    order = np.argsort(-best, kind="stable")
    precision = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    enough = np.flatnonzero(precision >= WANTED_PRECISION)
    return float((enough[-1] + 1) / len(order)) if len(enough) else 0.0
