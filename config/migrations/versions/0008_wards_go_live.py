"""A ward is there for its callers from an instant on: what is set up may be opened later.

Every ward that is there stays open, and those that the previous release makes meanwhile are. A constant default: no row
is rewritten. Null: being prepared, and nobody has said until when.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "wards",
        sa.Column("live_from", sa.DateTime(timezone=True), server_default="2000-01-01 00:00:00+00", nullable=True),
    )


def downgrade() -> None:
    op.drop_column("wards", "live_from")
