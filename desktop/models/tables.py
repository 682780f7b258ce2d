"""The tables of the two local files (PROTOCOL §3): work.db is never dropped, cache.db can be at any moment.

Times are ISO 8601 text in UTC, civil dates ISO text, documents and acts the UTF-8 JSON that travelled.
"""

from sqlalchemy import (
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)

work = MetaData()

outbox = Table(
    "outbox",
    work,
    Column("n", Integer, primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False, unique=True),
    Column("user", Text, nullable=False),
    Column("complaint", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("kv", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("seen", Integer, nullable=False),
    Column("prev", Text),
    Column("at", Text, nullable=False),
    Column("skew_ms", Integer, nullable=False),
    Column("state", Text, nullable=False),  # queued | acked | rejected | recalled
    Column("overlay", Integer, nullable=False),  # 1 while it may have to be replayed over its base
    Column("acked_ver", Integer),
    Column("epoch", Text, nullable=False, server_default=""),
    Column("code", Text, nullable=False, server_default=""),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("next_try", Text, nullable=False, server_default=""),
    Column("settled_at", Text, nullable=False, server_default=""),
    Column("files", Text, nullable=False, server_default=""),  # SHA-256 of attached files, one space between
    Column("number", Text, nullable=False, server_default=""),  # outgoing, once the server has given one
    sqlite_autoincrement=True,
)
Index("outbox_queued", outbox.c.n, sqlite_where=text("state = 'queued'"))
Index("outbox_overlay", outbox.c.complaint, outbox.c.n, sqlite_where=text("overlay = 1"))
Index("outbox_acked", outbox.c.settled_at, sqlite_where=text("state = 'acked'"))

returned = Table(
    "returned",
    work,
    Column("id", Text, primary_key=True),
    Column("complaint", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("kv", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("code", Text, nullable=False),
    Column("server_doc", LargeBinary),
    Column("at", Text, nullable=False),
    Column("typed_at", Text, nullable=False),
    Column("seen", Integer, nullable=False),
)

draft = Table(
    "draft",
    work,
    Column("complaint", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("cursor_pos", Integer, nullable=False),
    Column("seen", Integer, nullable=False),
    Column("updated", Text, nullable=False),
    PrimaryKeyConstraint("complaint", "kind"),
)

file_out = Table(
    "file_out",
    work,
    Column("n", Integer, primary_key=True, autoincrement=True),
    Column("sha256", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("mime", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("sent", Integer, nullable=False, server_default="0"),
)

blob_out = Table(
    "blob_out",
    work,
    Column("sha256", Text, nullable=False),
    Column("part", Integer, nullable=False),
    Column("content", LargeBinary, nullable=False),
    PrimaryKeyConstraint("sha256", "part"),
)

access_log = Table(
    "access_log",
    work,
    Column("n", Integer, primary_key=True, autoincrement=True),
    Column("complaint", Text, nullable=False),
    Column("what", Text, nullable=False),  # read | printed | exported, a space, and what
    Column("at", Text, nullable=False),
    Column("id", Text, nullable=False, server_default=""),
    Column("told", Integer, nullable=False, server_default="0"),
)

ident = Table("ident", work, Column("name", Text, primary_key=True), Column("value", Text, nullable=False))

cache = MetaData()

complaint = Table(
    "complaint",
    cache,
    Column("n", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("ver", Integer, nullable=False),
    Column("number", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("object", Text, nullable=False),
    Column("citizen", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("due", Text, nullable=False),
    Column("received_on", Text, nullable=False),
    Column("administration", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("assignee", Text, nullable=False),
    Column("theme", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("urgent", Integer, nullable=False),
    Column("confidential", Integer, nullable=False),
    Column("unread", Integer, nullable=False),
    Column("changed_at", Text, nullable=False),
    Column("arrived_on", Text, nullable=False),  # from here: board_columns.Steered
    Column("answered_on", Text, nullable=False),
    Column("complement_limit", Text, nullable=False),
    Column("elements_due", Text, nullable=False),
    Column("hops", Integer, nullable=False),
    Column("returns", Integer, nullable=False),
    Column("reopenings", Integer, nullable=False),
    Column("interim", Integer, nullable=False),
    Column("open", Integer, nullable=False),  # the sixty days still run
    Column("stage", Integer, nullable=False),  # who is to move next: board_columns.Stage
    Column("waiting", Integer, nullable=False),  # acts of mine not settled
    Column("view_dirty", Integer, nullable=False),  # the columns above are not those of the base alone
    Column("base_ver", Integer, nullable=False),
    Column("mark", Integer, nullable=False),  # of the base: protocol.marks
)
Index("complaint_dirty", complaint.c.n, sqlite_where=text("view_dirty = 1"))

document = Table(
    "document",
    cache,
    Column("n", Integer, primary_key=True),
    Column("base", LargeBinary, nullable=False),
)

ref = Table(
    "ref",
    cache,
    Column("kind", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("ver", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    PrimaryKeyConstraint("kind", "id"),
)

to_index = Table(
    "to_index",
    cache,
    Column("n", Integer, primary_key=True),
    Column("token", Integer, nullable=False),  # another one each time the complaint changes
)

indexed = Table(
    "indexed",
    cache,
    Column("n", Integer, primary_key=True),
    Column("docid", Integer, nullable=False),
    Column("digest", LargeBinary, nullable=False),
)

blob_in = Table(
    "blob_in",
    cache,
    Column("sha256", Text, nullable=False),
    Column("part", Integer, nullable=False),
    Column("content", LargeBinary, nullable=False),
    PrimaryKeyConstraint("sha256", "part"),
)

sync = Table(
    "sync",
    cache,
    Column("one", Integer, primary_key=True),
    Column("cursor", Text, nullable=False),
    Column("epoch", Text, nullable=False),
    Column("snap_after", Text, nullable=False),
    Column("snap_done", Integer, nullable=False),
    Column("checked_epoch", Text, nullable=False),
    Column("checked_at", Text, nullable=False),
)

FTS = (
    "create virtual table if not exists fts using fts5("
    "folded, content='', contentless_delete=1, detail=none, prefix='2 3 4',"
    ' tokenize="unicode61 remove_diacritics 0")'
)
"""Words just begun have indexes of their own: without, every word of the beginning is merged (4 to 1 ms)."""

LIST_INDEXES = {
    "list_mine": "(assignee, due, n, status) where open = 1",
    "list_unit": "(administration, unit, due, n) where open = 1",
    "list_administration": "(administration, due, n) where open = 1",
    "list_unassigned": "(administration, unit, due, n) where open = 1 and assignee = ''",
    "list_unassigned_all": "(administration, due, n) where open = 1 and assignee = ''",
    "list_triage": "(administration, due, n) where status = 'received'",
}
"""What queues are read through; made after a first snapshot rather than kept up during it."""
