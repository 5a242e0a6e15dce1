"""Keep the platform's seals beside the receipts and minutes they are on."""

import sqlalchemy as sa
from alembic import op

from procurement.core.db import UtcDateTime

revision = "0009"
down_revision = "0008"

_TABLES = ("bid_deposit", "bid_opening")


def upgrade() -> None:
    for table in _TABLES:
        op.add_column(table, sa.Column("sealed_at", UtcDateTime()))
        op.add_column(table, sa.Column("seal_cms", sa.LargeBinary()))
        op.add_column(table, sa.Column("seal_pdf", sa.LargeBinary()))


def downgrade() -> None:
    for name in _TABLES:
        with op.batch_alter_table(name) as table:
            for column in ("sealed_at", "seal_cms", "seal_pdf"):
                table.drop_column(column)
