"""The tools of PostgreSQL: asked for by name, no password on their command line, their errors told."""

import json
import sys

import pytest
from sqlalchemy.engine import make_url

from server import postgresql
from server.postgresql import NoTools, ToolFailed

URL = make_url("postgresql+psycopg://chekaya:tres-secret@base.ma:5433/reclamations")
TOOL = """#!{python}
import json, os, sys
told = {{"words": sys.argv[1:], "password": os.environ.get("PGPASSWORD", "")}}
open({file!r}, "w").write(json.dumps(told))
sys.stderr.write("pg_restore: connecting\\n{said}\\n")
sys.exit({code})
"""


def install(folder, *, said: str = "", code: int = 0):
    """Two programs of these names; gives the file in which the called one says how it was called."""
    called = folder / "called.json"
    for name in ("pg_dump", "pg_restore"):
        tool = folder / name
        tool.write_text(TOOL.format(python=sys.executable, file=str(called), said=said, code=code))
        tool.chmod(0o700)
    return called


def test_the_password_travels_in_the_environment(tmp_path, monkeypatch):
    called = install(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    postgresql.restore(postgresql.tools(), URL, tmp_path / "register.dump", lambda: False)
    told = json.loads(called.read_text())
    assert told["password"] == "tres-secret"
    assert not any("tres-secret" in word for word in told["words"])
    assert "--dbname=postgresql://chekaya@base.ma:5433/reclamations" in told["words"]
    assert "--single-transaction" in told["words"]


def test_what_a_tool_says_last_is_what_the_operator_reads(tmp_path, monkeypatch):
    install(tmp_path, said="pg_restore: error: role does not exist", code=1)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolFailed, match="role does not exist"):
        postgresql.restore(postgresql.tools(), URL, tmp_path / "register.dump", lambda: False)


def test_missing_tools_are_named(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoTools, match="postgresql-client"):
        postgresql.tools()
