"""Dates, times, figures and places in words for a person: where views turn UTC into the office's civil time.

The words are those of `desktop.core.translation`; Arabic is ar_MA, with Moroccan months and Western digits.
"""

from datetime import date, datetime
from functools import cache

from PySide6.QtCore import QLocale

from desktop.core.translation import Translation
from protocol.complaint import Place
from protocol.deadlines import CASABLANCA
from resources import places

_LOCALES = {"fr": "fr_MA", "ar": "ar_MA"}


@cache
def _words(language: str) -> Translation:
    return Translation(language)


def locale(language: str) -> QLocale:
    """The QLocale of an interface language (plain `ar` would give Arabic-Indic digits)."""
    return QLocale(_LOCALES[language])


def local(at: datetime) -> datetime:
    """The instant `at` (aware) on the clock of Casablanca, whatever the PC's own zone says."""
    return at.astimezone(CASABLANCA)


def day(on: date, language: str) -> str:
    """2 décembre 2026 · 2 دجنبر 2026."""
    return _words(language).date(on)


def short_day(on: date, language: str, today: date | None = None) -> str:
    """3 oct. 2026; without the year when it is that of `today`."""
    return _words(language).short_date(on, today)


def time(at: datetime, language: str) -> str:
    """09:42, of an aware instant."""
    return _words(language).time(at)


def moment(at: datetime, language: str, now: datetime | None = None) -> str:
    """3 oct. 2026, 09:42; "aujourd'hui" or "hier" when `now` is given and close."""
    return _words(language).moment(at, now)


def ago(at: datetime, language: str, now: datetime) -> str:
    """How long since `at`, in one unit."""
    return _words(language).ago(at, now)


def due(days_left: int, language: str) -> str:
    """The badge of a due date: J-8, Aujourd'hui, En retard de 2 j."""
    return _words(language).due(days_left)


def due_sentence(days_left: int, language: str) -> str:
    """The same in full, for tool tips and screen readers."""
    return _words(language).due_sentence(days_left)


def number(value: int, language: str) -> str:
    """1 284 in French, 1.284 in Arabic."""
    return _words(language).number(value)


def percent(share: float, language: str) -> str:
    """A share 0..1 as a whole percentage."""
    return _words(language).percent(share)


def size(octets: int, language: str) -> str:
    """A file's size: 214 ko, 1,2 Mo."""
    return _words(language).size(octets)


def place(where: Place | str, language: str) -> str:
    """Name of a place: of a code the finest known, of a `Place` its commune and region."""
    if isinstance(where, str):
        return places.label(where, language)
    names = (places.label(code, language) for code in (where.commune or where.province, where.region))
    return " · ".join(dict.fromkeys(name for name in names if name))
