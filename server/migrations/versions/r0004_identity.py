"""Devices struck off, keys left with the organisation, and accesses that desks tell of."""

import sqlalchemy as sa
from alembic import op

from server.columns import UtcTime

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """When a device was revoked; `escrow`; the desk's own id of an access: sent twice, told once."""
    op.add_column("device", sa.Column("revoked_at", UtcTime(timezone=True), nullable=True))
    op.add_column("access_log", sa.Column("record", sa.String(length=36), nullable=True))
    op.create_index(op.f("ix_access_log_record"), "access_log", ["record"], unique=True)
    op.create_table(
        "escrow",
        sa.Column("device", sa.String(length=36), nullable=False),
        sa.Column("account", sa.String(length=36), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("at", UtcTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name=op.f("fk_escrow_account_account")),
        sa.PrimaryKeyConstraint("device", "account", "key", name=op.f("pk_escrow")),
    )
