"""A trained model: one matrix of weights over a lexicon, a temperature that makes its confidence honest.

It is one file of plain arrays (no pickle), named by the hash of its content; scoring needs numpy alone, so
that a server starts without scikit-learn.
"""

import hashlib
import io
import json
import os
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from protocol.text import words
from server.routing.features import Lexicon, plain_words, stem, stems

Weights = NDArray[np.float32]
Scores = NDArray[np.float64]

FILE = "model.npz"
FORMAT = 3

_SPELLED = re.compile("[\\w\u0300-\u036f\u0610-\u061a\u0640\u064b-\u065f\u0670]+")


class BadModel(ValueError):
    """The file is not a model of this program, or was altered; `code` is a key of the `route` catalogue."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(f"{code}: {values}")
        self.code = code
        self.values = values


@dataclass(frozen=True, slots=True)
class Deciding:
    """A word as the citizen spelled it, and how much it spoke for a label (no unit, positive is for)."""

    word: str
    weight: float


@dataclass(frozen=True)
class Model:
    """Labels ranked for a text: `weights` is features × labels, `temperature` divides the scores.

    `threshold` is the confidence from which at least nine in ten were right on texts not learnt from.
    `learnt` are the digests of the texts it was shown, so that nobody judges it on them by mistake.
    """

    labels: tuple[str, ...]
    lexicon: Lexicon
    weights: Weights
    bias: NDArray[np.float32]
    temperature: float
    threshold: float
    learnt_from: int
    learnt: frozenset[int] = frozenset()

    def has_learnt(self, text: str) -> bool:
        """Whether this very text, folded, was learnt from."""
        return digest(text) in self.learnt

    @cached_property
    def version(self) -> str:
        """First twelve hexadecimal digits of the SHA-256 of everything that decides."""
        digest = hashlib.sha256(_header(self).encode())
        digest.update("\n".join(self.lexicon.features).encode())
        for array in (self.lexicon.rarity, self.weights, self.bias):
            digest.update(np.ascontiguousarray(array, dtype="<f4").tobytes())
        return digest.hexdigest()[:12]

    def logits(self, text: str) -> Scores:
        """Scores of the labels, already divided by the temperature; softmax of them is the confidence."""
        ids, values = self.lexicon.vector(text)
        scores = values @ self.weights[ids] + self.bias
        return np.asarray(scores, dtype=np.float64) / self.temperature

    def confidences(self, text: str) -> Scores:
        """Estimated probability of each label, in the order of `labels`."""
        return softmax(self.logits(text))

    def deciding_words(self, text: str, label: str, limit: int = 6) -> tuple[Deciding, ...]:
        """The words of `text` that spoke most for `label` against the other labels, most decisive first.

        A word's weight is what it adds to the score through its own feature and its letters; grammar words
        are left out. Empty when the label is unknown or nothing speaks for it.
        """
        if label not in self.labels:
            return ()
        stemmed = stems(text)
        ids, counts, values = self.lexicon.weighed(stemmed)
        if not len(ids):
            return ()
        column = self.labels.index(label)
        favour = (self.weights[ids, column] - self.weights[ids].mean(axis=1)) * values / counts
        known = [self.lexicon.ids_of_word(word) for word in stemmed]
        spoken = np.cumsum(np.r_[0, favour[np.searchsorted(ids, np.concatenate(known))]])
        ends = np.cumsum([0, *(len(part) for part in known)])
        weights: dict[str, float] = {}
        for position, word in enumerate(stemmed):
            share = float(spoken[ends[position + 1]] - spoken[ends[position]])
            weights[word] = weights.get(word, 0.0) + share
        spelled = _spellings(text)
        found = [
            Deciding(spelled[word], round(weight, 4))
            for word, weight in weights.items()
            if weight > 0 and word in spelled
        ]
        return tuple(sorted(found, key=lambda one: (-one.weight, one.word))[:limit])

    def save(self, folder: Path) -> Path:
        """Write the model as `folder`/model.npz in one step; returns its path."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / FILE
        fresh = folder / f"model.{os.getpid()}.new.npz"
        np.savez(
            fresh,
            header=_bytes(_header(self)),
            features=_bytes("\n".join(self.lexicon.features)),
            rarity=self.lexicon.rarity,
            weights=self.weights,
            bias=self.bias,
            version=_bytes(self.version),
            learnt=np.array(sorted(self.learnt), dtype="<u8"),
        )
        fresh.replace(path)
        return path


def load(folder: Path) -> Model:
    """Read `folder`/model.npz; raises FileNotFoundError, or BadModel when its content was altered."""
    path = folder / FILE
    if not path.is_file():
        raise FileNotFoundError(path)
    return read(path.read_bytes(), str(path))


def read(content: bytes, name: str) -> Model:
    """The model in the bytes of a file called `name`; raises BadModel. Nothing in them is ever executed."""
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            header = json.loads(_text(arrays["header"]))
            model = Model(
                labels=tuple(header["labels"]),
                lexicon=Lexicon(
                    _text(arrays["features"]).split("\n"), arrays["rarity"], header["group_weights"]
                ),
                weights=arrays["weights"],
                bias=arrays["bias"],
                temperature=float(header["temperature"]),
                threshold=float(header["threshold"]),
                learnt_from=int(header["learnt_from"]),
                learnt=frozenset(arrays["learnt"].tolist()),
            )
            version = _text(arrays["version"])
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise BadModel("unreadable_model", file=name) from error
    if header.get("format") != FORMAT or model.version != version:
        raise BadModel("unreadable_model", file=name)
    return model


def digest(text: str) -> int:
    """Eight bytes that stand for a text, whatever its accents, case and spacing."""
    folded = " ".join(words(text))
    return int.from_bytes(hashlib.sha256(folded.encode()).digest()[:8], "little")


def softmax(logits: Scores) -> Scores:
    """Probabilities of the last axis."""
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=-1, keepdims=True), dtype=np.float64)


def ranking(labels: Sequence[str], confidences: Scores) -> tuple[tuple[str, float], ...]:
    """Labels with their confidence, the likeliest first; ties in the order of the labels."""
    order = np.argsort(-confidences, kind="stable")
    return tuple((labels[index], float(confidences[index])) for index in order)


def _spellings(text: str) -> dict[str, str]:
    """Stem → the first way it is written in `text`, without grammar words and numbers."""
    spelled: dict[str, str] = {}
    for written in _SPELLED.findall(text):
        for stemmed in _telling_stems(written):
            spelled.setdefault(stemmed, written)
    return spelled


@lru_cache(maxsize=50_000)
def _telling_stems(written: str) -> tuple[str, ...]:
    plain = plain_words()
    both = [(word, stem(word)) for word in words(written)]
    return tuple(
        stemmed
        for word, stemmed in both
        if not {word, stemmed} & plain and len(stemmed) > 1 and not stemmed.isdigit()
    )


def _header(model: Model) -> str:
    return json.dumps(
        {
            "format": FORMAT,
            "labels": model.labels,
            "temperature": model.temperature,
            "threshold": model.threshold,
            "learnt_from": model.learnt_from,
            "group_weights": model.lexicon.group_weights,
        },
        ensure_ascii=False,
        sort_keys=True,
    )


def _bytes(text: str) -> NDArray[np.uint8]:
    return np.frombuffer(text.encode(), dtype=np.uint8)


def _text(array: NDArray[np.uint8]) -> str:
    return array.tobytes().decode()
