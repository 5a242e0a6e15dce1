"""Create the table of kept verdicts on signatures; note when those of an opened envelope were verified."""

import sqlalchemy as sa
from alembic import op

from procurement.core.db import Json, UtcDateTime

revision = "0008"
down_revision = "0007"

_STATUSES = (
    "signed-valid",
    "signed-invalid",
    "signed-undetermined",
    "not-signed",
    "orphan-token",
    "present-not-checked",
)


def _status(name: str) -> sa.Enum:
    return sa.Enum(*_STATUSES, name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    op.create_table(
        "signature_verdict",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.String(80), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by", sa.Uuid()),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("file_sha256", sa.String(64), nullable=False),
        sa.Column("status", _status("status"), nullable=False),
        sa.Column("stated", _status("stated")),
        sa.Column("mismatch", sa.Boolean(), nullable=False),
        sa.Column("signers", Json(), nullable=False),
        sa.Column("reports", Json(), nullable=False),
        sa.Column("shown", Json(), nullable=False),
        sa.Column("snapshot", sa.String(64), nullable=False),
        sa.Column("policy", sa.String(64), nullable=False),
        sa.Column("evidence", sa.LargeBinary()),
        sa.Column("evidence_sha256", sa.String(64)),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["account_organisation.id"], name="fk_signature_verdict_organisation_id"
        ),
        sa.ForeignKeyConstraint(["by"], ["account_person.id"], name="fk_signature_verdict_by"),
        sa.PrimaryKeyConstraint("id", name="pk_signature_verdict"),
    )
    op.create_index("ix_signature_verdict_subject", "signature_verdict", ["subject", "id"])
    op.add_column("bid_envelope", sa.Column("signatures_at", UtcDateTime()))


def downgrade() -> None:
    with op.batch_alter_table("bid_envelope") as table:
        table.drop_column("signatures_at")
    op.drop_table("signature_verdict")
