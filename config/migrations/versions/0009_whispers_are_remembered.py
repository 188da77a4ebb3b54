"""That whoever was rung has answered and was told who calls is remembered: a repeat is told the same.

Null: not answered yet, or nobody waited for him any more. The previous release leaves it empty; a whisper that it
answered and that comes again after the call has ended hears that it has ended.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("attempts", "bridges"):
        op.add_column(table, sa.Column("whispered_real", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    for table in ("attempts", "bridges"):
        op.drop_column(table, "whispered_real")
