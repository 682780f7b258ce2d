"""Who sees a complaint: administration, unit, dates of grants, confidentiality, the person complained of."""

from datetime import date, timedelta

import pytest

from protocol import acts
from protocol.rules import Refusal, grants_scope
from protocol.scope import roles_over
from protocol.settings import CITIZEN, SYSTEM, Actor, Grant, Role
from tests.rule_cases import (
    ADMIN,
    AMINA,
    AUDITOR,
    CN,
    FOREIGN_HEAD,
    LIAM,
    PEOPLE,
    TODAY,
    A,
    B,
    complaint,
    refused,
)  # fmt: skip


def who_sees(**changes: object) -> set[str]:
    return {actor.id for actor in PEOPLE if grants_scope(complaint(**changes), actor, TODAY)}


def test_people_of_the_unit_and_of_the_whole_house_see_it() -> None:
    assert who_sees() == {"amina", "bilal", "salma", "vera", "sina", "clara", "director"}


def test_what_has_no_unit_yet_is_seen_from_the_whole_house_only() -> None:
    assert who_sees(unit="") == {"sina", "clara", "director"}


def test_another_house_sees_its_own() -> None:
    assert who_sees(administration=B, unit="V1") == {"farid", "fatima"}
    assert who_sees(administration=CN, unit="") == {"cora"}


def test_the_liaison_sees_ombudsman_files_only() -> None:
    assert "liam" in who_sees(ombudsman=True)
    assert LIAM.id not in who_sees()


@pytest.mark.parametrize("actor", [ADMIN, AUDITOR], ids=lambda actor: actor.id)
def test_administrators_and_auditors_read_no_complaint(actor: Actor) -> None:
    assert not grants_scope(complaint(unit=""), actor, TODAY)


def test_confidential_is_for_named_persons_only() -> None:
    assert who_sees(confidential=True, named=("amina", "farid", "ghost")) == {"amina"}


def test_confidential_without_a_name_yet_is_for_supervisors_of_the_whole_house() -> None:
    assert who_sees(confidential=True) == {"director"}


def test_nobody_sees_a_complaint_aimed_at_themselves_not_even_named() -> None:
    assert "director" not in who_sees(against="director")
    assert who_sees(against="amina", confidential=True, named=("amina", "salma")) == {"salma"}
    act = acts.Note(text="x")
    assert refused(complaint(against="amina"), AMINA, act) is Refusal.OUT_OF_SCOPE


@pytest.mark.parametrize(
    ("starts", "ends", "seen"),
    [
        (TODAY, TODAY, True),
        (None, TODAY - timedelta(days=1), False),
        (TODAY + timedelta(days=1), None, False),
        (date(2020, 1, 1), date(2030, 1, 1), True),
    ],
)
def test_grants_count_on_their_days_both_included(starts: date | None, ends: date | None, seen: bool) -> None:
    grant = Grant(role=Role.SUPERVISOR, administration=A, starts=starts, ends=ends)
    actor = Actor(id="x", grants=(grant,))
    assert grants_scope(complaint(), actor, TODAY) is seen
    assert grants_scope(complaint(confidential=True), actor, TODAY) is seen


def test_citizen_and_system_are_themselves_and_nobody_becomes_them_by_a_grant() -> None:
    assert roles_over(complaint(), CITIZEN, TODAY) == {Role.CITIZEN}
    assert grants_scope(complaint(confidential=True), SYSTEM, TODAY)
    pretender = Actor(
        id="x",
        grants=(Grant(role=Role.SYSTEM, administration=A), Grant(role=Role.CITIZEN, administration="")),
    )
    assert not grants_scope(complaint(), pretender, TODAY)


def test_roles_are_those_held_here() -> None:
    both = Actor(id="x", grants=(*AMINA.grants, *FOREIGN_HEAD.grants))
    assert roles_over(complaint(), both, TODAY) == {Role.AGENT}
    assert roles_over(complaint(administration=B, unit="V1"), both, TODAY) == {Role.SUPERVISOR}
