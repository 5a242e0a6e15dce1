"""Create the table of imported notices."""

import sqlalchemy as sa
from alembic import op

from procurement.core.db import Json, UtcDateTime

revision = "0005"
down_revision = "0004"

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "notice",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("consultation_id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(20), nullable=False),
        sa.Column("identifier", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("procedure_id", sa.Text(), nullable=False),
        sa.Column("subtype", sa.String(10), nullable=False),
        sa.Column("sdk", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("size", _BIG, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("report", Json(), nullable=False),
        sa.Column("imported_at", UtcDateTime(), nullable=False),
        sa.Column("imported_by", sa.Uuid()),
        sa.PrimaryKeyConstraint("id", name="pk_notice"),
        sa.UniqueConstraint("consultation_id", name="uq_notice_consultation_id"),
        sa.CheckConstraint("size > 0", name="ck_notice_not_empty"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["account_organisation.id"], name="fk_notice_organisation_id"
        ),
        sa.ForeignKeyConstraint(["consultation_id"], ["consultation.id"], name="fk_notice_consultation_id"),
        sa.ForeignKeyConstraint(["imported_by"], ["account_person.id"], name="fk_notice_imported_by"),
    )
    op.create_index("ix_notice_organisation_id", "notice", ["organisation_id", "sha256"])


def downgrade() -> None:
    op.drop_table("notice")
