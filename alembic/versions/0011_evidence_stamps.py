"""Keep the time-stamp over the evidence of a verdict beside it."""

import sqlalchemy as sa
from alembic import op

from procurement.core.db import UtcDateTime

revision = "0011"
down_revision = "0010"

_TABLE = "signature_verdict"


def upgrade() -> None:
    op.add_column(_TABLE, sa.Column("evidence_tsr", sa.LargeBinary()))
    op.add_column(_TABLE, sa.Column("evidence_stamped_at", UtcDateTime()))
    op.add_column(_TABLE, sa.Column("evidence_stamp_authority", sa.String(200)))
    op.add_column(_TABLE, sa.Column("evidence_stamp_qualified", sa.Boolean()))


def downgrade() -> None:
    with op.batch_alter_table(_TABLE) as table:
        for column in ("tsr", "stamped_at", "stamp_authority", "stamp_qualified"):
            table.drop_column(f"evidence_{column}")
