"""Turns folded text into weighted features: words, pairs of words, and the letters inside words.

A word's features are worked out once and remembered: a language repeats its words, so that a text costs a few
look-ups. Arabic words lose their article and joined prefixes, numbers become one sign.
"""

import itertools
import re
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from protocol.text import words

Ids = NDArray[np.int32]
Values = NDArray[np.float32]

MAX_WORDS = 3000
LETTERS = (3, 4)
NUMBER = "0"

_WORD, _PAIR, _LETTERS = 0, 1, 2
_GROUPS = {"=": _WORD, "+": _PAIR, "~": _LETTERS}
SMALL_COLLECTION = 1_500
FEW_TEXTS = (1.0, 0.4, 1.6)
MANY_TEXTS = (1.0, 0.5, 1.0)
"""Weights of words, pairs and letters: with few texts most words are new and letters tell more (measured)."""

PRIVATE_LEAST = 3
"""Texts of citizens in which a word or a pair must stand to be remembered."""
LONG_NUMBER = 4
"""Digits from which a word is a number (of a card, a file, a telephone) whatever letters it has."""

FAINT = 60.0
"""Added to the squared length of a vector: two telling words weigh less than ten, and a vague text little."""

PLAIN_WORDS = Path(__file__).parents[2] / "resources" / "routing" / "plain_words.txt"
"""Grammar words of the three languages, folded: they tell nothing of a subject."""

_REMEMBERED = 200_000

# The Darija word for water, الما, without its article would be the negation ما.
_PREFIXES = re.compile(r"^(?:وال|بال|كال|فال|ولل|لل|ال)(?!ما$)(?=\w{2})|^(?:[وبف](?=\w{4}))")
_DIGITS = re.compile(r"\d+")


def stem(word: str) -> str:
    """A folded word without the Arabic article and joined prefixes; every number is the same number."""
    if word.isascii():
        # Darija in Latin letters writes ع as 3 and ق as 9: a few digits inside a word are letters.
        return NUMBER if word.isdigit() or sum(map(str.isdigit, word)) >= LONG_NUMBER else word
    return _PREFIXES.sub("", word, count=1)


@lru_cache(maxsize=32)
def stems(text: str) -> tuple[str, ...]:
    """The stems of the first MAX_WORDS words of `text`, in order; the latest texts are remembered."""
    return tuple(stem(word) for word in words(text)[:MAX_WORDS])


def features_of_word(stemmed: str) -> list[str]:
    """Names of the features one word brings: itself and its runs of three and four letters; grammar none."""
    if stemmed in plain_words():
        return []
    padded = f" {stemmed} "
    runs = [
        f"~{padded[start : start + size]}"
        for size in LETTERS
        for start in range(max(len(padded) - size + 1, 0))
    ]
    return [f"={stemmed}", *runs]


@cache
def plain_words() -> frozenset[str]:
    """The grammar words, and their stems."""
    plain = PLAIN_WORDS.read_text("utf-8").split()
    return frozenset(plain) | frozenset(stem(word) for word in plain)


def pairs(stemmed: Sequence[str]) -> list[str]:
    """Names of the features of neighbouring words."""
    return [f"+{first} {second}" for first, second in itertools.pairwise(stemmed)]


class Lexicon:
    """The features a model knows, with their rarity; gives the vector of any text.

    `rarity` is the inverse document frequency of each feature, in the order of `features`; `weights` are
    those of words, pairs and letters.
    """

    def __init__(self, features: Sequence[str], rarity: Values, weights: Sequence[float] = FEW_TEXTS) -> None:
        self.features = tuple(features)
        self.rarity = rarity
        self.group_weights = tuple(weights)
        self._ids = {feature: index for index, feature in enumerate(self.features)}
        self._group = np.array([_GROUPS[feature[0]] for feature in self.features], dtype=np.int8)
        self._by_word: dict[str, Ids] = {}

    def __len__(self) -> int:
        return len(self.features)

    def ids_of_word(self, stemmed: str) -> Ids:
        """Known features of one word, with repetitions."""
        found = self._by_word.get(stemmed)
        if found is None:
            if len(self._by_word) > _REMEMBERED:
                self._by_word.clear()
            found = self._by_word[stemmed] = self._known(features_of_word(stemmed))
        return found

    def _known(self, names: Iterable[str]) -> Ids:
        ids = self._ids
        return np.array([ids[name] for name in names if name in ids], dtype=np.int32)

    def vector(self, text: str) -> tuple[Ids, Values]:
        """Sorted ids of the known features of `text` and their weights, each group of length one."""
        return self.vector_of(stems(text))

    def vector_of(self, stemmed: Sequence[str]) -> tuple[Ids, Values]:
        """The same for a text already in stems."""
        ids, _, values = self.weighed(stemmed)
        return ids, values

    def weighed(self, stemmed: Sequence[str]) -> tuple[Ids, Values, Values]:
        """Sorted ids of the known features of a text in stems, how often each occurs, and their weights."""
        ids, counts = self._counted(stemmed)
        values = (1 + np.log(counts, dtype=np.float32)) * self.rarity[ids]
        group = self._group[ids]
        lengths = np.sqrt(np.bincount(group, values * values, minlength=len(_GROUPS)) + FAINT)
        scale = np.divide(self.group_weights, lengths, out=np.zeros(len(lengths)), where=lengths > 0)
        return ids, counts, (values * scale[group]).astype(np.float32)

    def _counted(self, stemmed: Sequence[str]) -> tuple[Ids, Values]:
        parts = [self.ids_of_word(word) for word in stemmed]
        parts.append(self._known(pairs(stemmed)))
        ids, counts = np.unique(np.concatenate(parts), return_counts=True)
        return ids.astype(np.int32), counts.astype(np.float32)


def learn_lexicon(texts: Sequence[Sequence[str]], private: Sequence[bool] = ()) -> Lexicon:
    """The features worth knowing in `texts` (in stems): in two of them at least, and not in every second one.

    In a small collection a word seen once is kept: it may be the only one of its subject. Words and pairs
    found in `private` texts only are kept from the third text on: a name must not end up in a model's file.
    """
    known: dict[str, int] = {}
    by_word: dict[str, list[int]] = {}
    seen_in: list[int] = []
    in_open: list[int] = []
    for position, stemmed in enumerate(texts):
        ids = {known.setdefault(pair, len(known)) for pair in pairs(stemmed)}
        for word in set(stemmed):
            if word not in by_word:
                by_word[word] = [known.setdefault(name, len(known)) for name in features_of_word(word)]
            ids.update(by_word[word])
        fresh = [0] * (len(known) - len(seen_in))
        seen_in.extend(fresh)
        in_open.extend(fresh)
        is_open = not (private and private[position])
        for index in ids:
            seen_in[index] += 1
            in_open[index] += is_open
    few = len(texts) < SMALL_COLLECTION
    most = max(len(texts) // 2, 2)
    kept = [
        (name, seen_in[index])
        for name, index in known.items()
        if _least(name, is_open=in_open[index] > 0, few=few) <= seen_in[index] <= most
    ]
    frequency = np.array([count for _, count in kept], dtype=np.float32)
    rarity = np.log((1 + len(texts)) / (1 + frequency)) + 1
    names = [name for name, _ in kept]
    return Lexicon(names, rarity.astype(np.float32), FEW_TEXTS if few else MANY_TEXTS)


def _least(feature: str, *, is_open: bool, few: bool) -> int:
    """In how many texts a feature must stand to be known."""
    if feature[0] == "~":
        return 2
    if not is_open:
        return PRIVATE_LEAST
    return 1 if few and feature[0] == "=" else 2
