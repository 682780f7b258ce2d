"""The harnesses of the disk are sound themselves: a few points each, and what they were made to catch."""

import errno
from pathlib import Path

import pytest

from desktop.models import errors
from desktop.models.store import Store
from tests.chaos import bit_flips, full_disk, strace, write_points
from tests.chaos.rows import Row, Verdict, table
from tests.profiles import KEY


def test_every_fifth_write_of_an_act_survives_and_two_transactions_are_caught() -> None:
    if not strace.is_here():
        row = write_points.every_point(0, 0)
        assert (row.points, row.verdict) == (0, Verdict.FAULTY)  # nothing tried proves nothing
        return
    sound = write_points.every_point(0, 0, only="an act", step=5)
    assert sound.verdict is Verdict.SOUND and sound.points > 5, sound
    broken = write_points.every_point(0, 0, only="an act", step=2, store_class=write_points.TwoTransactions)
    assert broken.verdict is Verdict.CAUGHT and broken.halves, broken


def test_forty_flips_are_noticed_or_without_effect_and_pages_without_seals_are_caught() -> None:
    row = bit_flips.flips(0, 3, count=40)
    assert row.verdict is Verdict.SOUND, row
    broken = bit_flips.flips(0, 3, count=40, broken=bit_flips.without_seals, name="no seals")
    assert broken.verdict is Verdict.CAUGHT, broken


def test_a_disk_that_fills_up_loses_nothing_where_one_may_be_mounted() -> None:
    row = full_disk.every_room(0, 0, step=12 * full_disk.STEP)
    assert row.verdict is Verdict.SOUND or "no small disk" in row.note, row


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (errno.EROFS, errors.ReadOnlyFile),
        (errno.EACCES, errors.ReadOnlyFile),
        (errno.ENOSPC, errors.DiskFull),
        (errno.EIO, errors.DiskFault),
    ],
)
def test_a_profile_whose_lock_cannot_be_made_is_refused_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, told: type[errors.StoreError]
) -> None:
    def refused(*_: object) -> int:
        raise OSError(number, "refused")

    monkeypatch.setattr("desktop.models.lock.os.open", refused)
    with pytest.raises(told):
        Store.open(tmp_path / "profile", KEY)


def test_a_row_that_tried_nothing_or_missed_its_planted_fault_is_not_well() -> None:
    assert Row(harness="x", points=0).verdict is Verdict.FAULTY
    assert Row(harness="x", points=9, broken=True).verdict is Verdict.MISSED
    assert not Row(harness="x", points=9, lost=1).well and Row(harness="x", points=9).well
    assert "MISSED" in table([Row(harness="x", points=9, broken=True)])
