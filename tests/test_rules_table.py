"""The table against the trade: every (state, act, role) is in DOMAIN's list below, or refused with a code.

LEGAL is written from DOMAIN §3 and §6, not from moves.py: a row added or lost by mistake shows here.
"""

import pytest

from protocol import acts
from protocol.complaint import FINAL, OPEN, EventKind, RequestType, Status
from protocol.moves import MOVES, moves_of
from protocol.rules import Refusal, may
from protocol.settings import CITIZEN, SYSTEM, Actor, Grant, Role
from tests.rule_cases import CN, NOW, SETTINGS, VALIDATED, A, complaint

HANDLERS = "agent validator supervisor"
STAFF = f"registry_clerk {HANDLERS} signatory ombudsman_liaison coordination"
EVERYWHERE = " ".join(status for status in Status if status != Status.DRAFT)
WORK = "received assigned in_progress awaiting_citizen awaiting_elements"
OPEN_STATES = " ".join(OPEN)

LEGAL: dict[str, tuple[str, str]] = {
    "assign": (f"{WORK} reopened", f"{HANDLERS} system"),
    "decline": ("assigned", HANDLERS),
    "open": ("assigned", HANDLERS),
    "note": (EVERYWHERE, STAFF),
    "write": (f"{OPEN_STATES} answered", "citizen registry_clerk"),
    "ask_complement": ("in_progress", HANDLERS),
    "give_complement": ("awaiting_citizen", "citizen registry_clerk"),
    "expire_complement": ("awaiting_citizen", "system"),
    "request_elements": ("in_progress", HANDLERS),
    "receive_elements": ("awaiting_elements", HANDLERS),
    "submit": ("assigned in_progress", HANDLERS),
    "answer": ("assigned in_progress reopened", HANDLERS),
    "validate": ("to_validate", "validator"),
    "return": ("to_validate", "validator"),
    "sign": ("to_sign", "signatory"),
    "refuse_signature": ("to_sign", "signatory"),
    "dispatch": ("to_dispatch inadmissible", "registry_clerk system"),
    "report_undelivered": ("answered inadmissible awaiting_citizen", "registry_clerk system"),
    "send_interim": (" ".join(OPEN - {Status.ARBITRATION}), HANDLERS),
    "close": ("answered", f"{HANDLERS} citizen system"),
    "reopen": ("answered closed inadmissible joined withdrawn", "citizen supervisor"),
    "rate": ("answered closed", "citizen"),
    "keep_commitment": (EVERYWHERE, HANDLERS),
    "transfer": (f"{WORK} to_validate reopened", f"{HANDLERS} coordination system"),
    "arbitrate": ("arbitration", "coordination"),
    "declare_inadmissible": ("received in_progress", "supervisor"),
    "propose_join": (f"{WORK} reopened", HANDLERS),
    "join": (f"{WORK} reopened", "supervisor"),
    "withdraw": (OPEN_STATES, f"citizen registry_clerk {HANDLERS} coordination"),
    "take_into_account": ("in_progress", HANDLERS),
    "file": ("in_progress", HANDLERS),
    "flag": (EVERYWHERE, "supervisor coordination"),
    "correct": (OPEN_STATES, f"registry_clerk {HANDLERS} coordination"),
    "record_letter": (EVERYWHERE, "system"),
}


def holder(role: str) -> Actor:
    if role == Role.CITIZEN:
        return CITIZEN
    if role == Role.SYSTEM:
        return SYSTEM
    return Actor(id="me", grants=(Grant(role=role, administration=A), Grant(role=role, administration=CN)))


def judged(kind: type[acts.Act], status: Status, role: str) -> Refusal | None:
    remark = kind.kind in ("take_into_account", "file")
    document = complaint(
        status=status,
        type=RequestType.OBSERVATION if remark else RequestType.COMPLAINT,
        assignee="" if kind is acts.Assign else "me",
        ombudsman=True,
        administration=CN if status == Status.ARBITRATION or role == Role.COORDINATION else A,
        unit="",
    )
    book = VALIDATED if kind is acts.Submit else SETTINGS
    return may(document, kind, holder(role), book, NOW)


@pytest.mark.parametrize("kind", acts.KINDS.values(), ids=lambda kind: kind.kind)
def test_every_state_and_role_is_in_the_table_or_refused(kind: type[acts.Act]) -> None:
    states, roles = (set(words.split()) for words in LEGAL[kind.kind])
    for status in Status:
        for role in Role:
            verdict = judged(kind, status, role)
            case = (kind.kind, status, role, verdict)
            if role in (Role.ADMINISTRATOR, Role.AUDITOR):
                assert verdict is Refusal.OUT_OF_SCOPE, case
            elif role not in roles:
                assert verdict is Refusal.NOT_ALLOWED, case
            elif status not in states or (kind.kind, status) == ("dispatch", Status.INADMISSIBLE):
                assert verdict is Refusal.ILLEGAL_TRANSITION, case
            else:
                assert verdict in (
                    None, Refusal.LIMIT_NOT_REACHED, Refusal.WINDOW_OPEN, Refusal.REOPENING_LIMIT,
                ), case  # fmt: skip


def test_every_act_has_its_line_and_every_line_its_act() -> None:
    assert set(LEGAL) == {kind for kind, _ in acts.KINDS}
    assert {row.act for row in MOVES} == set(acts.KINDS.values())


def test_every_event_of_an_act_is_left_by_one_act_only() -> None:
    by_event = {row.event: row.act for row in MOVES}
    assert all(row.act is by_event[row.event] for row in MOVES)
    assert set(EventKind) - set(by_event) == {EventKind.REGISTERED, EventKind.ROUTED}


def test_rows_of_one_act_share_roles_and_conflict_rule() -> None:
    for kind in acts.KINDS.values():
        rows = moves_of(kind)
        assert len({(row.by, row.own, row.conflict, row.event) for row in rows}) == 1


def test_final_states_are_left_only_by_reopening() -> None:
    leaving = {row.act for row in MOVES if row.from_ & FINAL and row.to is not None}
    assert leaving == {acts.Reopen}


def test_only_dispatching_makes_an_answer_and_only_a_sent_answer_closes() -> None:
    assert {row.act for row in MOVES if row.to == Status.ANSWERED} == {acts.Dispatch}
    assert {row.act for row in MOVES if row.to == Status.INADMISSIBLE} == {acts.Dispatch}
    assert {status for row in MOVES if row.to == Status.CLOSED for status in row.from_} == {Status.ANSWERED}


def test_drafts_belong_to_their_author_alone() -> None:
    assert not any(Status.DRAFT in row.from_ or row.to == Status.DRAFT for row in MOVES)


def test_every_state_but_draft_can_be_reached() -> None:
    assert {row.to for row in MOVES if row.to is not None} == set(Status) - {Status.DRAFT}
