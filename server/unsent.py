"""What a desk had typed and not sent, read from a copy of its encrypted work.db with its recovered key."""

import shutil
import tempfile
from pathlib import Path

import msgspec


class WrongKey(ValueError):
    """This key does not open this file."""


class Unsent(msgspec.Struct, frozen=True, kw_only=True):
    """One text: an act in the `outbox`, one `returned` by the server, or a `draft`; `content` is its JSON."""

    where: str
    complaint: str
    kind: str
    at: str
    content: msgspec.Raw


_QUERIES = {
    "outbox": "select complaint, kind, at, body from outbox where state = 'queued' order by n",
    "returned": "select complaint, kind, typed_at, body from returned order by at",
    "draft": "select complaint, kind, updated, body from draft order by updated",
}


def read(work: Path, key: bytes) -> tuple[Unsent, ...]:
    """Every text, oldest first of each place; the file itself is never touched. Raises WrongKey, OSError.

    Needs the driver of desks (sqlcipher3): ImportError where it is not installed.
    """
    from sqlcipher3 import dbapi2

    with tempfile.TemporaryDirectory(prefix="chekaya-") as folder:
        copy = Path(folder) / "work.db"
        shutil.copyfile(work, copy)
        beside = work.with_name(f"{work.name}-wal")
        if beside.is_file():
            shutil.copyfile(beside, copy.with_name("work.db-wal"))
        connection = dbapi2.connect(str(copy))
        try:
            connection.execute("pragma cipher_log_level = none")
            connection.execute(f"pragma key = \"x'{key.hex()}'\"")
            connection.execute("pragma temp_store = memory")
            return tuple(
                Unsent(where=where, complaint=complaint, kind=kind, at=at, content=_json(body))
                for where, query in _QUERIES.items()
                for complaint, kind, at, body in connection.execute(query).fetchall()
            )
        except dbapi2.DatabaseError as error:
            raise WrongKey(work.name) from error
        finally:
            connection.close()


def _json(body: bytes | str) -> msgspec.Raw:
    """As it was stored; what is no JSON is given as text."""
    content = body.encode() if isinstance(body, str) else bytes(body)
    try:
        msgspec.json.decode(content)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        content = msgspec.json.encode(content.decode(errors="replace"))
    return msgspec.Raw(content)
