"""The chaos run itself: its verdicts, its journal, and a few kills of real processes."""

import pytest

from tests.chaos import accesses, broken_kills, journal, kills
from tests.chaos.findings import Findings
from tests.chaos.journal import Drafted, Journal, Meant, Recorded
from tests.chaos.rows import MODULES, Row, Verdict, harnesses, table


class TestVerdicts:
    def test_a_sound_run_passes_and_one_that_lost_something_does_not(self) -> None:
        assert Row(harness="a", points=3).well
        for fault in ({"lost": 1}, {"doubled": 1}, {"halves": 1}, {"stuck": 1}):
            row = Row(harness="a", points=3, **fault)
            assert (row.verdict, row.well) == (Verdict.FAULTY, False)

    def test_a_run_that_tried_nothing_has_proved_nothing(self) -> None:
        assert not Row(harness="a", points=0).well

    def test_a_planted_fault_must_be_found(self) -> None:
        assert Row(harness="a", points=3, lost=1, broken=True).verdict is Verdict.CAUGHT
        missed = Row(harness="a", points=3, broken=True)
        assert (missed.verdict, missed.well) == (Verdict.MISSED, False)

    def test_the_table_has_a_line_each_and_spells_out_the_first_faults(self) -> None:
        found = Findings(lost=["one", "two", "three", "four"])
        rows = [found.row("kill", 5, note="7 acts"), Findings().row("cut", 2)]
        lines = table(rows).split("\n")
        assert [line.split()[0] for line in lines] == ["harness", "kill", "cut"]
        assert lines[1].endswith("FAULTY   7 acts; one; two; three")

    def test_every_module_has_harnesses_and_their_seconds_are_its_own(self) -> None:
        for module, seconds in MODULES.items():
            shares = [share for _, share in harnesses(module) if share]
            assert sum(shares) >= seconds > 0
        assert sum(MODULES.values()) <= 600


class TestTheJournal:
    @pytest.fixture
    def path(self, tmp_path):
        return tmp_path / "journal"

    def test_what_was_only_meant_may_be_there_or_not_but_not_half(self, path) -> None:
        told = Journal(path)
        told.write(Meant(mark="m1", complaint="c", kind="draft:note", body="a"))
        told.write(Drafted(mark="m1"))
        told.write(Meant(mark="m2", complaint="c", kind="note", body="b"))
        told.close()
        said = journal.read(path)
        assert said.acts == {}
        assert said.drafts["c", "note"] == {
            (None, frozenset({("m2", True)})),
            ("a", frozenset({("m2", False)})),
        }

    def test_what_was_called_saved_must_be_there(self, path) -> None:
        told = Journal(path)
        told.write(Meant(mark="m1", complaint="c", kind="note", body="b"))
        told.write(Recorded(mark="m1", act="a1"))
        told.close()
        said = journal.read(path)
        assert (said.acts["a1"].mark, said.drafts["c", "note"]) == ("m1", {journal.NOTHING})

    def test_a_torn_last_line_is_not_believed(self, path) -> None:
        told = Journal(path)
        told.write(Meant(mark="m1", complaint="c", kind="note", body="b"))
        told.close()
        whole = path.read_bytes()
        path.write_bytes(whole + b'{"type":"Recorded","mark":"m1","ac')
        again = Journal(path)
        again.write(Recorded(mark="m1", act="a1"))
        again.close()
        assert set(journal.read(path).acts) == {"a1"}


def test_a_few_kills_lose_nothing() -> None:
    row = kills.killing(18.0, 11, least=3)
    assert row.well, row.note
    assert row.points >= 3


def test_a_word_called_saved_too_early_is_missed_after_a_kill() -> None:
    row = broken_kills.broken(16.0, 11, breakage="saved before commit")
    assert row.verdict is Verdict.CAUGHT


def test_a_failure_between_two_transactions_that_should_be_one_is_found() -> None:
    row = accesses.apart(10.0, 0, breakage="two transactions (desk)")
    assert row.verdict is Verdict.CAUGHT
