"""The fixed words of official letters, in both languages: one file a version in resources/letters.

A file that has served is never edited: a letter names its model, and must come out the same ten years later.
New words are a new version.
"""

import datetime
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import msgspec

from protocol.complaint import Language
from resources.catalogue import ltr, plural_category

ANSWER = "answer-1"
"""The model of answers written now."""


class Both(msgspec.Struct, frozen=True):
    """The same words in Arabic and in French."""

    ar: str = ""
    fr: str = ""

    def of(self, language: str) -> str:
        """The words in this language, Arabic for any other than French."""
        return self.fr if language == Language.FRENCH else self.ar

    def filled(self, **values: str) -> "Both":
        """Both sentences with their {places} filled by the same values."""
        return Both(self.ar.format_map(values), self.fr.format_map(values))


class Model(msgspec.Struct, frozen=True, kw_only=True):
    """The shape of a model's file; `{places}` are filled by `letters.composition` and `letters.setting`."""

    id: str
    months: Mapping[str, tuple[str, ...]]
    days: Mapping[str, Mapping[str, str]]
    captions: Mapping[str, Both]
    separators: Both
    subjects: Mapping[str, Both]
    civilities: Mapping[str, Both]
    openings: Both
    introductions: Mapping[str, Both]
    courtesies: Both
    portal: Both
    recourses: Mapping[str, Both]
    law: Both
    qualities: Mapping[str, Both]
    known_openings: Mapping[str, tuple[str, ...]]
    known_introductions: Mapping[str, tuple[str, ...]]
    known_courtesies: Mapping[str, tuple[str, ...]]

    def caption(self, name: str, language: str, **values: str) -> str:
        """A fixed phrase of the letter in one language, its places filled."""
        return self.captions[name].of(language).format_map(values)

    def date(self, day: datetime.date, language: str) -> str:
        """A civil date in words, as Moroccan administrations write it."""
        month = self.months[language][day.month - 1]
        if language == Language.FRENCH:
            return f"{'1er' if day.day == 1 else day.day} {month} {day.year}"
        return f"{ltr(str(day.day))} {month} {ltr(str(day.year))}"

    def count_days(self, n: int, language: str) -> str:
        """A number of days in words that agree with it."""
        forms = self.days[language]
        return forms.get(plural_category(language, n), forms["other"]).format_map({"n": n})


@cache
def model(name: str = ANSWER) -> Model:
    """The model of this name; raises FileNotFoundError for a name no version of the program has had."""
    return msgspec.json.decode(
        files("resources").joinpath("letters", f"{name}.json").read_bytes(), type=Model
    )
