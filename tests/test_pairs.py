"""docs/PAIRS.md says what becomes of two acts written without knowing of each other; the rules follow it."""

import re
from functools import cache
from pathlib import Path

import pytest

from tests import pair_table
from tests.pair_cases import (
    ALONE,
    APPLIED,
    NOTED,
    ROWS,
    TRANSFER_INSIDE,
    Meeting,
    meetings,
    situations,
    written,
)

DOCUMENT = (Path(__file__).parents[1] / "docs" / "PAIRS.md").read_text(encoding="utf-8")
MACHINES = {actor.id for actor in ALONE}
WHOLE_HOUSE = {"director", "sina", "simo", "clara", "karim"}
NAMED = {"amina", "salma", "director", "bilal"}


@cache
def every() -> dict[tuple[str, str], tuple[Meeting, ...]]:
    return {(first, second): tuple(meetings(first, second)) for first in ROWS for second in ROWS}


def test_the_table_of_every_ordered_pair_is_as_written() -> None:
    block = re.search(r"```text\n(.*?)\n```", DOCUMENT, re.S)
    assert block is not None
    for line, found in zip(block[1].split("\n"), pair_table.matrix(every()), strict=True):
        assert line == found


def test_the_list_of_the_same_wish_is_as_written() -> None:
    rows = dict(
        re.findall(r"^\| ([a-z_]+) \| ([^ |]+) \|", DOCUMENT[DOCUMENT.index("## The same wish") :], re.M)
    )
    assert rows == pair_table.alike()


def test_every_letter_of_the_table_is_explained() -> None:
    explained = dict(re.findall(r"^\| `(.)` \| ([a-z_, ]+?) \|", DOCUMENT, re.M))
    assert explained == {letter: outcome for outcome, letter in pair_table.CODES.items()}


def test_every_act_meets_another_somewhere() -> None:
    met = {pair for pair, found in every().items() if found}
    assert {first for first, _ in met} == {second for _, second in met} == set(ROWS)


def test_the_words_of_the_first_stay_in_the_history_whatever_the_second_does() -> None:
    for pair, found in every().items():
        for one in found:
            assert one.first_kept, (pair, one)


def test_the_words_of_the_second_are_in_the_history_or_its_author_is_told_a_code() -> None:
    for pair, found in every().items():
        for one in found:
            if one.outcome in (APPLIED, NOTED):
                assert one.second_kept, (pair, one)
            elif one.outcome == pair_table.NOTHING:
                assert one.second in MACHINES or one.second_kept, (pair, one)


class TestWhoTheSecondOneIs:
    """Where a field has two letters: what makes the difference, as the document says it."""

    @pytest.mark.parametrize("second", ROWS)
    def test_after_an_assignment_only_whose_work_it_was_is_told_that_he_lost_it(self, second: str) -> None:
        if second != "assign":
            for one in every()["assign", second]:
                if one.outcome == "assignee_changed":
                    assert one.second == "amina"

    @pytest.mark.parametrize("second", ROWS)
    def test_who_works_for_one_unit_loses_sight_of_what_goes_to_another(self, second: str) -> None:
        for one in every()[TRANSFER_INSIDE, second]:
            if one.outcome not in ("already_moved", "assignee_changed"):
                sees = one.second in WHOLE_HOUSE | MACHINES
                assert (one.outcome != "out_of_scope") == sees, one

    @pytest.mark.parametrize("second", ROWS)
    def test_whom_a_confidential_complaint_does_not_name_is_told_of_none(self, second: str) -> None:
        for one in every()["flag", second]:
            if one.second not in NAMED | MACHINES:
                assert one.outcome == "out_of_scope", one

    def test_a_transfer_leaves_the_whole_house_behind(self) -> None:
        for second in set(ROWS) - {"transfer", TRANSFER_INSIDE}:
            for one in every()["transfer", second]:
                assert (one.outcome == "out_of_scope") == (one.second not in MACHINES), one


def test_the_two_wishes_differ_where_a_wish_can() -> None:
    at = situations()[2]
    for kind in ("assign", "transfer", "propose_join", "flag", "correct"):
        assert written(kind, "a", at) != written(kind, "b", at)
