"""Create the tables of documents that parties sign together: the whole, each party's job, the files."""

import sqlalchemy as sa
from alembic import op

from procurement.core.db import Json, UtcDateTime

revision = "0010"
down_revision = "0009"

_PROFILES = ("xades-enveloped", "xades-detached", "cades-detached", "pades", "asic-e")
_LEVELS = ("B-B", "B-T", "B-LT", "B-LTA")


def _choice(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def _reference(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=f"fk_{table}_{column}")


def upgrade() -> None:
    _joint()
    _jobs()
    _files()


def _joint() -> None:
    table = "signature_joint"
    op.create_table(
        table,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.String(80), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("profile", _choice("profile", _PROFILES), nullable=False),
        sa.Column("level", _choice("level", _LEVELS), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("opened_by", sa.Uuid()),
        _reference(table, "organisation_id", "account_organisation"),
        _reference(table, "opened_by", "account_person"),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
    )
    op.create_index("ix_signature_joint_subject", table, ["subject", "id"])


def _jobs() -> None:
    table = "signature_job"
    op.create_table(
        table,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("joint_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("mark", sa.String(16)),
        sa.Column("code_hash", sa.String(64)),
        sa.Column("code_until", UtcDateTime()),
        sa.Column("asked_by", sa.Uuid()),
        sa.Column("claimed_at", UtcDateTime()),
        sa.Column("token_hash", sa.String(64)),
        sa.Column("token_until", UtcDateTime()),
        sa.Column("base", Json()),
        sa.Column("prepared", Json()),
        sa.Column("done_at", UtcDateTime()),
        sa.Column("signer", sa.Text()),
        sa.Column("certificate_sha256", sa.String(64)),
        sa.Column("confirmed_at", UtcDateTime()),
        sa.Column("confirmed_by", sa.Uuid()),
        sa.Column("confirmed_name", sa.Text()),
        _reference(table, "joint_id", "signature_joint"),
        _reference(table, "organisation_id", "account_organisation"),
        _reference(table, "asked_by", "account_person"),
        _reference(table, "confirmed_by", "account_person"),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        sa.UniqueConstraint("joint_id", "place", name=f"uq_{table}_joint_id_place"),
        sa.UniqueConstraint("mark", name=f"uq_{table}_mark"),
    )
    op.create_index("ix_signature_job_organisation", table, ["organisation_id", "id"])


def _files() -> None:
    table = "signature_file"
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        table,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("joint_id", sa.Uuid(), nullable=False),
        sa.Column("job_id", sa.Uuid()),
        sa.Column("round", number, nullable=False),
        sa.Column("n", number, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("size", number, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("storage_key", sa.String(200), nullable=False),
        _reference(table, "joint_id", "signature_joint"),
        _reference(table, "job_id", "signature_job"),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        sa.UniqueConstraint("joint_id", "round", "n", name=f"uq_{table}_joint_id_round_n"),
        sa.UniqueConstraint("storage_key", name=f"uq_{table}_storage_key"),
    )


def downgrade() -> None:
    for table in ("signature_file", "signature_job", "signature_joint"):
        op.drop_table(table)
