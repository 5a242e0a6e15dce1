"""Keep the cover pages that a ministry or an entity gives its documents."""

import sqlalchemy as sa
from alembic import op

from procurement.core.db import UtcDateTime

revision = "0013"
down_revision = "0012"

_TABLE = "clause_layer_cover"
_TARGETS = {
    "library_id": "clause_library.id",
    "created_by": "account_person.id",
    "removed_by": "account_person.id",
}


def upgrade() -> None:
    op.create_table(
        _TABLE,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("library_id", sa.Uuid(), nullable=False),
        sa.Column("document", sa.String(40), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("logo", sa.LargeBinary()),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("removed_at", UtcDateTime()),
        sa.Column("removed_by", sa.Uuid()),
        sa.PrimaryKeyConstraint("id", name=f"pk_{_TABLE}"),
        *(
            sa.ForeignKeyConstraint([column], [target], name=f"fk_{_TABLE}_{column}")
            for column, target in _TARGETS.items()
        ),
    )
    op.create_index(f"ix_{_TABLE}_library_id", _TABLE, ["library_id", "document"])


def downgrade() -> None:
    op.drop_table(_TABLE)
