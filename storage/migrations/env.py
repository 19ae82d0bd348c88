"""What Alembic runs for each command: on the connection and inside the transaction that it was given."""

from alembic import context

from storage.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite changes most of a table only by copying it
)
context.run_migrations()
