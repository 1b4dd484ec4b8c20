"""What Alembic runs; the connection, and with it the transaction, is the caller's."""

from alembic import context

from service.tables import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
context.run_migrations()
