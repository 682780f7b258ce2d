"""What repair compares and what the archive takes off desktops: two columns of a complaint."""

import zlib

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_AT_A_TIME = 500


def upgrade() -> None:
    """`mark`, the CRC-32 of the stored document, filled for every row; `archived`, false for all."""
    op.add_column("complaint", sa.Column("mark", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("complaint", sa.Column("archived", sa.Boolean(), nullable=False, server_default=sa.false()))
    table = sa.table("complaint", sa.column("id"), sa.column("document"), sa.column("mark"))
    connection, last = op.get_bind(), ""
    following = sa.select(table.c.id, table.c.document).order_by(table.c.id).limit(_AT_A_TIME)
    fill = sa.update(table).where(table.c.id == sa.bindparam("of")).values(mark=sa.bindparam("now"))
    while rows := connection.execute(following.where(table.c.id > last)).all():
        connection.execute(fill, [{"of": row.id, "now": zlib.crc32(bytes(row.document))} for row in rows])
        last = rows[-1].id
