"""Labels of stored codes in both languages, from `vocabulary.json`, used by desktop, portal and letters.

A label may have variants: `short` for badges, `public` for what the citizen reads, `masculine` for Arabic
agreement with اقتراح.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path


@cache
def _groups() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    path = Path(__file__).with_name("vocabulary.json")
    groups: Mapping[str, Mapping[str, Mapping[str, str]]] = json.loads(path.read_text(encoding="utf-8"))
    return groups


def label(group: str, code: str, language: str, variant: str = "") -> str:
    """The label of `code` in `group`; falls back from the variant to the plain label, then to the code.

    `variant` is "", "short", "public" or "masculine". A newer server may know codes that we do not:
    those show as themselves.
    """
    entry = _groups().get(group, {}).get(code)
    if entry is None:
        return code
    return entry.get(f"{language}_{variant}") or entry[language]


def codes(group: str) -> tuple[str, ...]:
    """All codes of a group in the order of the file; raises KeyError for an unknown group."""
    return tuple(_groups()[group])
