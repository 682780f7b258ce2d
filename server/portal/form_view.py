"""A form as a template shows it: what was typed, the problems in words, the files already received."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from protocol.complaint import Attachment
from protocol.files import SUFFIXES
from resources.catalogue import Catalogue, isolated
from server.request import FieldProblem, Request

FIELDS = (
    "type", "object", "text", "theme", "province", "commune", "detail", "administration", "name",
    "identity_kind", "identity_number", "phone", "email",
)  # fmt: skip
"""Fields of the request that a person types or chooses, in the order of the form."""


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file already checked: its clean name, its size in words, the stub that stands for it."""

    name: str
    size: str
    token: str


@dataclass(frozen=True, slots=True)
class EnclosedFile:
    """A file of the answer: its name, its type and size in words, the SHA-256 that asks for it."""

    name: str
    type: str
    size: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a list."""

    code: str
    label: str


@dataclass(frozen=True, slots=True)
class Group:
    """Choices under one heading; "" for none."""

    label: str
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class FormView:
    """`form[name]` is what was typed; `problems[name]` the words to show beside the field."""

    token: str
    values: Mapping[str, str] = field(default_factory=dict)
    problems: Mapping[str, Sequence[str]] = field(default_factory=dict)
    all_problems: Sequence[tuple[str, str]] = ()
    summary: str = ""
    kept: Sequence[KeptFile] = ()

    def __getitem__(self, name: str) -> str:
        return self.values.get(name, "")


def in_words(problem: FieldProblem, texts: Catalogue) -> str:
    """What a person reads beside the field."""
    return texts(
        f"portal.error.{problem.code}",
        limit=figure(problem.limit),
        length=figure(problem.length),
        name=isolated(problem.name),
    )


def view(
    token: str,
    values: Mapping[str, str],
    problems: Sequence[FieldProblem],
    texts: Catalogue,
    *,
    kept: Sequence[KeptFile] = (),
) -> FormView:
    """The form again, with its problems in the order given."""
    by_field: dict[str, list[str]] = {}
    for problem in problems:
        by_field.setdefault(problem.field, []).append(in_words(problem, texts))
    listed = [(name, _with_label(name, words, texts)) for name, every in by_field.items() for words in every]
    summary = texts.count("portal.error.summary", len(listed)) if listed else ""
    return FormView(token, values, by_field, listed, summary, kept)


def _with_label(name: str, words: str, texts: Catalogue) -> str:
    """In the summary a problem stands far from its field, and says which one it is."""
    if not texts.has(f"portal.label.{name}"):
        return words
    return texts("portal.labelled", label=texts(f"portal.label.{name}"), words=words)


def typed(request: Request) -> dict[str, str]:
    """The values of a request as the form shows them again."""
    values: dict[str, str] = {name: getattr(request, name) for name in FIELDS}
    return values | {"consent": "yes" if request.consent else ""}


def kept_file(attachment: Attachment, stub: str, texts: Catalogue) -> KeptFile:
    """A checked file, to be shown with its box ticked."""
    return KeptFile(attachment.name, size_in_words(attachment.size, texts), stub)


def enclosed_file(attachment: Attachment, texts: Catalogue) -> EnclosedFile:
    """A file that goes with the answer; its type by its content, whatever its name says."""
    kind = SUFFIXES.get(attachment.mime, "").removeprefix(".").upper()
    return EnclosedFile(attachment.name, kind, size_in_words(attachment.size, texts), attachment.sha256)


def size_in_words(size: int, texts: Catalogue) -> str:
    """Bytes as kilobytes or megabytes, with the decimal comma of both languages."""
    if size < 1_000_000:
        return texts("portal.kilobytes", n=max(1, round(size / 1000)))
    return texts("portal.megabytes", n=f"{size / 1_000_000:.1f}".replace(".", ","))


def figure(n: int) -> str:
    """A whole number with narrow spaces between thousands."""
    return f"{n:,}".replace(",", "\u202f")
