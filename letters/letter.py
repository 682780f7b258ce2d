"""The official answer letter: what it says, what it may not leave empty, and its bytes.

`render` is deterministic: the same letter gives the same bytes. A letter whose obligatory fields are empty is
refused with their names, never printed with holes. How it is laid out is in `letters.setting`.
"""

import datetime
from dataclasses import dataclass
from enum import StrEnum

from letters.models import Both

NOTHING = Both()

RENDERER = "2"
"""Version of the layout: another one may give other bytes for the same letter."""


class Mark(StrEnum):
    """What is printed across the page when it is not the original."""

    NONE = ""
    PROJECT = "project"
    PROVISIONAL = "provisional"
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """Everything an answer letter says. `Both` fields stand in both languages, the others in `language`.

    Arabic is the original and French its translation, unless `language` is French, which needs its reason
    (DOMAIN §5). `number` is the outgoing number given by the server, "" before; `date` the civil date of the
    letter; `model` names the fixed words (`letters.models`).
    """

    model: str
    language: str
    number: str
    date: datetime.date
    ministry: Both
    direction: Both
    place: Both
    addressee: Both
    subject: Both
    reference_number: str
    reference_date: datetime.date
    opening: str
    body: str
    recourses: Both
    courtesy: str
    quality: Both
    signatory: Both
    contact: Both
    mark: Mark = Mark.PROJECT
    service: Both = NOTHING
    address: str = ""
    introduction: str = ""
    ground: str = ""
    points: tuple[tuple[str, str], ...] = ()
    commitments: tuple[tuple[str, datetime.date], ...] = ()
    reasons_of_law: str = ""
    reasons_of_fact: str = ""
    is_adverse: bool = False
    enclosures: tuple[str, ...] = ()
    copies: tuple[Both, ...] = ()
    head: Both = NOTHING
    translation: str = ""
    french_only_reason: str = ""


class Incomplete(ValueError):
    """Obligatory fields are empty; `names` lists them in the order of the letter."""

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__(", ".join(names))
        self.names = names


_OBLIGATORY = (
    "ministry", "direction", "place", "addressee", "subject", "reference_number", "opening", "body",
    "recourses", "courtesy", "quality", "signatory", "contact",
)  # fmt: skip
_OF_AN_ORIGINAL = frozenset({"quality", "signatory"})
"""Known once somebody has signed: a draft may be looked at without them."""


def missing(letter: Letter) -> tuple[str, ...]:
    """Names of the obligatory fields that are empty, in the order of the letter.

    An adverse decision needs reasons of law and of fact; an original, its number and its signatory.
    """
    original = letter.mark in (Mark.NONE, Mark.DUPLICATE)
    names = [
        name
        for name in _OBLIGATORY
        if (original or name not in _OF_AN_ORIGINAL) and _is_empty(getattr(letter, name))
    ]
    if letter.is_adverse:
        names += [name for name in ("reasons_of_law", "reasons_of_fact") if not getattr(letter, name).strip()]
    if original and not letter.number:
        names.append("number")
    return tuple(names)


def _is_empty(value: str | Both) -> bool:
    texts = (value.ar, value.fr) if isinstance(value, Both) else (value,)
    return not all(text.strip() for text in texts)


def render(letter: Letter) -> bytes:
    """The PDF; raises Incomplete with the names of empty obligatory fields."""
    # Composing and checking a letter needs neither fonts nor pages: they are loaded when one is printed.
    from letters.setting import printed

    if names := missing(letter):
        raise Incomplete(names)
    return printed(letter)
