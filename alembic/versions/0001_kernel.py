"""Create the kernel's tables: journal, jobs, workers, mail, vault keys."""

import sqlalchemy as sa
from alembic import op

from procurement.core.db import Json, StrEnumType, UtcDateTime
from procurement.core.jobs import JobState

revision = "0001"
down_revision = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "core_journal",
        sa.Column("number", _BIG, autoincrement=False, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("action", sa.String(80), nullable=False),
        sa.Column("subject", sa.String(80), nullable=False),
        sa.Column("actor_id", sa.Uuid()),
        sa.Column("organisation_id", sa.Uuid()),
        sa.Column("data", Json(), nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_core_journal"),
        sa.UniqueConstraint("hash", name="uq_core_journal_hash"),
    )
    op.create_index("ix_core_journal_subject", "core_journal", ["subject"])
    op.create_index("ix_core_journal_organisation", "core_journal", ["organisation_id"])
    op.create_table(
        "core_journal_head",
        sa.Column("id", _BIG, autoincrement=False, nullable=False),
        sa.Column("number", _BIG, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_core_journal_head"),
        sa.ForeignKeyConstraint(["number"], ["core_journal.number"], name="fk_core_journal_head_number"),
    )
    op.create_table(
        "core_job",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(60), nullable=False),
        sa.Column("payload", Json(), nullable=False),
        sa.Column("key", sa.String(120)),
        sa.Column("priority", _BIG, nullable=False),
        sa.Column("state", StrEnumType(JobState, name="state"), nullable=False),
        sa.Column("attempt", _BIG, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("run_at", UtcDateTime(), nullable=False),
        sa.Column("leased_until", UtcDateTime()),
        sa.Column("finished_at", UtcDateTime()),
        sa.Column("error", sa.String()),
        sa.PrimaryKeyConstraint("id", name="pk_core_job"),
        sa.UniqueConstraint("key", name="uq_core_job_key"),
    )
    op.create_index("ix_core_job_claim", "core_job", ["state", "run_at", "priority", "id"])
    op.create_table(
        "core_worker",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_core_worker"),
    )
    op.create_table(
        "core_mail",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("template", sa.String(80), nullable=False),
        sa.Column("about", sa.String(120)),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("sent_at", UtcDateTime()),
        sa.Column("failed_at", UtcDateTime()),
        sa.Column("error", sa.Text()),
        sa.Column("attempts", _BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_core_mail"),
    )
    op.create_index("ix_core_mail_about", "core_mail", ["about"])
    op.create_index("ix_core_mail_created_at", "core_mail", ["created_at"])
    op.create_table(
        "core_vault_key",
        sa.Column("owner", sa.Uuid(), nullable=False),
        sa.Column("master", sa.String(16), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("owner", name="pk_core_vault_key"),
    )


def downgrade() -> None:
    for table in (
        "core_vault_key",
        "core_mail",
        "core_worker",
        "core_job",
        "core_journal_head",
        "core_journal",
    ):
        op.drop_table(table)
