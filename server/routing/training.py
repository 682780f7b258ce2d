"""Learns a model from labelled texts: complement naive Bayes and a linear support vector machine, added up.

Both are linear in the same features, so that their sum is one matrix. Confidence is fitted on texts each half
had not seen: the newest ones, when the texts are in the order of time. scikit-learn is imported here only.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from server.routing.features import Lexicon, learn_lexicon, stems
from server.routing.lessons import Lesson
from server.routing.model import Model, Scores, digest, softmax

FOLDS = 3
WANTED_PRECISION = 0.90
DATED_ENOUGH = 400
"""With this many texts in the order of time, confidence is fitted on the newest: the future is like them."""
NEWEST = (0.6, 0.8, 1.0)
"""Bounds of the blocks of dated texts that are scored by what came before them."""
LARGE = 5_000
"""From here on one block of the newest is enough, and each fit costs minutes."""
_BAYES_SHARE = 0.3
"""Of three shares and two kinds of Bayes, the likeliest on texts newer than those learnt (decision 0008)."""
_TEMPERATURES = np.geomspace(0.05, 20, 121)


class OneLabelOnly(ValueError):
    """All texts have the same label: there is nothing to choose between."""


def train(texts: Sequence[str], labels: Sequence[str]) -> Model:
    """A model of texts in no particular order, one label for each; raises OneLabelOnly."""
    return learn([Lesson(text, label) for text, label in zip(texts, labels, strict=True)])


def learn(lessons: Sequence[Lesson]) -> Model:
    """A model of the labels of `lessons` (two different ones at least); raises OneLabelOnly.

    The same input gives the same model.
    """
    names = tuple(sorted({lesson.label for lesson in lessons}))
    if len(names) < 2:
        raise OneLabelOnly(names[0] if names else "")
    stemmed = [stems(lesson.text) for lesson in lessons]
    lexicon = learn_lexicon(stemmed, [lesson.is_private for lesson in lessons])
    at = {name: code for code, name in enumerate(names)}
    taught = _Taught(
        _matrix(lexicon, stemmed),
        np.array([at[lesson.label] for lesson in lessons]),
        np.array([lesson.weight for lesson in lessons]),
        len(names),
    )
    scored, unseen = _unseen_scores(taught, np.array([lesson.is_dated for lesson in lessons]))
    temperature = _fit_temperature(unseen, taught.codes[scored])
    weights, bias = _fit(taught, np.arange(len(lessons)))
    return Model(
        labels=names,
        lexicon=lexicon,
        weights=weights,
        bias=bias,
        temperature=temperature,
        threshold=_threshold(softmax(unseen / temperature), taught.codes[scored]),
        learnt_from=len(lessons),
        learnt=frozenset(digest(lesson.text) for lesson in lessons),
    )


@dataclass(frozen=True, slots=True)
class _Taught:
    """Vectors of the texts, the codes of their labels, their weights, and how many labels there are."""

    rows: Any
    codes: NDArray[np.int_]
    weights: NDArray[np.float64]
    count: int


def _matrix(lexicon: Lexicon, stemmed: Sequence[Sequence[str]]) -> Any:
    from scipy.sparse import csr_matrix

    vectors = [lexicon.vector_of(words) for words in stemmed]
    ends = np.cumsum([0, *(len(ids) for ids, _ in vectors)])
    ids = np.concatenate([ids for ids, _ in vectors])
    values = np.concatenate([values for _, values in vectors])
    return csr_matrix((values, ids, ends), shape=(len(vectors), len(lexicon)))


def _fit(taught: _Taught, chosen: NDArray[np.int_]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Weights (features × labels) and biases from the texts at `chosen`; absent labels get the lowest."""
    from sklearn.naive_bayes import ComplementNB
    from sklearn.svm import LinearSVC

    rows, codes, heed = taught.rows[chosen], taught.codes[chosen], taught.weights[chosen]
    present = np.unique(codes)
    bayes = ComplementNB(alpha=0.05, norm=True).fit(rows, codes, sample_weight=heed).feature_log_prob_
    bayes = bayes - bayes.mean(axis=0)
    machine = LinearSVC(C=0.3, class_weight="balanced", max_iter=3000, random_state=0)
    machine.fit(rows, codes, sample_weight=heed)
    coefficients, intercepts = machine.coef_, machine.intercept_
    if len(present) == 2:
        coefficients = np.vstack([-coefficients, coefficients])
        intercepts = np.concatenate([-intercepts, intercepts])
    # The two speak on different scales: each is divided by its own spread before they are added.
    spread_bayes = _spread(rows @ bayes.T)
    spread_machine = _spread(rows @ coefficients.T + intercepts)
    weights = np.full((rows.shape[1], taught.count), 0.0, dtype=np.float32)
    bias = np.full(taught.count, -20.0, dtype=np.float32)
    weights[:, present] = (
        _BAYES_SHARE * bayes / spread_bayes + (1 - _BAYES_SHARE) * coefficients / spread_machine
    ).T
    bias[present] = (1 - _BAYES_SHARE) * intercepts / spread_machine
    return weights, bias


