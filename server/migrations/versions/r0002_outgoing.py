"""Tables of what leaves the house, of what routing learns, and of what desks still have to send."""

import json

import sqlalchemy as sa
from alembic import op

from server.columns import UtcTime

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Seven tables more: routing models and trials, and how much each desk still has to send, among them."""
    op.create_table(
        "cancelled_number",
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("administration", sa.String(length=40), nullable=False),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("first", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", UtcTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("kind", "administration", "year", "first", name=op.f("pk_cancelled_number")),
    )
    op.create_table(
        "routing_model",
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("samples", sa.Integer(), nullable=False),
        sa.Column("corrections", sa.Integer(), nullable=False),
        sa.Column("figures", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", UtcTime(timezone=True), nullable=False),
        sa.Column("promoted_at", UtcTime(timezone=True), nullable=True),
        sa.Column("promoted_by", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_routing_model")),
    )
    op.create_table(
        "letter",
        sa.Column("act", sa.String(length=36), nullable=False),
        sa.Column("complaint", sa.String(length=36), nullable=False),
        sa.Column("administration", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("model", sa.String(length=40), nullable=False),
        sa.Column("renderer", sa.String(length=40), nullable=False),
        sa.Column("fields", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("at", UtcTime(timezone=True), nullable=False),
        sa.Column("recorded_at", UtcTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["complaint"], ["complaint.id"], name=op.f("fk_letter_complaint")),
        sa.PrimaryKeyConstraint("act", name=op.f("pk_letter")),
        sa.UniqueConstraint("number", name=op.f("uq_letter_number")),
    )
    op.create_index(op.f("ix_letter_complaint"), "letter", ["complaint"], unique=False)
    op.create_index(op.f("ix_letter_state"), "letter", ["state"], unique=False)
    op.create_table(
        "notice",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("complaint", sa.String(length=36), nullable=False),
        sa.Column("act", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("address", sa.String(length=255), nullable=False),
        sa.Column("language", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_try", UtcTime(timezone=True), nullable=False),
        sa.Column("expires_at", UtcTime(timezone=True), nullable=False),
        sa.Column("error", sa.String(length=200), nullable=False),
        sa.Column("reference", sa.String(length=200), nullable=False),
        sa.Column("at", UtcTime(timezone=True), nullable=False),
        sa.Column("sent_at", UtcTime(timezone=True), nullable=True),
        sa.Column("settled_at", UtcTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["complaint"], ["complaint.id"], name=op.f("fk_notice_complaint")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
    )
    op.create_index(op.f("ix_notice_act_kind_channel"), "notice", ["act", "kind", "channel"], unique=True)
    op.create_index(op.f("ix_notice_complaint"), "notice", ["complaint"], unique=False)
    op.create_index(
        op.f("ix_notice_state_channel_next_try"), "notice", ["state", "channel", "next_try"], unique=False
    )
    op.create_table(
        "recovery",
        sa.Column("complaint", sa.String(length=36), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("at", UtcTime(timezone=True), nullable=False),
        sa.Column("expires_at", UtcTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["complaint"], ["complaint.id"], name=op.f("fk_recovery_complaint")),
        sa.PrimaryKeyConstraint("complaint", name=op.f("pk_recovery")),
    )
    op.create_table(
        "routing_trial",
        sa.Column("complaint", sa.String(length=36), nullable=False),
        sa.Column("model", sa.String(length=40), nullable=False),
        sa.Column("administration", sa.String(length=40), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("at", UtcTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["complaint"], ["complaint.id"], name=op.f("fk_routing_trial_complaint")),
        sa.PrimaryKeyConstraint("complaint", "model", name=op.f("pk_routing_trial")),
    )
    op.create_index(op.f("ix_routing_trial_model"), "routing_trial", ["model"], unique=False)
    op.create_table(
        "standing",
        sa.Column("device", sa.String(length=36), nullable=False),
        sa.Column("account", sa.String(length=36), nullable=False),
        sa.Column("unsent", sa.Integer(), nullable=False),
        sa.Column("oldest", UtcTime(timezone=True), nullable=True),
        sa.Column("at", UtcTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name=op.f("fk_standing_account")),
        sa.PrimaryKeyConstraint("device", "account", name=op.f("pk_standing")),
    )
    op.create_index(op.f("ix_standing_account"), "standing", ["account"], unique=False)
    _add_parent()


def _add_parent() -> None:
    """To whom each joined complaint was joined, as a column: a parent's answer is told to all of them."""
    op.add_column("complaint", sa.Column("parent", sa.String(length=36), nullable=False, server_default=""))
    op.create_index(op.f("ix_complaint_parent"), "complaint", ["parent"], unique=False)
    table = sa.table(
        "complaint", sa.column("id"), sa.column("status"), sa.column("document"), sa.column("parent")
    )
    connection = op.get_bind()
    joined = sa.select(table.c.id, table.c.document).where(table.c.status == "joined")
    for row in connection.execute(joined).all():
        parent = json.loads(bytes(row.document)).get("parent", "")
        connection.execute(sa.update(table).where(table.c.id == row.id).values(parent=parent))
