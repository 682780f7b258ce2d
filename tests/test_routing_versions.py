"""Versions never change, a shadow never decides, a person promotes, and a changed file is never loaded."""

import hashlib
from pathlib import Path

import pytest
from sqlalchemy import delete, insert, select

from protocol.complaint import Place, Status
from protocol.settings import COORDINATION
from server import tables
from server.config import Config
from server.routing import shelf, versions
from server.routing.comparison import side_by_side
from server.routing.model import FILE, BadModel
from server.routing.trials import Trials
from server.routing.versions import InUse, NoSuchVersion, State
from server.service import open_service
from tests.routing_world import RoutingWorld, routing_world
from tests.server_world import NOW

MOVED_TEXT = "Odeur d'égout devant le marché couvert, robinet sec"


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with routing_world(tmp_path, monkeypatch) as built:
        yield built


def corrected_version(world: RoutingWorld):
    """A second version, which one correction sets apart from the first."""
    live = world.live()
    world.moves(world.arrives(MOVED_TEXT, live), "ELEC")
    return live, world.make()


def trials(world: RoutingWorld) -> Trials:
    service = open_service(Config(data=world.world.config.data, port=0), clock=lambda: NOW)
    return Trials(service)


def test_the_first_model_is_made_once_and_decides(world: RoutingWorld):
    first, again = world.first(), world.first()
    assert first == again
    assert (first.state, first.promoted_by) == (State.CURRENT, "system")
    assert world.live().version == first.version


def test_a_version_is_written_once_and_never_again(world: RoutingWorld):
    made = world.first()
    path = shelf.folder_of(world.routing, made.version) / FILE
    before = (path.read_bytes(), path.stat().st_mtime_ns, made.made_at)
    assert shelf.keep(world.routing, world.model(made)) == made.facts.sha256
    assert (path.read_bytes(), path.stat().st_mtime_ns, world.first().made_at) == before
    assert not path.stat().st_mode & 0o222
    assert hashlib.sha256(before[0]).hexdigest() == made.facts.sha256
    assert not list(world.routing.glob("models/.*"))


def test_a_promotion_is_recorded_and_the_former_model_retires(world: RoutingWorld):
    live, second = corrected_version(world)
    first = live.version
    assert world.state(second) == State.READY
    world.promote(second)
    with world.world.register.reading() as connection:
        rows = {one.version: one for one in versions.every(connection)}
    assert rows[second.version].state == State.CURRENT
    assert rows[second.version].promoted_by == world.world.staff["nadia"].id
    assert rows[second.version].promoted_at == NOW
    assert rows[first].state == State.RETIRED


def test_a_running_server_takes_a_promotion_over_and_stamps_it_on_complaints(world: RoutingWorld):
    live, second = corrected_version(world)
    assert world.arrives("fuite d'eau potable", live).routing.model == live.version
    world.promote(second)
    live.renew()
    assert live.version == second.version
    assert world.arrives("fuite d'eau potable", live).routing.model == second.version


def test_a_former_model_can_be_promoted_again(world: RoutingWorld):
    _, second = corrected_version(world)
    first = world.first()
    world.promote(second)
    world.promote(first)
    assert (world.state(first), world.state(second)) == (State.CURRENT, State.RETIRED)


def test_the_current_model_is_neither_put_beside_itself_nor_retired(world: RoutingWorld):
    first = world.first()
    with world.world.register.transaction() as connection:
        for change in (versions.put_beside, versions.retire):
            with pytest.raises(InUse):
                change(connection, first.version)
        with pytest.raises(InUse):
            versions.promote(connection, first.version, by="x", now=NOW)
        with pytest.raises(NoSuchVersion):
            versions.retire(connection, "nobody")
        with pytest.raises(NoSuchVersion):
            versions.get(connection, "%")


def tamper(world: RoutingWorld, version: str) -> None:
    path = shelf.folder_of(world.routing, version) / FILE
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.chmod(0o644)
    path.write_bytes(content)


def test_a_changed_file_is_refused_and_the_model_in_memory_goes_on(world: RoutingWorld):
    live, second = corrected_version(world)
    before = live.version
    tamper(world, second.version)
    with pytest.raises(BadModel) as refused:
        world.model(second)
    assert refused.value.code == "changed_file"
    world.promote(second)
    live.renew()
    live.renew()
    assert live.version == before
    assert world.journal.getvalue().count('"fault"') == 1


def test_another_sound_model_under_the_same_name_is_refused(world: RoutingWorld):
    """Whole and well-formed is not enough: it must be the very file that was recorded."""
    _, second = corrected_version(world)
    first = world.first()
    path = shelf.folder_of(world.routing, second.version) / FILE
    path.chmod(0o644)
    path.write_bytes((shelf.folder_of(world.routing, first.version) / FILE).read_bytes())
    with pytest.raises(BadModel):
        world.model(second)


