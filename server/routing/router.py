"""Relays a request to the administration its content concerns: model, rules, theme, place, citizen's wish.

What is doubtful, or concerns a body not yet on the platform, goes to national coordination's triage with the
ranking kept beside it, so that a person decides with the same evidence.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np

from protocol.complaint import Place, Routing
from protocol.directory import Unit
from protocol.settings import COORDINATION, Onboarding
from server.directory import Register, read_register
from server.routing import model as models
from server.routing.keywords import Heard, Keywords, read_rules
from server.routing.model import Model, Scores, ranking, softmax

RESOURCES = Path(__file__).parents[2] / "resources" / "routing"
RULES = "keywords.json"
TEXTS = RESOURCES / "texts.csv"

DEFAULT_THRESHOLD = 0.45
RANKED = 5
SUREST = 0.99
"""Rules, theme and place add to what the model measured: no confidence above this one is claimed."""
_UNHEARD = -4.0
"""Score, below the best label's, of an administration that only the rules know."""


class Why(StrEnum):
    """Why a request goes where it goes."""

    CONTENT = "content"
    NAMED = "named"
    DOUBTFUL = "doubtful"
    NOT_OPERATIONAL = "not_operational"


@dataclass(frozen=True, slots=True)
class Routed:
    """Where a request goes, and what is written in it: `routing.administration` is what the content tells."""

    administration: str
    unit: str
    routing: Routing
    why: Why


class Router:
    """A model and its rules over a register; safe to share between threads.

    `threshold` is the confidence (0..1) under which a person decides.
    """

    def __init__(
        self, model: Model, keywords: Keywords, register: Register, *, threshold: float = DEFAULT_THRESHOLD
    ) -> None:
        self.model = model
        self.keywords = keywords
        self.threshold = threshold
        self._units = register.units
        self._operational = frozenset(
            one.code for one in register.administrations if one.onboarding == Onboarding.OPERATIONAL
        )
        others = [code for code in keywords.administrations if code not in model.labels]
        self.labels = (*model.labels, *others)

    @classmethod
    def load(
        cls, folder: Path, *, threshold: float = DEFAULT_THRESHOLD, register: Register | None = None
    ) -> "Router":
        """The router of a data folder: its model, learnt now from the shipped texts when there is none yet.

        `folder`/keywords.json replaces the shipped rules when it is there. Raises BadModel, BadRules.
        """
        return cls.over(_model_of(folder), folder, threshold=threshold, register=register)

    @classmethod
    def over(
        cls,
        model: Model,
        folder: Path,
        *,
        threshold: float = DEFAULT_THRESHOLD,
        register: Register | None = None,
    ) -> "Router":
        """The router of `model` with the rules of `folder`, or the shipped ones; raises BadRules."""
        rules = folder / RULES
        return cls(
            model,
            read_rules(rules if rules.is_file() else RESOURCES / RULES),
            register or read_register(),
            threshold=threshold,
        )

    def route(
        self,
        *,
        text: str,
        object: str = "",
        theme: str = "",
        place: Place | None = None,
        named: str = "",
        operational: frozenset[str] | None = None,
    ) -> Routed:
        """Where this request goes.

        `named` is the administration the citizen chose, followed when it is operational; `operational`
        replaces the states of the register the router was made with. The unit covers the place when one can.
        """
        open_to = self._operational if operational is None else operational
        region = region_of(place or Place())
        content = f"{object}\n{text}"
        competent = self.keywords.competent(content, region)
        logits = self._logits(content, competent, theme=theme, region=region, operational=open_to)
        confidences = softmax(logits)
        ranked = ranking(self.labels, confidences)
        target, why = self._decide(ranked, named, open_to)
        best = named if why == Why.NAMED else ranked[0][0]
        routing = Routing(
            model=self.model.version,
            confidence=min(round(dict(ranked).get(best, 0.0), 4), SUREST),
            administration=best,
            words=self._words(content, best, competent),
            ranked=tuple((code, min(round(share, 4), SUREST)) for code, share in ranked[:RANKED]),
        )
        return Routed(target, self._unit(target, region), routing, why)

    def _decide(
        self, ranked: Sequence[tuple[str, float]], named: str, operational: frozenset[str]
    ) -> tuple[str, Why]:
        if named in operational and named != COORDINATION:
            return named, Why.NAMED
        best, confidence = ranked[0]
        if named:
            return COORDINATION, Why.NOT_OPERATIONAL
        if confidence < self.threshold:
            return COORDINATION, Why.DOUBTFUL
        if best not in operational:
            return COORDINATION, Why.NOT_OPERATIONAL
        return best, Why.CONTENT

    def _logits(
        self, content: str, competent: Heard | None, *, theme: str, region: str, operational: frozenset[str]
    ) -> Scores:
        """The model's scores, then rules and theme; competence and territory come before the text."""
        known = self.model.logits(content)
        unheard = np.full(len(self.labels) - len(known), known.max() + _UNHEARD)
        logits = np.concatenate([known, unheard])
        at = {label: index for index, label in enumerate(self.labels)}
        for heard in self.keywords.listen(content).values():
            logits[at[heard.administration]] += heard.weight
        for administration in self.keywords.file.themes.get(theme, ()):
            if administration in at:
                logits[at[administration]] += self.keywords.file.theme_weight
        if competent is not None and competent.administration in at:
            own = at[competent.administration]
            logits[own] = max(logits[own], np.delete(logits, own).max() + competent.weight)
        for territory in self.keywords.file.territories:
            if territory.region == region and territory.to in operational and territory.to in at:
                replaced = [at[code] for code in territory.instead_of if code in at]
                logits[at[territory.to]] = np.logaddexp.reduce(logits[[at[territory.to], *replaced]])
                logits[replaced] = -np.inf
        return logits

    def _words(self, content: str, administration: str, competent: Heard | None) -> tuple[str, ...]:
        """What decided: terms of competence, else the citizen's own words, else the terms of the rules."""
        if competent is not None and competent.administration == administration:
            return competent.terms
        replaced = next(
            (one.instead_of for one in self.keywords.file.territories if one.to == administration), ()
        )
        for label in (administration, *replaced):
            found = self.model.deciding_words(content, label)
            if found:
                return tuple(one.word for one in found)
        heard = self.keywords.listen(content).get(administration)
        return heard.terms if heard else ()

    def _unit(self, administration: str, region: str) -> str:
        """The unit of the place, else the one that is nobody's in particular, else the first."""
        mine = [unit for unit in self._units if unit.administration == administration]
        covering = [unit for unit in mine if region and region in unit.regions]
        everywhere = [unit for unit in mine if not unit.regions]
        chosen: Sequence[Unit] = covering or everywhere or mine
        return chosen[0].code if chosen else ""


def region_of(place: Place) -> str:
    """The region code of a place; those of provinces and communes begin with it."""
    return place.region or place.province[:2] or place.commune[:2]


_learning = threading.Lock()


def _model_of(folder: Path) -> Model:
    with _learning:
        try:
            return models.load(folder)
        except FileNotFoundError:
            return learn(folder)


def learn(folder: Path, samples: Path = TEXTS) -> Model:
    """Train on a file of texts in no order (the shipped ones by default) and keep the model in `folder`.

    Raises BadSamples, OneLabelOnly.
    """
    from server.routing.lessons import own_texts
    from server.routing.training import learn as learn_lessons

    learnt = learn_lessons(own_texts(samples))
    learnt.save(folder)
    return learnt
