"""Every table of the server, in SQLAlchemy Core: the same schema on SQLite and PostgreSQL.

A document is stored as its JSON bytes beside the columns that queries need; `complaint.listed` holds the list
columns already computed, so that a page for a desktop is made without decoding anything.
"""

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    false,
)

from server.columns import Code, Count, Digest, Id, Sha256, UtcTime, metadata

REFERENCE_STREAM = "0"
"""Key, in `stream`, of the counter of reference documents."""

meta = Table("meta", metadata, Column("key", Code, primary_key=True), Column("value", Text, nullable=False))

complaint = Table(
    "complaint",
    metadata,
    Column("id", Id, primary_key=True),
    Column("administration", Code, nullable=False),
    Column("unit", Code, nullable=False),
    Column("confidential", Boolean, nullable=False),
    Column("against", Code, nullable=False),
    Column("ombudsman", Boolean, nullable=False),
    Column("assignee", Code, nullable=False),
    Column("status", Code, nullable=False),
    Column("type", Code, nullable=False),
    Column("theme", Code, nullable=False),
    Column("channel", Code, nullable=False),
    Column("due", Date, nullable=False),
    Column("received_at", UtcTime, nullable=False),
    Column("changed_at", UtcTime, nullable=False),
    Column("ver", Integer, nullable=False),
    Column("number", Code, nullable=False, unique=True),
    Column("parent", Id, nullable=False, server_default=""),
    Column("tracking_hash", String(128)),
    Column("listed", LargeBinary, nullable=False),
    Column("document", LargeBinary, nullable=False),
    Column("mark", Count, nullable=False, server_default="0"),
    Column("archived", Boolean, nullable=False, server_default=false()),
    Index(None, "administration", "id"),
    Index(None, "administration", "unit", "status", "id"),
    Index(None, "status", "due"),
    Index(None, "parent"),
)

