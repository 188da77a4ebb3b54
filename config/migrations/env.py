"""Alembic's entry: the connection is handed over, the metadata is every table of the house."""

from alembic import context

import callbacks.tables
import callbacks.trust_tables
import callbacks.written_tables  # noqa: F401
import config.clock  # noqa: F401
import scheduling.accounts.tables
import scheduling.planning.tables
import scheduling.tables  # noqa: F401
from config.database import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, compare_type=True, compare_server_default=False)
with context.begin_transaction():
    context.run_migrations()
