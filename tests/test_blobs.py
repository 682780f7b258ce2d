"""Files go up and come down in resumable parts, and hash to their name or are absent."""

import os
from datetime import UTC, datetime

import pytest

from sync.blobs import LEAST_PART, PART, RESUMED, Files, Transfer
from sync.errors import (
    BadRange,
    Cancelled,
    DamagedFile,
    Garbled,
    Maintenance,
    NotFound,
    Offline,
    ServerFault,
    TooLarge,
    Unprocessable,
)
from sync.wire import Piece
from tests.file_shelf import Downloads, Shelf, honest, name_of

NOW = datetime(2026, 12, 1, tzinfo=UTC)
LARGE = os.urandom(3 * PART + 77)


def test_a_file_goes_up_in_parts_from_where_the_server_has_it():
    shelf = Shelf(b"x" * (2 * PART + 5), b"")
    shelf.arrived["0"] = bytearray(b"x" * 10)
    told = []
    assert Files(shelf, shelf, told.append).send(NOW) == {}
    assert shelf.arrived["0"] == b"x" * (2 * PART + 5) and not shelf.waiting
    assert [one.done for one in told if not one.ended and one.up] == [10, 10 + PART]
    assert [one.sha256 for one in told if one.ended] == ["0", "1"]


@pytest.mark.parametrize("broken_after", [1, 2, 3])
def test_after_any_break_it_goes_on_where_the_server_stands(broken_after):
    shelf = Shelf(LARGE)
    shelf.refusals = [None] * broken_after + [Offline()]
    with pytest.raises(Offline):
        Files(shelf, shelf).send(NOW)
    reached = len(shelf.arrived["0"])
    assert reached == (broken_after - 1) * PART and "0" in shelf.waiting
    Files(shelf, shelf).send(NOW)
    assert shelf.arrived["0"] == LARGE and not shelf.waiting


@pytest.mark.parametrize("error", [ServerFault(), Garbled(), NotFound()])
def test_one_file_that_cannot_leave_now_holds_no_other(error):
    shelf = Shelf(b"first", b"second")
    shelf.refusals = [error]
    assert Files(shelf, shelf).send(NOW) == {}
    assert list(shelf.waiting) == ["0"] and shelf.arrived["1"] == b"second"


def test_an_upload_that_does_not_advance_waits_for_the_next_cycle():
    shelf = Shelf(b"abc")
    shelf.stuck = True
    assert Files(shelf, shelf).send(NOW) == {}
    assert shelf.waiting


def test_maintenance_is_for_all_files():
    shelf = Shelf(b"first", b"second")
    shelf.refusals = [Maintenance(retry_after=60.0)]
    with pytest.raises(Maintenance):
        Files(shelf, shelf).send(NOW)
    assert list(shelf.waiting) == ["0", "1"]


@pytest.mark.parametrize(
    ("refusals", "code"),
    [
        ([TooLarge()], "file_too_large"),
        ([None, Unprocessable("file_type")], "file_refused"),
        ([None, Unprocessable("wrong_content")], "file_refused"),
    ],
)
def test_a_file_no_server_will_take_gives_its_acts_back(refusals, code):
    shelf = Shelf(b"bad", b"good")
    shelf.refusals = refusals
    assert Files(shelf, shelf).send(NOW) == {"act of 0": "complaint of 0"}
    assert shelf.returned == {"0": code} and shelf.arrived["1"] == b"good"


def test_a_file_spoilt_on_its_way_goes_again():
    shelf = Shelf(b"whole")
    shelf.files["0"] = b"whole"
    shelf.refusals = [None, Unprocessable("wrong_content")]
    assert Files(shelf, shelf).send(NOW) == {}
    assert not shelf.returned and "0" in shelf.waiting


def test_a_file_whose_bytes_are_lost_here_gives_its_acts_back_instead_of_holding_everything():
    shelf = Shelf(b"abc", b"other")
    shelf.part = lambda sha256, offset, size: b"" if sha256 == "0" else b"other"
    Files(shelf, shelf).send(NOW)
    assert shelf.returned == {"0": "file_refused"} and shelf.arrived["1"] == b"other"


