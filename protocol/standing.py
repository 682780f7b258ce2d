"""What already is as the act asks: such an act is applied, and changes nothing (PROTOCOL §2: "no-op").

Two people who want the same thing are not in conflict, and a repeated wish is not an error. The words of the
second one are not lost for that: they join the history as a note.
"""

from typing import Any

from protocol import acts, history
from protocol.complaint import Complaint, Status


def already_so(document: Complaint, act: acts.Act) -> bool:
    """Whether `act` asks for what the document already says."""
    state = _STATES.get(type(act))
    if state is not None and document.status == state:
        return not isinstance(act, acts.Join) or act.parent == document.parent
    question = _QUESTIONS.get(type(act))
    return question is not None and question(document, act)


def _has_assignee(document: Complaint, act: acts.Assign) -> bool:
    return act.assignee != "" and act.assignee == document.assignee


def _proposed(document: Complaint, act: acts.ProposeJoin) -> bool:
    return act.parent != "" and act.parent == document.join_proposed


def _kept(document: Complaint, act: acts.KeepCommitment) -> bool:
    return any(p.id == act.commitment and p.kept_on is not None for p in document.commitments)


def _flagged(document: Complaint, act: acts.Flag) -> bool:
    if act.urgent not in (None, document.urgent):
        return False
    if act.confidential is None:
        return True
    return act.confidential == document.confidential and (not act.confidential or act.named == document.named)


def _right(document: Complaint, act: acts.Correct) -> bool:
    given = bool(act.theme) or act.place is not None
    return given and act.theme in ("", document.theme) and act.place in (None, document.place)


def _recorded(document: Complaint, act: acts.RecordLetter) -> bool:
    return act.act != "" and history.recorded_letter(document, act.act) is not None


def _known_to_be_back(document: Complaint, _: acts.ReportUndelivered) -> bool:
    waits = document.status in (Status.TO_DISPATCH, Status.INADMISSIBLE, Status.AWAITING_CITIZEN)
    return waits and history.reported_back(document)


_WORDS = ("text", "reason", "note")


def words_unsaid(document: Complaint, act: acts.Act) -> str:
    """What the author of an act that changes nothing wrote, where the history does not have it yet."""
    said = {event.text for event in document.events} | {event.reason for event in document.events}
    written = (str(getattr(act, name, "")).strip() for name in _WORDS)
    return "\n".join(words for words in written if words and words not in said)


_STATES: dict[type[acts.Act], Status] = {
    acts.Open: Status.IN_PROGRESS,
    acts.Close: Status.CLOSED,
    acts.Reopen: Status.REOPENED,
    acts.Withdraw: Status.WITHDRAWN,
    acts.Join: Status.JOINED,
    acts.TakeIntoAccount: Status.NOTED,
    acts.File: Status.FILED,
}

_QUESTIONS: dict[type[acts.Act], Any] = {
    acts.Assign: _has_assignee,
    acts.ProposeJoin: _proposed,
    acts.KeepCommitment: _kept,
    acts.Flag: _flagged,
    acts.Correct: _right,
    acts.RecordLetter: _recorded,
    acts.ReportUndelivered: _known_to_be_back,
}
