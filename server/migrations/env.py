"""What Alembic runs: always inside the transaction that `server.migrations` opened."""

from alembic import context

from server import tables

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=tables.complaint.metadata,
    transactional_ddl=False,
    render_as_batch=True,
)
context.run_migrations()
