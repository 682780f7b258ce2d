"""The register on PostgreSQL: laid down, migrated, copied and put back; its locks, texts and lost races."""

import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import msgspec
import pytest
from alembic import command
from alembic.config import Config as AlembicConfig
from sqlalchemy import Connection, inspect, select, update
from sqlalchemy.exc import InternalError

from protocol.acts import Note
from server import accounts, blobs, complaints, database, gauges, migrations, tables, tokens
from server.admin import main
from server.config import Config
from server.database import Unusable, insert_if_absent
from server.notices import outbox
from tests.databases import OwnServer
from tests.notice_world import citizen
from tests.server_world import DEVICE, NOW, World, draft, later

pytestmark = pytest.mark.postgresql


@pytest.fixture
def empty(postgresql: OwnServer) -> Iterator[Callable[..., str]]:
    """Makes databases with nothing in them, not even the schema."""
    made: list[str] = []

    def make(how: str = "") -> str:
        made.append(postgresql.fresh(template="template0", how=how))
        return made[-1]

    yield make
    for url in made:
        postgresql.drop(url)


def documents(config: Config) -> dict[str, bytes]:
    """Every document of a register, by id."""
    register = database.connect(config)
    with register.reading() as connection:
        table = tables.complaint
        found = {
            row.id: bytes(row.document) for row in connection.execute(select(table.c.id, table.c.document))
        }
    register.close()
    return found


def settings(folder: Path, url: str) -> Path:
    """A settings file that names this database."""
    path = folder / "settings.toml"
    path.write_text(f'database = "{url}"\n', "utf-8")
    return path


def test_a_demonstration_is_made_verified_copied_and_put_back_by_the_commands(
    tmp_path: Path, empty: Callable[..., str], capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = empty(), empty()
    old, new = ["--data", str(tmp_path / "old")], ["--data", str(tmp_path / "new")]
    (tmp_path / "old").mkdir()
    settings(tmp_path, first).rename(tmp_path / "old" / "chekaya.toml")
    assert main(["init", *old]) == 0
    assert main(["demo", "--complaints", "60", *old]) == 0
    assert main(["verify", *old]) == 0
    (tmp_path / "copies").mkdir()
    assert main(["backup", str(tmp_path / "copies"), *old]) == 0
    (archive,) = (tmp_path / "copies").iterdir()
    assert main(["backup", "--verify", str(archive)]) == 0
    chosen = ["--config", str(settings(tmp_path, second))]
    assert main(["restore", str(archive), *new, *chosen]) == 2
    assert "--floor" in capsys.readouterr().err
    assert main(["restore", str(archive), *new, *chosen, "--margin", "100"]) == 0
    assert main(["verify", *new, *chosen]) == 0
    told = capsys.readouterr().out
    assert "0 faults" in told
    before = documents(Config(data=tmp_path / "old", database=first))
    assert len(before) == 60 and documents(Config(data=tmp_path / "new", database=second)) == before
    assert main(["restore", str(archive), "--data", str(tmp_path / "third"), *chosen, "--margin", "1"]) == 2
    assert "not empty" in capsys.readouterr().err


def test_a_register_of_the_first_version_comes_up_to_the_newest_with_its_rows(
    tmp_path: Path, empty: Callable[..., str]
) -> None:
    register = database.connect(Config(data=tmp_path, database=empty()))
    script = AlembicConfig()
    script.set_main_option("script_location", str(Path(migrations.__file__).parent))
    with register.transaction() as connection:
        script.attributes["connection"] = connection
        command.upgrade(script, "0001")
        document = msgspec.structs.replace(draft("قديمة\0"), number="2025-EAU-000001")
        raw = msgspec.json.encode(document)
        known = {column["name"] for column in inspect(connection).get_columns("complaint")}
        row = {name: v for name, v in complaints.columns_of(document, raw).items() if name in known}
        table = tables.complaint
        connection.execute(table.insert().values(**row, changed_at=NOW))
    migrations.migrate(register, NOW)
    with register.reading() as connection:
        assert migrations.version(connection) == migrations.HEAD
        found = connection.execute(select(tables.complaint)).one()
    assert (found.mark, found.archived, bytes(found.document)) == (zlib.crc32(raw), False, raw)
    register.close()


def test_of_several_processes_that_start_at_once_one_lays_the_register_down(
    tmp_path: Path, empty: Callable[..., str]
) -> None:
    config = Config(data=tmp_path, database=empty())
    registers = [database.connect(config) for _ in range(4)]
    threads = [threading.Thread(target=migrations.migrate, args=(one, NOW)) for one in registers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    epochs = set()
    for register in registers:
        with register.reading() as connection:
            epochs.add(migrations.epoch(connection))
            assert migrations.version(connection) == migrations.HEAD
        register.close()
    assert len(epochs) == 1


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ("ENCODING 'SQL_ASCII'", "SQL_ASCII"),
        ("LOCALE_PROVIDER icu ICU_LOCALE 'fr'", "sorts by a language"),
    ],
)
def test_a_database_that_reads_texts_otherwise_is_refused(
    tmp_path: Path, empty: Callable[..., str], how: str, told: str
) -> None:
    register = database.connect(Config(data=tmp_path, database=empty(how)))
    with pytest.raises(Unusable, match=told):
        migrations.migrate(register, NOW)
    register.close()


