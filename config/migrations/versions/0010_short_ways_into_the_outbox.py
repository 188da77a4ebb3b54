"""Short ways into what is to be sent: which calls may be ringing now, and what was said to somebody that counts.

Both are asked for each message; without them all that is under way to others is looked through, or all that one
person was sent in two days. The previous release needs neither, and is none the slower for them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_RUNG = sa.text("channel = 'call' and state = 'sent' and not answered_for and settled_at is null")
_LIMITED = sa.text("""detail @> '{"limited": true}'""")


def upgrade() -> None:
    # In this transaction, as in 0007: few rows are in either.
    op.create_index("ix_outbox_rung", "outbox", ["recipient"], postgresql_where=_RUNG)
    op.create_index("ix_outbox_limited", "outbox", ["person_id", "created_at"], postgresql_where=_LIMITED)


def downgrade() -> None:
    op.drop_index("ix_outbox_limited", table_name="outbox", postgresql_where=_LIMITED)
    op.drop_index("ix_outbox_rung", table_name="outbox", postgresql_where=_RUNG)
