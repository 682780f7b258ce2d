"""Every table of the server, in SQLAlchemy Core: the same schema on SQLite and PostgreSQL.

A document is stored as its JSON bytes beside the columns that queries need; `complaint.listed` holds the list
columns already computed, so that a page for a desktop is made without decoding anything.
"""

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

REFERENCE_STREAM = "0"
"""Key, in `stream`, of the counter of reference documents."""


class UtcTime(TypeDecorator[datetime]):
    """Aware UTC on our side; SQLite keeps it without its zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To UTC; a naive time is a bug of ours and raises ValueError."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("naive time")
        at = value.astimezone(UTC)
        return at.replace(tzinfo=None) if dialect.name == "sqlite" else at

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Always aware UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Id = String(36)
Code = String(40)
Digest = LargeBinary(32)
Sha256 = String(64)
Count = BigInteger

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
    Column("tracking_hash", String(128)),
    Column("listed", LargeBinary, nullable=False),
    Column("document", LargeBinary, nullable=False),
    Index(None, "administration", "id"),
    Index(None, "administration", "unit", "status", "id"),
    Index(None, "status", "due"),
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
    Index(None, "complaint", "at"),
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