def test_a_nul_from_outside_finds_nothing_and_is_kept_as_a_mark(world: World) -> None:
    mine = world.staff["amina"].id
    with world.register.transaction() as connection:
        tokens.enrol(connection, mine, DEVICE, "Poste\0 12", NOW)
        named = select(tables.device.c.name).where(tables.device.c.id == DEVICE)
        assert connection.execute(named).scalar_one() == "Poste\ufffd 12"
        with pytest.raises(accounts.NoSuchAccount):
            accounts.by_login(connection, "ami\0na")
        with pytest.raises(blobs.NoSuchFile):
            blobs.find_upload(connection, "\0", mine)
        assert complaints.find(connection, "2026-EAU-000001\0") is None


def test_a_reading_is_one_snapshot_and_writes_nothing(world: World) -> None:
    document = world.file()
    with world.register.reading() as connection:
        before = complaints.load(connection, document.id)
        assert world.act("amina", document, Note(text="vu")).ver == 2
        assert complaints.load(connection, document.id) == before
        with pytest.raises(InternalError, match="read-only"):
            connection.execute(update(tables.complaint).values(unit="EAU-2"))
    assert world.load(document.id).unit == "EAU-1"


def test_who_loses_a_race_for_a_key_begins_again_and_sees_what_the_other_wrote(world: World) -> None:
    both_have_looked = threading.Barrier(2)
    found: list[bool] = []

    def enter(connection: Connection) -> bool:
        table = tables.meta
        known = connection.execute(select(table.c.value).where(table.c.key == "race")).scalar_one_or_none()
        if known is None:
            both_have_looked.wait(timeout=30)
            connection.execute(table.insert().values(key="race", value="x"))
        return known is None

    threads = [threading.Thread(target=lambda: found.append(world.register.attempt(enter))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [False, True]


def test_two_senders_take_two_notices_and_none_waits_for_the_other(world: World) -> None:
    for n in range(2):
        citizen(world, text=f"Fuite {n}", email="")
    until, now = later(minutes=5), later(minutes=1)
    with ExitStack() as open_ones:
        claimed = [
            outbox.claim(open_ones.enter_context(world.register.transaction()), "sms", now, until=until)
            for _ in range(3)
        ]
    first, second, third = claimed
    assert first is not None and second is not None and first.id != second.id and third is None


def test_a_connection_that_died_with_the_server_is_found_before_it_is_used(
    world: World, postgresql: OwnServer
) -> None:
    document = world.file()
    own = postgresql.admin.info.backend_pid
    others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname IS NOT NULL AND pid <> %s"
    assert postgresql.admin.execute(others, (own,)).rowcount >= 1
    assert world.load(document.id) == document


def test_the_supervision_reads_its_figures(world: World) -> None:
    world.file()
    with world.register.reading() as connection:
        found = {family.name: family.samples for family in gauges.read(connection, world.config, NOW)}
    assert found["chekaya_database_bytes"][0].value > 1_000_000
    assert [sample.value for sample in found["chekaya_complaints"]] == [1]


def test_an_insert_tells_whether_the_row_was_new(world: World) -> None:
    with world.register.transaction() as connection:
        row = {"key": "again", "value": "x"}
        assert insert_if_absent(connection, tables.meta, row)
        assert not insert_if_absent(connection, tables.meta, row)
