"""work.db as first released: outbox, returned tray, drafts, files to send, log of readings, identity."""

from typing import Any

STATEMENTS = (
    """create table outbox (
        n integer primary key autoincrement, id text not null unique, "user" text not null,
        complaint text not null, kind text not null, kv integer not null, body blob not null,
        seen integer not null, prev text, at text not null, skew_ms integer not null, state text not null,
        overlay integer not null, acked_ver integer, epoch text not null default '',
        code text not null default '', tries integer not null default 0, next_try text not null default '',
        settled_at text not null default '', files text not null default '')""",
    "create index outbox_queued on outbox (n) where state = 'queued'",
    "create index outbox_overlay on outbox (complaint, n) where overlay = 1",
    "create index outbox_acked on outbox (settled_at) where state = 'acked'",
    """create table returned (
        id text primary key, complaint text not null, kind text not null, kv integer not null,
        body blob not null, code text not null, server_doc blob, at text not null, typed_at text not null,
        seen integer not null)""",
    """create table draft (
        complaint text not null, kind text not null, body text not null, cursor_pos integer not null,
        seen integer not null, updated text not null, primary key (complaint, kind))""",
    """create table file_out (
        n integer primary key autoincrement, sha256 text not null unique, name text not null,
        mime text not null, size integer not null, sent integer not null default 0)""",
    """create table blob_out (
        sha256 text not null, part integer not null, content blob not null, primary key (sha256, part))""",
    """create table access_log (
        n integer primary key autoincrement, complaint text not null, what text not null,
        at text not null)""",
    "create table ident (name text primary key, value text not null)",
)


def create(connection: Any) -> None:
    """Make every table of version 1."""
    for statement in STATEMENTS:
        connection.execute(statement)
