"""Manifest, chosen documents and sums over HTTP; what was closed long ago leaves desktops and comes back."""

import zlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import update

from protocol import marks
from protocol.acts import Note
from protocol.complaint import Status
from protocol.settings import Grant, Role
from protocol.wire import (
    Check,
    DocumentLine,
    GoneLine,
    Line,
    ManifestLine,
    ReferenceLine,
    Wanted,
    read_stream,
)
from server import accounts, long_closed, tables
from server.admin import main
from tests.server_world import NOW, Client, ServerProcess, World, ask, build_world, new_id

LONG_AFTER = NOW + timedelta(days=91)


@pytest.fixture
def world(tmp_path: Path, register_url: str) -> Iterator[World]:
    made = build_world(tmp_path / "data", register_url)
    yield made
    made.close()


@pytest.fixture
def server(world: World) -> Iterator[ServerProcess]:
    process = ServerProcess(world.config.data)
    yield process
    process.close()


@pytest.fixture
def amina(server: ServerProcess) -> Client:
    return server.client("amina")


def lines(client: Client, path: str, **query: str) -> list[Line]:
    return list(read_stream(client.get(path, **query).content))


def listed(found: list[Line]) -> dict[str, tuple[int, int]]:
    return {
        id_: (ver, mark) for line in found if isinstance(line, ManifestLine) for id_, ver, mark in line.items
    }


def fetched(client: Client, *ids: str) -> list[Line]:
    return list(read_stream(client.post("/v1/sync/fetch", Wanted(ids=ids)).content))


def checked(client: Client, cursor: str) -> Check:
    return msgspec.json.decode(client.get("/v1/sync/check", cursor=cursor).content, type=Check)


def head(client: Client) -> str:
    return lines(client, "/v1/sync/manifest")[-1].cursor  # type: ignore[union-attr]


def close_long_ago(world: World, *ids: str) -> None:
    with world.register.transaction() as connection:
        closed = update(tables.complaint).where(tables.complaint.c.id.in_(ids))
        connection.execute(closed.values(status=Status.CLOSED, changed_at=NOW))


@pytest.mark.both_databases
def test_a_manifest_names_what_its_reader_sees_with_the_mark_of_the_very_bytes(
    world: World, amina: Client
) -> None:
    mine, foreign = world.file(), world.file(administration="ELEC", unit="ELEC-1")
    secret = world.file(confidential=True, named=(world.staff["amina"].id,))
    hidden = world.file(confidential=True, named=(world.staff["badr"].id,))
    against = world.file(against=world.staff["amina"].id)
    found = lines(amina, "/v1/sync/manifest")
    assert set(listed(found)) == {mine.id, secret.id}
    assert any(isinstance(line, ReferenceLine) for line in found)
    strangers = (foreign.id, hidden.id, against.id, new_id())
    document, *gone, _ = fetched(amina, mine.id, *strangers)[1:]
    assert isinstance(document, DocumentLine) and listed(found)[mine.id] == (1, zlib.crc32(document.doc))
    assert {(line.id, line.why) for line in gone if isinstance(line, GoneLine)} == {
        (id_, "scope") for id_ in strangers
    }


@pytest.mark.both_databases
def test_a_part_of_a_manifest_has_the_buckets_asked_for_and_no_reference(world: World, amina: Client) -> None:
    ids = [world.file().id for _ in range(6)]
    chosen = sorted({marks.bucket(id_) for id_ in ids[:2]})
    found = lines(amina, "/v1/sync/manifest", buckets=",".join(map(str, chosen)))
    assert set(listed(found)) == {id_ for id_ in ids if marks.bucket(id_) in chosen}
    assert not any(isinstance(line, ReferenceLine) for line in found)


@pytest.mark.parametrize("text", ["256", "-1", "x", "1,,2", ",".join(["1"] * 300), "٣"])
def test_buckets_that_are_none_are_malformed(amina: Client, text: str) -> None:
    assert amina.get("/v1/sync/manifest", buckets=text).status_code == 422


@pytest.mark.both_databases
def test_sums_are_given_to_a_desk_that_stands_at_the_head_only(world: World, amina: Client) -> None:
    ids = [world.file().id for _ in range(3)]
    cursor = head(amina)
    answer = checked(amina, cursor)
    assert answer.at == cursor and answer.n == 3
    assert answer.x == marks.sums((id_, 1) for id_ in ids)
    world.file()
    later = checked(amina, cursor)
    assert later.at != cursor and later.x == () and later.n == 0
    assert checked(amina, "%%%").x == ()


