"""Keyword rules of administrations: editable data that speaks up where a model may hesitate.

A rule file lists, for each administration, strong terms (nearly a proof) and ordinary ones, in French, Arabic
and Darija; terms are folded and stemmed like texts, and a term of several words must stand in that order.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from protocol.text import words
from server.routing.features import stem, stems

MOST_TERMS = 2
"""Ordinary terms beyond this number add nothing."""


class BadRules(ValueError):
    """The rule file cannot be read; the message says where."""


class Terms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Terms of one administration, as people write them."""

    strong: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()


class Territory(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """In `region`, `to` answers instead of the bodies of `instead_of`, as soon as it is operational."""

    region: str
    to: str
    instead_of: tuple[str, ...]


class Competence(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The law gives this matter to `to`, whatever else the text speaks of.

    It counts where one of `terms` stands and none of `unless`; `regions` narrows it to places (HCP codes).
    """

    to: str
    terms: tuple[str, ...]
    unless: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()


class RuleFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Shape of the rule file; weights are added to the logarithm of a label's odds."""

    strong_weight: float
    term_weight: float
    theme_weight: float
    administrations: dict[str, Terms]
    themes: dict[str, tuple[str, ...]]
    territories: tuple[Territory, ...]
    competences: tuple[Competence, ...] = ()
    competence_weight: float = 3.0


@dataclass(frozen=True, slots=True)
class Heard:
    """What the rules found for one administration: the weight, and the terms as written in the file."""

    administration: str
    weight: float
    terms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Term:
    words: tuple[str, ...]
    administration: str
    is_strong: bool
    written: str


class Keywords:
    """The rules, ready to listen to texts."""

    def __init__(self, file: RuleFile) -> None:
        self.file = file
        self._by_first: dict[str, list[_Term]] = {}
        self._competences: dict[str, list[tuple[_Written, Competence]]] = {}
        for competence in file.competences:
            for one in _stemmed(competence.terms):
                self._competences.setdefault(one[0][0], []).append((one, competence))
        for administration, terms in file.administrations.items():
            for is_strong, written in (
                *((True, term) for term in terms.strong),
                *((False, term) for term in terms.terms),
            ):
                stemmed = tuple(stem(word) for word in words(written))
                if stemmed:
                    term = _Term(stemmed, administration, is_strong, written)
                    self._by_first.setdefault(stemmed[0], []).append(term)

    @property
    def administrations(self) -> tuple[str, ...]:
        """Administrations that have rules, in the order of the file."""
        return tuple(self.file.administrations)

    def listen(self, text: str) -> Mapping[str, Heard]:
        """What the rules say of `text`, by administration; those not concerned are absent."""
        stemmed = stems(text)
        found: dict[str, dict[tuple[str, ...], _Term]] = {}
        for position, word in enumerate(stemmed):
            for term in self._by_first.get(word, ()):
                if _stands(term.words, stemmed, position):
                    found.setdefault(term.administration, {})[term.words] = term
        return {name: self._heard(name, list(terms.values())) for name, terms in found.items()}

    def competent(self, text: str, region: str = "") -> Heard | None:
        """The body to which competence gives `text` at this place; None when none does, or several do."""
        stemmed = stems(text)
        known = set(stemmed)
        found: dict[str, list[str]] = {}
        for first in known & self._competences.keys():
            for (term, written), one in self._competences[first]:
                here = not one.regions or region in one.regions
                if here and _occurs(term, stemmed, known) and not _any(one.unless, stemmed, known):
                    found.setdefault(one.to, []).append(written)
        if len(found) != 1:
            return None
        (administration, terms), *_ = found.items()
        return Heard(administration, self.file.competence_weight, tuple(sorted(terms)))

    def _heard(self, administration: str, terms: Sequence[_Term]) -> Heard:
        strong = any(term.is_strong for term in terms)
        ordinary = min(sum(not term.is_strong for term in terms), MOST_TERMS)
        weight = strong * self.file.strong_weight + ordinary * self.file.term_weight
        return Heard(administration, weight, tuple(term.written for term in terms))


_Written = tuple[tuple[str, ...], str]


def _stemmed(terms: Sequence[str]) -> tuple[_Written, ...]:
    """Terms as stems beside the way they are written; those without a word are left out."""
    both = ((tuple(stem(word) for word in words(written)), written) for written in terms)
    return tuple(one for one in both if one[0])


def _any(terms: Sequence[str], stemmed: Sequence[str], known: set[str]) -> bool:
    return any(_occurs(term, stemmed, known) for term, _ in _stemmed(terms))


def _occurs(term: tuple[str, ...], stemmed: Sequence[str], known: set[str]) -> bool:
    return known.issuperset(term) and any(_stands(term, stemmed, at) for at in range(len(stemmed)))


def _stands(term: Sequence[str], stemmed: Sequence[str], position: int) -> bool:
    return tuple(stemmed[position : position + len(term)]) == tuple(term)


def read_rules(path: Path) -> Keywords:
    """The rules of a JSON file; raises BadRules with the place of the fault."""
    try:
        return Keywords(msgspec.json.decode(path.read_bytes(), type=RuleFile))
    except (OSError, msgspec.MsgspecError) as error:
        raise BadRules(f"{path}: {error}") from error
