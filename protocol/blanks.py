"""Fields of canned texts that nobody has filled, {name}, {{name}} or [date]: they stop an answer, by name.

Digits, dots and figures in brackets ([1], […]) are ordinary writing.
"""

import re
from collections.abc import Iterator

from protocol.complaint import Reply

_FIELD = re.compile(r"\{\{?\s*([^{}\n]{1,60}?)\s*\}?\}|\[\s*([^\W\d_][^\[\]{}\n]{0,59}?)\s*\]")


def blanks(text: str) -> tuple[str, ...]:
    """Names of the fields still standing in `text`, each once, in order."""
    return tuple(dict.fromkeys(found.group(1) or found.group(2) for found in _FIELD.finditer(text)))


def unfilled(reply: Reply) -> tuple[str, ...]:
    """Names of the fields still standing anywhere in an answer, each once, in the order of the letter."""
    return tuple(dict.fromkeys(name for text in _texts(reply) for name in blanks(text)))


def _texts(reply: Reply) -> Iterator[str]:
    yield reply.text
    for point in reply.points:
        yield point.answer
    yield from (reply.reasons_of_law, reply.reasons_of_fact)
    for promise in reply.commitments:
        yield promise.text
    yield reply.translation