def test_parts_too_large_for_a_proxy_are_halved_and_not_for_ever():
    shelf = Shelf(LARGE)
    shelf.refusals = [None, TooLarge(), TooLarge()]
    Files(shelf, shelf).send(NOW)
    assert shelf.arrived["0"] == LARGE and not shelf.returned
    shelf = Shelf(LARGE)
    shelf.refusals = [None] + [TooLarge()] * 20
    Files(shelf, shelf).send(NOW)
    assert shelf.returned == {"0": "file_too_large"}
    halvings = (PART // LEAST_PART).bit_length()
    assert len(shelf.refusals) == 20 - halvings


def test_a_file_of_this_pc_is_not_fetched_again():
    shelf = Shelf()
    shelf.files["h"] = b"here"
    assert Files(shelf, shelf).bring("h") == b"here"


def test_what_comes_is_kept_part_by_part_and_told():
    shelf, told = Downloads(LARGE), []
    assert Files(shelf, shelf, told.append).bring(shelf.name) == LARGE
    assert max(size for _, size in shelf.writes) < PART + 200_000
    assert told[-2] == Transfer(sha256=shelf.name, done=len(LARGE), size=len(LARGE), up=False)
    assert told[-1].ended


def cut(after: int, error=Garbled):
    def reply(content: bytes, offset: int, take) -> None:
        honest(
            content[: offset + after],
            offset,
            lambda piece: take(Piece(piece.at, piece.content, len(content))),
        )
        raise error("cut")

    return reply


def test_a_download_that_is_cut_goes_on_at_the_very_byte():
    shelf = Downloads(LARGE, cut(PART + 5), cut(100), cut(PART, Offline))
    assert Files(shelf, shelf).bring(shelf.name) == LARGE
    assert shelf.asked == [0, PART + 5, PART + 105, 2 * PART + 105]


def test_after_too_many_breaks_what_came_is_kept_for_the_next_time():
    shelf = Downloads(LARGE, *[cut(100)] * (RESUMED + 1))
    with pytest.raises(Garbled):
        Files(shelf, shelf).bring(shelf.name)
    assert shelf.begun(shelf.name) == 100 * (RESUMED + 1) and shelf.kept(shelf.name) is None
    assert Files(shelf, shelf).bring(shelf.name) == LARGE
    assert shelf.asked[-1] == 100 * (RESUMED + 1)


def test_a_break_that_brought_nothing_is_told_at_once():
    shelf = Downloads(LARGE, cut(0, Offline))
    with pytest.raises(Offline):
        Files(shelf, shelf).bring(shelf.name)
    assert shelf.asked == [0]


def test_a_server_that_knows_no_ranges_begins_again():
    shelf = Downloads(LARGE, cut(PART), lambda content, offset, take: honest(content, 0, take))
    assert Files(shelf, shelf).bring(shelf.name) == LARGE


def test_a_server_that_lies_about_the_range_is_not_believed():
    shelf = Downloads(LARGE, cut(PART), lambda content, offset, take: honest(content, offset + 1, take))
    with pytest.raises(Garbled):
        Files(shelf, shelf).bring(shelf.name)
    assert shelf.begun(shelf.name) == PART
    assert Files(shelf, shelf).bring(shelf.name) == LARGE


def wrong(content: bytes, offset: int, take) -> None:
    honest(b"!" + content[1:], offset, take)


def test_wrong_bytes_are_thrown_away_and_fetched_once_more():
    shelf = Downloads(LARGE, wrong)
    assert Files(shelf, shelf).bring(shelf.name) == LARGE
    assert shelf.asked == [0, 0]


def test_wrong_bytes_twice_are_named_and_nothing_of_them_stays():
    shelf = Downloads(LARGE, wrong, wrong)
    with pytest.raises(DamagedFile):
        Files(shelf, shelf).bring(shelf.name)
    assert shelf.kept(shelf.name) is None and shelf.begun(shelf.name) == 0


def out_of_range(content: bytes, offset: int, take) -> None:
    raise BadRange("bad_range")


def test_more_here_than_the_file_has_is_forgotten():
    shelf = Downloads(LARGE, out_of_range)
    shelf.landed[shelf.name] = bytearray(LARGE + b"more")
    assert Files(shelf, shelf).bring(shelf.name) == LARGE
    assert shelf.asked == [len(LARGE) + 4, 0]


def test_a_server_that_only_ever_refuses_ranges_ends():
    shelf = Downloads(LARGE, *[out_of_range] * 20)
    with pytest.raises(DamagedFile):
        Files(shelf, shelf).bring(shelf.name)


def test_a_person_can_stop_it_and_go_on_later():
    shelf = Downloads(LARGE)
    files = Files(shelf, shelf, lambda one: files.cancel(one.sha256) if one.done > PART else None)
    with pytest.raises(Cancelled):
        files.bring(shelf.name)
    stopped_at = shelf.begun(shelf.name)
    assert PART < stopped_at < len(LARGE)
    assert Files(shelf, shelf).bring(shelf.name) == LARGE
    assert shelf.asked == [0, stopped_at]


class Unhashed(Downloads):
    """The broken build that PROTOCOL §7 asks to catch: what came is believed unread."""

    def kept(self, sha256):
        return bytes(self.landed[sha256]) if sha256 in self.landed else None


def keeps_p16(build: type[Downloads]) -> bool:
    """Whether bytes given out always hash to their name, with a server that gives wrong ones."""
    shelf = build(LARGE, wrong)
    return name_of(Files(shelf, shelf).bring(shelf.name)) == shelf.name


def test_the_build_that_hashes_nothing_is_caught_and_the_control_passes():
    assert keeps_p16(Downloads)
    assert not keeps_p16(Unhashed)
