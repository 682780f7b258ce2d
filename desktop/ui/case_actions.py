"""Which acts the bar offers for an opened complaint, with their keys, and which one is the next step. No Qt.

What a role never does is left out; what the state forbids for now is greyed with the rules' own reason.
"""

from desktop.core.correspondence import state_of
from desktop.core.records import Case
from desktop.core.translation import Translation
from desktop.ui.action import Action
from desktop.ui.plain_acts import RECIPES
from protocol.acts import Answer, Assign, DeclareInadmissible, Note, Open, Submit, Transfer
from protocol.rules import Refusal
from protocol.scope import ISSUING, roles_over
from protocol.settings import Actor

KEYS = {"answer": "R", "transfer": "T", "note": "N", "assign": "A", "open": "O", "letter": "L"}
HIDDEN = frozenset({Refusal.NOT_ALLOWED, Refusal.WRONG_TYPE, Refusal.OUT_OF_SCOPE, Refusal.UNKNOWN_ACT})
_ICONS = {
    "ask_complement": "waiting",
    "send_interim": "clock",
    "decline": "undo",
    "close": "check",
    "reopen": "sync",
    "withdraw": "close",
    "assign_other": "assign",
    "validate": "check",
    "return": "returned",
    "take_into_account": "check",
    "file": "inbox",
    "receive_elements": "unit",
}


def may_write_answer(case: Case) -> Refusal | None:
    """None when an answer may be written here: direct, to validation, or as an inadmissibility decision."""
    refusals = [
        case.may.get(act.kind) for act in (Answer, Submit, DeclareInadmissible) if act.kind in case.may
    ]
    if None in refusals:
        return None
    told = [refusal for refusal in refusals if refusal not in HIDDEN and refusal != Refusal.WRONG_CHAIN]
    return (told or refusals or [Refusal.UNKNOWN_ACT])[0]


def main_actions(case: Case, words: Translation, *, me: str, editing: bool) -> tuple[Action, ...]:
    """The buttons; none is filled while an editor with its own filled button is open."""
    answer = may_write_answer(case)
    drafted = "answer" in case.drafts
    mine = case.document.assignee == me
    assign = "take" if not case.document.assignee else "reassign"
    rows: list[tuple[str, str, Refusal | None]] = [
        ("answer", "resume" if drafted else "answer", answer),
        ("open", "open", case.may.get(Open.kind, Refusal.UNKNOWN_ACT)),
        ("transfer", "transfer", case.may.get(Transfer.kind, Refusal.UNKNOWN_ACT)),
        ("note", "note", case.may.get(Note.kind, Refusal.UNKNOWN_ACT)),
        ("assign", assign, case.may.get(Assign.kind, Refusal.UNKNOWN_ACT)),
    ]
    if state_of(case.document) is not None:
        rows.append(("letter", "letter", None))
    filled = "" if editing else _next_step(case, mine=mine, answer=answer)
    return tuple(
        Action(
            code,
            words(f"case.act.{name}"),
            KEYS[code],
            why=words.refusal(refusal).text if refusal is not None else "",
            filled=code == filled,
        )
        for code, name, refusal in rows
        if refusal not in HIDDEN and not (code == "open" and refusal is not None)
    )


def rare_actions(case: Case, words: Translation, actor: Actor) -> tuple[Action, ...]:
    """The menu: acts of a sentence or a date that are allowed now, and papers `actor` may give."""
    found = [
        Action(kind, words(f"case.act.{kind}"), icon=_ICONS.get(kind, ""))
        for kind in RECIPES
        if case.may.get(kind, Refusal.UNKNOWN_ACT) is None
    ]
    if not case.document.assignee and case.may.get(Assign.kind, Refusal.UNKNOWN_ACT) is None:
        found.insert(0, Action("assign_other", words("case.act.assign_other"), icon="assign"))
    if case.document.number and ISSUING & roles_over(case.document, actor, case.today):
        found.append(Action("receipt", words("case.act.receipt"), icon="stamp"))
    return tuple(found)


def _next_step(case: Case, *, mine: bool, answer: Refusal | None) -> str:
    if mine and case.may.get(Open.kind, "") is None:
        return "open"
    if answer is None and (mine or not case.document.assignee):
        return "answer"
    if not case.document.assignee and case.may.get(Assign.kind, "") is None:
        return "assign"
    return ""
