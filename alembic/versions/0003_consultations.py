"""Create the search index and the tables of consultations."""

import sqlalchemy as sa
from alembic import op

from procurement.consultations.rules import BuyerCategory, Nature
from procurement.core.db import Json, StrEnumType, UtcDateTime

revision = "0003"
down_revision = "0002"

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _search()
    _consultation()
    _lots()
    _documents()
    _withdrawals()


def _search() -> None:
    op.create_table(
        "core_search",
        sa.Column("id", _BIG, autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("subject", sa.String(80), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime()),
        sa.Column("data", Json(), nullable=False),
        sa.Column("terms", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_core_search"),
        sa.UniqueConstraint("kind", "subject", name="uq_core_search_kind_subject"),
    )
    op.create_index("ix_core_search_due_at", "core_search", ["kind", "due_at"])
    op.create_table(
        "core_search_facet",
        sa.Column("row_id", _BIG, nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("value", sa.String(120), nullable=False),
        sa.PrimaryKeyConstraint("row_id", "name", "value", name="pk_core_search_facet"),
        sa.ForeignKeyConstraint(
            ["row_id"], ["core_search.id"], name="fk_core_search_facet_row_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_core_search_facet_value", "core_search_facet", ["name", "value", "row_id"])
    if op.get_bind().dialect.name == "sqlite":
        op.execute("CREATE VIRTUAL TABLE core_search_fts USING fts5(terms, tokenize = 'unicode61')")
    else:
        op.execute(
            "CREATE INDEX ix_core_search_terms ON core_search USING gin (to_tsvector('simple', terms))"
        )


def _consultation() -> None:
    op.create_table(
        "consultation_counter",
        sa.Column("year", _BIG, autoincrement=False, nullable=False),
        sa.Column("last", _BIG, nullable=False),
        sa.PrimaryKeyConstraint("year", name="pk_consultation_counter"),
    )
    op.create_table(
        "consultation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(20), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid()),
        sa.Column("buyer_name", sa.String(200), nullable=False),
        sa.Column("buyer_siret", sa.String(14), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.Uuid()),
        sa.Column("edited_at", UtcDateTime(), nullable=False),
        sa.Column("title", sa.String(300), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("procedure", sa.String(40)),
        sa.Column("nature", StrEnumType(Nature, name="nature")),
        sa.Column("buyer_category", StrEnumType(BuyerCategory, name="buyer_category")),
        sa.Column("techniques", Json(), nullable=False),
        sa.Column("single_envelope", sa.Boolean(), nullable=False),
        sa.Column("allotted", sa.Boolean()),
        sa.Column("no_lots_reason", sa.Text(), nullable=False),
        sa.Column("cpv", sa.String(8)),
        sa.Column("cpv_more", Json(), nullable=False),
        sa.Column("nuts", Json(), nullable=False),
        sa.Column("codes_edition", sa.String(60), nullable=False),
        sa.Column("estimated_cents", _BIG),
        sa.Column("zone", sa.String(40), nullable=False),
        sa.Column("questions_at", UtcDateTime()),
        sa.Column("deadline_ground", sa.String(40)),
        sa.Column("deadline_reason", sa.Text(), nullable=False),
        sa.Column("file_bytes", _BIG, nullable=False),
        sa.Column("files", _BIG, nullable=False),
        sa.Column("total_bytes", _BIG, nullable=False),
        sa.Column("types", Json(), nullable=False),
        sa.Column("pieces", Json(), nullable=False),
        sa.Column("relations", Json(), nullable=False),
        sa.Column("deposit_confirmed", sa.Boolean(), nullable=False),
        sa.Column("published_at", UtcDateTime()),
        sa.Column("published_by", sa.Uuid()),
        sa.Column("closes_at", UtcDateTime()),
        sa.Column("opened_at", UtcDateTime()),
        sa.Column("decided_at", UtcDateTime()),
        sa.Column("completed_at", UtcDateTime()),
        sa.Column("cancelled_at", UtcDateTime()),
        sa.Column("cancelled_reason", sa.Text(), nullable=False),
        sa.Column("archived_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("id", name="pk_consultation"),
        sa.UniqueConstraint("reference", name="uq_consultation_reference"),
        sa.CheckConstraint("estimated_cents >= 0", name="estimate_positive"),
        sa.CheckConstraint(
            "file_bytes > 0 AND files > 0 AND total_bytes >= file_bytes", name="limits_positive"
        ),
        sa.CheckConstraint(
            "published_at IS NULL OR (closes_at IS NOT NULL AND closes_at > published_at)",
            name="published_has_deadline",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["account_organisation.id"], name="fk_consultation_organisation_id"
        ),
        sa.ForeignKeyConstraint(["service_id"], ["account_service.id"], name="fk_consultation_service_id"),
        sa.ForeignKeyConstraint(["created_by"], ["account_person.id"], name="fk_consultation_created_by"),
        sa.ForeignKeyConstraint(["published_by"], ["account_person.id"], name="fk_consultation_published_by"),
    )
    op.create_index("ix_consultation_organisation_id", "consultation", ["organisation_id", "created_at"])
    op.create_index("ix_consultation_closes_at", "consultation", ["closes_at"])


def _lots() -> None:
    op.create_table(
        "consultation_lot",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("consultation_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(300), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("cpv", sa.String(8)),
        sa.Column("estimated_cents", _BIG),
        sa.Column("pieces", Json(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_consultation_lot"),
        sa.UniqueConstraint("consultation_id", "number", name="uq_consultation_lot_consultation_id_number"),
        sa.CheckConstraint("number > 0", name="number_positive"),
        sa.CheckConstraint("estimated_cents >= 0", name="estimate_positive"),
        sa.ForeignKeyConstraint(
            ["consultation_id"], ["consultation.id"], name="fk_consultation_lot_consultation_id"
        ),
    )


def _documents() -> None:
    op.create_table(
        "consultation_document",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("consultation_id", sa.Uuid(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("path_key", sa.Text(), nullable=False),
        sa.Column("label", sa.String(200), nullable=False),
        sa.Column("media_type", sa.String(120), nullable=False),
        sa.Column("size", _BIG, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("crc32", _BIG, nullable=False),
        sa.Column("storage_key", sa.String(200), nullable=False),
        sa.Column("added_at", UtcDateTime(), nullable=False),
        sa.Column("added_by", sa.Uuid(), nullable=False),
        sa.Column("removed_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("id", name="pk_consultation_document"),
        sa.UniqueConstraint("storage_key", name="uq_consultation_document_storage_key"),
        sa.CheckConstraint("size > 0", name="not_empty"),
        sa.ForeignKeyConstraint(
            ["consultation_id"], ["consultation.id"], name="fk_consultation_document_consultation_id"
        ),
        sa.ForeignKeyConstraint(
            ["added_by"], ["account_person.id"], name="fk_consultation_document_added_by"
        ),
    )
    live = sa.text("removed_at IS NULL")
    op.create_index(
        "uq_consultation_document_path_key",
        "consultation_document",
        ["consultation_id", "path_key"],
        unique=True,
        sqlite_where=live,
        postgresql_where=live,
    )
    op.create_table(
        "consultation_document_version",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("consultation_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("published_at", UtcDateTime(), nullable=False),
        sa.Column("manifest", Json(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("archive_size", _BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_consultation_document_version"),
        sa.UniqueConstraint(
            "consultation_id", "number", name="uq_consultation_document_version_consultation_id_number"
        ),
        sa.ForeignKeyConstraint(
            ["consultation_id"], ["consultation.id"], name="fk_consultation_document_version_consultation_id"
        ),
    )


def _withdrawals() -> None:
    op.create_table(
        "consultation_withdrawal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("consultation_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Uuid()),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("completed_at", UtcDateTime()),
        sa.Column("person_id", sa.Uuid()),
        sa.Column("organisation_id", sa.Uuid()),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("organisation_name", sa.String(200), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_consultation_withdrawal"),
        sa.ForeignKeyConstraint(
            ["consultation_id"], ["consultation.id"], name="fk_consultation_withdrawal_consultation_id"
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["consultation_document.id"], name="fk_consultation_withdrawal_document_id"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["account_person.id"], name="fk_consultation_withdrawal_person_id"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["account_organisation.id"],
            name="fk_consultation_withdrawal_organisation_id",
        ),
    )
    op.create_index(
        "ix_consultation_withdrawal_consultation_id", "consultation_withdrawal", ["consultation_id", "at"]
    )


def downgrade() -> None:
    for table in ("withdrawal", "document_version", "document", "lot"):
        op.drop_table(f"consultation_{table}")
    op.drop_table("consultation")
    op.drop_table("consultation_counter")
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE core_search_fts")
    op.drop_table("core_search_facet")
    op.drop_table("core_search")
