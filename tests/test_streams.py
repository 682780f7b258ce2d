"""Streams under many writers: no position missed, none twice, whoever writes; planted faults are caught."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime

import msgspec
import pytest
from sqlalchemy import Connection, event, insert, select, text, update

from protocol.acts import Note
from protocol.complaint import Complaint
from server import changes, complaints, database, locks, streams, tables
from server.changes import Written
from server.database import Database
from server.postgresql import SETTINGS
from tests import storm
from tests.server_world import DEVICE, NOW, World, new_id

WRITERS = 8

Row = Mapping[str, object]


@pytest.fixture(autouse=True)
def nothing_is_begun_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lost race is an error here: writers who take things in order lose none."""
    monkeypatch.setattr(database, "TRIES", 1)


@contextmanager
def statements(register: Database) -> Iterator[list[str]]:
    """What is sent to the database meanwhile, commits included."""
    sent: list[str] = []

    def on_statement(*arguments: object) -> None:
        sent.append(str(arguments[2]))

    def on_commit(_: object) -> None:
        sent.append("COMMIT")

    event.listen(register.engine, "before_cursor_execute", on_statement)
    event.listen(register.engine, "commit", on_commit)
    try:
        yield sent
    finally:
        event.remove(register.engine, "before_cursor_execute", on_statement)
        event.remove(register.engine, "commit", on_commit)


@pytest.mark.both_databases
def test_eight_writers_and_a_reader_every_position_is_seen_once_in_order_and_without_a_gap(
    world: World,
) -> None:
    seen = storm.run(world, storm.notes(world, WRITERS, 8))
    assert storm.faults(world, seen) == []
    assert len(seen.results) == WRITERS * 8
    assert {result.status for result in seen.results} == {"applied"}


@pytest.mark.both_databases
def test_acts_of_a_push_share_a_commit_and_the_reader_misses_none_of_them(world: World) -> None:
    seen = storm.run(world, storm.notes(world, WRITERS, 2, acts=12))
    assert storm.faults(world, seen) == []
    assert len(seen.results) == WRITERS * 2 * 12


@pytest.mark.both_databases
def test_transfers_both_ways_at_once_wait_for_each_other_and_never_for_ever(world: World) -> None:
    seen = storm.run(world, storm.crossing(world, WRITERS, 3))
    assert storm.faults(world, seen) == []
    assert {result.status for result in seen.results} == {"applied"}
    with world.register.reading() as connection:
        moved = connection.execute(select(tables.change.c.administration).where(tables.change.c.ver == 2))
        by_stream = sorted(moved.scalars())
    assert by_stream == ["EAU"] * (WRITERS * 3 * 5) + ["ELEC"] * (WRITERS * 3 * 5)


@pytest.mark.both_databases
def test_pushes_on_the_same_complaints_the_other_way_round_wait_for_each_other(
    world: World, slow_taking: None
) -> None:
    assert storm.faults(world, storm.run(world, _the_other_way_round(world))) == []


@pytest.mark.both_databases
def test_fifty_acts_in_one_commit_have_each_its_own_result(world: World) -> None:
    document, elsewhere = world.file(), world.file(administration="ELEC", unit="ELEC-1")
    asked = [storm.envelope(document, Note(text=f"remarque {n}")) for n in range(46)]
    hidden = storm.envelope(elsewhere, Note(text="pas à moi"))
    unknown = msgspec.structs.replace(asked[0], id=new_id(), kind="to_invent")
    orphan = msgspec.structs.replace(asked[0], id=new_id(), prev=new_id())
    acts = [*asked[:20], hidden, unknown, orphan, asked[3], *asked[20:]]
    with statements(world.register) as sent, world.register.transaction() as connection:
        results = complaints.execute_all(connection, acts, world.staff["amina"].actor, DEVICE, NOW)
    assert [result.id for result in results] == [act.id for act in acts] and len(acts) == 50
    told = {result.id: (result.status, result.code) for result in results}
    assert [told[one.id] for one in (hidden, unknown, orphan)] == [
        ("rejected", "out_of_scope"),
        ("rejected", "unknown_act"),
        ("held", "prev_unknown"),
    ]
    assert [told[one.id] for one in asked] == [("applied", "")] * 46
    assert (results[3].ver, results[23].ver, results[-1].ver) == (5, 5, 47)
    assert sent.count("COMMIT") == 1 and world.load(document.id).ver == 47


# What PostgreSQL is sent ---------------------------------------------------------------------------------


@pytest.mark.postgresql
def test_the_counter_and_its_rows_are_one_statement_and_nothing_follows_it_but_the_commit(
    world: World,
) -> None:
    document = world.file()
    with statements(world.register) as sent:
        world.act("amina", document, Note(text="vu"))
    assert [one for one in sent if "stream" in one] == sent[-2:-1]
    assert "UPDATE stream" in sent[-2] and "INSERT INTO change" in sent[-2] and sent[-1] == "COMMIT"


