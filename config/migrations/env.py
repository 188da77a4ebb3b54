"""Alembic's entry: the connection is handed over, the metadata is every table of the house."""

from alembic import context

import callbacks.commitment_tables
import callbacks.figure_tables
import callbacks.tables
import callbacks.trust_tables
import callbacks.written_tables  # noqa: F401
import config.clock  # noqa: F401
import scheduling.accounts.tables
import scheduling.partner_tables
import scheduling.planning.tables
import scheduling.tables  # noqa: F401
from config.database import metadata

connection = context.config.attributes["connection"]
# What is migrated stays when a later step finds its tables in use; and none keeps its locks through the next.
context.configure(
    connection=connection,
    target_metadata=metadata,
    compare_type=True,
    compare_server_default=False,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
