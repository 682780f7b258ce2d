"""The register as it was first laid down."""

import sqlalchemy as sa
from alembic import op

from server import tables

revision = "0001"
down_revision = None


def upgrade() -> None:
    """All tables."""
    op.create_table(
        "access_log",
        sa.Column("administration", sa.String(length=40), nullable=False),
        sa.Column("chain_n", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("complaint", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("at", tables.UtcTime(timezone=True), nullable=False),
        sa.Column("salt", sa.LargeBinary(length=16), nullable=False),
        sa.Column("content_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("prev_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("administration", "chain_n", name=op.f("pk_access_log")),
    )
    op.create_index(op.f("ix_access_log_complaint_at"), "access_log", ["complaint", "at"], unique=False)
    op.create_table(
        "account",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("login", sa.String(length=100), nullable=False),
        sa.Column("name_fr", sa.String(length=200), nullable=False),
        sa.Column("name_ar", sa.String(length=200), nullable=False),
        sa.Column("language", sa.String(length=40), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("main_administration", sa.String(length=40), nullable=False),
        sa.Column("main_unit", sa.String(length=40), nullable=False),
        sa.Column("absent_from", sa.Date(), nullable=True),
        sa.Column("absent_until", sa.Date(), nullable=True),
        sa.Column("deputy", sa.String(length=36), nullable=False),
        sa.Column("created_at", tables.UtcTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("login", name=op.f("uq_account_login")),
    )
    op.create_table(
        "act_log",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("user", sa.String(length=36), nullable=False),
        sa.Column("device", sa.String(length=36), nullable=False),
        sa.Column("complaint", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("kv", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("ver", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("at", tables.UtcTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_act_log")),
    )
    op.create_index(op.f("ix_act_log_complaint"), "act_log", ["complaint"], unique=False)
    op.create_table(
        "blob",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("mime", sa.String(length=100), nullable=False),
        sa.Column("at", tables.UtcTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_blob")),
    )
    op.create_table(
        "chain",
        sa.Column("log", sa.String(length=40), nullable=False),
        sa.Column("administration", sa.String(length=40), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("log", "administration", name=op.f("pk_chain")),
    )
    op.create_table(
        "change",
        sa.Column("administration", sa.String(length=40), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("complaint", sa.String(length=36), nullable=False),
        sa.Column("ver", sa.Integer(), nullable=False),
        sa.Column("scope_before", sa.LargeBinary(), nullable=True),
        sa.Column("scope_after", sa.LargeBinary(), nullable=True),
        sa.Column("act", sa.String(length=36), nullable=False),
        sa.Column("at", tables.UtcTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("administration", "seq", name=op.f("pk_change")),
    )
    op.create_table(
        "complaint",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("administration", sa.String(length=40), nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.Column("confidential", sa.Boolean(), nullable=False),
        sa.Column("against", sa.String(length=40), nullable=False),
        sa.Column("ombudsman", sa.Boolean(), nullable=False),
        sa.Column("assignee", sa.String(length=40), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("theme", sa.String(length=40), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("received_at", tables.UtcTime(timezone=True), nullable=False),
        sa.Column("changed_at", tables.UtcTime(timezone=True), nullable=False),
        sa.Column("ver", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("tracking_hash", sa.String(length=128), nullable=True),
        sa.Column("listed", sa.LargeBinary(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaint")),
        sa.UniqueConstraint("number", name=op.f("uq_complaint_number")),
    )
    op.create_index(
        op.f("ix_complaint_administration_id"), "complaint", ["administration", "id"], unique=False
    )
    op.create_index(
        op.f("ix_complaint_administration_unit_status_id"),
        "complaint",
        ["administration", "unit", "status", "id"],
        unique=False,
    )
    op.create_index(op.f("ix_complaint_status_due"), "complaint", ["status", "due"], unique=False)
    op.create_table(
        "event",
        sa.Column("administration", sa.String(length=40), nullable=False),
        sa.Column("chain_n", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("complaint", sa.String(length=36), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("act", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("at", tables.UtcTime(timezone=True), nullable=False),
        sa.Column("salt", sa.LargeBinary(length=16), nullable=False),
        sa.Column("content_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("prev_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("administration", "chain_n", name=op.f("pk_event")),
    )
    op.create_index(op.f("ix_event_complaint_n"), "event", ["complaint", "n"], unique=False)
    op.create_table(
        "meta",
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_meta")),
    )
    op.create_table(
        "number",
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("administration", sa.String(length=40), nullable=False),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "administration", "year", name=op.f("pk_number")),
    )
    op.create_table(
        "reference",
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("ver", sa.Integer(), nullable=False),
        sa.Column("doc", sa.LargeBinary(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "id", name=op.f("pk_reference")),
    )
    op.create_index(op.f("ix_reference_seq"), "reference", ["seq"], unique=False)
    op.create_table(
        "stream",
        sa.Column("administration", sa.String(length=40), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("min_seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("administration", name=op.f("pk_stream")),
        postgresql_with={"fillfactor": 50},
    )
    op.create_table(
        "upload",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("mime", sa.String(length=100), nullable=False),
        sa.Column("account", sa.String(length=36), nullable=False),
        sa.Column("offset", sa.Integer(), nullable=False),
        sa.Column("at", tables.UtcTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload")),
    )
    op.create_index(op.f("ix_upload_account_sha256"), "upload", ["account", "sha256"], unique=False)
    op.create_table(
        "attachment",
        sa.Column("complaint", sa.String(length=36), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("mime", sa.String(length=100), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["complaint"], ["complaint.id"], name=op.f("fk_attachment_complaint")),
        sa.PrimaryKeyConstraint("complaint", "sha256", name=op.f("pk_attachment")),
    )
    op.create_index(op.f("ix_attachment_sha256"), "attachment", ["sha256"], unique=False)
    op.create_table(
        "device",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("account", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("enrolled_at", tables.UtcTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name=op.f("fk_device_account")),
        sa.PrimaryKeyConstraint("id", "account", name=op.f("pk_device")),
    )
    op.create_table(
        "grant",
        sa.Column("account", sa.String(length=36), nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("administration", sa.String(length=40), nullable=False),
        sa.Column("unit", sa.String(length=40), nullable=False),
        sa.Column("starts", sa.Date(), nullable=True),
        sa.Column("ends", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name=op.f("fk_grant_account")),
        sa.PrimaryKeyConstraint("account", "n", name=op.f("pk_grant")),
    )
    op.create_index(op.f("ix_grant_administration"), "grant", ["administration"], unique=False)
    op.create_table(
        "routing_correction",
        sa.Column("complaint", sa.String(length=36), nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("routed_to", sa.String(length=40), nullable=False),
        sa.Column("moved_to", sa.String(length=40), nullable=False),
        sa.Column("at", tables.UtcTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["complaint"], ["complaint.id"], name=op.f("fk_routing_correction_complaint")
        ),
        sa.PrimaryKeyConstraint("complaint", "n", name=op.f("pk_routing_correction")),
    )
    op.create_table(
        "token",
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("family", sa.String(length=36), nullable=False),
        sa.Column("account", sa.String(length=36), nullable=False),
        sa.Column("device", sa.String(length=36), nullable=False),
        sa.Column("issued_at", tables.UtcTime(timezone=True), nullable=False),
        sa.Column("expires_at", tables.UtcTime(timezone=True), nullable=False),
        sa.Column("rotated_at", tables.UtcTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name=op.f("fk_token_account")),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_token")),
    )
    op.create_index(op.f("ix_token_expires_at"), "token", ["expires_at"], unique=False)
    op.create_index(op.f("ix_token_family"), "token", ["family"], unique=False)
