"""Interface texts in French and Arabic, by key, with the plural forms each language needs.

A catalogue is the union of `catalogues/<subject>.<language>.json`; a value is a string, or an object of CLDR
plural categories for counted texts. A missing key is a bug and raises KeyError.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "catalogues"
LANGUAGES = ("fr", "ar")

LRI, RLI, FSI, PDI = "\u2066", "\u2067", "\u2068", "\u2069"


def ltr(text: str) -> str:
    """`text` as an isolated left-to-right run: numbers, file names, addresses inside any sentence."""
    return f"{LRI}{text}{PDI}"


def isolated(text: str) -> str:
    """`text` isolated in the direction of its own first strong letter: names inside any sentence."""
    return f"{FSI}{text}{PDI}"


def plural_category(language: str, n: int) -> str:
    """CLDR cardinal category of the integer `n` ≥ 0 in `language`."""
    if language == "fr":
        return "one" if n in (0, 1) else "other"
    if n in (0, 1, 2):
        return ("zero", "one", "two")[n]
    rest = n % 100
    if 3 <= rest <= 10:
        return "few"
    return "many" if rest >= 11 else "other"


@cache
def _entries(language: str) -> Mapping[str, str | Mapping[str, str]]:
    entries: dict[str, str | Mapping[str, str]] = {}
    for path in sorted(FOLDER.glob(f"*.{language}.json")):
        entries.update(json.loads(path.read_text(encoding="utf-8")))
    return entries


class Catalogue:
    """The texts of one language; `catalogue("key", name=…)` and `catalogue.count("key", n)`."""

    def __init__(self, language: str) -> None:
        if language not in LANGUAGES:
            raise KeyError(language)
        self.language = language
        self._entries = _entries(language)

    def __call__(self, key: str, **values: object) -> str:
        """The text of `key` with its {placeholders} filled; raises KeyError for an unknown key."""
        entry = self._entries[key]
        if not isinstance(entry, str):
            raise KeyError(f"{key} is counted")
        return entry.format_map(values) if values else entry

    def has(self, key: str) -> bool:
        """Whether `key` exists."""
        return key in self._entries

    def count(self, key: str, n: int, **values: object) -> str:
        """The form of the counted text `key` for `n`, which also fills {n}."""
        entry = self._entries[key]
        if isinstance(entry, str):
            return entry.format_map({"n": n, **values})
        form = entry.get(plural_category(self.language, n)) or entry["other"]
        return form.format_map({"n": n, **values})
