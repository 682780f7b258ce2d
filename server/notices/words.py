"""The words of notices: catalogue texts filled for one citizen, and the limits of the ways they travel.

A text is kept with the marks PORTAL and LETTER in it; whoever hands it over puts the portal's public address
in the place of the one, and the sentence about the enclosed letter in that of the other.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from resources.catalogue import Catalogue, ltr

PORTAL = "\ue000"
"""Stands for the portal's public address until a notice is handed over."""

LETTER = "\ue001"
"""Stands for the sentence about the enclosed letter, which may not be recorded yet."""

LRM = "\u200e"
"""Keeps a number that begins with digits in one piece inside Arabic, also on telephones without isolates."""

_ADDRESS = re.compile(r"://|@|www\.|\w\.[a-z]{2,}", re.IGNORECASE)
_PIECES = {True: (160, 153), False: (70, 67)}
_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_TWICE = frozenset("^{}\\[~]|€\f")


class Means(StrEnum):
    """The ways a notice may take."""

    EMAIL = "email"
    SMS = "sms"


@dataclass(frozen=True, slots=True)
class Said:
    """A notice as its reader will see it; `subject` is "" by SMS."""

    subject: str
    body: str


def is_gsm(text: str) -> bool:
    """Whether a telephone network carries `text` in its own alphabet, seven bits a letter (GSM 03.38)."""
    return all(c in _GSM or c in _GSM_TWICE for c in text)


def segments(text: str) -> int:
    """How many short messages `text` takes: of 160 or 153 letters in the GSM alphabet, else of 70 or 67."""
    gsm = is_gsm(text)
    units = sum(2 if c in _GSM_TWICE else 1 for c in text) if gsm else len(text.encode("utf-16-be")) // 2
    alone, joined = _PIECES[gsm]
    return 1 if units <= alone else -(-units // joined)


def follow_address(language: str) -> str:
    """Where a request is followed; contains PORTAL."""
    return f"{PORTAL}/{language}/suivi"


def short_date(day: date) -> str:
    """25/12/2026, as written in short messages of both languages."""
    return f"{day:%d/%m/%Y}"


def long_date(texts: Catalogue, day: date) -> str:
    """25 décembre 2026, in the reader's language."""
    key = "dates.first_day" if day.day == 1 else "dates.day"
    return texts(key, day=day.day, month=texts(f"dates.month.{day.month}"), year=day.year)


def without_addresses(text: str, most: int = 120) -> str:
    """`text` without anything a mail reader would turn into a link.

    Nobody has proved that the address is the citizen's own: the platform must not carry a stranger's links.
    """
    kept = " ".join("…" if _ADDRESS.search(word) else word for word in text.split())
    return kept if len(kept) <= most else kept[: most - 1].rstrip() + "…"


def sentence(text: str) -> str:
    """`text` with a capital: the request is named in the middle of a sentence or at its head."""
    return text[:1].upper() + text[1:]


def sms(texts: Catalogue, kind: str, *, request: str, **values: str) -> Said:
    """The short message of `kind`, the address on a line of its own; two segments at most (tested)."""
    return Said("", f"{_short(texts, kind, request, values)}\n{follow_address(texts.language)}")


def mail(texts: Catalogue, kind: str, *, request: str, ref: str, **values: str) -> Said:
    """The e-mail of `kind`: its own text between the greeting and the lines that every mail ends with."""
    text = texts(f"notices.{kind}.text", request=request, Request=sentence(request), **values)
    return _framed(texts, texts(f"notices.{kind}.subject", ref=ref, **values), text)


def neutral_mail(texts: Catalogue, kind: str, *, request: str, ref: str, **values: str) -> Said:
    """The e-mail about a confidential complaint: what the short message says, and no more."""
    return _framed(texts, texts("notices.neutral.subject", ref=ref), _short(texts, kind, request, values))


def _short(texts: Catalogue, kind: str, request: str, values: Mapping[str, str]) -> str:
    return texts(f"notices.{kind}.sms", request=request, Request=sentence(request), **values)


def _framed(texts: Catalogue, subject: str, text: str) -> Said:
    follow = texts("notices.mail.follow", follow=follow_address(texts.language))
    data = texts("notices.mail.data", address=f"{PORTAL}/{texts.language}/donnees-personnelles")
    parts = (texts("notices.mail.greeting"), text, follow, texts("notices.mail.signature"), data)
    return Said(subject, "\n\n".join(parts))


def number_in(texts: Catalogue, means: str, number: str) -> str:
    """A registration number or a code that stays in one piece inside a sentence of either direction."""
    if texts.language == "fr":
        return number
    return ltr(number) if means == Means.EMAIL else LRM + number


def one_time_code(language: str, means: str, code: str, minutes: int) -> Said:
    """The message with which a lost tracking code is recovered."""
    texts = Catalogue(language)
    shown = number_in(texts, means, code)
    if means == Means.SMS:
        return Said("", texts.count("notices.one_time_code.sms", minutes, code=shown))
    parts = (
        texts("notices.mail.greeting"),
        texts.count("notices.one_time_code.text", minutes, code=shown),
        texts("notices.mail.signature"),
    )
    return Said(texts("notices.one_time_code.subject"), "\n\n".join(parts))
