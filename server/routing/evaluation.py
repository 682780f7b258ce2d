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

from server.routing.model import Model, Scores
from server.routing.samples import Samples

BINS = 10
WANTED_PRECISION = 0.90
UNSEEN_SHARE = 5
"""One text in this many is kept apart."""


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


def evaluate(model: Model, samples: Samples) -> Figures:
    """The figures of `model` on `samples`; a label it does not know counts as missed."""
    started = time.perf_counter()
    confidences = np.array([model.confidences(text) for text in samples.texts])
    seconds = time.perf_counter() - started
    known = {label: position for position, label in enumerate(model.labels)}
    truth = np.array([known.get(label, -1) for label in samples.labels])
    order = np.argsort(-confidences, axis=1, kind="stable")
    best = confidences.max(axis=1)
    right = order[:, 0] == truth
    return Figures(
        texts=len(samples),
        labels=len(model.labels),
        top1=float(right.mean()),
        top3=float((order[:, :3] == truth[:, None]).any(axis=1).mean()),
        macro_f1=_macro_f1(order[:, 0], truth),
        calibration_error=_calibration_error(best, right),
        coverage=_coverage(best, right),
        texts_per_second=len(samples) / max(seconds, 1e-9),
    )


def _macro_f1(chosen: NDArray[np.int_], truth: NDArray[np.int_]) -> float:
    """Mean over the labels that occur of the harmonic mean of precision and recall."""
    scores = []
    for label in np.unique(truth):
        hits = float(((chosen == label) & (truth == label)).sum())
        scores.append(2 * hits / float((chosen == label).sum() + (truth == label).sum()))
    return float(np.mean(scores))


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


def lines(figures: Figures) -> Sequence[str]:
    """The figures as aligned lines for a terminal."""
    rows = (
        ("texts", f"{figures.texts}"),
        ("labels", f"{figures.labels}"),
        ("top1", f"{figures.top1:.3f}"),
        ("top3", f"{figures.top3:.3f}"),
        ("macro_f1", f"{figures.macro_f1:.3f}"),
        ("calibration_error", f"{figures.calibration_error:.3f}"),
        ("coverage_at_90_percent_precision", f"{figures.coverage:.3f}"),
        ("texts_per_second", f"{figures.texts_per_second:.0f}"),
    )
    return [f"{name:<34}{value:>8}" for name, value in rows]
