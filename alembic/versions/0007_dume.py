"""Create the tables of the DUME room: documents, their revisions and sources, consortia, hand-overs."""

import sqlalchemy as sa
from alembic import op

from procurement.core.db import Json, UtcDateTime

revision = "0007"
down_revision = "0006"

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_ROLES = ("sole-tenderer", "group-lead", "group-mem", "oeron", "subcont")


def _choice(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    _dume()
    _dume_revision()
    _dume_source()
    _consortium()
    _consortium_member()
    _handover()


def _dume() -> None:
    op.create_table(
        "dume",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("id_dume", sa.String(8), nullable=False),
        sa.Column("kind", _choice("kind", "request", "response"), nullable=False),
        sa.Column("owner_kind", _choice("owner_kind", "organisation", "client", "link"), nullable=False),
        sa.Column("organisation_id", sa.Uuid()),
        sa.Column("client_id", sa.Uuid()),
        sa.Column("secret_hash", sa.String(64)),
        sa.Column("siret", sa.String(20), nullable=False),
        sa.Column("vault_owner", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(300), nullable=False),
        sa.Column("mode", _choice("mode", "standard", "simplifie")),
        sa.Column("role", _choice("role", *_ROLES)),
        sa.Column("lots", Json(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.Uuid()),
        sa.Column("edited_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime()),
        sa.Column("consultation_id", sa.Uuid()),
        sa.Column("consultation_ref", sa.String(255), nullable=False),
        sa.Column("buyer_siret", sa.String(20), nullable=False),
        sa.Column("buyer_organisation_id", sa.Uuid()),
        sa.Column("buyer_client_id", sa.Uuid()),
        sa.Column("closes_at", UtcDateTime()),
        sa.Column("request_id", sa.Uuid()),
        sa.Column("consortium_id", sa.Uuid()),
        sa.Column("validated_at", UtcDateTime()),
        sa.Column("published_at", UtcDateTime()),
        sa.Column("replaced_at", UtcDateTime()),
        sa.Column("replaced_by", sa.Uuid()),
        sa.Column("deleted_at", UtcDateTime()),
        sa.Column("deposit_id", sa.Uuid()),
        sa.Column("deposited_at", UtcDateTime()),
        sa.Column("opened_at", UtcDateTime()),
        sa.Column("opened_by", sa.String(200), nullable=False),
        sa.CheckConstraint(
            "(owner_kind = 'organisation' AND organisation_id IS NOT NULL) OR (owner_kind = 'client' AND client_id IS NOT NULL) OR (owner_kind = 'link' AND secret_hash IS NOT NULL)",
            name=op.f("ck_dume_owned"),
        ),
        sa.CheckConstraint("kind <> 'response' OR role IS NOT NULL", name=op.f("ck_dume_response_has_role")),
        sa.CheckConstraint(
            "replaced_at IS NULL OR replaced_by IS NOT NULL", name=op.f("ck_dume_replaced_by_one")
        ),
        sa.ForeignKeyConstraint(
            ["buyer_client_id"], ["account_api_client.id"], name="fk_dume_buyer_client_id"
        ),
        sa.ForeignKeyConstraint(
            ["buyer_organisation_id"], ["account_organisation.id"], name="fk_dume_buyer_organisation_id"
        ),
        sa.ForeignKeyConstraint(["client_id"], ["account_api_client.id"], name="fk_dume_client_id"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["account_organisation.id"], name="fk_dume_organisation_id"
        ),
        sa.ForeignKeyConstraint(["replaced_by"], ["dume.id"], name="fk_dume_replaced_by"),
        sa.ForeignKeyConstraint(["request_id"], ["dume.id"], name="fk_dume_request_id"),
        sa.PrimaryKeyConstraint("id", name="pk_dume"),
        sa.UniqueConstraint("id_dume", name="uq_dume_id_dume"),
        sa.UniqueConstraint("secret_hash", name="uq_dume_secret_hash"),
    )
    op.create_index("ix_dume_client_id", "dume", ["client_id", "created_at"])
    op.create_index("ix_dume_consultation_id", "dume", ["consultation_id"])
    op.create_index("ix_dume_deposit_id", "dume", ["deposit_id"])
    op.create_index("ix_dume_expires_at", "dume", ["expires_at"])
    op.create_index("ix_dume_organisation_id", "dume", ["organisation_id", "created_at"])
    op.create_index("ix_dume_request_id", "dume", ["request_id"])
    op.create_index("ix_dume_slot", "dume", ["buyer_siret", "consultation_ref"])


def _dume_revision() -> None:
    op.create_table(
        "dume_revision",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("dume_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.Boolean(), nullable=False),
        sa.Column("xml", sa.LargeBinary(), nullable=False),
        sa.Column("model", sa.LargeBinary(), nullable=False),
        sa.Column("parts", Json(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("source", sa.LargeBinary()),
        sa.Column("source_sha256", sa.String(64), nullable=False),
        sa.Column("report", sa.LargeBinary()),
        sa.Column("proposals", sa.LargeBinary()),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.Uuid()),
        sa.Column("validated_at", UtcDateTime()),
        sa.ForeignKeyConstraint(["dume_id"], ["dume.id"], name="fk_dume_revision_dume_id"),
        sa.PrimaryKeyConstraint("id", name="pk_dume_revision"),
        sa.UniqueConstraint("dume_id", "number", name="uq_dume_revision_dume_id_number"),
    )


def _dume_source() -> None:
    op.create_table(
        "dume_source",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("dume_id", sa.Uuid(), nullable=False),
        sa.Column("prefill", sa.Uuid()),
        sa.Column("source", sa.String(120), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column(
            "status",
            _choice(
                "status",
                "pending",
                "obtained",
                "not_found",
                "no_right",
                "legal_block",
                "unavailable",
                "timeout",
                "bad_parameter",
                "skipped",
            ),
            nullable=False,
        ),
        sa.Column("requested_at", UtcDateTime(), nullable=False),
        sa.Column("obtained_at", UtcDateTime()),
        sa.Column("as_of", sa.String(40), nullable=False),
        sa.Column("valid_until", sa.String(40), nullable=False),
        sa.Column("payload", sa.LargeBinary()),
        sa.Column("evidence", sa.String(64), nullable=False),
        sa.Column("document_key", sa.String(200)),
        sa.Column("document_sha256", sa.String(64), nullable=False),
        sa.Column("document_size", _BIG),
        sa.Column("media_type", sa.String(120), nullable=False),
        sa.Column("freshness", sa.String(20), nullable=False),
        sa.Column("checked_at", UtcDateTime()),
        sa.ForeignKeyConstraint(["dume_id"], ["dume.id"], name="fk_dume_source_dume_id"),
        sa.PrimaryKeyConstraint("id", name="pk_dume_source"),
        sa.UniqueConstraint(
            "dume_id", "prefill", "source", "position", name="uq_dume_source_dume_id_prefill_source_position"
        ),
    )
    op.create_index("ix_dume_source_document_key", "dume_source", ["document_key"])
    op.create_index("ix_dume_source_dume_id", "dume_source", ["dume_id"])


def _consortium() -> None:
    op.create_table(
        "consortium",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid()),
        sa.Column("client_id", sa.Uuid()),
        sa.Column("siret", sa.String(20), nullable=False),
        sa.Column("lots", Json(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["account_api_client.id"], name="fk_consortium_client_id"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["account_organisation.id"], name="fk_consortium_organisation_id"
        ),
        sa.ForeignKeyConstraint(["request_id"], ["dume.id"], name="fk_consortium_request_id"),
        sa.PrimaryKeyConstraint("id", name="pk_consortium"),
    )
    op.create_index("ix_consortium_client_id", "consortium", ["client_id"])
    op.create_index("ix_consortium_organisation_id", "consortium", ["organisation_id"])


def _consortium_member() -> None:
    op.create_table(
        "consortium_member",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("consortium_id", sa.Uuid(), nullable=False),
        sa.Column("role", _choice("role", *_ROLES), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("siret", sa.String(20), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("token_hash", sa.String(64)),
        sa.Column("criteria", Json(), nullable=False),
        sa.Column("invited_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("joined_at", UtcDateTime()),
        sa.Column("left_at", UtcDateTime()),
        sa.Column("dume_id", sa.Uuid()),
        sa.ForeignKeyConstraint(
            ["consortium_id"], ["consortium.id"], name="fk_consortium_member_consortium_id"
        ),
        sa.ForeignKeyConstraint(["dume_id"], ["dume.id"], name="fk_consortium_member_dume_id"),
        sa.PrimaryKeyConstraint("id", name="pk_consortium_member"),
        sa.UniqueConstraint("dume_id", name="uq_consortium_member_dume_id"),
        sa.UniqueConstraint("token_hash", name="uq_consortium_member_token_hash"),
    )
    op.create_index("ix_consortium_member_consortium_id", "consortium_member", ["consortium_id"])


def _handover() -> None:
    op.create_table(
        "handover",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("dume_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid()),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("session_hash", sa.String(64)),
        sa.Column("return_url", sa.String(2000), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("begun_at", UtcDateTime()),
        sa.Column("completed_at", UtcDateTime()),
        sa.ForeignKeyConstraint(["client_id"], ["account_api_client.id"], name="fk_handover_client_id"),
        sa.ForeignKeyConstraint(["dume_id"], ["dume.id"], name="fk_handover_dume_id"),
        sa.PrimaryKeyConstraint("id", name="pk_handover"),
        sa.UniqueConstraint("token_hash", name="uq_handover_token_hash"),
    )
    op.create_index("ix_handover_client_id", "handover", ["client_id"])
    op.create_index("ix_handover_dume_id", "handover", ["dume_id"])


def downgrade() -> None:
    for table in ("handover", "consortium_member", "consortium", "dume_source", "dume_revision", "dume"):
        op.drop_table(table)