event = Table(
    "event",
    metadata,
    Column("administration", Code, primary_key=True),
    Column("chain_n", Count, primary_key=True, autoincrement=False),
    Column("complaint", Id, nullable=False),
    Column("n", Integer, nullable=False),
    Column("act", Id, nullable=False),
    Column("kind", Code, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("salt", LargeBinary(16), nullable=False),
    Column("content_digest", Digest, nullable=False),
    Column("prev_digest", Digest, nullable=False),
    Column("digest", Digest, nullable=False),
    Column("body", LargeBinary),
    Index(None, "complaint", "n"),
)

access_log = Table(
    "access_log",
    metadata,
    Column("administration", Code, primary_key=True),
    Column("chain_n", Count, primary_key=True, autoincrement=False),
    Column("complaint", Id, nullable=False),
    Column("kind", Code, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("salt", LargeBinary(16), nullable=False),
    Column("content_digest", Digest, nullable=False),
    Column("prev_digest", Digest, nullable=False),
    Column("digest", Digest, nullable=False),
    Column("body", LargeBinary),
    Column("record", Id),
    Index(None, "complaint", "at"),
    Index(None, "record", unique=True),
)

chain = Table(
    "chain",
    metadata,
    Column("log", Code, primary_key=True),
    Column("administration", Code, primary_key=True),
    Column("n", Count, nullable=False),
    Column("digest", Digest, nullable=False),
)

attachment = Table(
    "attachment",
    metadata,
    Column("complaint", Id, ForeignKey("complaint.id"), primary_key=True),
    Column("sha256", Sha256, primary_key=True),
    Column("name", String(255), nullable=False),
    Column("mime", String(100), nullable=False),
    Column("size", Integer, nullable=False),
    Index(None, "sha256"),
)

blob = Table(
    "blob",
    metadata,
    Column("sha256", Sha256, primary_key=True),
    Column("size", Integer, nullable=False),
    Column("mime", String(100), nullable=False),
    Column("at", UtcTime, nullable=False),
)

upload = Table(
    "upload",
    metadata,
    Column("id", Id, primary_key=True),
    Column("sha256", Sha256, nullable=False),
    Column("size", Integer, nullable=False),
    Column("name", String(255), nullable=False),
    Column("mime", String(100), nullable=False),
    Column("account", Id, nullable=False),
    Column("offset", Integer, nullable=False),
    Column("at", UtcTime, nullable=False),
    Index(None, "account", "sha256"),
)

stream = Table(
    "stream",
    metadata,
    Column("administration", Code, primary_key=True),
    Column("seq", Count, nullable=False),
    Column("min_seq", Count, nullable=False),
    postgresql_with={"fillfactor": 50},
)

change = Table(
    "change",
    metadata,
    Column("administration", Code, primary_key=True),
    Column("seq", Count, primary_key=True, autoincrement=False),
    Column("complaint", Id, nullable=False),
    Column("ver", Integer, nullable=False),
    Column("scope_before", LargeBinary),
    Column("scope_after", LargeBinary),
    Column("act", Id, nullable=False),
    Column("at", UtcTime, nullable=False),
)

act_log = Table(
    "act_log",
    metadata,
    Column("id", Id, primary_key=True),
    Column("user", Id, nullable=False),
    Column("device", Id, nullable=False),
    Column("complaint", Id, nullable=False),
    Column("kind", Code, nullable=False),
    Column("kv", Integer, nullable=False),
    Column("status", Code, nullable=False),
    Column("code", Code, nullable=False),
    Column("ver", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("at", UtcTime, nullable=False),
    Index(None, "complaint"),
)

account = Table(
    "account",
    metadata,
    Column("id", Id, primary_key=True),
    Column("login", String(100), nullable=False, unique=True),
    Column("name_fr", String(200), nullable=False),
    Column("name_ar", String(200), nullable=False),
    Column("language", Code, nullable=False),
    Column("password_hash", String(200), nullable=False),
    Column("state", Code, nullable=False),
    Column("main_administration", Code, nullable=False),
    Column("main_unit", Code, nullable=False),
    Column("absent_from", Date),
    Column("absent_until", Date),
    Column("deputy", Id, nullable=False),
    Column("created_at", UtcTime, nullable=False),
)

grant = Table(
    "grant",
    metadata,
    Column("account", Id, ForeignKey("account.id"), primary_key=True),
    Column("n", Integer, primary_key=True, autoincrement=False),
    Column("role", Code, nullable=False),
    Column("administration", Code, nullable=False),
    Column("unit", Code, nullable=False),
    Column("starts", Date),
    Column("ends", Date),
    Index(None, "administration"),
)

device = Table(
    "device",
    metadata,
    Column("id", Id, primary_key=True),
    Column("account", Id, ForeignKey("account.id"), primary_key=True),
    Column("name", String(100), nullable=False),
    Column("state", Code, nullable=False),
    Column("enrolled_at", UtcTime, nullable=False),
    Column("revoked_at", UtcTime),
)

escrow = Table(
    "escrow",
    metadata,
    Column("device", Id, primary_key=True),
    Column("account", Id, ForeignKey("account.id"), primary_key=True),
    Column("key", String(64), primary_key=True),
    Column("wrapped", LargeBinary, nullable=False),
    Column("at", UtcTime, nullable=False),
)

token = Table(
    "token",
    metadata,
    Column("hash", Digest, primary_key=True),
    Column("kind", Code, nullable=False),
    Column("family", Id, nullable=False),
    Column("account", Id, ForeignKey("account.id"), nullable=False),
    Column("device", Id, nullable=False),
    Column("issued_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Column("rotated_at", UtcTime),
    Index(None, "family"),
    Index(None, "expires_at"),
)

number = Table(
    "number",
    metadata,
    Column("kind", Code, primary_key=True),
    Column("administration", Code, primary_key=True),
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column("last", Integer, nullable=False),
)

reference = Table(
    "reference",
    metadata,
    Column("kind", Code, primary_key=True),
    Column("id", Code, primary_key=True),
    Column("ver", Integer, nullable=False),
    Column("doc", LargeBinary, nullable=False),
    Column("seq", Count, nullable=False),
    Index(None, "seq"),
)

routing_correction = Table(
    "routing_correction",
    metadata,
    Column("complaint", Id, ForeignKey("complaint.id"), primary_key=True),
    Column("n", Integer, primary_key=True, autoincrement=False),
    Column("routed_to", Code, nullable=False),
    Column("moved_to", Code, nullable=False),
    Column("at", UtcTime, nullable=False),
)

routing_model = Table(
    "routing_model",
    metadata,
    Column("version", Code, primary_key=True),
    Column("state", Code, nullable=False),
    Column("samples", Integer, nullable=False),
    Column("corrections", Integer, nullable=False),
    Column("figures", LargeBinary, nullable=False),
    Column("made_at", UtcTime, nullable=False),
    Column("promoted_at", UtcTime),
    Column("promoted_by", Id, nullable=False),
)

routing_trial = Table(
    "routing_trial",
    metadata,
    Column("complaint", Id, ForeignKey("complaint.id"), primary_key=True),
    Column("model", Code, primary_key=True),
    Column("administration", Code, nullable=False),
    Column("confidence", Float, nullable=False),
    Column("at", UtcTime, nullable=False),
    Index(None, "model"),
)

letter = Table(
    "letter",
    metadata,
    Column("act", Id, primary_key=True),
    Column("complaint", Id, ForeignKey("complaint.id"), nullable=False),
    Column("administration", Code, nullable=False),
    Column("kind", Code, nullable=False),
    Column("number", Code, nullable=False, unique=True),
    Column("on", Date, nullable=False),
    Column("model", Code, nullable=False),
    Column("renderer", Code, nullable=False),
    Column("fields", LargeBinary, nullable=False),
    Column("state", Code, nullable=False),
    Column("reason", Text, nullable=False),
    Column("sha256", Sha256, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("recorded_at", UtcTime),
    Index(None, "complaint"),
    Index(None, "state"),
)

cancelled_number = Table(
    "cancelled_number",
    metadata,
    Column("kind", Code, primary_key=True),
    Column("administration", Code, primary_key=True),
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column("first", Integer, primary_key=True, autoincrement=False),
    Column("last", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
)

notice = Table(
    "notice",
    metadata,
    Column("id", Id, primary_key=True),
    Column("complaint", Id, ForeignKey("complaint.id"), nullable=False),
    Column("act", Id, nullable=False),
    Column("kind", Code, nullable=False),
    Column("channel", Code, nullable=False),
    Column("address", String(255), nullable=False),
    Column("language", Code, nullable=False),
    Column("subject", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("state", Code, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("next_try", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Column("error", String(200), nullable=False),
    Column("reference", String(200), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("sent_at", UtcTime),
    Column("settled_at", UtcTime),
    Index(None, "act", "kind", "channel", unique=True),
    Index(None, "complaint"),
    Index(None, "state", "channel", "next_try"),
)

recovery = Table(
    "recovery",
    metadata,
    Column("complaint", Id, ForeignKey("complaint.id"), primary_key=True),
    Column("hash", Sha256, nullable=False),
    Column("channel", Code, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
)

standing = Table(
    "standing",
    metadata,
    Column("device", Id, primary_key=True),
    Column("account", Id, ForeignKey("account.id"), primary_key=True),
    Column("unsent", Integer, nullable=False),
    Column("oldest", UtcTime),
    Column("at", UtcTime, nullable=False),
    Index(None, "account"),
)
