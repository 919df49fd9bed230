"""What alembic runs: the connection comes from `migrate`, and the transaction is its."""

from alembic import context

from keepsight.assets.catalogue.tables import jobs, metadata

connection = context.config.attributes["connection"]
# Tables of a job queue may live beside ours and have migrations of their own; ours is for SQLite alone.
ours = set(metadata.tables) - ({jobs.name} if connection.dialect.name == "postgresql" else set())

context.configure(
    connection=connection,
    target_metadata=metadata,
    include_name=lambda name, kind, _: kind != "table" or name in ours,
    include_object=lambda _, name, kind, *__: kind != "table" or name in ours,
    render_as_batch=True,  # SQLite changes a table by making it anew
)
with context.begin_transaction():
    context.run_migrations()
