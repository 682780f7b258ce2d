"""One TOML file: every setting documented with its true default, mistakes named, secrets never printed."""

import re
import tomllib
from dataclasses import fields

import pytest

from server import config
from server.commands import operation
from server.config import BadConfiguration, Config
from tests.processes import ROOT, command

EXAMPLE = ROOT / "installer" / "chekaya.toml"
SETTING = re.compile(r"#([a-z_]+) = ")


def test_the_example_names_every_setting_with_its_true_default(tmp_path):
    lines = EXAMPLE.read_text("utf-8").splitlines()
    shown = tomllib.loads("\n".join(line[1:] for line in lines if SETTING.match(line)))
    defaults = Config(data=tmp_path)
    assert shown == {one.name: getattr(defaults, one.name) for one in fields(Config) if one.name != "data"}


def test_every_setting_of_the_example_follows_an_explanation():
    lines = EXAMPLE.read_text("utf-8").splitlines()
    for n, line in enumerate(lines):
        if SETTING.match(line):
            assert lines[n - 1].startswith("# ") or SETTING.match(lines[n - 1]), line
        assert len(line) <= 115, line


def test_the_example_loads_as_it_is_and_with_every_setting_in_force(tmp_path):
    assert config.load(tmp_path, EXAMPLE) == Config(data=tmp_path)
    every = tmp_path / "every.toml"
    every.write_text(re.sub(r"(?m)^#(?=[a-z_]+ = )", "", EXAMPLE.read_text("utf-8")), "utf-8")
    assert config.load(tmp_path, every) == Config(data=tmp_path)


@pytest.mark.parametrize(
    ("written", "named"),
    [
        ("prot = 8600", "prot"),
        ('port = "8600"', "port"),
        ("threads = true", "threads"),
        ("threads = 0", "threads"),
        ("port = -1", "port"),
        ("port = 999999999999", "port"),
        ("host = [", "chekaya.toml"),
    ],
)
def test_a_mistake_is_refused_by_its_name(tmp_path, written, named):
    (tmp_path / "chekaya.toml").write_text(written)
    with pytest.raises(BadConfiguration, match=named):
        config.load(tmp_path)


def test_a_file_in_another_encoding_is_refused(tmp_path):
    (tmp_path / "chekaya.toml").write_bytes('notice_contact = "Délégué"'.encode("latin-1"))
    with pytest.raises(BadConfiguration):
        config.load(tmp_path)


def test_what_is_printed_is_in_force_and_can_be_read_back(tmp_path):
    (tmp_path / "chekaya.toml").write_text('notice_contact = "dpo@\\"x\\".ma"\nthreads = 7\n')
    printed = command("config", "--data", str(tmp_path))
    read = tomllib.loads(printed)
    assert read["threads"] == 7
    assert read["notice_contact"] == 'dpo@"x".ma'
    assert set(read) == {one.name for one in fields(Config)} - {"data"}
    assert "threads = 7\n" in printed
    assert "port = 8600  # default" in printed


def test_no_secret_is_printed():
    url = "postgresql+psycopg://chekaya:tres-secret@base.ma/chekaya"
    assert "tres-secret" not in operation.shown("database", url)
    assert "base.ma" in operation.shown("database", url)
    assert "tres-secret" not in operation.shown("database", "tres-secret not an address")
    assert operation.shown("sms_token", "tres-secret") == f'"{operation.HIDDEN}"'
    assert operation.shown("sms_token", "") == '""'


def test_the_witness_may_lie_outside_the_data(tmp_path):
    assert Config(data=tmp_path).witness_folder == tmp_path / "witness"
    assert Config(data=tmp_path, witness="/mnt/x").witness_folder.as_posix() == "/mnt/x"
