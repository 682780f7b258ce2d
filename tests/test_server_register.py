"""Laying down a register, its command line, its schema, its directory, its upkeep."""

import io
import stat
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config as AlembicConfig
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import select, update

import server.migrations as migrations
from protocol.acts import Assign, Note
from protocol.settings import Chain, Onboarding
from server import accounts, config, directory, tables, upkeep, verification
from server.admin import main
from server.config import BadConfiguration, Config
from server.service import open_service
from tests.server_world import NOW, World, later

pytestmark = pytest.mark.both_databases


def test_init_lays_down_the_shipped_register_and_may_be_repeated(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = str(tmp_path / "neuf")
    assert main(["init", "--data", data]) == 0
    assert main(["administration", "set-state", "ADM", "suspended", "--data", data]) == 0
    assert main(["init", "--data", data]) == 0
    capsys.readouterr()
    assert main(["administration", "list", "--data", data]) == 0
    lines = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    states = {line[0]: line[1] for line in lines}
    assert len(states) == 48 and states["ADM"] == "suspended" and states["CN"] == "operational"
    assert all(len(line) == 4 and line[2] and line[3] for line in lines)


def test_an_account_is_opened_listed_and_closed_from_the_command_line(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = ["--data", str(world.config.data)]
    monkeypatch.setattr(sys, "stdin", io.StringIO("une phrase de passe\n"))
    add = ["account", "add", "Hind", "--name-fr", "Hind", "--name-ar", "هند", "--grant", "agent:EAU:EAU-1"]
    assert main([*add, *data]) == 0
    assert main([*add, *data]) == 2
    assert main(["account", "disable", "hind", *data]) == 0
    capsys.readouterr()
    assert main(["account", "list", *data]) == 0
    assert "hind\tdisabled\tHind\tهند\tagent:EAU:EAU-1" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        (["account", "disable", "nobody"], "no account nobody"),
        (["administration", "set-state", "XX", "planned"], "no administration XX"),
        (["account", "add", "x", "--name-fr", "x", "--name-ar", "x", "--grant", "king:EAU"], "king:EAU"),
        (["account", "add", "x", "--name-fr", "x", "--name-ar", "x", "--grant", "agent:MARS"], "MARS"),
        (
            ["account", "add", "x", "--name-fr", "x", "--name-ar", "x", "--grant", "agent:EAU:ELEC-1"],
            "ELEC-1",
        ),
    ],
)
def test_what_is_typed_wrong_gets_one_line_and_code_two(
    world: World,
    typed: list[str],
    told: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("une phrase de passe\n"))
    assert main([*typed, "--data", str(world.config.data)]) == 2
    said = capsys.readouterr().err
    assert told in said and said.count("\n") == 1


def test_a_short_password_and_a_missing_register_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("court\n"))
    data = ["--data", str(tmp_path / "rien")]
    assert main(["account", "add", "x", "--name-fr", "x", "--name-ar", "x", *data]) == 2
    assert "10 characters" in capsys.readouterr().err
    assert main(["verify", *data]) == 2
    assert "no register" in capsys.readouterr().err


def test_a_port_that_is_taken_is_told_at_once(world: World) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "server", "serve", "--data", str(world.config.data), "--port", port]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 2 and "cannot listen" in ended.stderr and "Traceback" not in ended.stderr


def test_settings_come_from_defaults_then_the_file_then_the_command_line(tmp_path: Path) -> None:
    (tmp_path / "chekaya.toml").write_text('port = 9000\npublic_url = "https://chekaya.example.ma"\n')
    chosen = config.load(tmp_path, host=None, port=9001)
    assert (chosen.port, chosen.host, chosen.address) == (9001, "127.0.0.1", "https://chekaya.example.ma")
    for text in ("colour = 1", "port = 'x'", "port = = 1"):
        (tmp_path / "bad.toml").write_text(text)
        with pytest.raises(BadConfiguration):
            config.load(tmp_path, tmp_path / "bad.toml")


