"""Learns a model from labelled texts: complement naive Bayes and a linear support vector machine, added up.

Both are linear in the same features, so that their sum is one matrix. Confidence is fitted on texts each half
had not seen. scikit-learn is imported here only.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from server.routing.features import Lexicon, learn_lexicon, stems
from server.routing.model import Model, Scores, softmax

FOLDS = 5
WANTED_PRECISION = 0.90
_BAYES_SHARE = 0.5
_TEMPERATURES = np.geomspace(0.05, 20, 121)


class OneLabelOnly(ValueError):
    """All texts have the same label: there is nothing to choose between."""


def train(texts: Sequence[str], labels: Sequence[str]) -> Model:
    """A model of `labels` (one for each text, two different ones at least); raises OneLabelOnly.

    The same input gives the same model.
    """
    names = tuple(sorted(set(labels)))
    if len(names) < 2:
        raise OneLabelOnly(names[0] if names else "")
    stemmed = [stems(text) for text in texts]
    lexicon = learn_lexicon(stemmed)
    rows = _matrix(lexicon, stemmed)
    codes = np.array([names.index(label) for label in labels])
    unseen = _unseen_scores(rows, codes, len(names))
    temperature = _fit_temperature(unseen, codes)
    weights, bias = _fit(rows, codes, len(names))
    return Model(
        labels=names,
        lexicon=lexicon,
        weights=weights,
        bias=bias,
        temperature=temperature,
        threshold=_threshold(softmax(unseen / temperature), codes),
        learnt_from=len(texts),
    )


def _matrix(lexicon: Lexicon, stemmed: Sequence[Sequence[str]]) -> Any:
    from scipy.sparse import csr_matrix

    vectors = [lexicon.vector_of(words) for words in stemmed]
    ends = np.cumsum([0, *(len(ids) for ids, _ in vectors)])
    ids = np.concatenate([ids for ids, _ in vectors])
    values = np.concatenate([values for _, values in vectors])
    return csr_matrix((values, ids, ends), shape=(len(vectors), len(lexicon)))


def _fit(rows: Any, codes: NDArray[np.int_], count: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Weights (features × `count` labels) and biases; labels absent from `codes` get the lowest of each."""
    from sklearn.naive_bayes import ComplementNB
    from sklearn.svm import LinearSVC

    present = np.unique(codes)
    bayes = ComplementNB(alpha=0.1).fit(rows, codes).feature_log_prob_
    bayes = bayes - bayes.mean(axis=0)
    machine = LinearSVC(C=0.3, class_weight="balanced", max_iter=3000, random_state=0).fit(rows, codes)
    coefficients, intercepts = machine.coef_, machine.intercept_
    if len(present) == 2:
        coefficients = np.vstack([-coefficients, coefficients])
        intercepts = np.concatenate([-intercepts, intercepts])
    # The two speak on different scales: each is divided by its own spread before they are added.
    spread_bayes = _spread(rows @ bayes.T)
    spread_machine = _spread(rows @ coefficients.T + intercepts)
    weights = np.full((rows.shape[1], count), 0.0, dtype=np.float32)
    bias = np.full(count, -20.0, dtype=np.float32)
    weights[:, present] = (
        _BAYES_SHARE * bayes / spread_bayes + (1 - _BAYES_SHARE) * coefficients / spread_machine
    ).T
    bias[present] = (1 - _BAYES_SHARE) * intercepts / spread_machine
    return weights, bias


def _spread(scores: Scores) -> float:
    """Mean over the texts of the standard deviation between labels, never zero."""
    return max(float(np.std(scores, axis=1).mean()), 1e-9)


def _unseen_scores(rows: Any, codes: NDArray[np.int_], count: int) -> Scores:
    """Scores of every text by a model that had not seen it; folds take each label in turn, in file order."""
    fold = np.zeros(len(codes), dtype=int)
    for code in range(count):
        of_label = np.flatnonzero(codes == code)
        fold[of_label] = (np.arange(len(of_label)) + code) % FOLDS
    scores = np.zeros((len(codes), count))
    for turn in range(FOLDS):
        unseen = fold == turn
        if not unseen.any() or len(np.unique(codes[~unseen])) < 2:
            continue
        weights, bias = _fit(rows[~unseen], codes[~unseen], count)
        scores[unseen] = rows[unseen] @ weights + bias
    return scores


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