def _spread(scores: Scores) -> float:
    """Mean over the texts of the standard deviation between labels, never zero."""
    return max(float(np.std(scores, axis=1).mean()), 1e-9)


def _unseen_scores(taught: _Taught, dated: NDArray[np.bool_]) -> tuple[NDArray[np.int_], Scores]:
    """Positions of texts, and their scores by a model that had not seen them."""
    turns = _turns_by_time(dated) if int(dated.sum()) >= DATED_ENOUGH else _turns_by_draw(taught)
    positions, scores = [], []
    for seen, unseen in turns:
        if len(unseen) and len(np.unique(taught.codes[seen])) > 1:
            weights, bias = _fit(taught, seen)
            positions.append(unseen)
            scores.append(taught.rows[unseen] @ weights + bias)
    if not positions:
        # Too few texts to keep any apart: their own scores, which flatter.
        weights, bias = _fit(taught, np.arange(len(taught.codes)))
        return np.arange(len(taught.codes)), taught.rows @ weights + bias
    return np.concatenate(positions), np.concatenate(scores)


_Turn = tuple[NDArray[np.int_], NDArray[np.int_]]


def _turns_by_time(dated: NDArray[np.bool_]) -> Iterator[_Turn]:
    """Blocks of the newest dated texts, each with all that is not dated or came before it."""
    at = np.flatnonzero(dated)
    always = np.flatnonzero(~dated)
    bounds = [int(len(at) * share) for share in NEWEST]
    for start, end in list(pairwise(bounds))[-1 if len(at) > LARGE else 0 :]:
        yield np.concatenate([always, at[:start]]), at[start:end]


def _turns_by_draw(taught: _Taught) -> Iterator[_Turn]:
    """FOLDS folds that take each label in turn, in file order."""
    fold = np.zeros(len(taught.codes), dtype=int)
    for code in range(taught.count):
        of_label = np.flatnonzero(taught.codes == code)
        fold[of_label] = (np.arange(len(of_label)) + code) % FOLDS
    for turn in range(FOLDS):
        yield np.flatnonzero(fold != turn), np.flatnonzero(fold == turn)


def _fit_temperature(scores: Scores, codes: NDArray[np.int_]) -> float:
    """The temperature under which the right labels were likeliest."""
    each = np.arange(len(codes))
    losses = [
        -np.log(softmax(scores / temperature)[each, codes] + 1e-12).mean() for temperature in _TEMPERATURES
    ]
    return float(_TEMPERATURES[int(np.argmin(losses))])


def _threshold(confidences: Scores, codes: NDArray[np.int_]) -> float:
    """The lowest confidence from which WANTED_PRECISION of the texts were right; 1 when there is none."""
    best = confidences.max(axis=1)
    right = confidences.argmax(axis=1) == codes
    order = np.argsort(-best, kind="stable")
    precision = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    enough = np.flatnonzero(precision >= WANTED_PRECISION)
    return round(float(best[order[enough[-1]]]), 4) if len(enough) else 1.0
