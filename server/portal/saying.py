"""What a citizen says on an opened request: a message, a complement, a reopening, a rating of the answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from protocol import history
from protocol.acts import Act, GiveComplement, Rate, Reopen, Write
from protocol.complaint import Complaint, EventKind
from protocol.text import clean_text
from protocol.wire import MAX_TEXT
from resources.catalogue import Catalogue
from server.request import FieldProblem, Problem

RATE, REOPEN = "rate", "reopen"
YES, NO = "yes", "no"
REASONS = ("unsolved", "unclear", "incomplete", "wrong_facts", "promise", "other")
"""Why an answer does not satisfy; each is a text `portal.rate.reason.<code>`, kept in the citizen's words."""


@dataclass(frozen=True, slots=True)
class Said:
    """A posted form as typed; `satisfied` and `reason` belong to ratings."""

    kind: str
    text: str
    satisfied: str = ""
    reason: str = ""

    @property
    def typed(self) -> Mapping[str, str]:
        """What the form shows again."""
        return {"text": self.text, "satisfied": self.satisfied, "reason": self.reason}


def tidy(said: Said) -> Said:
    """`said` without control characters, bidi overrides and stray space around it."""
    return Said(said.kind, clean_text(said.text).strip(), said.satisfied, said.reason)


def check(said: Said) -> tuple[FieldProblem, ...]:
    """Every problem of what was said; empty when it may be passed on."""
    found: list[FieldProblem] = []
    if said.kind == RATE:
        if said.satisfied not in (YES, NO):
            found.append(FieldProblem("satisfied", Problem.REQUIRED))
        elif said.satisfied == NO and said.reason not in REASONS:
            found.append(FieldProblem("reason", Problem.REQUIRED))
    elif not said.text:
        found.append(FieldProblem("text", Problem.REQUIRED))
    if len(said.text) > MAX_TEXT:
        found.append(FieldProblem("text", Problem.LONG, limit=MAX_TEXT, length=len(said.text)))
    return tuple(found)


def is_outdated(said: Said, document: Complaint, shown_at: datetime) -> bool:
    """Whether this speaks of an answer, on a page shown (aware UTC) before the present answer left.

    An old page left open must not rate, nor give back, an answer that its citizen has not read.
    """
    sent = history.last(document, EventKind.DISPATCHED)
    # Pages know the time to a millisecond.
    is_newer = sent is not None and sent.at - shown_at >= timedelta(milliseconds=1)
    return said.kind in (RATE, REOPEN) and is_newer


def act_of(said: Said, language: str) -> Act:
    """The citizen's act; the reason of a rating is stored as the citizen read it, for people to read."""
    if said.kind == RATE:
        satisfied = said.satisfied == YES
        reason = "" if satisfied else Catalogue(language)(f"portal.rate.reason.{said.reason}")
        return Rate(satisfied=satisfied, reason=reason, comment=said.text)
    if said.kind == "complement":
        return GiveComplement(text=said.text)
    return Reopen(reason=said.text) if said.kind == REOPEN else Write(text=said.text)
