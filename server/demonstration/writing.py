"""What invented citizens write: a situation told with changing openings, details, wishes and closings.

Situations are the shipped labelled texts; the rest comes from `resources/demonstration/fragments.json`, so
that thousands of requests do not read alike.
"""

import csv
import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from protocol.complaint import Language, RequestType
from protocol.wire import MAX_OBJECT
from resources import places
from resources.places import Commune
from server.routing.router import TEXTS

FRAGMENTS = Path(__file__).parents[2] / "resources" / "demonstration" / "fragments.json"


@dataclass(frozen=True, slots=True)
class Situation:
    """Something that happened, as told in one tongue: fr, ar, ary (Darija) or ary-Latn."""

    text: str
    administration: str
    tongue: str
    theme: str

    @property
    def language(self) -> str:
        """The language in which this citizen is answered."""
        return Language.FRENCH if self.tongue == "fr" else Language.ARABIC


@dataclass(frozen=True, slots=True)
class Written:
    """The object and the text of a request, and where in the commune."""

    object: str
    text: str
    detail: str


@cache
def situations() -> Mapping[str, tuple[Situation, ...]]:
    """The shipped situations by administration."""
    found: dict[str, list[Situation]] = {}
    with TEXTS.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            one = Situation(row["text"], row["label"], row["language"], row["theme"])
            found.setdefault(one.administration, []).append(one)
    return {code: tuple(rows) for code, rows in found.items()}


@cache
def fragments() -> Any:
    """The parsed fragments; see the file for its shape."""
    return json.loads(FRAGMENTS.read_text("utf-8"))


def phrase(rng: random.Random, kind: str, language: str) -> str:
    """One of the staff's or citizens' short phrases of this kind."""
    return str(rng.choice(fragments()["work"][language][kind]))


def vague(rng: random.Random, language: str) -> Situation:
    """A complaint that does not say what it is about."""
    tongue = "fr" if language == Language.FRENCH else "ar"
    return Situation(rng.choice(fragments()["vague"][tongue]), "", tongue, "other")


def remark(rng: random.Random, kind: str, situation: Situation) -> Situation:
    """An observation or a suggestion for the administration and theme of `situation`."""
    tongue = "fr" if situation.tongue == "fr" else "ar"
    text = rng.choice(fragments()["remarks"][tongue][kind])
    return Situation(text, situation.administration, tongue, situation.theme)


def compose(
    rng: random.Random,
    situation: Situation,
    commune: Commune,
    on: date,
    *,
    theme_names: Mapping[str, tuple[str, str]],
    type: str = RequestType.COMPLAINT,
) -> Written:
    """A whole request about `situation`, sent on the civil date `on` from `commune`."""
    slots = _slots(rng, situation.tongue, commune, on)
    words = fragments()["requests"][situation.tongue]
    parts = [rng.choice(words["opening"])] if rng.random() < 0.8 else []
    parts.append(situation.text)
    if type == RequestType.COMPLAINT:
        parts += rng.sample(words["detail"], rng.choice((0, 1, 1, 2, 2, 3)))
        if rng.random() < 0.15:
            parts += _second(rng, situation, words)
        if rng.random() < 0.5:
            parts.append(rng.choice(words["effect"]))
        parts.append(rng.choice(words["request"]))
    if rng.random() < 0.6:
        parts.append(rng.choice(words["closing"]))
    break_after = rng.randrange(1, len(parts)) if len(parts) > 2 else 0
    text = " ".join(parts[:break_after]) + ("\n" if break_after else "") + " ".join(parts[break_after:])
    return Written(
        object=_object(rng, situation, commune, theme_names),
        text=_filled(text, slots),
        detail=f"{slots['quarter']}, {slots['street']} {slots['number']}" if rng.random() < 0.6 else "",
    )


def _second(rng: random.Random, situation: Situation, words: Any) -> list[str]:
    """Another grievance against the same administration, in the same tongue."""
    others: Sequence[Situation] = [
        one
        for one in situations().get(situation.administration, ())
        if one.tongue == situation.tongue and one.text != situation.text
    ]
    return [rng.choice(words["between"]), rng.choice(others).text] if others else []


def _object(
    rng: random.Random, situation: Situation, commune: Commune, theme_names: Mapping[str, tuple[str, str]]
) -> str:
    """A short object: the theme, the theme and the place, or the first words of the situation."""
    is_french = situation.language == Language.FRENCH
    theme = theme_names.get(situation.theme, ("", ""))[0 if is_french else 1]
    way = rng.random()
    if theme and way < 0.3:
        return theme
    if theme and way < 0.55:
        return f"{theme} – {_name(commune, is_french)}"
    first = situation.text.split(".")[0].split("،" if not is_french else " ;")[0]
    words = first.split()[: rng.randrange(7, 12)]
    while len(words) > 4 and len(words[-1]) < 4:
        words.pop()
    return " ".join(words).rstrip(",;:،")[:MAX_OBJECT]


def _slots(rng: random.Random, tongue: str, commune: Commune, on: date) -> dict[str, str]:
    content = fragments()
    latin = tongue in ("fr", "ary-Latn")
    script = 0 if latin else 1
    day = on - timedelta(days=rng.randrange(3, 120))
    month = content["months"]["fr" if latin else "ar"][day.month - 1]
    return {
        "commune": _name(commune, latin),
        "quarter": rng.choice(content["quarters"])[script],
        "street": rng.choice(content["streets"])[script],
        "number": str(rng.randrange(1, 240)),
        "n": str(rng.randrange(3, 9)),
        "age": str(rng.randrange(58, 86)),
        "date": f"{day.day} {month}",
        "ref": f"{rng.choice('ABCDEKMR')}{rng.randrange(10_000, 999_999)}/{on.year % 100}",
        "hour": str(rng.randrange(9, 15)),
        "money": str(rng.randrange(2, 90) * 50),
    }


def _name(commune: Commune, latin: bool) -> str:
    return places.commune_label(commune.code, "fr" if latin else "ar")


def _filled(text: str, slots: Mapping[str, str]) -> str:
    for name, value in slots.items():
        text = text.replace("{" + name + "}", value)
    return text
