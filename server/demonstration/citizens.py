"""Invented citizens: a name in the script they write in, a commune by its population, ways to reach them.

Telephone numbers and addresses are plainly fictitious (+2126 000…, the reserved domain `.test`).
"""

import bisect
import itertools
import json
import random
import unicodedata
from functools import cache
from pathlib import Path

from protocol.complaint import Channel, IdentityKind, Language, Person, Place
from resources import places
from resources.places import Commune

NAMES = Path(__file__).parents[2] / "resources" / "demonstration" / "names.json"
TEAM_REGION = "04"
_TEAM_WEIGHT = 2.5


@cache
def _names() -> dict[str, list[tuple[str, str]]]:
    read: dict[str, list[tuple[str, str]]] = json.loads(NAMES.read_text("utf-8"))
    return read


@cache
def _weighted(region: str) -> tuple[tuple[Commune, ...], tuple[float, ...]]:
    """Communes with cumulated weights: the square root of the population, more in the team's region."""
    every = tuple(one for one in places.communes() if region in ("", one.region))
    weights = [
        max(one.population, 1) ** 0.5 * (_TEAM_WEIGHT if one.region == TEAM_REGION else 1) for one in every
    ]
    return every, tuple(itertools.accumulate(weights))


def choose_commune(rng: random.Random, region: str = "") -> Commune:
    """A commune of `region`, or of the country; large ones more often, and not in proportion."""
    every, cumulated = _weighted(region)
    return every[bisect.bisect(cumulated, rng.random() * cumulated[-1])]


def place_of(commune: Commune, detail: str) -> Place:
    """The place as a request carries it."""
    return Place(region=commune.region, province=commune.province, commune=commune.code, detail=detail)


def invent(rng: random.Random, language: str, channel: str) -> Person:
    """A citizen writing in `language`; who comes by e-mail has an address, others often only a telephone."""
    names = _names()
    first = rng.choice(names["men"] if rng.random() < 0.55 else names["women"])
    family = rng.choice(names["families"])
    script = 1 if language == Language.ARABIC else 0
    kind, number = _identity(rng)
    has_email = channel == Channel.EMAIL or rng.random() < 0.45
    return Person(
        name=f"{first[script]} {family[script]}",
        identity_kind=kind,
        identity_number=number,
        phone=f"+2126000{rng.randrange(100_000):05d}" if rng.random() < 0.92 else "",
        email=f"{_latin(first[0])}.{_latin(family[0])}{rng.randrange(1000)}@exemple.test"
        if has_email
        else "",
    )


def _identity(rng: random.Random) -> tuple[IdentityKind, str]:
    chance = rng.random()
    if chance < 0.9:
        return IdentityKind.CIN, f"ZZ{rng.randrange(1_000_000):06d}"
    if chance < 0.93:
        return IdentityKind.RESIDENCE_CARD, f"ZR{rng.randrange(100_000):05d}Z"
    if chance < 0.96:
        return IdentityKind.PASSPORT, f"ZZ{rng.randrange(10_000_000):07d}"
    return IdentityKind.COMPANY, f"000{rng.randrange(10**12):012d}"


def _latin(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.lower())
    return "".join(letter for letter in plain if letter.isascii() and letter.isalpha())