def test_who_sees_nothing_is_summed_up_as_nothing(world: World, server: ServerProcess) -> None:
    world.file()
    root = server.client("root")
    assert checked(root, head(root)).n == 0 and listed(lines(root, "/v1/sync/manifest")) == {}


@pytest.mark.both_databases
def test_a_grant_of_one_unit_is_a_manifest_of_one_unit(world: World, server: ServerProcess) -> None:
    one, two = world.file(), world.file(unit="EAU-2")
    with world.register.transaction() as connection:
        accounts.set_grants(
            connection,
            world.staff["badr"].id,
            (Grant(role=Role.AGENT, administration="EAU", unit="EAU-2"),),
        )
    assert set(listed(lines(server.client("badr"), "/v1/sync/manifest"))) == {two.id}
    assert set(listed(lines(server.client("salma"), "/v1/sync/manifest"))) == {one.id, two.id}


class TestLongClosed:
    @pytest.mark.both_databases
    def test_what_was_closed_long_ago_leaves_by_a_gone_line_and_nothing_else_does(
        self, world: World, amina: Client
    ) -> None:
        old, kept = world.file(), world.file()
        cursor = head(amina)
        close_long_ago(world, old.id)
        assert long_closed.archive(world.register, NOW + timedelta(days=89), 90) == 0
        assert long_closed.archive(world.register, LONG_AFTER, 90) == 1
        assert long_closed.archive(world.register, LONG_AFTER, 90) == 0
        _, gone, end = amina.pull(cursor)
        assert isinstance(gone, GoneLine) and (gone.id, gone.ver, gone.why) == (old.id, 1, "archived")
        assert set(listed(lines(amina, "/v1/sync/manifest"))) == {kept.id}
        assert checked(amina, end.cursor).n == 1  # type: ignore[union-attr]
        (again,) = fetched(amina, old.id)[1:-1]
        assert isinstance(again, GoneLine) and again.why == "archived"
        (page,) = [
            line for line in amina.stream("/v1/sync/snapshot", after="") if isinstance(line, DocumentLine)
        ]
        assert page.id == kept.id

    @pytest.mark.both_databases
    def test_nobody_is_told_who_never_saw_it(self, world: World, server: ServerProcess) -> None:
        driss = server.client("driss")
        old, cursor = world.file(), head(driss)
        close_long_ago(world, old.id)
        long_closed.archive(world.register, LONG_AFTER, 90)
        assert len(driss.pull(cursor)) == 2
        (gone,) = fetched(driss, old.id)[1:-1]
        assert isinstance(gone, GoneLine) and gone.why == "scope"

    @pytest.mark.both_databases
    def test_whatever_happens_to_it_brings_it_back(self, world: World, amina: Client) -> None:
        old = world.file()
        close_long_ago(world, old.id)
        long_closed.archive(world.register, LONG_AFTER, 90)
        cursor = head(amina)
        assert world.act("amina", old, Note(text="retrouvé")).status == "applied"
        _, back, _ = amina.pull(cursor)
        assert isinstance(back, DocumentLine) and (back.id, back.ver) == (old.id, 2)

    @pytest.mark.both_databases
    def test_many_go_in_several_transactions_and_the_streams_stay_dense(self, world: World) -> None:
        ids = [world.file().id for _ in range(7)]
        close_long_ago(world, *ids)
        long_closed._AT_A_TIME, before = 3, long_closed._AT_A_TIME
        try:
            assert long_closed.archive(world.register, LONG_AFTER, 90) == 7
        finally:
            long_closed._AT_A_TIME = before
        with world.register.reading() as connection:
            seqs = connection.execute(tables.change.select().order_by(tables.change.c.seq)).all()
        assert [row.seq for row in seqs if row.administration == "EAU"] == list(range(1, 15))

    def test_the_command_says_how_many(self, world: World, capsys: pytest.CaptureFixture[str]) -> None:
        old = world.file(now=NOW - timedelta(days=400))
        with world.register.transaction() as connection:
            table = tables.complaint
            connection.execute(
                update(table)
                .where(table.c.id == old.id)
                .values(status=Status.WITHDRAWN, changed_at=NOW - timedelta(days=399))
            )
        assert main(["archive", "--data", str(world.config.data)]) == 0
        assert "1 complaints closed for more than 90 days" in capsys.readouterr().out
        assert main(["archive", "--data", str(world.config.data), "--days", "1"]) == 0
        assert world.load(old.id).ver == 1


def test_a_note_to_what_is_archived_is_judged_like_any_other(world: World, amina: Client) -> None:
    old = world.file()
    close_long_ago(world, old.id)
    long_closed.archive(world.register, LONG_AFTER, 90)
    (result,) = amina.push(ask(old, Note(text="encore")))
    assert result.status == "applied" and result.ver == 2