def test_secrets_are_made_once_and_closed_to_others(tmp_path: Path) -> None:
    chosen = Config(data=tmp_path)
    assert config.secret(chosen, "lease") == config.secret(chosen, "lease")
    assert config.secret(chosen, "lease") != config.secret(chosen, "tokens")
    path = chosen.secrets / "lease.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(chosen.secrets.stat().st_mode) == 0o700
    assert not list(chosen.secrets.glob("*.new"))


def test_the_migrated_schema_is_the_one_in_the_code(world: World) -> None:
    with world.register.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, tables.metadata) == []
        assert migrations.version(connection) == migrations.HEAD
    settings = AlembicConfig()
    settings.set_main_option("script_location", str(Path(migrations.__file__).parent))
    assert ScriptDirectory.from_config(settings).get_current_head() == migrations.HEAD


def test_the_epoch_survives_opening_again(world: World) -> None:
    with world.register.reading() as connection:
        first = migrations.epoch(connection)
    migrations.migrate(world.register, later(days=1))
    with world.register.reading() as connection:
        assert migrations.epoch(connection) == first


def test_a_naive_time_never_reaches_a_table(world: World) -> None:
    with pytest.raises(Exception, match="naive time"), world.register.transaction() as connection:
        connection.execute(update(tables.complaint).values(changed_at=NOW.replace(tzinfo=None)))


def test_an_absence_and_a_disabled_account_change_the_rule_book(world: World) -> None:
    amina = world.staff["amina"].id
    with world.register.transaction() as connection:
        accounts.set_absence(connection, amina, starts=NOW.date(), ends=later(days=3).date())
        book = directory.settings_for(connection, "EAU")
        assert book.staff[amina].absent_until == later(days=3).date()
    document = world.file()
    assert world.act("salma", document, Assign(assignee=amina)).code == "assignee_absent"
    with world.register.transaction() as connection:
        accounts.disable(connection, amina)
        assert amina not in directory.settings_for(connection, "EAU").staff


def test_an_administrations_own_choices_survive_changes_of_the_directory(world: World) -> None:
    with world.register.transaction() as connection:
        book = directory.settings_for(connection, "EAU")
        own = msgspec.structs.replace(book, chain=Chain.VALIDATE, answer_days=45)
        directory.put_settings(connection, "EAU", own)
        directory.set_state(connection, "PORTS", Onboarding.OPERATIONAL)
        after = directory.settings_for(connection, "EAU")
    assert (after.chain, after.answer_days) == (Chain.VALIDATE, 45)
    assert "PORTS" in after.operational


def test_loading_the_same_register_again_changes_nothing(world: World) -> None:
    from tests.server_world import register_file

    seq = select(tables.stream.c.seq).where(tables.stream.c.administration == tables.REFERENCE_STREAM)
    with world.register.transaction() as connection:
        before = connection.execute(seq).scalar_one()
        directory.load_register(connection, register_file())
        assert connection.execute(seq).scalar_one() == before


def test_upkeep_anchors_once_a_day_and_forgets_what_has_had_its_time(world: World) -> None:
    moments = [NOW, NOW + timedelta(hours=1), NOW + timedelta(days=91)]
    service = open_service(world.config, clock=lambda: moments[0])
    document = world.file()
    world.act("amina", document, Note(text="vu"))
    while moments:
        upkeep.run_once(service)
        moments.pop(0) if len(moments) > 1 else moments.clear()
        if not moments:
            break
    lines = (world.config.anchors / "anchors.jsonl").read_bytes().splitlines()
    assert len(lines) == 2
    with world.register.reading() as connection:
        assert connection.execute(select(tables.change)).first() is None
        kept = connection.execute(select(tables.stream).where(tables.stream.c.administration == "EAU")).one()
        assert (kept.seq, kept.min_seq) == (2, 2)
        assert verification.verify(connection, world.config.anchors).findings == ()
    service.database.close()