@pytest.mark.postgresql
def test_no_query_of_ours_is_compiled_and_none_waits_for_ever(world: World) -> None:
    for opened in (world.register.transaction, world.register.reading):
        with opened() as connection:
            set_to = {name: connection.execute(text(f"SHOW {name}")).scalar_one() for name in SETTINGS}
        assert set_to["jit"] == "off" and set_to["timezone"] == "UTC"
        assert "0" not in (set_to["lock_timeout"], set_to["statement_timeout"])


# Planted faults: each is caught by what passes above -----------------------------------------------------


def _the_other_way_round(world: World) -> list[list[storm.Push]]:
    """Two writers whose pushes name the same two complaints in opposite orders."""
    one, other = world.file(), world.file()
    return [
        [("amina", [storm.envelope(document, Note(text="vu")) for document in order]) for _ in range(6)]
        for order in ((one, other), (other, one))
    ]


@pytest.fixture
def slow_taking(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever has taken a complaint looks at it for a while."""
    taken = complaints._locked

    def slowly(connection: Connection, complaint: str) -> Complaint | None:
        document = taken(connection, complaint)
        time.sleep(storm.STEP_S)
        return document

    monkeypatch.setattr(complaints, "_locked", slowly)


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The chain of events also keeps writers of one administration in order: the counter must do it alone."""
    monkeypatch.setattr(changes.audit, "append", lambda *_: None)


def _put(connection: Connection, administration: str, rows: Sequence[Row], at: datetime, first: int) -> None:
    place = {"administration": administration, "at": at}
    numbered = [{**row, **place, "seq": first + i} for i, row in enumerate(rows)]
    connection.execute(insert(tables.change), numbered)


@pytest.mark.postgresql
def test_with_the_counter_alone_nothing_is_missed_either(world: World, alone: None) -> None:
    assert storm.faults(world, storm.run(world, storm.notes(world, WRITERS, 8))) == []


@pytest.mark.postgresql
def test_caught_positions_from_a_sequence(world: World, alone: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def from_a_sequence(
        connection: Connection, administration: str, rows: Sequence[Row], at: datetime
    ) -> None:
        first = connection.execute(text("SELECT nextval('bigserial')")).scalar_one()
        _put(connection, administration, rows, at, first)

    work = storm.notes(world, WRITERS, 8)
    with world.register.transaction() as connection:
        connection.execute(text(f"CREATE SEQUENCE bigserial START {changes.heads(connection)['EAU'] + 1}"))
    monkeypatch.setattr(streams, "append", from_a_sequence)
    assert "missed in EAU" in storm.faults(world, storm.run(world, work))


@pytest.mark.postgresql
def test_caught_a_counter_that_is_read_and_not_held(
    world: World, alone: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unheld(connection: Connection, administration: str, rows: Sequence[Row], at: datetime) -> None:
        last = changes.heads(connection)[administration]
        _put(connection, administration, rows, at, last + 1)
        mine = tables.stream.c.administration == administration
        connection.execute(update(tables.stream).where(mine).values(seq=last + len(rows)))

    work = storm.notes(world, WRITERS, 8)
    monkeypatch.setattr(streams, "append", unheld)
    assert "error IntegrityError" in storm.faults(world, storm.run(world, work))


@pytest.mark.postgresql
def test_caught_complaints_taken_as_they_come(
    world: World, slow_taking: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = _the_other_way_round(world)
    monkeypatch.setattr(locks, "take", lambda *_: None)
    assert "error OperationalError" in storm.faults(world, storm.run(world, work))


@pytest.mark.postgresql
def test_caught_streams_taken_as_they_come(
    world: World, alone: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half the transfers take the stream they leave first, the others the one they go to."""

    def as_they_come(connection: Connection, written: Sequence[Written], now: datetime, _: object) -> None:
        for effect in written[:1]:
            assert effect.before is not None
            for side in (effect.before.administration, effect.after.administration):
                streams.append(connection, side, [changes._row(effect)], now)
                time.sleep(storm.STEP_S)

    work = storm.crossing(world, WRITERS, 3, acts=1)
    monkeypatch.setattr(changes, "publish", as_they_come)
    assert "error OperationalError" in storm.faults(world, storm.run(world, work))


class _Deferred(Database):
    """Takes SQLite's one place of a writer when it first writes, and not before it reads."""

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        with self.engine.connect() as connection, connection.begin():
            yield connection


def test_caught_a_writer_of_sqlite_who_reads_before_he_has_his_turn(world: World) -> None:
    def deferred(of: World) -> Database:
        plain = database.connect(of.config)
        return _Deferred(plain.engine, plain.witness)

    seen = storm.run(world, storm.notes(world, WRITERS, 8), deferred)
    assert "error OperationalError" in storm.faults(world, seen)
