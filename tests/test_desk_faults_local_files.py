"""Local files broken while the desk was closed: said in words, everything fetched again, unsent work kept."""

import shutil

import pytest

from desktop.core.errors import FormerPasswordNeeded, person_facing
from desktop.core.translation import Translation
from desktop.models.errors import StoreError
from desktop.models.records import Draft
from protocol.acts import Note
from tests.desk_world import PASSWORD, SERVER, Office
from tests.twin_connection import NOW


@pytest.fixture
def office(tmp_path):
    made = Office(tmp_path)
    yield made
    made.close()


def folder(office):
    return office.session.folder(SERVER, "bennis")


def flip(path) -> None:
    """Turn a byte of every second page but the first ones."""
    content = bytearray(path.read_bytes())
    for place in range(3 * 4096 + 100, len(content), 2 * 4096):
        content[place] ^= 0xFF
    path.write_bytes(content)


def truncate(path) -> None:
    path.write_bytes(path.read_bytes()[:9_000])


BREAKAGES = {
    "deleted": lambda path: path.unlink(),
    "garbage": lambda path: path.write_bytes(b"not a database" * 999),
    "flipped": flip,
    "truncated": truncate,
    "emptied": lambda path: path.write_bytes(b""),
}


@pytest.mark.parametrize("breakage", BREAKAGES)
def test_a_broken_cache_is_fetched_again_and_unsent_work_is_kept(office, breakage):
    desk = office.open(grace=0)
    counts = {queue.code: queue.count for queue in desk.queues()}
    complaint = desk.rows(desk.listing("unassigned").order)[0].row.id
    office.house.cut()
    office.until(lambda: desk.status().state == "offline")
    act = desk.ask(complaint, Note(text="écrite hors ligne"), seen=1)
    desk.save_draft(Draft(complaint, "answer", '{"text":"في الطريق"}', 3, 1, NOW))
    office.close()
    BREAKAGES[breakage](folder(office) / "cache.db")
    office.house.up = True
    desk = office.open(grace=0)
    office.until(lambda: {queue.code: queue.count for queue in desk.queues()} == counts)
    office.settled()
    case = desk.case(complaint)
    assert [event.act for event in case.document.events].count(act) == 1
    assert case.drafts["answer"].body == '{"text":"في الطريق"}'
    assert len([one for _, one in office.house.pushed_by if one == act]) == 1


@pytest.mark.parametrize("breakage", ["garbage", "truncated", "flipped"])
def test_a_broken_work_file_is_said_left_intact_and_can_be_put_aside(office, breakage):
    office.open()
    office.close()
    work = folder(office) / "work.db"
    BREAKAGES[breakage](work)
    broken = work.read_bytes()
    with pytest.raises(StoreError) as caught:
        office.open()
    told = person_facing(caught.value)
    assert told.code in ("wrong_key", "damaged_file")
    for language in ("fr", "ar"):
        assert Translation(language).error(told).title != Translation(language)("errors.fault.title")
    assert work.read_bytes() == broken
    kept = office.session.set_aside(SERVER, "bennis")
    assert (kept / "work.db").read_bytes() == broken
    assert office.open().listing("mine").total == 17


def test_a_work_file_without_its_key_is_left_intact(office):
    office.open()
    office.close()
    here = folder(office)
    content = (here / "work.db").read_bytes()
    (here / "key.json").unlink()
    with pytest.raises(FormerPasswordNeeded):  # a recovery file of the organisation may have it
        office.open()
    assert (here / "work.db").read_bytes() == content


def test_two_windows_on_one_profile_are_refused_in_words(office, tmp_path):
    office.open()
    with pytest.raises(StoreError) as caught:
        Office(tmp_path).session.sign_in(SERVER, "bennis", PASSWORD)
    assert caught.value.code == "profile_in_use"
    assert office.desk.listing("mine").total == 17


def test_a_copy_of_the_profile_taken_while_closed_opens_elsewhere(office, tmp_path_factory):
    office.open()
    office.close()
    elsewhere = tmp_path_factory.mktemp("copy")
    shutil.copytree(folder(office).parent, elsewhere, dirs_exist_ok=True)
    other = Office(elsewhere)
    other.house.key = office.house.key
    assert other.open(offline=True).listing("mine").total == 17
    other.close()