def test_a_server_without_a_sound_model_lets_people_decide(world: RoutingWorld):
    first = world.first()
    tamper(world, first.version)
    live = world.live()
    assert live.version == ""

    def to(named: str) -> str:
        return live.route(
            text="fuite", object="", theme="", place=Place(), named=named, operational=frozenset({"EAU"})
        ).administration

    assert (to(""), to("EAU"), to("PORTS")) == (COORDINATION, "EAU", COORDINATION)


def test_the_shadow_routes_what_arrives_and_decides_nothing(world: RoutingWorld):
    live, second = corrected_version(world)
    world.put_beside(second)
    arrived = world.arrives(MOVED_TEXT, live)
    assert (arrived.routing.administration, arrived.routing.model) == ("EAU", live.version)
    assert trials(world).run_once() == 1
    table = tables.routing_trial
    with world.world.register.reading() as connection:
        row = connection.execute(select(table)).one()
    assert (row.complaint, row.model, row.administration) == (arrived.id, second.version, "ELEC")
    assert 0 < row.confidence <= 1
    assert world.world.load(arrived.id) == arrived


def test_only_what_arrives_while_a_shadow_is_there_is_tried(world: RoutingWorld):
    live, second = corrected_version(world)
    world.arrives("fuite avant", live)
    world.put_beside(second)
    world.arrives("fuite pendant", live)
    thread = trials(world)
    assert thread.run_once() == 1
    assert thread.run_once() == 0
    with world.world.register.transaction() as connection:
        versions.retire(connection, second.version)
    world.arrives("fuite après", live)
    assert trials(world).run_once() == 0
    with world.world.register.reading() as connection:
        assert len(connection.execute(select(tables.routing_trial)).all()) == 1


def test_a_shadow_whose_file_was_changed_disturbs_nobody(world: RoutingWorld):
    live, second = corrected_version(world)
    world.put_beside(second)
    tamper(world, second.version)
    arrived = world.arrives("fuite d'eau potable", live)
    thread = trials(world)
    assert (thread.run_once(), thread.run_once()) == (0, 0)
    assert world.world.load(arrived.id).administration == "EAU"


def test_side_by_side_counts_who_was_right_where_people_decided(world: RoutingWorld):
    live, second = corrected_version(world)
    world.put_beside(second)
    moved = world.arrives(MOVED_TEXT, live)
    world.arrives("fuite d'eau potable", live, status=Status.ANSWERED)
    world.arrives("العداد الكهربائي معطل", live, administration="ELEC", unit="ELEC-1")
    trials(world).run_once()
    waiting = world.arrives("le quai du port", live)
    world.moves(moved, "ELEC")
    with world.world.register.reading() as connection:
        seen = side_by_side(connection, live.version, second.version)
    assert (seen.trials, seen.waiting, seen.agreed) == (3, 1, 2)
    assert (seen.corrected.complaints, seen.corrected.old_right, seen.corrected.new_right) == (1, 0, 1)
    assert seen.corrected.only_new == 1
    assert (seen.confirmed.complaints, seen.confirmed.both) == (1, 1)
    assert waiting.id != moved.id


def test_a_new_version_is_measured_beside_the_one_that_decides(world: RoutingWorld, tmp_path: Path):
    world.first()
    path = tmp_path / "a.csv"
    rows = [
        (f"câble tombé rue {n}", "ELEC") if n % 2 else (f"égout bouché rue {n}", "EAU") for n in range(100)
    ]
    path.write_text("text,label\n" + "".join(f"{text},{label}\n" for text, label in rows), "utf-8")
    made = world.make(path)
    assert made.facts.figures is not None
    assert not made.facts.own_texts_only
    assert made.facts.figures.texts == 20
    assert made.facts.beside is not None
    assert made.facts.beside.new_top1 >= made.facts.beside.old_top1
    assert [(one.name, one.read, one.kept) for one in made.facts.sources] == [("a.csv", 100, 100)]


def test_a_trial_left_empty_by_a_crash_is_filled_in_later(world: RoutingWorld):
    live, second = corrected_version(world)
    world.put_beside(second)
    arrived = world.arrives("fuite d'eau potable", live)
    trials(world).run_once()
    table = tables.routing_trial
    with world.world.register.transaction() as connection:
        row = connection.execute(select(table)).one()._asdict()
        connection.execute(delete(table))
        connection.execute(insert(table).values(**row | {"administration": "", "confidence": 0.0}))
    assert trials(world).run_once() == 1
    assert row["complaint"] == arrived.id
