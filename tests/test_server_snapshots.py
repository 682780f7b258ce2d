"""First syncs share what looks the same to all of one sight, nothing else; what changed meanwhile follows."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from backports import zstd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from protocol.acts import Flag, Note, Transfer
from protocol.deadlines import civil_date
from protocol.settings import Actor, Grant, Role
from protocol.wire import DocumentLine, EndLine, GoneLine, ManifestLine, read_stream
from server import pages, repair, snapshots
from server.changes import Cursor, Reader, read_cursor
from server.prepared import SHARED_FOR, Key, Prepared, Shelf
from server.snapshots import After
from tests.server_world import NOW, World, build_world

pytestmark = pytest.mark.both_databases

HOUSES = ("EAU", "ELEC")
UNITS = {"EAU": ("", "EAU-1", "EAU-2"), "ELEC": ("", "ELEC-1")}
PEOPLE = ("amina", "badr", "salma")


@pytest.fixture
def world(tmp_path: Path, register_url: str) -> Iterator[World]:
    made = build_world(tmp_path / "data", register_url)
    yield made
    made.close()


def reader_of(person: str, grants: tuple[Grant, ...], main: tuple[str, str] = ("EAU", "EAU-1")) -> Reader:
    return Reader(
        actor=Actor(id=person, grants=grants),
        today=civil_date(NOW),
        epoch="e",
        main_administration=main[0],
        main_unit=main[1],
    )


def brought(
    world: World, reader: Reader, shelf: Shelf, *, limit: int = 2, now=NOW
) -> tuple[dict[str, int], Cursor]:
    """A whole first sync: versions by id, and the cursor it ends with."""
    found: dict[str, int] = {}
    after: After | None = None
    while True:
        with world.register.reading() as connection:
            page = snapshots.snapshot(connection, reader, after, limit, shelf=shelf, now=now)
        *lines, end = read_stream((zstd.decompress(page.frame) if page.frame else b"") + page.tail)
        assert isinstance(end, EndLine)
        found |= {line.id: line.ver for line in lines if isinstance(line, DocumentLine)}
        if end.done:
            return found, read_cursor(end.cursor, Cursor)
        after = read_cursor(end.after, After)


def seen(world: World, reader: Reader) -> dict[str, int]:
    """What the manifest names: made without any sharing."""
    with world.register.reading() as connection:
        lines = read_stream(repair.manifest(connection, reader))
    return {id_: ver for line in lines if isinstance(line, ManifestLine) for id_, ver, _ in line.items}


GRANT = st.sampled_from(HOUSES).flatmap(
    lambda house: st.builds(
        Grant,
        role=st.sampled_from((Role.AGENT, Role.SUPERVISOR, Role.OMBUDSMAN_LIAISON, Role.ADMINISTRATOR)),
        administration=st.just(house),
        unit=st.sampled_from(UNITS[house]),
    )
)
COMPLAINT = st.sampled_from(HOUSES).flatmap(
    lambda house: st.fixed_dictionaries(
        {
            "administration": st.just(house),
            "unit": st.sampled_from(UNITS[house]),
            "confidential": st.booleans(),
            "named": st.lists(st.sampled_from(PEOPLE), max_size=2, unique=True).map(tuple),
            "against": st.sampled_from(("", "", *PEOPLE)),
            "ombudsman": st.booleans(),
        }
    )
)
READER = st.tuples(st.sampled_from(PEOPLE), st.lists(GRANT, min_size=1, max_size=3).map(tuple))


@settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    complaints=st.lists(COMPLAINT, min_size=1, max_size=5), readers=st.lists(READER, min_size=2, max_size=6)
)
def test_no_prepared_page_crosses_a_scope(world: World, complaints, readers) -> None:
    for one in complaints:
        world.file(**one)
    shelf = Shelf()
    for _ in range(2):
        for person, grants in readers:
            reader = reader_of(person, grants)
            assert brought(world, reader, shelf)[0] == seen(world, reader)


def test_the_second_desktop_of_a_sight_gets_the_same_frames_and_reads_no_document(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        world.file()
    shelf, grants = Shelf(), (Grant(role=Role.AGENT, administration="EAU"),)
    first = brought(world, reader_of("amina", grants), shelf)

    def nothing(*_):
        raise AssertionError("a page is made again")

    monkeypatch.setattr(snapshots, "_prepare", nothing)
    assert brought(world, reader_of("badr", grants), shelf)[0] == first[0]


def test_what_changed_since_the_page_was_prepared_comes_by_the_pull(world: World) -> None:
    stays = world.file()
    shelf, grants = Shelf(), (Grant(role=Role.AGENT, administration="EAU"),)
    brought(world, reader_of("amina", grants), shelf)
    world.act("amina", stays, Note(text="depuis"))
    late = world.file()
    reader = reader_of("badr", grants)
    found, cursor = brought(world, reader, shelf, now=NOW + SHARED_FOR / 2)
    assert found == {stays.id: 1}
    with world.register.reading() as connection:
        *lines, _ = read_stream(pages.pull(connection, reader, cursor, 500))
    now = {line.id: line.ver for line in lines if isinstance(line, DocumentLine)}
    assert now == {stays.id: 2, late.id: 1}


def test_what_has_left_a_sight_is_in_no_page_prepared_before(world: World) -> None:
    secret, moved, stays = world.file(), world.file(), world.file()
    shelf, grants = Shelf(), (Grant(role=Role.AGENT, administration="EAU"),)
    brought(world, reader_of("amina", grants), shelf)
    salma = world.staff["salma"].actor.id
    classed = Flag(confidential=True, named=(salma,), reason="plainte nominative")
    away = Transfer(
        administration="ELEC", from_administration="EAU", from_unit="EAU-1", reason="hors compétence"
    )
    reader = reader_of("badr", grants)
    for one, act, left in ((secret, classed, {moved.id, stays.id}), (moved, away, {stays.id})):
        assert world.act("salma", one, act).status == "applied"
        found, cursor = brought(world, reader, shelf, now=NOW + SHARED_FOR / 2)
        assert set(found) == left
    with world.register.reading() as connection:
        *lines, _ = read_stream(pages.pull(connection, reader, cursor, 500))
    assert {line.id for line in lines if isinstance(line, GoneLine)} == {secret.id, moved.id}


def test_after_a_while_a_first_sync_begins_from_now(world: World) -> None:
    world.file()
    shelf, reader = Shelf(), reader_of("amina", (Grant(role=Role.AGENT, administration="EAU"),))
    brought(world, reader, shelf)
    late = world.file()
    assert late.id not in brought(world, reader, shelf, now=NOW + SHARED_FOR / 2)[0]
    for now in (NOW + SHARED_FOR, NOW - timedelta(days=1)):
        assert late.id in brought(world, reader, Shelf() if now < NOW else shelf, now=now)[0]


def test_a_shelf_keeps_no_more_than_it_may() -> None:
    shelf = Shelf(most_bytes=100)
    made: list[int] = []

    def page(n: int) -> Prepared:
        key = Key("s", "e", (), (), (0, "", str(n)), 500)
        return shelf.page(key, lambda: made.append(n) or Prepared(bytes(40), 1, 0, (3, "", "")))

    for n in (1, 2, 1, 3, 1, 2):
        page(n)
    assert made == [1, 2, 3, 2] and shelf._held == 80


def test_a_page_read_by_a_real_desk_is_one_stream_whatever_its_coding(world: World) -> None:
    from tests.server_world import ServerProcess

    for _ in range(3):
        world.file()
    process = ServerProcess(world.config.data)
    try:
        client = process.client("amina")
        pages_ = [client.get("/v1/sync/snapshot", limit=2).content]
        for coding in ("zstd", "gzip", "identity"):
            client.http.headers["Accept-Encoding"] = coding
            pages_.append(client.get("/v1/sync/snapshot", limit=2).content)
        assert len(set(pages_)) == 1 and len(list(read_stream(pages_[0]))) > 3
    finally:
        process.close()


def test_documents_are_what_the_store_has_byte_for_byte(world: World) -> None:
    one = world.file()
    reader = reader_of("amina", (Grant(role=Role.AGENT, administration="EAU"),))
    with world.register.reading() as connection:
        page = snapshots.snapshot(connection, reader, None, 500, shelf=Shelf(), now=NOW)
        (line,) = pages.lines_of(connection, reader, (one.id,))
    documents = [
        each
        for each in read_stream(zstd.decompress(page.frame) + page.tail)
        if isinstance(each, DocumentLine)
    ]
    assert [bytes(each.doc) for each in documents] == [bytes(line.doc)]
    assert msgspec.json.decode(documents[0].row) == msgspec.json.decode(line.row)
